//! Carrying an account from one ledger to another: its records, each once, and how far the exchange was read.

use std::path::Path;

use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::error::Error;
use super::file::{self, Lock};
use super::records::{add_fills, add_income};
use super::store::{Account, Store, SymbolState};
use crate::snapshot::history::{Fill, Income};

/// Records are written in pieces of this many, so that sums are merged seldom.
const PIECE: usize = 1000;

/// What a ledger has read of an account; times are the exchange's, ms since the epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    /// The account's name.
    pub account: String,
    /// Since when the sums count.
    pub start: i64,
    /// Every income record up to here was read.
    pub income_to: i64,
    /// Whether income was once read up to its present.
    pub income_imported: bool,
    /// Whether trades were once read up to their present.
    pub trades_imported: bool,
    /// Milliseconds that held more records than could be read.
    pub gaps: Vec<i64>,
    /// The symbols whose fills are followed.
    pub symbols: Vec<SymbolState>,
}

impl Coverage {
    /// What the ledger in `store` has read of `account`.
    pub(super) fn of(store: &Store, name: &str, account: &Account) -> Result<Self, Error> {
        let sql = "SELECT time FROM income_gap WHERE account = ?1 ORDER BY time";
        let mut statement = store.db.prepare_cached(sql)?;
        let gaps = statement.query_map([account.id], |row| row.get(0))?;
        Ok(Self {
            account: name.to_owned(),
            start: account.start,
            income_to: account.income_to,
            income_imported: account.income_imported,
            trades_imported: account.trades_imported,
            gaps: gaps.collect::<Result<_, _>>()?,
            symbols: store.symbols(account)?,
        })
    }

    /// Up to where no record is missing: a symbol that traded and was not asked about since may miss some.
    fn complete_to(&self) -> i64 {
        let unread = self.symbols.iter().filter(|s| s.hinted >= s.asked);
        let of_symbols = unread.map(|s| s.asked.max(self.start - 1)).min();
        of_symbols.unwrap_or(i64::MAX).min(self.income_to)
    }

    /// Whether both together leave no time out.
    fn joins(&self, other: &Self) -> bool {
        let (earlier, later) = if self.start <= other.start {
            (self, other)
        } else {
            (other, self)
        };
        later.start == earlier.start || later.start <= earlier.complete_to().saturating_add(1)
    }

    /// Both together.
    fn join(&mut self, other: &Self) {
        self.start = self.start.min(other.start);
        self.income_to = self.income_to.max(other.income_to);
        self.income_imported |= other.income_imported;
        self.trades_imported |= other.trades_imported;
    }
}

/// What taking an account in has changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Taken {
    /// Records that were read from the other ledger.
    pub records: usize,
    /// Those that were not here before.
    pub new: usize,
    /// Those that are here with another time or amount; what was here stays.
    pub conflicts: usize,
}

/// A ledger that takes accounts in, while no exporter uses it.
#[derive(Debug)]
pub struct Receiver {
    store: Store,
    _lock: Option<Lock>,
}

impl Receiver {
    /// Makes a ledger at `path` that nobody else uses.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn create(path: &Path) -> Result<Self, Error> {
        Ok(Self {
            store: Store::new(file::open(path)?),
            _lock: None,
        })
    }

    /// Opens the ledger at `path`, or makes one.
    ///
    /// # Errors
    /// When a process uses it, when it is damaged or no ledger of ours, and when the disk refuses.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let lock = file::lock(path)?;
        Ok(Self {
            _lock: Some(lock),
            ..Self::create(path)?
        })
    }

    /// Leaves a single file, which can be read from a place that nobody may write.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn finish(self) -> Result<(), Error> {
        let db = self.store.db;
        db.pragma_update(None, "journal_mode", "DELETE")?;
        db.close().map_err(|(_, error)| error.into())
    }

    /// Adds what `feed` gives to the account that `coverage` names: all of it or nothing.
    ///
    /// # Errors
    /// [`Error::Apart`] when records of the time between both would be missing; those of the disk, and of `feed`.
    pub fn take_in<E: From<Error>>(
        &mut self,
        coverage: &Coverage,
        feed: impl FnOnce(&mut Intake<'_>) -> Result<(), E>,
    ) -> Result<Taken, E> {
        let store = &self.store;
        let transaction = Transaction::new_unchecked(&store.db, TransactionBehavior::Immediate)
            .map_err(Error::from)?;
        let known = store.find_account(&coverage.account)?.is_some();
        let account = store.account(&coverage.account, coverage.start)?;
        let mut both = Coverage::of(store, &coverage.account, &account)?;
        if known && !both.joins(coverage) {
            return Err(Error::Apart(coverage.account.clone()).into());
        }
        both.join(coverage);
        let mut intake = Intake {
            db: &transaction,
            account: &account,
            now: coverage.income_to,
            income: Vec::new(),
            fills: Vec::new(),
            taken: Taken::default(),
        };
        feed(&mut intake)?;
        intake.keep_income()?;
        intake.keep_fills()?;
        let taken = intake.taken;
        note(&transaction, account.id, &both, coverage)?;
        transaction.commit().map_err(Error::from)?;
        Ok(taken)
    }
}

/// Where records go that are taken in.
#[derive(Debug)]
pub struct Intake<'t> {
    db: &'t Connection,
    account: &'t Account,
    now: i64,
    income: Vec<Income>,
    fills: Vec<Fill>,
    taken: Taken,
}

impl Intake<'_> {
    /// Takes a record of income.
    ///
    /// # Errors
    /// When the ledger cannot keep it.
    pub fn income(&mut self, record: Income) -> Result<(), Error> {
        self.income.push(record);
        if self.income.len() < PIECE {
            return Ok(());
        }
        self.keep_income()
    }

    /// Takes a fill.
    ///
    /// # Errors
    /// When the ledger cannot keep it.
    pub fn fill(&mut self, fill: Fill) -> Result<(), Error> {
        self.fills.push(fill);
        if self.fills.len() < PIECE {
            return Ok(());
        }
        self.keep_fills()
    }

    fn keep_income(&mut self) -> Result<(), Error> {
        let page = std::mem::take(&mut self.income);
        let kept = add_income(self.db, self.account, &page, self.now)?;
        self.count(page.len(), kept.new, kept.conflicts);
        Ok(())
    }

    fn keep_fills(&mut self) -> Result<(), Error> {
        let page = std::mem::take(&mut self.fills);
        let kept = add_fills(self.db, self.account, &page)?;
        self.count(page.len(), kept.new, kept.conflicts);
        Ok(())
    }

    const fn count(&mut self, records: usize, new: usize, conflicts: usize) {
        self.taken.records += records;
        self.taken.new += new;
        self.taken.conflicts += conflicts;
    }
}

/// Writes how far `both` have read, with the gaps and symbols of `coverage`.
fn note(db: &Connection, account: i64, both: &Coverage, coverage: &Coverage) -> Result<(), Error> {
    let sql = "UPDATE account SET start = ?2, income_to = ?3, income_imported = ?4, trades_imported = ?5 WHERE id = ?1";
    db.prepare_cached(sql)?.execute(params![
        account,
        both.start,
        both.income_to,
        both.income_imported,
        both.trades_imported,
    ])?;
    let sql = "INSERT OR IGNORE INTO income_gap (account, time) VALUES (?1, ?2)";
    for time in &coverage.gaps {
        db.prepare_cached(sql)?.execute([account, *time])?;
    }
    let sql = "INSERT INTO symbol (account, symbol, hinted, asked) VALUES (?1, ?2, ?3, ?4) \
               ON CONFLICT DO UPDATE SET hinted = max(hinted, ?3), asked = max(asked, ?4)";
    for symbol in &coverage.symbols {
        db.prepare_cached(sql)?.execute(params![
            account,
            symbol.symbol,
            symbol.hinted,
            symbol.asked
        ])?;
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn read(start: i64, to: i64, symbols: &[(i64, i64)]) -> Coverage {
        Coverage {
            account: "main".to_owned(),
            start,
            income_to: to,
            income_imported: true,
            trades_imported: true,
            gaps: Vec::new(),
            symbols: symbols
                .iter()
                .map(|&(hinted, asked)| SymbolState {
                    symbol: "BTCUSDT".to_owned(),
                    hinted,
                    asked,
                })
                .collect(),
        }
    }

    #[test]
    fn what_overlaps_or_adjoins_joins() {
        for (other, joins) in [
            (read(150, 300, &[]), true),
            (read(201, 300, &[]), true),
            (read(202, 300, &[]), false),
            (read(50, 99, &[]), true),
            (read(50, 98, &[]), false),
        ] {
            assert_eq!(read(100, 200, &[]).joins(&other), joins, "{other:?}");
            assert_eq!(other.joins(&read(100, 200, &[])), joins, "{other:?}");
        }
    }

    #[test]
    fn what_is_known_of_a_symbol_is_never_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let mut receiver = Receiver::open(&folder.path().join("ledger.db")).unwrap();
        let fee = Income {
            time: 150,
            income_type: "COMMISSION".to_owned(),
            symbol: "BTCUSDT".to_owned(),
            asset: "USDT".to_owned(),
            amount: rust_decimal::Decimal::NEGATIVE_ONE,
            tran_id: "1".to_owned(),
            trade_id: String::new(),
            info: String::new(),
        };
        for (hinted, asked) in [(900_000, 300_000), (160, 180)] {
            let coverage = read(100, 200, &[(hinted, asked)]);
            let taken = receiver.take_in(&coverage, |intake| intake.income(fee.clone()));
            assert_eq!(taken.map(|t| t.records), Ok(1));
        }
        let account = receiver.store.find_account("main").unwrap().unwrap();
        let both = Coverage::of(&receiver.store, "main", &account).unwrap();
        assert_eq!(both, read(100, 200, &[(900_000, 300_000)]));
    }

    #[test]
    fn a_symbol_that_traded_and_was_not_asked_about_ends_what_is_complete() {
        assert_eq!(read(100, 200, &[(120, 180)]).complete_to(), 200);
        assert_eq!(read(100, 200, &[(190, 180), (10, 20)]).complete_to(), 180);
        assert_eq!(read(100, 200, &[(190, 0)]).complete_to(), 99);
        assert!(!read(100, 200, &[(190, 180)]).joins(&read(190, 300, &[])));
        assert!(read(100, 200, &[(190, 0)]).joins(&read(100, 300, &[])));
    }
}
