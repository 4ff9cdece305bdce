//! Reading a ledger without changing it, also while an exporter writes it.

use std::path::Path;

use rusqlite::{Connection, Row, params};

use super::error::Error;
use super::file;
use super::store::{Account, Store};
use super::tables::decimal;
use super::transfer::Coverage;
use crate::snapshot::history::{Fill, Income};

/// The records of one account of a ledger.
#[derive(Debug)]
pub struct Records {
    store: Store,
    account: Account,
}

/// Why records cannot be read.
#[derive(Debug)]
pub enum Unreadable {
    /// The ledger itself.
    Ledger(Error),
    /// It has no such account; these it has.
    NoAccount(Vec<String>),
}

impl From<Error> for Unreadable {
    fn from(error: Error) -> Self {
        Self::Ledger(error)
    }
}

impl Records {
    /// Opens the records of the account called `name` in the ledger at `path`.
    ///
    /// # Errors
    /// When the file is no ledger, or has no such account.
    pub fn open(path: &Path, name: &str) -> Result<Self, Unreadable> {
        let store = Store::new(file::open_to_read(path)?);
        // Everything is read as of one moment.
        store.db.execute_batch("BEGIN").map_err(Error::from)?;
        match store.find_account(name)? {
            Some(account) => Ok(Self { store, account }),
            None => Err(Unreadable::NoAccount(names(&store.db)?)),
        }
    }

    /// What the ledger has read of the account called `name`.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn coverage(&self, name: &str) -> Result<Coverage, Error> {
        Coverage::of(&self.store, name, &self.account)
    }

    /// Since when the ledger has every record, ms since the epoch.
    #[must_use]
    pub const fn start(&self) -> i64 {
        self.account.start
    }

    /// Up to when every income record was read, ms since the epoch.
    #[must_use]
    pub const fn read_to(&self) -> i64 {
        self.account.income_to
    }

    /// Gives every income record until `to` (ms since the epoch, inclusive) to `each`, oldest first.
    ///
    /// # Errors
    /// When the ledger cannot be read, and what `each` returns.
    pub fn income<E: From<Error>>(
        &self,
        to: i64,
        mut each: impl FnMut(Income) -> Result<(), E>,
    ) -> Result<(), E> {
        let sql = "SELECT time, income_type, asset, symbol, amount, tran_id, trade_id, info FROM income \
                   WHERE account = ?1 AND time <= ?2 ORDER BY time, income_type, asset, symbol, tran_id, trade_id";
        self.each(sql, to, |row| each(income(row)?))
    }

    /// Gives every fill until `to` (ms since the epoch, inclusive) to `each`, oldest first.
    ///
    /// # Errors
    /// When the ledger cannot be read, and what `each` returns.
    pub fn fills<E: From<Error>>(
        &self,
        to: i64,
        mut each: impl FnMut(Fill) -> Result<(), E>,
    ) -> Result<(), E> {
        let sql = "SELECT time, symbol, id, side, position_side, maker, price, quantity, quote_quantity, \
                   realized_pnl, commission, commission_asset, order_id FROM fill \
                   WHERE account = ?1 AND time <= ?2 ORDER BY time, symbol, id";
        self.each(sql, to, |row| each(fill(row)?))
    }

    fn each<E: From<Error>>(
        &self,
        sql: &str,
        to: i64,
        mut each: impl FnMut(&Row<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut statement = self.store.db.prepare(sql).map_err(Error::from)?;
        let mut rows = statement
            .query(params![self.account.id, to])
            .map_err(Error::from)?;
        while let Some(row) = rows.next().map_err(Error::from)? {
            each(row)?;
        }
        Ok(())
    }
}

/// The names of the accounts in the ledger at `path`.
///
/// # Errors
/// When the file is no ledger of ours.
pub fn accounts(path: &Path) -> Result<Vec<String>, Error> {
    names(&file::open_to_read(path)?)
}

fn names(db: &Connection) -> Result<Vec<String>, Error> {
    let mut statement = db.prepare("SELECT name FROM account ORDER BY name")?;
    let names = statement.query_map([], |row| row.get(0))?;
    Ok(names.collect::<Result<_, _>>()?)
}

fn income(row: &Row<'_>) -> Result<Income, Error> {
    Ok(Income {
        time: row.get(0)?,
        income_type: row.get(1)?,
        asset: row.get(2)?,
        symbol: row.get(3)?,
        amount: amount(row, 4)?,
        tran_id: row.get(5)?,
        trade_id: row.get(6)?,
        info: row.get(7)?,
    })
}

fn fill(row: &Row<'_>) -> Result<Fill, Error> {
    Ok(Fill {
        time: row.get(0)?,
        symbol: row.get(1)?,
        id: row.get(2)?,
        side: row.get(3)?,
        position_side: row.get(4)?,
        maker: row.get(5)?,
        price: amount(row, 6)?,
        quantity: amount(row, 7)?,
        quote_quantity: amount(row, 8)?,
        realized_pnl: amount(row, 9)?,
        commission: amount(row, 10)?,
        commission_asset: row.get(11)?,
        order_id: row.get(12)?,
    })
}

fn amount(row: &Row<'_>, index: usize) -> Result<rust_decimal::Decimal, Error> {
    let text: String = row.get(index)?;
    decimal(&text)
}
