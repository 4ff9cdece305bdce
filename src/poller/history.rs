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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::snapshot::view::CollectorView;
    use crate::snapshot::{AssetBalance, Balances, Snapshot};

    const fn secs(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    fn at(begin: &Moment, seconds: u64) -> Moment {
        Moment {
            monotonic: begin.monotonic + secs(seconds),
            wall: begin.wall + secs(seconds),
        }
    }

    /// An account whose balances were read at `at`.
    fn account(at: Moment, usdt: i64) -> AccountView {
        let mut balance = CollectorView::new(Collector::Balance, secs(30), secs(90));
        let asset = AssetBalance {
            wallet: Some(Decimal::new(usdt, 2)),
            ..AssetBalance::default()
        };
        let snapshot = Snapshot::Balances(Balances {
            assets: BTreeMap::from([("USDT".to_owned(), asset)]),
        });
        balance.data = Some(Arc::new(Observed { at, snapshot }));
        AccountView {
            name: "main".to_owned(),
            auth: "hmac",
            agent: None,
            labels: BTreeMap::new(),
            collectors: vec![balance],
        }
    }

    #[test]
    fn nothing_is_read_while_no_wallet_changes_and_only_after_a_while() {
        let (wallets, begin) = (Wallets::default(), Moment::now());
        let read = |seconds: u64, usdt: i64| {
            let now = at(&begin, seconds);
            let known = account(at(&begin, seconds - 1), usdt);
            if wallets.quiet(&known, &now).is_some() {
                return false;
            }
            let reading = wallets.reading(&known, &now);
            wallets.read(reading);
            true
        };
        // Records may appear late: it goes on for three minutes after a change.
        let minutes = |from: u64, usdt: i64| (0..5).map(move |m| (from + m * 60, usdt));
        let first: Vec<bool> = minutes(60, 100).map(|(s, u)| read(s, u)).collect();
        assert_eq!(first, [true, true, true, false, false]);
        let changed: Vec<bool> = minutes(360, 101).map(|(s, u)| read(s, u)).collect();
        assert_eq!(changed, [true, true, true, false, false]);
        // Now and then it is read all the same.
        assert!(!read(480 + 590, 101));
        assert!(read(480 + 600, 101));
    }

    #[test]
    fn what_is_not_known_is_no_silence() {
        let (wallets, begin) = (Wallets::default(), Moment::now());
        let old = account(begin, 100);
        wallets.read(wallets.reading(&old, &at(&begin, 1)));
        // The balances are from before the last reading, or too old.
        assert!(wallets.quiet(&old, &at(&begin, 80)).is_none());
        assert!(wallets.quiet(&old, &at(&begin, 500)).is_none());
        let none = AccountView {
            collectors: Vec::new(),
            ..account(begin, 100)
        };
        assert!(wallets.quiet(&none, &at(&begin, 500)).is_none());
    }
}
