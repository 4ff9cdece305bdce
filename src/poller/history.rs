//! What other collectors tell the import of trades: which symbols something happened in.

use std::sync::Arc;

use crate::collector::Collector;
use crate::ledger::import::{Activity, IncomeImport, Source, TradeImport};
use crate::snapshot::view::{AccountView, Moment, Observed, View};

/// The import that a collector of history runs.
#[derive(Debug)]
pub(super) enum Import {
    Income(IncomeImport),
    Trades(TradeImport),
}

impl Import {
    /// The import of `collector`, if it is one of history.
    pub(super) fn new(collector: Collector, source: Source) -> Option<Self> {
        match collector {
            Collector::Income => Some(Self::Income(IncomeImport::new(source))),
            Collector::Trades => {
                let with_income = source.account.collectors.contains(&Collector::Income);
                Some(Self::Trades(TradeImport::new(source, with_income)))
            }
            _ => None,
        }
    }
}

/// What is known of the symbols of `account`; old data is no reason to ask, and none to leave a symbol out.
pub(super) fn activity(view: &View, account: &str, now: &Moment) -> Activity {
    let mut activity = Activity::default();
    let Some(account) = view.accounts.iter().find(|a| a.name == account) else {
        return activity;
    };
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
