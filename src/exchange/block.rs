//! The process-wide stop: once the exchange has refused this IP, nobody sends anything until the stop ends.
//!
//! Limits are per IP, so one refusal concerns every account; sending on turns a refusal into a ban of up to three days.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use super::error::Kind;

const MINUTE: Duration = Duration::from_mins(1);
const BAN: Duration = Duration::from_mins(2);
const LONGEST_FIREWALL: Duration = Duration::from_mins(30);
const SHORTEST: Duration = Duration::from_secs(1);
/// The longest ban the exchange speaks of.
const LONGEST: Duration = Duration::from_hours(72);

/// What a refusal says about its end.
#[derive(Debug, Clone, Copy)]
pub struct Refusal<'a> {
    /// [`Kind::RateLimit`], [`Kind::Banned`] or [`Kind::Firewall`].
    pub kind: Kind,
    /// The header `Retry-After`: seconds or an HTTP date.
    pub retry_after: Option<&'a str>,
    /// The body, which may say `banned until <ms>`.
    pub body: &'a str,
}

impl Refusal<'_> {
    /// Whether answers of `kind` stop everything.
    #[must_use]
    pub const fn stops(kind: Kind) -> bool {
        matches!(kind, Kind::RateLimit | Kind::Banned | Kind::Firewall)
    }

    /// How long to send nothing, 1 s to 3 days.
    ///
    /// `server_ms` is the exchange's time in milliseconds since the epoch, `before` the number of firewall refusals in
    /// a row before this one.
    #[must_use]
    pub fn pause(&self, server_ms: i64, before: u32) -> Duration {
        let named = self
            .retry_after
            .and_then(|value| retry_after(value, server_ms))
            .max(banned_until(self.body).map(|end| until(end, server_ms)));
        named
            .unwrap_or_else(|| self.usual(server_ms, before))
            .clamp(SHORTEST, LONGEST)
    }

    /// The pause when the refusal names no end.
    fn usual(&self, server_ms: i64, before: u32) -> Duration {
        match self.kind {
            // The weight is counted by the minute of the exchange's clock.
            Kind::RateLimit => {
                Duration::from_millis((60_000 - server_ms.rem_euclid(60_000)).unsigned_abs())
            }
            Kind::Firewall => MINUTE
                .saturating_mul(2_u32.saturating_pow(before))
                .min(LONGEST_FIREWALL),
            _ => BAN,
        }
    }
}

/// The end that a body names (`IP banned until 1700000000000`), in the exchange's milliseconds.
pub(super) fn banned_until(body: &str) -> Option<i64> {
    const WORDS: &str = "banned until";
    let lower = body.to_ascii_lowercase();
    let rest = lower.get(lower.find(WORDS)? + WORDS.len()..)?.trim_start();
    let digits = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    rest[..digits].parse().ok()
}

/// `Retry-After` as a duration from `server_ms`: seconds or an HTTP date.
fn retry_after(value: &str, server_ms: i64) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    let end = date.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    Some(until(i64::try_from(end.as_millis()).ok()?, server_ms))
}

fn until(end_ms: i64, now_ms: i64) -> Duration {
    let left = end_ms.saturating_sub(now_ms).max(0);
    Duration::from_millis(left.unsigned_abs())
}

/// A stop that is in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    /// Why.
    pub kind: Kind,
    /// The end; monotonic, so a step of the wall clock does not lift a ban.
    pub until: Instant,
    /// The same end by the wall clock of the time of the refusal, for people.
    pub wall: SystemTime,
}

/// Whether anything may be sent.
#[derive(Debug, Default)]
pub struct Block {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    hold: Option<Hold>,
    firewall_in_a_row: u32,
}

impl Block {
    /// The stop that is in force at `now`, if one is.
    #[must_use]
    pub fn hold(&self, now: Instant) -> Option<Hold> {
        self.lock().hold.filter(|hold| now < hold.until)
    }

    /// Takes in a refusal that came at `now`; returns the stop that is in force after it.
    ///
    /// A stop is never shortened: of the answers to requests that were under way together the strictest counts.
    pub fn refused(&self, refusal: &Refusal<'_>, server_ms: i64, now: Instant) -> Hold {
        let mut state = self.lock();
        let standing = state.hold.filter(|hold| now < hold.until);
        // Requests that were under way together are one refusal, not several in a row.
        let together = standing.is_some_and(|hold| hold.kind == Kind::Firewall);
        if refusal.kind == Kind::Firewall && !together {
            state.firewall_in_a_row = state.firewall_in_a_row.saturating_add(1);
        }
        let pause = refusal.pause(server_ms, state.firewall_in_a_row.saturating_sub(1));
        let new = Hold {
            kind: refusal.kind,
            until: now + pause,
            wall: SystemTime::now() + pause,
        };
        let hold = standing
            .filter(|hold| hold.until >= new.until)
            .unwrap_or(new);
        state.hold = Some(hold);
        hold
    }

    /// Takes in a good answer: the firewall's pauses start over, unless the answer was under way when it refused.
    pub fn succeeded(&self, now: Instant) {
        let mut state = self.lock();
        if state.hold.is_none_or(|hold| hold.until <= now) {
            state.firewall_in_a_row = 0;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
