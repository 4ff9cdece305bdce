//! What is known at one moment, of every account: the one value that pages are made from.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use super::agent::Agent;
use super::totals::{IncomeTotals, TradeTotals};
use super::{AccountSummary, Balances, Market, Orders, Positions, Snapshot};
use crate::collector::Collector;
use crate::exchange::error::{Error, Kind};

/// One reading of both clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// For showing.
    pub wall: SystemTime,
    /// For measuring.
    pub monotonic: Instant,
}

impl Moment {
    /// Reads the clocks.
    #[must_use]
    pub fn now() -> Self {
        Self {
            wall: SystemTime::now(),
            monotonic: Instant::now(),
        }
    }

    /// The wall clock in milliseconds since the epoch.
    #[must_use]
    pub fn wall_ms(&self) -> i64 {
        let since = self.wall.duration_since(SystemTime::UNIX_EPOCH);
        i64::try_from(since.unwrap_or_default().as_millis()).unwrap_or(i64::MAX)
    }

    /// How long ago `earlier` was, by the clock that says longer: the monotonic one stands still while
    /// the machine sleeps, the wall clock can be set back.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Duration {
        let wall = self.wall.duration_since(earlier.wall).unwrap_or_default();
        wall.max(self.monotonic.saturating_duration_since(earlier.monotonic))
    }
}

/// A part of the view: which accounts and which collectors somebody asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// One account alone; what belongs to no account is left out then.
    pub account: Option<String>,
    /// These collectors alone.
    pub collectors: Option<BTreeSet<Collector>>,
}

impl Selection {
    /// Whether `collector` of `account` is part of it; `None` is the account of what belongs to none.
    #[must_use]
    pub fn includes(&self, account: Option<&str>, collector: Collector) -> bool {
        self.includes_account(account)
            && self
                .collectors
                .as_ref()
                .is_none_or(|c| c.contains(&collector))
    }

    /// Whether `account` is part of it.
    #[must_use]
    pub fn includes_account(&self, account: Option<&str>) -> bool {
        self.account.is_none() || self.account.as_deref() == account
    }
}

/// Everything that is known now.
#[derive(Debug, Clone)]
pub struct View {
    /// In the order of the configuration.
    pub accounts: Vec<Arc<AccountView>>,
    /// The unsigned collector, which belongs to no account; `None` when it is switched off.
    pub market: Option<Arc<CollectorView>>,
}

/// What is known of one account.
#[derive(Debug, Clone)]
pub struct AccountView {
    /// Its name in the configuration.
    pub name: String,
    /// How its requests are signed: `hmac` or `v3`.
    pub auth: &'static str,
    /// What is known of its agent key; `None` where it has none.
    pub agent: Option<AgentView>,
    /// The labels that the configuration gives it.
    pub labels: BTreeMap<String, String>,
    /// Its enabled collectors.
    pub collectors: Vec<CollectorView>,
}

/// What is known of an account's agent key. It has no part in whether the account is up.
#[derive(Debug, Clone, Default)]
pub struct AgentView {
    /// What the exchange said, and when it was asked.
    pub data: Option<Arc<(Moment, Agent)>>,
    /// Why the last check failed, if it did.
    pub error: Option<Error>,
}

impl AgentView {
    /// The age at which it is no longer shown: three of the hourly checks.
    const MAX_AGE: Duration = Duration::from_hours(3);

    /// What the exchange said, unless it is too old to be shown.
    #[must_use]
    pub fn fresh(&self, now: &Moment) -> Option<&Agent> {
        let (at, agent) = &**self.data.as_ref()?;
        (now.since(at) <= Self::MAX_AGE).then_some(agent)
    }

    /// What to say of a key that can do more than an exporter needs.
    #[must_use]
    pub fn excess(&self) -> Option<String> {
        let excess = self.data.as_ref()?.1.excess();
        (!excess.is_empty()).then(|| {
            format!(
                "the agent may {}: make an agent for the exporter alone that can only read",
                excess.join(", ")
            )
        })
    }

    /// Why the exchange does not accept the key, if it said so: it lists no such agent, the agent's time is over, or its
    /// signatures are not good. A refusal of the question alone (a right, a whitelist) is none of these.
    #[must_use]
    pub fn denied(&self, now: &Moment) -> Option<Error> {
        let expires = self.data.as_ref().and_then(|data| data.1.expires);
        if expires.is_some_and(|ms| ms <= now.wall_ms()) {
            let message = "the agent has expired: make a new one in the exchange's API wallet page";
            return Some(Error::new(Kind::Auth, message));
        }
        let error = self.error.as_ref().filter(|e| e.kind == Kind::Auth)?;
        let denied = match error.code {
            Some(code) => code == -1000 || code == -1022,
            None => error.status.is_none(),
        };
        denied.then(|| error.clone())
    }
}

/// What one collector of one account did and found.
#[derive(Debug, Clone)]
pub struct CollectorView {
    /// Which one.
    pub collector: Collector,
    /// How often it is due now.
    pub interval: Duration,
    /// The age at which its data is no longer shown.
    pub max_age: Duration,
    /// The last collection, good or bad.
    pub attempt: Option<Attempt>,
    /// What the last good collection found.
    pub data: Option<Arc<Observed>>,
    /// How often it was due but not run because the budget had no room for it.
    pub skipped_budget: u64,
    /// How often it was due but not run, because all requests are held back.
    pub skipped_blocked: u64,
    /// How often it was due but not run, because the collection before still ran.
    pub skipped_overrun: u64,
    /// How often a mistake of this program ended it.
    pub panics: u64,
}

/// One collection that has ended.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// When it began.
    pub at: Moment,
    /// How long it took.
    pub duration: Duration,
    /// Why it failed, if it did.
    pub error: Option<Error>,
}

/// A snapshot and when it was taken.
#[derive(Debug)]
pub struct Observed {
    /// Before the request was sent: the data is at most this old.
    pub at: Moment,
    /// What was found.
    pub snapshot: Snapshot,
}

impl View {
    /// Every collector of every account; the account of the unsigned one is `None`.
    pub fn collectors(&self) -> impl Iterator<Item = (Option<&str>, &CollectorView)> {
        let of_accounts = self
            .accounts
            .iter()
            .flat_map(|a| a.collectors.iter().map(|c| (Some(a.name.as_str()), c)));
        of_accounts.chain(self.market.iter().map(|m| (None, &**m)))
    }
}

impl CollectorView {
    /// A collector that has not run yet.
    #[must_use]
    pub const fn new(collector: Collector, interval: Duration, max_age: Duration) -> Self {
        Self {
            collector,
            interval,
            max_age,
            attempt: None,
            data: None,
            skipped_budget: 0,
            skipped_blocked: 0,
            skipped_overrun: 0,
            panics: 0,
        }
    }

    /// Its data, unless there is none or it is too old to be shown.
    #[must_use]
    pub fn fresh(&self, now: &Moment) -> Option<&Arc<Observed>> {
        self.data
            .as_ref()
            .filter(|data| now.since(&data.at) <= self.max_age)
    }

    /// Whether its last collection succeeded and what it found can still be shown.
    #[must_use]
    pub fn succeeded(&self, now: &Moment) -> bool {
        self.attempt.as_ref().is_some_and(|a| a.error.is_none()) && self.fresh(now).is_some()
    }
}

impl AccountView {
    /// The view of `collector`, if it is enabled.
    #[must_use]
    pub fn collector(&self, collector: Collector) -> Option<&CollectorView> {
        self.collectors.iter().find(|c| c.collector == collector)
    }

    /// Whether the last collection of every enabled collector succeeded and can still be shown.
    #[must_use]
    pub fn up(&self, now: &Moment) -> bool {
        self.collectors.iter().all(|c| c.succeeded(now))
    }
}

macro_rules! typed {
    ($($(#[$doc:meta])* $name:ident: $variant:ident($type:ty);)*) => {
        impl Observed {
            $($(#[$doc])*
            #[must_use]
            pub const fn $name(&self) -> Option<&$type> {
                match &self.snapshot {
                    Snapshot::$variant(value) => Some(value),
                    _ => None,
                }
            })*
        }
    };
}

typed! {
    /// What `balance` found.
    balances: Balances(Balances);
    /// What `account` found.
    account: Account(AccountSummary);
    /// What `positions` found.
    positions: Positions(Positions);
    /// What `orders` found.
    orders: Orders(Orders);
    /// What the ledger says of trades.
    trades: Trades(TradeTotals);
    /// What the ledger says of income.
    income: Income(IncomeTotals);
    /// What `market` found.
    market: Market(Market);
}
