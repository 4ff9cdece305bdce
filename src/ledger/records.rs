//! Writing records: each once, with the sums that follow from it.

use rusqlite::{Connection, params};

use super::error::Error;
use super::store::{Account, Committed};
use super::tables::{decimal, merge};
use crate::snapshot::history::{Fill, Income};
use crate::snapshot::sums::{FillSums, IncomeSums};

/// The income types that come with fills.
const OF_FILLS: [&str; 2] = ["COMMISSION", "REALIZED_PNL"];

/// Keeps what is new of `page`, and the sums that follow. `now` is noted for symbols that traded.
pub(super) fn add_income(
    db: &Connection,
    account: &Account,
    page: &[Income],
    now: i64,
) -> Result<Committed, Error> {
    let mut sums = IncomeSums::default();
    let mut committed = Committed::default();
    for record in page {
        if insert_income(db, account.id, record)? {
            committed.new += 1;
            sums.add(record)?;
            if !record.symbol.is_empty() && OF_FILLS.contains(&&*record.income_type) {
                hint(db, account.id, &record.symbol, now)?;
            }
        } else if !income_is_known(db, account.id, record)? {
            committed.conflicts += 1;
        }
    }
    let released = Some(!account.income_imported);
    merge(db, account.id, &sums.by_key, released)?;
    merge(db, account.id, &sums.by_hour, None)?;
    Ok(committed)
}

/// Keeps what is new of `page`, and the sums that follow.
pub(super) fn add_fills(
    db: &Connection,
    account: &Account,
    page: &[Fill],
) -> Result<Committed, Error> {
    let mut sums = FillSums::default();
    let mut committed = Committed::default();
    for fill in page {
        if insert_fill(db, account.id, fill)? {
            committed.new += 1;
            sums.add(fill)?;
        } else if !fill_is_known(db, account.id, fill)? {
            committed.conflicts += 1;
        }
    }
    let released = Some(!account.trades_imported);
    merge(db, account.id, &sums.fills, released)?;
    merge(db, account.id, &sums.closing, released)?;
    merge(db, account.id, &sums.commission, released)?;
    Ok(committed)
}

fn insert_income(db: &Connection, account: i64, record: &Income) -> Result<bool, Error> {
    let sql = "INSERT OR IGNORE INTO income \
               (account, time, income_type, asset, symbol, amount, tran_id, trade_id, info) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    let changed = db.prepare_cached(sql)?.execute(params![
        account,
        record.time,
        record.income_type,
        record.asset,
        record.symbol,
        record.amount.to_string(),
        record.tran_id,
        record.trade_id,
        record.info,
    ])?;
    Ok(changed == 1)
}

/// Whether the record that is kept under this key says the same.
fn income_is_known(db: &Connection, account: i64, record: &Income) -> Result<bool, Error> {
    let sql = "SELECT time, amount FROM income WHERE account = ?1 AND income_type = ?2 AND tran_id = ?3 \
               AND symbol = ?4 AND asset = ?5 AND trade_id = ?6";
    let key = params![
        account,
        record.income_type,
        record.tran_id,
        record.symbol,
        record.asset,
        record.trade_id,
    ];
    let (time, amount): (i64, String) = db
        .prepare_cached(sql)?
        .query_row(key, |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(time == record.time && decimal(&amount)? == record.amount)
}

fn insert_fill(db: &Connection, account: i64, fill: &Fill) -> Result<bool, Error> {
    let sql = "INSERT OR IGNORE INTO fill \
               (account, symbol, id, time, side, position_side, maker, price, quantity, quote_quantity, \
               realized_pnl, commission, commission_asset, order_id) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
    let changed = db.prepare_cached(sql)?.execute(params![
        account,
        fill.symbol,
        fill.id,
        fill.time,
        fill.side,
        fill.position_side,
        fill.maker,
        fill.price.to_string(),
        fill.quantity.to_string(),
        fill.quote_quantity.to_string(),
        fill.realized_pnl.to_string(),
        fill.commission.to_string(),
        fill.commission_asset,
        fill.order_id,
    ])?;
    Ok(changed == 1)
}

/// Whether the fill that is kept under this id says the same.
fn fill_is_known(db: &Connection, account: i64, fill: &Fill) -> Result<bool, Error> {
    let sql = "SELECT quantity, realized_pnl, commission FROM fill \
               WHERE account = ?1 AND symbol = ?2 AND id = ?3";
    let kept: [String; 3] = db
        .prepare_cached(sql)?
        .query_row(params![account, fill.symbol, fill.id], |row| {
            Ok([row.get(0)?, row.get(1)?, row.get(2)?])
        })?;
    let [quantity, pnl, commission] = kept.map(|text| decimal(&text));
    Ok(quantity? == fill.quantity && pnl? == fill.realized_pnl && commission? == fill.commission)
}

fn hint(db: &Connection, account: i64, symbol: &str, now: i64) -> Result<(), Error> {
    let sql = "INSERT INTO symbol (account, symbol, hinted) VALUES (?1, ?2, ?3) \
               ON CONFLICT DO UPDATE SET hinted = max(hinted, ?3)";
    db.prepare_cached(sql)?
        .execute(params![account, symbol, now])?;
    Ok(())
}
