//! When collections are due: pure arithmetic on times.

use std::time::Duration;

use crate::exchange::Kind;

/// Accounts begin at most this far apart.
const LONGEST_STEP: Duration = Duration::from_millis(250);
const FIRST_RETRY: Duration = Duration::from_secs(1);
/// Wrong credentials are tried again at least this often.
const LONGEST_PAUSE: Duration = Duration::from_mins(10);

/// The delay before the first collection of account number `index` of `count`: they begin one after
/// another so that they don't all ask at once, the first at once and the last within the interval.
#[must_use]
pub fn phase(index: usize, count: usize, interval: Duration) -> Duration {
    let parts = u32::try_from(count.max(1)).unwrap_or(u32::MAX);
    let step = (interval / parts).min(LONGEST_STEP);
    step.saturating_mul(u32::try_from(index).unwrap_or(u32::MAX))
}

/// How long after a due time the next one lies that is still to come when the collection took
/// `taken`, and how many were missed on the way. The rhythm is kept; missed ones are not made up for.
#[must_use]
pub fn next(interval: Duration, taken: Duration) -> (Duration, u64) {
    let missed = taken.as_nanos() / interval.as_nanos().max(1);
    let missed = u32::try_from(missed).unwrap_or(u32::MAX);
    (
        interval.saturating_mul(missed.saturating_add(1)),
        u64::from(missed),
    )
}

/// How soon after a failure of this kind, the nth in a row, the next attempt is due; none is at the usual time.
///
/// What passes by itself is tried again soon, then at longer and longer pauses up to the interval, so that it is noticed
/// within one interval when it is over. What somebody must mend waits for minutes. `jitter` between 0 and 1 keeps those
/// apart who failed together.
#[must_use]
pub fn retry(kind: Kind, failures: u32, interval: Duration, jitter: f64) -> Option<Duration> {
    let doubled = 1_u32 << failures.saturating_sub(1).min(16);
    let pause = match kind {
        Kind::Server | Kind::Network | Kind::Timeout => {
            FIRST_RETRY.saturating_mul(doubled).min(interval)
        }
        Kind::Auth => interval
            .saturating_mul(doubled.saturating_mul(12))
            .min(interval.saturating_mul(60))
            .clamp(interval, LONGEST_PAUSE.max(interval)),
        _ => return None,
    };
    Some(pause.mul_f64(0.5 + jitter.clamp(0.0, 1.0) / 2.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_is_tried_again_within_the_interval() {
        let pause = |failures| retry(Kind::Server, failures, ms(10_000), 1.0).unwrap();
        let pauses = [1, 2, 3, 4, 5, 100].map(pause);
        assert_eq!(pauses, [1_000, 2_000, 4_000, 8_000, 10_000, 10_000].map(ms));
        assert_eq!(retry(Kind::Timeout, 5, ms(10_000), 0.0), Some(ms(5_000)));
        assert_eq!(retry(Kind::Network, 1, ms(200), 1.0), Some(ms(200)));
    }

    #[test]
    fn a_wrong_key_waits_for_minutes() {
        let pause = |failures| retry(Kind::Auth, failures, ms(10_000), 1.0).unwrap();
        assert_eq!(
            [1, 2, 3, 4].map(pause),
            [120, 240, 480, 600].map(Duration::from_secs)
        );
        // Never sooner than usual, however long that is.
        assert_eq!(
            retry(Kind::Auth, 1, Duration::from_hours(1), 1.0),
            Some(Duration::from_hours(1))
        );
    }

    #[test]
    fn an_answer_that_cannot_be_read_is_asked_for_at_the_usual_time() {
        for kind in [Kind::Decode, Kind::Request, Kind::Clock, Kind::Ledger] {
            assert_eq!(retry(kind, 3, ms(10_000), 0.5), None);
        }
    }

    const fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    #[test]
    fn accounts_begin_one_after_another_within_the_interval() {
        assert_eq!(phase(0, 1, ms(10_000)), ms(0));
        assert_eq!(phase(1, 2, ms(10_000)), ms(250));
        assert_eq!(phase(99, 100, ms(10_000)), ms(9_900));
        assert_eq!(phase(0, 0, ms(10_000)), ms(0));
    }

    #[test]
    fn a_late_collection_keeps_the_rhythm_and_counts_what_it_missed() {
        assert_eq!(next(ms(10), ms(3)), (ms(10), 0));
        assert_eq!(next(ms(10), ms(10)), (ms(20), 1));
        assert_eq!(next(ms(10), ms(25)), (ms(30), 2));
    }
}
