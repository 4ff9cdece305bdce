//! The tables of the ledger, by version: each step leads from one version to the next.

use rusqlite::{Connection, Transaction};

use super::error::Error;

/// `PRAGMA application_id`: says that the file is ours ("ASTR").
const APPLICATION: i64 = 0x4153_5452;

/// Step number n makes version n + 1. A released step never changes; a new version adds one.
///
/// Amounts are exact decimals as text, times milliseconds since the epoch. The tables `…_sum` and `income_hour` hold
/// what follows from the records; they change in the same transaction.
const STEPS: [&str; 1] = ["
CREATE TABLE account (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    start INTEGER NOT NULL,                       -- since when the sums count
    income_to INTEGER NOT NULL,                   -- every record up to here was read
    income_imported INTEGER NOT NULL DEFAULT 0,
    trades_imported INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE income_gap (
    account INTEGER NOT NULL REFERENCES account,
    time INTEGER NOT NULL,                        -- a millisecond that could not be read whole
    PRIMARY KEY (account, time)
) WITHOUT ROWID;
CREATE TABLE income (
    account INTEGER NOT NULL REFERENCES account,
    time INTEGER NOT NULL,
    income_type TEXT NOT NULL,
    asset TEXT NOT NULL,
    symbol TEXT NOT NULL,
    amount TEXT NOT NULL,
    tran_id TEXT NOT NULL,
    trade_id TEXT NOT NULL,
    info TEXT NOT NULL,
    PRIMARY KEY (account, income_type, tran_id, symbol, asset, trade_id)
) WITHOUT ROWID;
CREATE INDEX income_by_time ON income (account, time, income_type, asset, amount);
CREATE TABLE income_sum (
    account INTEGER NOT NULL REFERENCES account,
    income_type TEXT NOT NULL,
    asset TEXT NOT NULL,
    symbol TEXT NOT NULL,
    received TEXT NOT NULL,
    paid TEXT NOT NULL,
    records INTEGER NOT NULL,
    last INTEGER NOT NULL,
    released INTEGER NOT NULL,                    -- whether it was shown at 0 long enough
    PRIMARY KEY (account, income_type, asset, symbol)
) WITHOUT ROWID;
CREATE TABLE income_hour (
    account INTEGER NOT NULL REFERENCES account,
    income_type TEXT NOT NULL,
    asset TEXT NOT NULL,
    hour INTEGER NOT NULL,                        -- hours since the epoch
    net TEXT NOT NULL,
    PRIMARY KEY (account, income_type, asset, hour)
) WITHOUT ROWID;
CREATE TABLE fill (
    account INTEGER NOT NULL REFERENCES account,
    symbol TEXT NOT NULL,
    id INTEGER NOT NULL,
    time INTEGER NOT NULL,
    side TEXT NOT NULL,
    position_side TEXT NOT NULL,
    maker INTEGER NOT NULL,
    price TEXT NOT NULL,
    quantity TEXT NOT NULL,
    quote_quantity TEXT NOT NULL,
    realized_pnl TEXT NOT NULL,
    commission TEXT NOT NULL,
    commission_asset TEXT NOT NULL,
    order_id TEXT NOT NULL,
    PRIMARY KEY (account, symbol, id)
) WITHOUT ROWID;
CREATE INDEX fill_by_time ON fill (account, time);
CREATE TABLE fill_sum (
    account INTEGER NOT NULL REFERENCES account,
    symbol TEXT NOT NULL,
    side TEXT NOT NULL,
    position_side TEXT NOT NULL,
    liquidity TEXT NOT NULL,
    fills INTEGER NOT NULL,
    base TEXT NOT NULL,
    quote TEXT NOT NULL,
    last INTEGER NOT NULL,
    released INTEGER NOT NULL,
    PRIMARY KEY (account, symbol, side, position_side, liquidity)
) WITHOUT ROWID;
CREATE TABLE closing_sum (
    account INTEGER NOT NULL REFERENCES account,
    symbol TEXT NOT NULL,
    position_side TEXT NOT NULL,
    profit TEXT NOT NULL,
    loss TEXT NOT NULL,
    wins INTEGER NOT NULL,
    losses INTEGER NOT NULL,
    released INTEGER NOT NULL,
    PRIMARY KEY (account, symbol, position_side)
) WITHOUT ROWID;
CREATE TABLE commission_sum (
    account INTEGER NOT NULL REFERENCES account,
    symbol TEXT NOT NULL,
    asset TEXT NOT NULL,
    liquidity TEXT NOT NULL,
    amount TEXT NOT NULL,
    released INTEGER NOT NULL,
    PRIMARY KEY (account, symbol, asset, liquidity)
) WITHOUT ROWID;
CREATE TABLE symbol (
    account INTEGER NOT NULL REFERENCES account,
    symbol TEXT NOT NULL,
    hinted INTEGER NOT NULL DEFAULT 0,            -- when income last said that it traded
    asked INTEGER NOT NULL DEFAULT 0,             -- when its fills were last read to their end
    PRIMARY KEY (account, symbol)
) WITHOUT ROWID;
"];

/// What a database turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Empty, or of a version that can be brought up to ours, or ours.
    Ours,
    /// Of a version that we don't know.
    Newer(i64),
    /// Something else.
    Foreign,
}

/// The version that this program writes.
pub(super) fn version() -> i64 {
    i64::try_from(STEPS.len()).unwrap_or(i64::MAX)
}

/// Tells what the database is, without changing it.
pub(super) fn kind(db: &Connection) -> Result<Kind, Error> {
    let pragma = |name: &str| db.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let (application, found) = (pragma("application_id")?, pragma("user_version")?);
    let tables: i64 = db.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get(0))?;
    Ok(match (application, found) {
        (APPLICATION, found) if found > version() => Kind::Newer(found),
        (APPLICATION, _) => Kind::Ours,
        _ if tables == 0 => Kind::Ours,
        _ => Kind::Foreign,
    })
}

/// Brings the database up to our version, all steps or none.
pub(super) fn migrate(transaction: &Transaction<'_>) -> Result<(), Error> {
    let found: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found == version() {
        return Ok(());
    }
    let done = usize::try_from(found).unwrap_or(0);
    for step in STEPS.iter().skip(done) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    transaction.pragma_update(None, "user_version", version())?;
    Ok(())
}
