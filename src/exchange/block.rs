//! The stop of the whole process after a 429, 418 or 403: going on would earn the IP a ban.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

/// A ban that names no end lasts at least this long.
const BAN: Duration = Duration::from_mins(2);
/// The first pause after a firewall's refusal; each further one in a row is twice as long.
const FIREWALL: Duration = Duration::from_mins(1);
const FIREWALL_LONGEST: Duration = Duration::from_mins(30);
/// No pause is shorter or longer, whatever an answer says; the longest documented ban is 3 days.
const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_hours(72);

/// Why requests are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// 429.
    RateLimit,
    /// 418.
    Ban,
    /// 403.
    Firewall,
}

/// What an answer says about when requests may be sent again.
#[derive(Debug, Clone, Copy, Default)]
pub struct Hints {
    /// `Retry-After`.
    pub retry_after: Option<Duration>,
    /// The end that a ban's message names, ms since the epoch by the exchange's clock.
    pub banned_until_ms: Option<i64>,
}

/// How long to stop. `server_ms` is the exchange's time, `in_a_row` how many firewall refusals came before.
#[must_use]
pub fn pause(refusal: Refusal, hints: Hints, server_ms: i64, in_a_row: u32) -> Duration {
    let named = hints
        .banned_until_ms
        .and_then(|end| u64::try_from(end - server_ms).ok());
    let named = hints.retry_after.max(named.map(Duration::from_millis));
    let pause = named.unwrap_or_else(|| match refusal {
        // The limit counts by the minute of the exchange's clock.
        Refusal::RateLimit => {
            Duration::from_millis(60_000 - server_ms.rem_euclid(60_000).unsigned_abs())
        }
        Refusal::Ban => BAN,
        Refusal::Firewall => FIREWALL
            .saturating_mul(2_u32.saturating_pow(in_a_row))
            .min(FIREWALL_LONGEST),
    });
    pause.clamp(SHORTEST, LONGEST)
}

/// Whether requests are held back, for all accounts.
#[derive(Debug, Default)]
pub struct Block(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// By the monotonic clock: a step of the wall clock must not lift a ban.
    until: Option<Instant>,
    firewall_in_a_row: u32,
}

impl Block {
    /// How long no request may be sent, if that is so.
    #[must_use]
    pub fn remaining(&self, now: Instant) -> Option<Duration> {
        self.state(|s| {
            s.until?
                .checked_duration_since(now)
                .filter(|left| !left.is_zero())
        })
    }

    /// Stops all requests; a block that lasts longer already stays. Returns how long it lasts.
    pub fn refuse(&self, refusal: Refusal, hints: Hints, server_ms: i64, now: Instant) -> Duration {
        self.state(|s| {
            let until = now + pause(refusal, hints, server_ms, s.firewall_in_a_row);
            if refusal == Refusal::Firewall {
                s.firewall_in_a_row = s.firewall_in_a_row.saturating_add(1);
            }
            let until = s.until.map_or(until, |known| known.max(until));
            s.until = Some(until);
            until.saturating_duration_since(now)
        })
    }

    /// Notes an answer that was no refusal.
    pub fn accepted(&self) {
        self.state(|s| s.firewall_in_a_row = 0);
    }

    fn state<T>(&self, with: impl FnOnce(&mut State) -> T) -> T {
        with(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Reads `Retry-After`: seconds, or a date.
#[must_use]
pub fn retry_after(header: &str, now: SystemTime) -> Option<Duration> {
    let header = header.trim();
    if let Ok(seconds) = header.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    httpdate::parse_http_date(header)
        .ok()?
        .duration_since(now)
        .ok()
}

/// Reads the end of a ban out of a message: `… IP banned until 1700000000000. …`.
#[must_use]
pub fn banned_until_ms(message: &str) -> Option<i64> {
    let (_, rest) = message.split_once("banned until ")?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok().filter(|ms| *ms > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::UNIX_EPOCH;

    const fn secs(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    #[test]
    fn how_long_to_stop() {
        let none = Hints::default();
        let after = |n| Hints {
            retry_after: Some(secs(n)),
            ..none
        };
        let until = |ms| Hints {
            banned_until_ms: Some(ms),
            ..none
        };
        let both = Hints {
            retry_after: Some(secs(10)),
            banned_until_ms: Some(130_000),
        };
        let cases = [
            (Refusal::RateLimit, none, 125_000, 0, secs(55)),
            (Refusal::RateLimit, after(7), 125_000, 0, secs(7)),
            (Refusal::RateLimit, after(0), 125_000, 0, SHORTEST),
            (Refusal::RateLimit, after(u64::MAX), 125_000, 0, LONGEST),
            (Refusal::Ban, none, 100_000, 0, BAN),
            (Refusal::Ban, until(400_000), 100_000, 0, secs(300)),
            (Refusal::Ban, both, 100_000, 0, secs(30)),
            // An end that has passed says nothing.
            (Refusal::Ban, until(90_000), 100_000, 0, BAN),
            (Refusal::Firewall, none, 0, 0, secs(60)),
            (Refusal::Firewall, none, 0, 3, secs(480)),
            (Refusal::Firewall, none, 0, 99, FIREWALL_LONGEST),
        ];
        for (refusal, hints, server_ms, in_a_row, expected) in cases {
            let got = pause(refusal, hints, server_ms, in_a_row);
            assert_eq!(
                got, expected,
                "{refusal:?} {hints:?} {server_ms} {in_a_row}"
            );
        }
    }

    #[test]
    fn a_longer_block_stays_and_ends_by_the_monotonic_clock() {
        let (block, now) = (Block::default(), Instant::now());
        assert_eq!(block.remaining(now), None);
        let hints = |n| Hints {
            retry_after: Some(secs(n)),
            ..Hints::default()
        };
        assert_eq!(block.refuse(Refusal::Ban, hints(100), 0, now), secs(100));
        assert_eq!(
            block.refuse(Refusal::RateLimit, hints(5), 0, now),
            secs(100)
        );
        assert_eq!(block.remaining(now + secs(99)), Some(secs(1)));
        assert_eq!(block.remaining(now + secs(100)), None);
    }

    #[test]
    fn headers_and_messages() {
        let now = UNIX_EPOCH + secs(784_111_770);
        assert_eq!(retry_after(" 12 ", now), Some(secs(12)));
        assert_eq!(
            retry_after("Sun, 06 Nov 1994 08:49:37 GMT", now),
            Some(secs(7))
        );
        assert_eq!(retry_after("soon", now), None);
        assert_eq!(retry_after("-1", now), None);
        let message = "Way too many requests; IP banned until 1700000000000. Please use streams.";
        assert_eq!(banned_until_ms(message), Some(1_700_000_000_000));
        assert_eq!(banned_until_ms("banned until tomorrow"), None);
    }
}
