//! What was sent and what came of it: plain numbers that a page of metrics is made from.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use super::endpoint::Endpoint;
use super::error::Kind;

/// The upper bounds of the duration buckets, in seconds.
const BUCKETS: [f64; 9] = [0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// Counts, shared by everything that sends. An account is `""` for requests that belong to none.
#[derive(Debug, Default)]
pub struct Stats(Mutex<StatsSnapshot>);

/// The counts at one moment.
#[derive(Debug, Clone, Default)]
pub struct StatsSnapshot {
    /// Requests by account, endpoint and status: HTTP's, or `timeout`, `connect`, `body`.
    pub requests: BTreeMap<(String, Endpoint, String), u64>,
    /// Errors by account, endpoint and kind.
    pub errors: BTreeMap<(String, Endpoint, Kind), u64>,
    /// Weight spent by account and endpoint.
    pub weight_spent: BTreeMap<(String, Endpoint), u64>,
    /// Durations by endpoint.
    pub durations: BTreeMap<Endpoint, DurationHistogram>,
    /// What this IP has used in this minute, as the exchange last said.
    pub used_weight: Option<u32>,
    /// Until when nothing is sent.
    pub blocked_until: Option<SystemTime>,
    /// Server clock minus ours.
    pub clock_offset_ms: Option<i64>,
}

/// How long requests took.
#[derive(Debug, Clone, Default)]
pub struct DurationHistogram {
    counts: [u64; BUCKETS.len()],
    /// All durations together.
    pub sum: Duration,
    /// How many there were.
    pub count: u64,
}

impl DurationHistogram {
    /// The buckets: upper bound in seconds, and how many took no longer.
    pub fn cumulative(&self) -> impl Iterator<Item = (f64, u64)> {
        let sums = self.counts.iter().scan(0, |sum, n| {
            *sum += n;
            Some(*sum)
        });
        BUCKETS.into_iter().zip(sums)
    }

    fn observe(&mut self, took: Duration) {
        let seconds = took.as_secs_f64();
        if let Some(bucket) = BUCKETS.iter().position(|bound| seconds <= *bound) {
            self.counts[bucket] += 1;
        }
        self.sum += took;
        self.count += 1;
    }
}

impl StatsSnapshot {
    /// The weight that requests of this account and endpoint have cost.
    #[must_use]
    pub fn weight(&self, account: &str, endpoint: Endpoint) -> u64 {
        self.weight_spent
            .get(&(account.to_owned(), endpoint))
            .copied()
            .unwrap_or(0)
    }
}

impl Stats {
    /// Lets the error counters of an account and endpoint begin at 0, so that the first error is seen as a rise.
    pub fn declare(&self, account: &str, endpoint: Endpoint) {
        self.change(|s| {
            for kind in Kind::ALL {
                s.errors
                    .entry((account.to_owned(), endpoint, kind))
                    .or_insert(0);
            }
            s.weight_spent
                .entry((account.to_owned(), endpoint))
                .or_insert(0);
        });
    }

    /// Counts a request that was sent.
    pub fn count_request(&self, account: &str, endpoint: Endpoint, status: &str, took: Duration) {
        self.change(|s| {
            let requests = s
                .requests
                .entry((account.to_owned(), endpoint, status.to_owned()));
            *requests.or_insert(0) += 1;
            let weight = s.weight_spent.entry((account.to_owned(), endpoint));
            *weight.or_insert(0) += u64::from(endpoint.weight());
            s.durations.entry(endpoint).or_default().observe(took);
        });
    }

    /// Counts `number` errors of one kind.
    pub fn count_error(&self, account: &str, endpoint: Endpoint, kind: Kind, number: u64) {
        if number > 0 {
            self.change(|s| {
                *s.errors
                    .entry((account.to_owned(), endpoint, kind))
                    .or_insert(0) += number;
            });
        }
    }

    /// Notes the used weight that an answer named.
    pub fn set_used_weight(&self, weight: u32) {
        self.change(|s| s.used_weight = Some(weight));
    }

    /// The counts now.
    #[must_use]
    pub fn snapshot(&self) -> StatsSnapshot {
        self.change(|s| s.clone())
    }

    fn change<T>(&self, with: impl FnOnce(&mut StatsSnapshot) -> T) -> T {
        with(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_fall_into_cumulative_buckets() {
        let mut histogram = DurationHistogram::default();
        for ms in [10, 25, 26, 900, 60_000] {
            histogram.observe(Duration::from_millis(ms));
        }
        let buckets: Vec<_> = histogram.cumulative().map(|(_, n)| n).collect();
        assert_eq!(buckets, [2, 3, 3, 3, 3, 4, 4, 4, 4]);
        assert_eq!(
            (histogram.count, histogram.sum),
            (5, Duration::from_millis(60_961))
        );
    }
}
