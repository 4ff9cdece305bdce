//! When collections are due: pure arithmetic on times.

use std::time::Duration;

/// Accounts begin at most this far apart.
const LONGEST_STEP: Duration = Duration::from_millis(250);

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

#[cfg(test)]
mod tests {
    use super::*;

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
