//! A whole account as lines of JSON: what was read of it, every record, and an end that tells how many they are.

use std::io::{BufRead, Write};

use super::Failure;
use super::rows::{Row, Values, fill_row, income_row, write_line};
use crate::ledger::Error as LedgerError;
use crate::ledger::SymbolState;
use crate::ledger::export::Records;
use crate::ledger::transfer::{Coverage, Intake};

const KIND: &str = "kind";

/// Writes all that the ledger has of the account called `name`.
pub(super) fn write(records: &Records, name: &str, out: &mut dyn Write) -> Result<(), Failure> {
    let coverage = records.coverage(name)?;
    for row in coverage_rows(&coverage) {
        write_line(out, row)?;
    }
    let mut written = 0_u64;
    records.income::<Failure>(i64::MAX, |record| {
        written += 1;
        Ok(write_line(out, of_kind("income", income_row(&record)))?)
    })?;
    records.fills::<Failure>(i64::MAX, |fill| {
        written += 1;
        Ok(write_line(out, of_kind("trade", fill_row(&fill)))?)
    })?;
    write_line(out, of_kind("end", vec![("records", written.to_string())]))?;
    Ok(out.flush()?)
}

fn of_kind(kind: &str, mut row: Row) -> Row {
    row.insert(0, (KIND, kind.to_owned()));
    row
}

fn coverage_rows(coverage: &Coverage) -> Vec<Row> {
    let account = vec![
        ("account", coverage.account.clone()),
        ("start", coverage.start.to_string()),
        ("incomeTo", coverage.income_to.to_string()),
        ("incomeImported", coverage.income_imported.to_string()),
        ("tradesImported", coverage.trades_imported.to_string()),
    ];
    let gap = |time: &i64| of_kind("gap", vec![("time", time.to_string())]);
    let symbol = |s: &SymbolState| {
        let row = vec![
            ("symbol", s.symbol.clone()),
            ("hinted", s.hinted.to_string()),
            ("asked", s.asked.to_string()),
        ];
        of_kind("symbol", row)
    };
    let mut rows = vec![of_kind("account", account)];
    rows.extend(coverage.gaps.iter().map(gap));
    rows.extend(coverage.symbols.iter().map(symbol));
    rows
}

/// Why lines are not taken in.
#[derive(Debug)]
pub(super) enum Refused {
    /// A line that is wrong, or missing, in words.
    Lines(String),
    /// The ledger cannot keep it.
    Ledger(LedgerError),
}

impl From<LedgerError> for Refused {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(error)
    }
}

/// Reads what [`write()`] wrote.
pub(super) struct Reader<R> {
    lines: std::io::Lines<R>,
    number: usize,
    /// The first line after the coverage.
    next: Option<(String, Values)>,
}

impl<R: BufRead> Reader<R> {
    /// Reads the lines before the records.
    ///
    /// # Errors
    /// When they are not what a whole account begins with, in words.
    pub(super) fn open(lines: R) -> Result<(Self, Coverage), String> {
        let mut reader = Self {
            lines: lines.lines(),
            number: 0,
            next: None,
        };
        let mut coverage = match reader.line()? {
            (kind, values) if kind == "account" => account(&values)?,
            _ => return Err("this is no whole account; export it without --kind".to_owned()),
        };
        loop {
            let (kind, values) = reader.line()?;
            match &*kind {
                "gap" => coverage.gaps.push(values.read("time")?),
                "symbol" => coverage.symbols.push(SymbolState {
                    symbol: values.text("symbol")?,
                    hinted: values.read("hinted")?,
                    asked: values.read("asked")?,
                }),
                _ => {
                    reader.next = Some((kind, values));
                    return Ok((reader, coverage));
                }
            }
        }
    }

    /// Gives every record to `intake`.
    ///
    /// # Errors
    /// When a line is wrong or the end is missing; what the ledger refuses.
    pub(super) fn hand_over(mut self, intake: &mut Intake<'_>) -> Result<(), Refused> {
        let mut records = 0_u64;
        loop {
            let next = self.next.take().map_or_else(|| self.line(), Ok);
            let (kind, values) = next.map_err(Refused::Lines)?;
            match &*kind {
                "income" => intake.income(self.located(values.income())?)?,
                "trade" => intake.fill(self.located(values.fill())?)?,
                "end" if values.read("records") == Ok(records) => return Ok(()),
                _ => {
                    let odd = Err(format!("unexpected {kind:?} after {records} records"));
                    return self.located(odd);
                }
            }
            records += 1;
        }
    }

    fn line(&mut self) -> Result<(String, Values), String> {
        self.number += 1;
        let line = self.lines.next();
        let line = line.ok_or("the end is missing: the file is not whole")?;
        let line = line.map_err(|error| format!("line {}: {error}", self.number))?;
        let values: Values = serde_json::from_str(&line)
            .map_err(|_| format!("line {} is no object of texts", self.number))?;
        // What people export by kind has none.
        Ok((values.text(KIND).unwrap_or_default(), values))
    }

    fn located<T>(&self, result: Result<T, String>) -> Result<T, Refused> {
        result.map_err(|what| Refused::Lines(format!("line {}: {what}", self.number)))
    }
}

fn account(values: &Values) -> Result<Coverage, String> {
    Ok(Coverage {
        account: values.text("account")?,
        start: values.read("start")?,
        income_to: values.read("incomeTo")?,
        income_imported: values.read("incomeImported")?,
        trades_imported: values.read("tradesImported")?,
        gaps: Vec::new(),
        symbols: Vec::new(),
    })
}
