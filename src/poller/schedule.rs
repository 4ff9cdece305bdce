//! When collections are due: pure arithmetic on times.

use std::time::Duration;

/// The delay before the first collection of account number `index` of `count`: accounts are spread
/// evenly over the interval so that they don't all ask at once, and the first asks at once.
#[must_use]
pub fn phase(index: usize, count: usize, interval: Duration) -> Duration {
    let share = u32::try_from(index).unwrap_or(u32::MAX);
    let parts = u32::try_from(count.max(1)).unwrap_or(u32::MAX);
    // In nanoseconds: an interval has at most 2^42 of them, so the product stays within 128 bits.
    let nanos = interval.as_nanos() * u128::from(share) / u128::from(parts);
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
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
    fn accounts_are_spread_evenly_and_the_first_begins_at_once() {
        assert_eq!(phase(0, 1, ms(10_000)), ms(0));
        assert_eq!(phase(0, 4, ms(10_000)), ms(0));
        assert_eq!(phase(3, 4, ms(10_000)), ms(7_500));
        assert_eq!(phase(0, 0, ms(10_000)), ms(0));
    }

    #[test]
    fn a_late_collection_keeps_the_rhythm_and_counts_what_it_missed() {
        assert_eq!(next(ms(10), ms(3)), (ms(10), 0));
        assert_eq!(next(ms(10), ms(10)), (ms(20), 1));
        assert_eq!(next(ms(10), ms(25)), (ms(30), 2));
    }
}
