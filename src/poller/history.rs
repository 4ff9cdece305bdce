//! What other collectors tell the imports of history: which symbols something happened in, and whether anything did.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rust_decimal::Decimal;

use super::plan::QUIET;

use crate::collector::Collector;
use crate::ledger::import::{Activity, IncomeImport, Source, TradeImport};
use crate::snapshot::view::{AccountView, Moment, Observed};

/// The import that a collector of history runs.
#[derive(Debug)]
pub(super) enum Import {
    Income(IncomeImport, Wallets),
    Trades(TradeImport),
}

impl Import {
    /// The import of `collector`, if it is one of history.
    pub(super) fn new(collector: Collector, source: Source) -> Option<Self> {
        match collector {
            Collector::Income => Some(Self::Income(IncomeImport::new(source), Wallets::default())),
            Collector::Trades => {
                let with_income = source.account.collectors.contains(&Collector::Income);
                Some(Self::Trades(TradeImport::new(source, with_income)))
            }
            _ => None,
        }
    }
}

/// Records may appear a while after the wallet changed.
const SETTLED: Duration = Duration::from_mins(3);

/// What the wallets held when income was last read: a record of income changes a wallet, so while none changes there is
/// nothing new to read. Records that cancel each other out are found after [`QUIET`].
#[derive(Debug, Default)]
pub(super) struct Wallets(Mutex<Option<Reading>>);

#[derive(Debug, Clone, PartialEq)]
struct Reading {
    /// When income was last read.
    begun: Instant,
    /// Since when the wallets have been as they are.
    changed: Instant,
    held: BTreeMap<String, Decimal>,
}

impl Wallets {
    /// As of when it is known that nothing was booked since the last reading, if it is.
    pub(super) fn quiet(&self, account: &AccountView, now: &Moment) -> Option<Moment> {
        let last = self.lock().clone()?;
        let (at, held) = held(account, now)?;
        let since = |then: Instant| now.monotonic.saturating_duration_since(then);
        let quiet = held == last.held
            && at.monotonic > last.begun
            && since(last.changed) >= SETTLED
            && since(last.begun) < QUIET;
        quiet.then_some(at)
    }

    /// Income is read now.
    pub(super) fn reading(&self, account: &AccountView, now: &Moment) -> Option<Pending> {
        let (_, held) = held(account, now)?;
        let begun = now.monotonic;
        let unchanged = self
            .lock()
            .as_ref()
            .filter(|last| last.held == held)
            .map(|l| l.changed);
        Some(Pending(Reading {
            begun,
            changed: unchanged.unwrap_or(begun),
            held,
        }))
    }

    /// It was read whole.
    pub(super) fn read(&self, reading: Option<Pending>) {
        *self.lock() = reading.map(|pending| pending.0);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Reading>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A reading that is under way.
#[derive(Debug)]
pub(super) struct Pending(Reading);

fn held(account: &AccountView, now: &Moment) -> Option<(Moment, BTreeMap<String, Decimal>)> {
    let observed = account.collector(Collector::Balance)?.fresh(now)?;
    let assets = &observed.balances()?.assets;
    let held: Option<_> = assets
        .iter()
        .map(|(asset, balance)| Some((asset.clone(), balance.wallet?)))
        .collect();
    Some((observed.at, held?))
}

/// What is known of the symbols of `account`; old data is no reason to ask, and none to leave a symbol out.
pub(super) fn activity(account: &AccountView, now: &Moment) -> Activity {
    let mut activity = Activity::default();
    let fresh = |collector| fresh(account, collector, now);
    if let Some(positions) = fresh(Collector::Positions)
        .as_deref()
        .and_then(Observed::positions)
    {
        let held = positions.rows.iter().filter(|(_, p)| !p.size.is_zero());
        activity
            .open
            .extend(held.map(|(key, _)| key.symbol.clone()));
        activity.changed.clone_from(&positions.changed);
    }
    if let Some(orders) = fresh(Collector::Orders)
        .as_deref()
        .and_then(Observed::orders)
    {
        let symbols = orders.orders.iter().map(|o| o.group.symbol.clone());
        activity.open.extend(symbols);
    }
    activity
}

fn fresh(account: &AccountView, collector: Collector, now: &Moment) -> Option<Arc<Observed>> {
    account.collector(collector)?.fresh(now).cloned()
}
