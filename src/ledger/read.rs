//! What is published of the ledger: its sums at one moment.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::error::Error;
use super::release::Holds;
use super::store::{Account, Store};
use crate::snapshot::sums::{FillSums, IncomeSum};
use crate::snapshot::totals::{IncomeTotals, TradeTotals};
use crate::snapshot::view::Moment;
use crate::snapshot::windows::Windows;

/// Income of `account` at `now`, the exchange's time in ms; windows can be told for `horizon` after it.
pub(super) fn income(
    store: &Store,
    holds: &mut Holds,
    account: &Account,
    now: i64,
    horizon: Duration,
) -> Result<IncomeTotals, Error> {
    let mut sums = store.sums::<IncomeSum>(account)?;
    let records = sums.values().map(|sum| sum.records).sum();
    let mut last: BTreeMap<String, i64> = BTreeMap::new();
    for (key, sum) in &sums {
        let newest = last.entry(key.income_type.clone()).or_default();
        *newest = sum.last.max(*newest);
    }
    let importing = (!account.income_imported).then(|| done(account, now));
    if importing.is_some() {
        sums.clear();
        last.clear();
    } else {
        holds.hold_back(store, account, Instant::now(), &mut sums)?;
    }
    let windows = if importing.is_some() {
        Windows::default()
    } else {
        let known = sums
            .keys()
            .map(|key| (key.income_type.clone(), key.asset.clone()));
        store.windows(account, now, horizon, known)?
    };
    Ok(IncomeTotals {
        start: account.start,
        importing,
        records,
        gaps: account.income_gaps,
        conflicts: 0,
        sums,
        last,
        windows,
        taken: Moment::now(),
    })
}

/// Trades of `account`.
pub(super) fn trades(
    store: &Store,
    holds: &mut Holds,
    account: &Account,
) -> Result<TradeTotals, Error> {
    let mut sums = FillSums {
        fills: store.sums(account)?,
        closing: store.sums(account)?,
        commission: store.sums(account)?,
    };
    let records = sums.fills.values().map(|sum| sum.fills).sum();
    let mut last: BTreeMap<String, i64> = BTreeMap::new();
    for (key, sum) in &sums.fills {
        let newest = last.entry(key.symbol.clone()).or_default();
        *newest = sum.last.max(*newest);
    }
    if account.trades_imported {
        let now = Instant::now();
        holds.hold_back(store, account, now, &mut sums.fills)?;
        holds.hold_back(store, account, now, &mut sums.closing)?;
        holds.hold_back(store, account, now, &mut sums.commission)?;
    } else {
        sums = FillSums::default();
        last.clear();
    }
    Ok(TradeTotals {
        importing: !account.trades_imported,
        records,
        conflicts: 0,
        sums,
        last,
    })
}

/// How much of the way from the start to now was read, in thousandths.
fn done(account: &Account, now: i64) -> u16 {
    let way = now.saturating_sub(account.start).max(1);
    let read = account
        .income_to
        .saturating_sub(account.start)
        .clamp(0, way);
    u16::try_from(read.saturating_mul(1000) / way).unwrap_or(1000)
}
