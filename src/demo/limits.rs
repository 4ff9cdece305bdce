//! Request weight per address and clock minute, and the bans of those who do not stop.

use std::collections::HashMap;
use std::net::IpAddr;

use super::refusal::Refusal;

const MINUTE_MS: i64 = 60_000;
/// How many refused requests in a minute are put up with.
const PATIENCE: u32 = 10;
/// The first ban; each further one lasts twice as long.
const FIRST_BAN_MS: i64 = 2 * MINUTE_MS;
/// The longest ban.
const LONGEST_BAN_MS: i64 = 3 * 24 * 60 * MINUTE_MS;

/// What one address has used.
#[derive(Debug, Default)]
struct Usage {
    minute: i64,
    used: u32,
    refused: u32,
    bans: u32,
    banned_until: i64,
}

/// The weight limit and what each address has used of it.
pub(crate) struct Limits {
    limit: u32,
    /// Weight that others behind the same address use in each minute.
    pub(crate) foreign: u32,
    addresses: HashMap<IpAddr, Usage>,
}

impl Limits {
    pub(crate) fn new(limit: u32) -> Self {
        Self {
            limit,
            foreign: 0,
            addresses: HashMap::new(),
        }
    }

    /// Counts a request; refuses it when the address is over the limit or banned.
    pub(crate) fn charge(&mut self, from: IpAddr, weight: u32, now: i64) -> Result<(), Refusal> {
        let usage = self.addresses.entry(from).or_default();
        usage.enter(now.div_euclid(MINUTE_MS));
        usage.used = usage.used.saturating_add(weight);
        if now < usage.banned_until {
            return Err(usage.banned(now));
        }
        if usage.used.saturating_add(self.foreign) <= self.limit {
            return Ok(());
        }
        usage.refused += 1;
        if usage.refused > PATIENCE {
            usage.ban(now);
            return Err(usage.banned(now));
        }
        let rest = MINUTE_MS - now.rem_euclid(MINUTE_MS);
        Err(Refusal::over_limit(self.limit, seconds(rest)))
    }

    /// What the address has used in this minute, with what others have used.
    pub(crate) fn used_by(&self, from: IpAddr, now: i64) -> u32 {
        let minute = now.div_euclid(MINUTE_MS);
        let own = self
            .addresses
            .get(&from)
            .filter(|usage| usage.minute == minute)
            .map_or(0, |usage| usage.used);
        own.saturating_add(self.foreign)
    }

    /// The most any address has used in this minute.
    pub(crate) fn used(&self, now: i64) -> u32 {
        self.addresses
            .keys()
            .map(|address| self.used_by(*address, now))
            .max()
            .unwrap_or(self.foreign)
    }
}

impl Usage {
    fn enter(&mut self, minute: i64) {
        if self.minute != minute {
            self.minute = minute;
            self.used = 0;
            self.refused = 0;
        }
    }

    fn ban(&mut self, now: i64) {
        let length = FIRST_BAN_MS.saturating_mul(1_i64 << self.bans.min(20));
        self.banned_until = now + length.min(LONGEST_BAN_MS);
        self.bans += 1;
        self.refused = 0;
    }

    fn banned(&self, now: i64) -> Refusal {
        Refusal::banned(self.banned_until, seconds(self.banned_until - now))
    }
}

/// Whole seconds, rounded up.
fn seconds(ms: i64) -> u64 {
    u64::try_from(ms).unwrap_or_default().div_ceil(1_000)
}
