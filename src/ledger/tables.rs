//! The tables of sums: how a label set and its sum lie in a row.

use std::collections::BTreeMap;

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, Row, params_from_iter};
use rust_decimal::Decimal;

use super::error::Error;
use crate::snapshot::sums::{
    ClosingKey, ClosingSum, CommissionKey, CommissionSum, FillKey, FillSum, HourKey, IncomeKey,
    IncomeSum, NetSum, Sum,
};

/// A sum that is kept in a table of its own, with its label set as the key.
pub(super) trait Kept: Sum {
    /// The label set.
    type Key: Ord;
    /// The table's name.
    const TABLE: &str;
    /// The columns of the key.
    const KEYS: &[&str];
    /// The columns of the sum.
    const VALUES: &[&str];

    fn key_values(key: &Self::Key) -> Vec<Value>;
    fn read_key(row: &Cells<'_, '_>) -> Result<Self::Key, Error>;
    fn values(&self) -> Vec<Value>;
    fn read(row: &Cells<'_, '_>) -> Result<Self, Error>;
}

/// The cells of a row, from a first one on.
pub(super) struct Cells<'r, 's> {
    row: &'r Row<'s>,
    first: usize,
}

impl Cells<'_, '_> {
    fn text(&self, index: usize) -> Result<String, Error> {
        Ok(self.row.get(self.first + index)?)
    }

    fn integer(&self, index: usize) -> Result<i64, Error> {
        Ok(self.row.get(self.first + index)?)
    }

    fn count(&self, index: usize) -> Result<u64, Error> {
        u64::try_from(self.integer(index)?)
            .map_err(|_| Error::Damaged("a negative count".to_owned()))
    }

    fn decimal(&self, index: usize) -> Result<Decimal, Error> {
        decimal(&self.text(index)?)
    }
}

/// An amount as it is kept.
pub(super) fn decimal(text: &str) -> Result<Decimal, Error> {
    Decimal::from_str_exact(text)
        .map_err(|_| Error::Damaged(format!("{text:?} is kept where an amount is due")))
}

/// Every sum of an account whose key satisfies `condition` (SQL, with `?2` for `bound`).
pub(super) fn load_where<S: Kept>(
    db: &Connection,
    account: i64,
    condition: &str,
    bound: i64,
) -> Result<BTreeMap<S::Key, S>, Error> {
    let (keys, values) = (S::KEYS.join(","), S::VALUES.join(","));
    let sql = format!(
        "SELECT {keys},{values} FROM {} WHERE account = ?1 AND {condition}",
        S::TABLE
    );
    let mut statement = db.prepare_cached(&sql)?;
    let mut rows = statement.query([account, bound])?;
    let mut sums = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let key = S::read_key(&Cells { row, first: 0 })?;
        let sum = S::read(&Cells {
            row,
            first: S::KEYS.len(),
        })?;
        sums.insert(key, sum);
    }
    Ok(sums)
}

/// Adds `sums` to what is kept. With `released`, label sets that are new have been shown long enough.
pub(super) fn merge<S: Kept>(
    db: &Connection,
    account: i64,
    sums: &BTreeMap<S::Key, S>,
    released: Option<bool>,
) -> Result<(), Error> {
    let numbered = |first: usize, columns: &[&str]| {
        let parts = columns.iter().enumerate();
        parts
            .map(|(i, column)| format!("{column} = ?{}", first + i))
            .collect::<Vec<_>>()
    };
    let conditions = numbered(2, S::KEYS).join(" AND ");
    let select = format!(
        "SELECT {} FROM {} WHERE account = ?1 AND {conditions}",
        S::VALUES.join(","),
        S::TABLE
    );
    let mut columns = [S::KEYS, S::VALUES].concat();
    if released.is_some() {
        columns.push("released");
    }
    let marks = vec!["?"; columns.len() + 1].join(",");
    let upsert = format!(
        "INSERT INTO {} (account,{}) VALUES ({marks}) ON CONFLICT DO UPDATE SET {}",
        S::TABLE,
        columns.join(","),
        numbered(2 + S::KEYS.len(), S::VALUES).join(",")
    );
    let mut known = db.prepare_cached(&select)?;
    let mut write = db.prepare_cached(&upsert)?;
    for (key, sum) in sums {
        let mut cells = vec![Value::from(account)];
        cells.extend(S::key_values(key));
        let before = known
            .query_row(params_from_iter(&cells), |row| {
                Ok(S::read(&Cells { row, first: 0 }))
            })
            .optional()?;
        let mut total = before.transpose()?.unwrap_or_default();
        total.add(sum)?;
        cells.extend(total.values());
        cells.extend(released.map(|released| Value::from(i64::from(released))));
        write.execute(params_from_iter(&cells))?;
    }
    Ok(())
}

/// The label sets of an account that are still to be shown at 0.
pub(super) fn held<S: Kept>(db: &Connection, account: i64) -> Result<Vec<S::Key>, Error> {
    Ok(load_where::<S>(db, account, "released = ?2", 0)?
        .into_keys()
        .collect())
}

/// Notes that a label set was shown at 0 long enough.
pub(super) fn release<S: Kept>(db: &Connection, account: i64, key: &S::Key) -> Result<(), Error> {
    let conditions: Vec<String> = S::KEYS
        .iter()
        .enumerate()
        .map(|(i, column)| format!("{column} = ?{}", i + 2))
        .collect();
    let sql = format!(
        "UPDATE {} SET released = 1 WHERE account = ?1 AND {}",
        S::TABLE,
        conditions.join(" AND ")
    );
    let mut cells = vec![Value::from(account)];
    cells.extend(S::key_values(key));
    db.prepare_cached(&sql)?.execute(params_from_iter(&cells))?;
    Ok(())
}

fn text(text: &str) -> Value {
    Value::from(text.to_owned())
}

fn amount(amount: Decimal) -> Value {
    Value::from(amount.to_string())
}

fn number(count: u64) -> Value {
    Value::from(i64::try_from(count).unwrap_or(i64::MAX))
}

impl Kept for IncomeSum {
    type Key = IncomeKey;
    const TABLE: &str = "income_sum";
    const KEYS: &[&str] = &["income_type", "asset", "symbol"];
    const VALUES: &[&str] = &["received", "paid", "records", "last"];

    fn key_values(key: &IncomeKey) -> Vec<Value> {
        vec![text(&key.income_type), text(&key.asset), text(&key.symbol)]
    }

    fn read_key(row: &Cells<'_, '_>) -> Result<IncomeKey, Error> {
        Ok(IncomeKey {
            income_type: row.text(0)?,
            asset: row.text(1)?,
            symbol: row.text(2)?,
        })
    }

    fn values(&self) -> Vec<Value> {
        let (received, paid) = (amount(self.received), amount(self.paid));
        vec![received, paid, number(self.records), Value::from(self.last)]
    }

    fn read(row: &Cells<'_, '_>) -> Result<Self, Error> {
        Ok(Self {
            received: row.decimal(0)?,
            paid: row.decimal(1)?,
            records: row.count(2)?,
            last: row.integer(3)?,
        })
    }
}

impl Kept for NetSum {
    type Key = HourKey;
    const TABLE: &str = "income_hour";
    const KEYS: &[&str] = &["income_type", "asset", "hour"];
    const VALUES: &[&str] = &["net"];

    fn key_values(key: &HourKey) -> Vec<Value> {
        vec![
            text(&key.income_type),
            text(&key.asset),
            Value::from(key.hour),
        ]
    }

    fn read_key(row: &Cells<'_, '_>) -> Result<HourKey, Error> {
        Ok(HourKey {
            income_type: row.text(0)?,
            asset: row.text(1)?,
            hour: row.integer(2)?,
        })
    }

    fn values(&self) -> Vec<Value> {
        vec![amount(self.0)]
    }

    fn read(row: &Cells<'_, '_>) -> Result<Self, Error> {
        Ok(Self(row.decimal(0)?))
    }
}

impl Kept for FillSum {
    type Key = FillKey;
    const TABLE: &str = "fill_sum";
    const KEYS: &[&str] = &["symbol", "side", "position_side", "liquidity"];
    const VALUES: &[&str] = &["fills", "base", "quote", "last"];

    fn key_values(key: &FillKey) -> Vec<Value> {
        [&key.symbol, &key.side, &key.position_side, &key.liquidity]
            .map(|part| text(part))
            .into()
    }

    fn read_key(row: &Cells<'_, '_>) -> Result<FillKey, Error> {
        Ok(FillKey {
            symbol: row.text(0)?,
            side: row.text(1)?,
            position_side: row.text(2)?,
            liquidity: row.text(3)?,
        })
    }

    fn values(&self) -> Vec<Value> {
        let (base, quote) = (amount(self.base), amount(self.quote));
        vec![number(self.fills), base, quote, Value::from(self.last)]
    }

    fn read(row: &Cells<'_, '_>) -> Result<Self, Error> {
        Ok(Self {
            fills: row.count(0)?,
            base: row.decimal(1)?,
            quote: row.decimal(2)?,
            last: row.integer(3)?,
        })
    }
}

impl Kept for ClosingSum {
    type Key = ClosingKey;
    const TABLE: &str = "closing_sum";
    const KEYS: &[&str] = &["symbol", "position_side"];
    const VALUES: &[&str] = &["profit", "loss", "wins", "losses"];

    fn key_values(key: &ClosingKey) -> Vec<Value> {
        vec![text(&key.symbol), text(&key.position_side)]
    }

    fn read_key(row: &Cells<'_, '_>) -> Result<ClosingKey, Error> {
        Ok(ClosingKey {
            symbol: row.text(0)?,
            position_side: row.text(1)?,
        })
    }

    fn values(&self) -> Vec<Value> {
        let (profit, loss) = (amount(self.profit), amount(self.loss));
        vec![profit, loss, number(self.wins), number(self.losses)]
    }

    fn read(row: &Cells<'_, '_>) -> Result<Self, Error> {
        Ok(Self {
            profit: row.decimal(0)?,
            loss: row.decimal(1)?,
            wins: row.count(2)?,
            losses: row.count(3)?,
        })
    }
}

impl Kept for CommissionSum {
    type Key = CommissionKey;
    const TABLE: &str = "commission_sum";
    const KEYS: &[&str] = &["symbol", "asset", "liquidity"];
    const VALUES: &[&str] = &["amount"];

    fn key_values(key: &CommissionKey) -> Vec<Value> {
        vec![text(&key.symbol), text(&key.asset), text(&key.liquidity)]
    }

    fn read_key(row: &Cells<'_, '_>) -> Result<CommissionKey, Error> {
        Ok(CommissionKey {
            symbol: row.text(0)?,
            asset: row.text(1)?,
            liquidity: row.text(2)?,
        })
    }

    fn values(&self) -> Vec<Value> {
        vec![amount(self.0)]
    }

    fn read(row: &Cells<'_, '_>) -> Result<Self, Error> {
        Ok(Self(row.decimal(0)?))
    }
}
