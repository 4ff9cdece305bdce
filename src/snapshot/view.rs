//! What is known at one moment, of every account: the one value that pages are made from.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use super::totals::{IncomeTotals, TradeTotals};
use super::{AccountSummary, Balances, Market, Orders, Positions, Snapshot};
use crate::collector::Collector;
use crate::exchange::error::Error;

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
    /// How its requests are signed: `hmac`.
    pub auth: &'static str,
    /// The labels that the configuration gives it.
    pub labels: BTreeMap<String, String>,
    /// Its enabled collectors.
    pub collectors: Vec<CollectorView>,
}

/// What one collector of one account did and found.
#[derive(Debug, Clone)]
pub struct CollectorView {
    /// Which one.
    pub collector: Collector,
    /// The age at which its data is no longer shown.
    pub max_age: Duration,
    /// The last collection, good or bad.
    pub attempt: Option<Attempt>,
    /// What the last good collection found.
    pub data: Option<Arc<Observed>>,
    /// How often it was due but not run, because all requests are held back.
    pub skipped_blocked: u64,
    /// How often it was due but not run, because the collection before still ran.
    pub skipped_overrun: u64,
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
    pub const fn new(collector: Collector, max_age: Duration) -> Self {
        Self {
            collector,
            max_age,
            attempt: None,
            data: None,
            skipped_blocked: 0,
            skipped_overrun: 0,
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
