//! The exchange's clock, as an offset to ours.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A measured offset is used this long before it is measured again.
const REFRESH: Duration = Duration::from_mins(5);
/// After a failed measurement the next one waits this long.
const RETRY: Duration = Duration::from_secs(10);

/// What is known of the exchange's clock.
#[derive(Debug, Default)]
pub struct Clock(Mutex<State>);

#[derive(Debug, Default, Clone, Copy)]
struct State {
    offset_ms: Option<i64>,
    next_measurement: Option<Instant>,
}

impl Clock {
    /// Server clock minus ours, in ms; `None` until it was measured.
    #[must_use]
    pub fn offset_ms(&self) -> Option<i64> {
        self.state(|s| s.offset_ms)
    }

    /// The exchange's time, ms since the epoch, when ours is `now`.
    #[must_use]
    pub fn server_ms(&self, now: SystemTime) -> i64 {
        epoch_ms(now).saturating_add(self.offset_ms().unwrap_or(0))
    }

    /// Whether the offset should be measured before the next signed request.
    #[must_use]
    pub fn due(&self, now: Instant) -> bool {
        self.state(|s| s.next_measurement.is_none_or(|next| now >= next))
    }

    /// Takes a measurement: the server's time, and ours before the request and after the answer.
    pub fn measured(&self, server_ms: i64, sent: SystemTime, received: SystemTime, now: Instant) {
        // The server read its clock at some moment in between; the middle is the best guess.
        let ours = i64::midpoint(epoch_ms(sent), epoch_ms(received));
        self.state(|s| {
            s.offset_ms = Some(server_ms.saturating_sub(ours));
            s.next_measurement = Some(now + REFRESH);
        });
    }

    /// Notes that a measurement failed; what was known stays.
    pub fn failed(&self, now: Instant) {
        self.state(|s| s.next_measurement = Some(now + RETRY));
    }

    fn state<T>(&self, with: impl FnOnce(&mut State) -> T) -> T {
        with(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Milliseconds since the epoch.
#[must_use]
pub fn epoch_ms(time: SystemTime) -> i64 {
    let ms = |d: Duration| i64::try_from(d.as_millis()).unwrap_or(i64::MAX);
    time.duration_since(UNIX_EPOCH)
        .map_or_else(|before| -ms(before.duration()), ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offset_is_against_the_middle_of_the_request() {
        let clock = Clock::default();
        let now = Instant::now();
        assert!(clock.due(now));
        assert_eq!(clock.offset_ms(), None);
        let at = |ms| UNIX_EPOCH + Duration::from_millis(ms);
        clock.measured(7_000, at(1_000), at(1_200), now);
        assert_eq!(clock.offset_ms(), Some(5_900));
        assert_eq!(clock.server_ms(at(2_000)), 7_900);
        assert!(!clock.due(now + Duration::from_secs(299)));
        assert!(clock.due(now + REFRESH));
        clock.failed(now + REFRESH);
        assert!(!clock.due(now + REFRESH));
        assert!(clock.due(now + REFRESH + RETRY));
        assert_eq!(clock.offset_ms(), Some(5_900));
    }
}
