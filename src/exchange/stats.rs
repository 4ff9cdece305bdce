//! What the client counts about itself; whoever exposes metrics reads a snapshot.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use super::block::Hold;
use super::endpoint::Endpoint;
use super::error::Kind;

/// The upper bounds of [`Histogram`], in seconds.
pub const BUCKETS: [f64; 9] = [0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// How a request that was sent ended; `Display` is the value of the label `status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// An answer with this HTTP status.
    Status(u16),
    /// No whole answer in time.
    Timeout,
    /// No connection.
    Connect,
    /// The connection broke, or the body could not be read to its end.
    Body,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(f, "{status}"),
            Self::Timeout => f.write_str("timeout"),
            Self::Connect => f.write_str("connect"),
            Self::Body => f.write_str("body"),
        }
    }
}

/// How long requests took, in seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Histogram {
    /// How many took at most the bound of the same place in [`BUCKETS`] (cumulative).
    pub buckets: [u64; BUCKETS.len()],
    /// All of them together.
    pub sum: f64,
    /// How many there were.
    pub count: u64,
}

impl Histogram {
    fn observe(&mut self, seconds: f64) {
        for (count, bound) in self.buckets.iter_mut().zip(BUCKETS) {
            *count += u64::from(seconds <= bound);
        }
        self.sum += seconds;
        self.count += 1;
    }
}

/// The counters at one moment. The account is `""` for unsigned calls.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StatsSnapshot {
    /// Requests that were sent, by account, endpoint and how they ended.
    pub requests: BTreeMap<(Arc<str>, Endpoint, Outcome), u64>,
    /// Errors by account, endpoint and kind. Requests that a stop held back are neither requests nor errors.
    pub errors: BTreeMap<(Arc<str>, Endpoint, Kind), u64>,
    /// From sending to the last byte of the body.
    pub durations: BTreeMap<Endpoint, Histogram>,
    /// The weight of the requests that were sent.
    pub weight: BTreeMap<(Arc<str>, Endpoint), u64>,
    /// The weight that this IP has used in the running minute, by anybody, as the last answer told.
    pub used_weight: Option<u64>,
    /// The weight that the exchange allows this IP in a minute.
    pub weight_limit: Option<u64>,
    /// The weight that the exporter allows itself in any minute.
    pub weight_budget: Option<u64>,
    /// The end of the stop, while one is in force.
    pub blocked_until: Option<SystemTime>,
    /// The exchange's clock − ours, in milliseconds.
    pub clock_offset_ms: Option<i64>,
}

impl StatsSnapshot {
    /// The weight that requests of this account and endpoint have cost.
    #[must_use]
    pub fn weight(&self, account: &str, endpoint: Endpoint) -> u64 {
        self.weight
            .get(&(account.into(), endpoint))
            .copied()
            .unwrap_or(0)
    }
}

/// The counters.
#[derive(Debug, Default)]
pub struct Stats {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    counts: StatsSnapshot,
    hold: Option<Hold>,
}

impl Stats {
    /// Everything counted so far.
    #[must_use]
    pub fn snapshot(&self) -> StatsSnapshot {
        let state = self.lock();
        let hold = state.hold.filter(|hold| Instant::now() < hold.until);
        StatsSnapshot {
            blocked_until: hold.map(|hold| hold.wall),
            ..state.counts.clone()
        }
    }

    /// Starts the error counters of an account (`""` for none) and endpoint at 0.
    pub fn declare(&self, account: &str, endpoint: Endpoint) {
        let account: Arc<str> = account.into();
        let counts = &mut self.lock().counts;
        for kind in Kind::ALL {
            counts
                .errors
                .entry((account.clone(), endpoint, kind))
                .or_default();
        }
        counts.weight.entry((account, endpoint)).or_default();
    }

    /// Forgets the accounts that are not in `accounts`; what belongs to none stays.
    pub fn retain(&self, accounts: &[&str]) {
        let counts = &mut self.lock().counts;
        let stays = |account: &str| account.is_empty() || accounts.contains(&account);
        counts.requests.retain(|(account, ..), _| stays(account));
        counts.errors.retain(|(account, ..), _| stays(account));
        counts.weight.retain(|(account, _), _| stays(account));
    }

    /// Counts `n` errors, those of callers who could not read an answer too.
    pub fn count_error(&self, account: &str, endpoint: Endpoint, kind: Kind, n: u64) {
        let key = (account.into(), endpoint, kind);
        *self.lock().counts.errors.entry(key).or_default() += n;
    }

    /// Counts a request that was sent.
    pub(super) fn count_request(
        &self,
        account: &str,
        endpoint: Endpoint,
        outcome: Outcome,
        weight: u64,
        took: Duration,
    ) {
        let account: Arc<str> = account.into();
        let counts = &mut self.lock().counts;
        let durations = counts.durations.entry(endpoint).or_default();
        durations.observe(took.as_secs_f64());
        let requests = &mut counts.requests;
        *requests
            .entry((account.clone(), endpoint, outcome))
            .or_default() += 1;
        // Without a connection the exchange has counted nothing.
        if outcome != Outcome::Connect {
            *counts.weight.entry((account, endpoint)).or_default() += weight;
        }
    }

    pub(super) fn set_used_weight(&self, used: u64) {
        self.lock().counts.used_weight = Some(used);
    }

    pub(super) fn set_limits(&self, (limit, budget): (u64, u64)) {
        let counts = &mut self.lock().counts;
        (counts.weight_limit, counts.weight_budget) = (Some(limit), Some(budget));
    }

    pub(super) fn set_hold(&self, hold: Hold) {
        let shown = &mut self.lock().hold;
        // Of refusals taken in at once the later end is the one in force.
        if shown.is_none_or(|shown| shown.until < hold.until) {
            *shown = Some(hold);
        }
    }

    pub(super) fn set_clock_offset(&self, offset_ms: Option<i64>) {
        self.lock().counts.clock_offset_ms = offset_ms;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declared_errors_start_at_zero() {
        let stats = Stats::default();
        stats.declare("main", Endpoint::Balance);
        stats.count_error("main", Endpoint::Balance, Kind::Decode, 3);
        stats.declare("main", Endpoint::Balance);
        let errors = stats.snapshot().errors;
        assert_eq!(errors.len(), Kind::ALL.len());
        assert_eq!(errors[&("main".into(), Endpoint::Balance, Kind::Decode)], 3);
        assert_eq!(errors[&("main".into(), Endpoint::Balance, Kind::Auth)], 0);
    }

    #[test]
    fn requests() {
        let stats = Stats::default();
        let count = |outcome, ms| {
            let took = Duration::from_millis(ms);
            stats.count_request("a", Endpoint::OpenOrders, outcome, 40, took);
        };
        count(Outcome::Status(200), 25);
        count(Outcome::Status(200), 300);
        count(Outcome::Timeout, 20_000);
        count(Outcome::Connect, 1);
        let snapshot = stats.snapshot();
        let ok = ("a".into(), Endpoint::OpenOrders, Outcome::Status(200));
        assert_eq!(snapshot.requests[&ok], 2);
        assert_eq!(snapshot.weight[&("a".into(), Endpoint::OpenOrders)], 120);
        let durations = snapshot.durations[&Endpoint::OpenOrders];
        assert_eq!(durations.buckets, [2, 2, 2, 2, 3, 3, 3, 3, 3]);
        assert_eq!(durations.count, 4);
        assert!((durations.sum - 20.326).abs() < 1e-9);
    }

    #[test]
    fn a_stop_is_shown_only_while_it_is_in_force() {
        let stats = Stats::default();
        let now = Instant::now();
        let hold = |until, wall| Hold {
            kind: Kind::Banned,
            until,
            wall,
        };
        let (early, late) = (SystemTime::UNIX_EPOCH, SystemTime::now());
        stats.set_hold(hold(now, early));
        assert_eq!(stats.snapshot().blocked_until, None);
        stats.set_hold(hold(now + Duration::from_mins(2), late));
        stats.set_hold(hold(now + Duration::from_mins(1), early));
        assert_eq!(stats.snapshot().blocked_until, Some(late));
    }
}
