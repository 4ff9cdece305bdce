//! The exchange's clock: how far it is from ours.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde::Deserialize;
use serde_json::Value;

/// The offset server − ours, in milliseconds; unknown until the first reading.
#[derive(Debug)]
pub struct Clock {
    born: Instant,
    offset_ms: AtomicI64,
    /// The exchange's time at `born`, as of the last reading.
    born_ms: AtomicI64,
    /// Nanoseconds after `born` of the last reading; 0 is never.
    read_at: AtomicU64,
}

impl Clock {
    /// A clock that was never set.
    #[must_use]
    pub fn new() -> Self {
        Self {
            born: Instant::now(),
            offset_ms: AtomicI64::new(0),
            born_ms: AtomicI64::new(0),
            read_at: AtomicU64::new(0),
        }
    }

    /// Takes in a reading: the exchange's time, taken somewhere between our times `sent_ms` and `received_ms`.
    pub fn set(&self, server_ms: i64, sent_ms: i64, received_ms: i64) {
        let middle = sent_ms.midpoint(received_ms);
        self.offset_ms
            .store(server_ms.saturating_sub(middle), Ordering::Relaxed);
        let elapsed = self.born.elapsed();
        let since_middle = received_ms.saturating_sub(middle);
        self.born_ms.store(
            server_ms
                .saturating_add(since_middle)
                .saturating_sub(millis(elapsed)),
            Ordering::Relaxed,
        );
        let read_at = nanos(elapsed).max(1);
        self.read_at.store(read_at, Ordering::Release);
    }

    /// Server − ours in milliseconds, once it was read.
    #[must_use]
    pub fn offset_ms(&self) -> Option<i64> {
        let known = self.read_at.load(Ordering::Acquire) > 0;
        known.then(|| self.offset_ms.load(Ordering::Relaxed))
    }

    /// The exchange's time in milliseconds since the epoch; our own while it was never read. Once it was, a step of
    /// our clock does not move it.
    #[must_use]
    pub fn server_ms(&self) -> i64 {
        if self.read_at.load(Ordering::Acquire) == 0 {
            return now_ms();
        }
        self.born_ms
            .load(Ordering::Relaxed)
            .saturating_add(millis(self.born.elapsed()))
    }

    /// The same in microseconds; 0 before the epoch.
    #[must_use]
    pub fn server_us(&self) -> u64 {
        let offset_us = self.offset_ms().unwrap_or(0).saturating_mul(1000);
        u64::try_from(now_us().saturating_add(offset_us)).unwrap_or(0)
    }

    /// Whether it was read after `since`; without `since`, whether it was ever read.
    #[must_use]
    pub fn read_after(&self, since: Option<Instant>) -> bool {
        let read_at = self.read_at.load(Ordering::Acquire);
        let since = since.map_or(0, |s| nanos(s.saturating_duration_since(self.born)));
        read_at > since
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::new()
    }
}

/// Our time in milliseconds since the epoch.
#[must_use]
pub fn now_ms() -> i64 {
    now_us() / 1000
}

fn now_us() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

/// The time in an answer of `GET /fapi/v1/time`, in milliseconds since the epoch.
#[must_use]
pub fn parse(body: &[u8]) -> Option<i64> {
    #[derive(Deserialize)]
    struct Time {
        #[serde(rename = "serverTime")]
        server_time: Value,
    }
    let time = serde_json::from_slice::<Time>(body).ok()?.server_time;
    let ms = match time {
        Value::String(text) => text.parse().ok(),
        number => number.as_i64(),
    };
    ms.filter(|ms| *ms > 0)
}

/// What is left of the minute that the exchange counts weight by.
#[must_use]
pub fn left_of_minute(server_ms: i64) -> Duration {
    const MINUTE_MS: i64 = 60_000;
    let left = MINUTE_MS - server_ms.rem_euclid(MINUTE_MS);
    Duration::from_millis(left.unsigned_abs())
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_offset_is_taken_at_the_middle_of_the_call() {
        let clock = Clock::new();
        assert_eq!(clock.offset_ms(), None);
        assert!(!clock.read_after(None));
        clock.set(10_500, 10_000, 10_200);
        assert_eq!(clock.offset_ms(), Some(400));
        clock.set(9_000, 10_000, 10_000);
        assert_eq!(clock.offset_ms(), Some(-1000));
        assert!(clock.read_after(None));
        assert!(!clock.read_after(Some(Instant::now())));
    }

    #[test]
    fn times() {
        assert_eq!(
            parse(br#"{"serverTime":1700000000000}"#),
            Some(1_700_000_000_000)
        );
        assert_eq!(parse(br#"{"serverTime":"17"}"#), Some(17));
        for bad in [
            "",
            "{}",
            "[]",
            r#"{"serverTime":-1}"#,
            r#"{"serverTime":null}"#,
        ] {
            assert_eq!(parse(bad.as_bytes()), None, "{bad}");
        }
    }
}
