//! The ledger's records and what follows from them, committed together. Blocking: called off the async threads.

use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params};

use super::error::Error;
use super::records::{add_fills, add_income};
use super::tables::{Kept, decimal, load_where};
use crate::snapshot::history::{Fill, Income};
use crate::snapshot::sums::hour;
use crate::snapshot::windows::{NetKey, Part, SLIDING, Windows};

const WORTH_A_WRITE_MS: i64 = 10 * 60_000;

/// What is known of an account's progress; times are the exchange's, ms since the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account {
    pub(super) id: i64,
    /// Since when the sums count.
    pub start: i64,
    /// Every income record up to here was read, those that appear late excepted.
    pub income_to: i64,
    /// Whether income was once read up to its present.
    pub income_imported: bool,
    /// Whether trades were once read up to their present.
    pub trades_imported: bool,
    /// How many milliseconds held more records than could be read.
    pub income_gaps: u64,
}

/// How far income has been read after a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Every record up to here was read.
    pub to: i64,
    /// Whether that is the present.
    pub imported: bool,
    /// The millisecond of the page that could not be read whole, if there is one.
    pub gap: Option<i64>,
}

impl Progress {
    /// Whether it is worth a write: reading on from a place a little earlier costs nothing.
    const fn matters(self, account: &Account) -> bool {
        let moved = self.to.saturating_sub(account.income_to).saturating_abs();
        moved >= WORTH_A_WRITE_MS || self.imported != account.income_imported || self.gap.is_some()
    }
}

/// What committing a page changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Committed {
    /// Records that were not known before.
    pub new: usize,
    /// Records that are known with another time or amount; what was known first stays.
    pub conflicts: usize,
    /// Whether the page's gap was not known before.
    pub new_gap: bool,
}

/// A symbol whose fills the ledger follows; times are the exchange's, ms since the epoch, 0 for never.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SymbolState {
    /// `symbol`.
    pub symbol: String,
    /// When income last said that it traded.
    pub hinted: i64,
    /// When its fills were last read to their end.
    pub asked: i64,
}

/// The open database.
#[derive(Debug)]
pub struct Store {
    pub(super) db: Connection,
}

impl Store {
    pub(super) const fn new(db: Connection) -> Self {
        Self { db }
    }

    /// The account called `name`; one that is new begins at `start`.
    pub(super) fn account(&self, name: &str, start: i64) -> Result<Account, Error> {
        if let Some(account) = self.find_account(name)? {
            return Ok(account);
        }
        self.db.execute(
            "INSERT INTO account (name, start, income_to) VALUES (?1, ?2, ?3)",
            params![name, start, start - 1],
        )?;
        let made = self.find_account(name)?;
        made.ok_or_else(|| Error::Damaged("a new account cannot be found again".to_owned()))
    }

    /// The account called `name`, if the ledger has it.
    pub(super) fn find_account(&self, name: &str) -> Result<Option<Account>, Error> {
        let sql = "SELECT id, start, income_to, income_imported, trades_imported, \
                   (SELECT count(*) FROM income_gap WHERE account = id) FROM account WHERE name = ?1";
        let mut statement = self.db.prepare_cached(sql)?;
        let found = statement.query_row([name], |row| {
            Ok(Account {
                id: row.get(0)?,
                start: row.get(1)?,
                income_to: row.get(2)?,
                income_imported: row.get(3)?,
                trades_imported: row.get(4)?,
                income_gaps: u64::try_from(row.get::<_, i64>(5)?).unwrap_or(0),
            })
        });
        Ok(found.optional()?)
    }

    /// Keeps a page of income and how far reading has come, both or neither. `now` is noted for symbols that traded.
    pub(super) fn commit_income(
        &mut self,
        account: &Account,
        page: &[Income],
        progress: Progress,
        now: i64,
    ) -> Result<Committed, Error> {
        let transaction = self
            .db
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut committed = add_income(&transaction, account, page, now)?;
        if committed.new == 0 && !progress.matters(account) {
            return Ok(committed);
        }
        if let Some(time) = progress.gap {
            let sql = "INSERT OR IGNORE INTO income_gap (account, time) VALUES (?1, ?2)";
            committed.new_gap = transaction.execute(sql, [account.id, time])? == 1;
        }
        transaction
            .prepare_cached(
                "UPDATE account SET income_to = ?2, income_imported = income_imported OR ?3 WHERE id = ?1",
            )?
            .execute(params![account.id, progress.to, progress.imported])?;
        transaction.commit()?;
        Ok(committed)
    }

    /// Keeps a page of fills of `symbol`. With `asked`, its fills have been read to their end as of that time.
    pub(super) fn commit_fills(
        &mut self,
        account: &Account,
        symbol: &str,
        page: &[Fill],
        asked: Option<i64>,
    ) -> Result<Committed, Error> {
        let transaction = self
            .db
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let committed = add_fills(&transaction, account, page)?;
        if let Some(asked) = asked {
            transaction
                .prepare_cached(
                    "INSERT INTO symbol (account, symbol, asked) VALUES (?1, ?2, ?3) \
                     ON CONFLICT DO UPDATE SET asked = ?3",
                )?
                .execute(params![account.id, symbol, asked])?;
        }
        transaction.commit()?;
        Ok(committed)
    }

    /// Notes that the fills of all symbols were once read to their end.
    pub(super) fn trades_are_imported(&mut self, account: &Account) -> Result<(), Error> {
        let sql = "UPDATE account SET trades_imported = 1 WHERE id = ?1";
        self.db.execute(sql, [account.id])?;
        Ok(())
    }

    /// The symbols that are known to trade.
    pub(super) fn symbols(&self, account: &Account) -> Result<Vec<SymbolState>, Error> {
        let sql = "SELECT symbol, hinted, asked FROM symbol WHERE account = ?1";
        let mut statement = self.db.prepare_cached(sql)?;
        let rows = statement.query_map([account.id], |row| {
            Ok(SymbolState {
                symbol: row.get(0)?,
                hinted: row.get(1)?,
                asked: row.get(2)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The id of the fill of `symbol` that is `back` places before its newest one, or of its oldest.
    pub(super) fn recent_fill(
        &self,
        account: &Account,
        symbol: &str,
        back: u32,
    ) -> Result<Option<i64>, Error> {
        let sql = "SELECT min(id) FROM (SELECT id FROM fill WHERE account = ?1 AND symbol = ?2 \
                   ORDER BY id DESC LIMIT ?3)";
        let mut statement = self.db.prepare_cached(sql)?;
        let bound = params![account.id, symbol, i64::from(back) + 1];
        Ok(statement.query_row(bound, |row| row.get(0))?)
    }

    /// The time of the income record that is `back` places before the newest one, ms since the epoch.
    pub(super) fn recent_income(
        &self,
        account: &Account,
        back: usize,
    ) -> Result<Option<i64>, Error> {
        let sql = "SELECT time FROM income WHERE account = ?1 ORDER BY time DESC LIMIT 1 OFFSET ?2";
        let mut statement = self.db.prepare_cached(sql)?;
        let bound = params![account.id, i64::try_from(back).unwrap_or(i64::MAX)];
        Ok(statement.query_row(bound, |row| row.get(0)).optional()?)
    }

    /// The income types and symbols that records of an account have.
    pub(super) fn income_names(&self, account: &Account) -> Result<[Vec<String>; 2], Error> {
        let of = |column: &str| -> Result<Vec<String>, Error> {
            let sql = format!("SELECT DISTINCT {column} FROM income_sum WHERE account = ?1");
            let mut statement = self.db.prepare_cached(&sql)?;
            let names = statement.query_map([account.id], |row| row.get(0))?;
            Ok(names.collect::<Result<_, _>>()?)
        };
        Ok([of("income_type")?, of("symbol")?])
    }

    /// The sliding windows at `now` and for `horizon` after it.
    pub(super) fn windows(
        &self,
        account: &Account,
        now: i64,
        horizon: std::time::Duration,
        known: impl IntoIterator<Item = NetKey>,
    ) -> Result<Windows, Error> {
        let edges = Windows::edges(now, horizon);
        let oldest = edges.iter().map(|(after, _)| *after).min().unwrap_or(now);
        let by_hour = load_where(&self.db, account.id, "hour >= ?2", hour(oldest))?;
        let mut parts: [Vec<Part>; SLIDING.len()] = Default::default();
        for (parts, (after, before)) in parts.iter_mut().zip(edges) {
            *parts = self.parts(account, after, before)?;
        }
        Ok(Windows::new(
            now,
            horizon,
            account.start,
            known,
            &by_hour,
            &parts,
        )?)
    }

    fn parts(&self, account: &Account, after: i64, before: i64) -> Result<Vec<Part>, Error> {
        let sql = "SELECT time, income_type, asset, amount FROM income \
                   WHERE account = ?1 AND time > ?2 AND time < ?3";
        let mut statement = self.db.prepare_cached(sql)?;
        let mut rows = statement.query(params![account.id, after, before])?;
        let mut parts = Vec::new();
        while let Some(row) = rows.next()? {
            let amount: String = row.get(3)?;
            parts.push((row.get(0)?, (row.get(1)?, row.get(2)?), decimal(&amount)?));
        }
        Ok(parts)
    }

    /// Every sum of one kind.
    pub(super) fn sums<S: Kept>(
        &self,
        account: &Account,
    ) -> Result<std::collections::BTreeMap<S::Key, S>, Error> {
        load_where(&self.db, account.id, "?2 = ?2", 0)
    }
}

#[cfg(test)]
mod tests;
