//! Reading fields while counting what is missing or unreadable, so that one odd field costs one series.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::exchange::error::{Error, Kind};
use crate::exchange::payload::value::{self, Unreadable};
use crate::exchange::payload::{Field, Rows};

/// How many problems are described; the rest is only counted.
const DESCRIBED: usize = 3;

/// What was missing or unreadable in an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Problems {
    count: u64,
    described: Vec<String>,
}

impl Problems {
    /// How many fields and rows could not be used.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// The first few, in words for the log.
    #[must_use]
    pub fn summary(&self) -> String {
        let more = self.count.saturating_sub(self.described.len() as u64);
        let tail = if more > 0 {
            format!("; and {more} more")
        } else {
            String::new()
        };
        self.described.join("; ") + &tail
    }

    pub(super) fn add(&mut self, describe: impl FnOnce() -> String) {
        self.count += 1;
        if self.described.len() < DESCRIBED {
            self.described.push(describe());
        }
    }
}

/// Reads the fields of one row. `row` names it in problems (a symbol, an asset).
pub(super) struct Reader<'p> {
    problems: &'p mut Problems,
    row: String,
}

impl<'p> Reader<'p> {
    pub(super) fn new(problems: &'p mut Problems, row: impl Into<String>) -> Self {
        Self {
            problems,
            row: row.into(),
        }
    }

    pub(super) fn decimal(&mut self, name: &str, field: Field<'_>) -> Option<Decimal> {
        self.read(name, field, value::decimal)
    }

    /// A decimal that goes by two names. A row that has both must say the same in both.
    pub(super) fn decimal_of(&mut self, fields: [(&str, Field<'_>); 2]) -> Option<Decimal> {
        let [(name, field), (other, twin)] = fields;
        if field.is_none() || twin.is_none() {
            return self.decimal(name, field.or(twin));
        }
        match (self.decimal(name, field), self.decimal(other, twin)) {
            (Some(a), Some(b)) if a != b => {
                self.problem(&format!("{name} and {other} disagree"));
                None
            }
            (a, b) => a.or(b),
        }
    }

    /// Counts what is wrong with the row beyond a single field.
    pub(super) fn problem(&mut self, what: &str) {
        let row = &self.row;
        self.problems.add(|| format!("{row}: {what}"));
    }

    /// A decimal for which the exchange writes 0 where there is none (a price, a liquidation price).
    pub(super) fn price(&mut self, name: &str, field: Field<'_>) -> Option<Decimal> {
        self.decimal(name, field).filter(|price| !price.is_zero())
    }

    pub(super) fn integer(&mut self, name: &str, field: Field<'_>) -> Option<i64> {
        self.read(name, field, value::integer)
    }

    /// Milliseconds since the epoch; the exchange writes 0 for "never".
    pub(super) fn millis(&mut self, name: &str, field: Field<'_>) -> Option<i64> {
        self.integer(name, field).filter(|ms| *ms > 0)
    }

    pub(super) fn boolean(&mut self, name: &str, field: Field<'_>) -> Option<bool> {
        self.read(name, field, value::boolean)
    }

    pub(super) fn text(&mut self, name: &str, field: Field<'_>) -> Option<String> {
        self.read(name, field, |raw| match value::text(raw)?.trim() {
            "" => Err(Unreadable("a name")),
            text => Ok(text.to_owned()),
        })
    }

    fn read<'a, T>(
        &mut self,
        name: &str,
        field: Field<'a>,
        parse: impl FnOnce(&'a serde_json::value::RawValue) -> Result<T, Unreadable>,
    ) -> Option<T> {
        let row = &self.row;
        let Some(raw) = field else {
            self.problems.add(|| format!("{row}: {name} is missing"));
            return None;
        };
        parse(raw)
            .map_err(|Unreadable(due)| self.problems.add(|| format!("{row}: {name} is not {due}")))
            .ok()
    }
}

/// Text that may be missing or empty; anything but text and numbers reads as empty.
pub(super) fn optional(field: Field<'_>) -> String {
    let text = field.and_then(|raw| value::text(raw).ok());
    text.map_or_else(String::new, |text| text.trim().to_owned())
}

/// The rows that are objects, each with a word to name it by until its key is read; the others are counted.
pub(super) fn present<T>(rows: Rows<T>, problems: &mut Problems) -> Vec<(String, T)> {
    let mut good = Vec::with_capacity(rows.len());
    for (index, row) in rows.into_iter().enumerate() {
        let name = format!("row {}", index + 1);
        match row {
            Some(row) => good.push((name, row)),
            None => problems.add(|| format!("{name} is not readable")),
        }
    }
    good
}

/// Refuses an answer in which there were rows and none could be used: it must not read as an empty account.
pub(super) fn some_readable(sent: usize, readable: usize) -> Result<(), Error> {
    if sent > 0 && readable == 0 {
        let message = format!("none of the {sent} rows of the answer can be read");
        return Err(Error::new(Kind::Decode, message));
    }
    Ok(())
}

/// Leaves one row for each key. Rows that say the same twice are one; where two disagree nobody can
/// tell which is true, so neither is kept.
pub(super) fn unique<K: Ord + std::fmt::Debug, T: PartialEq>(
    rows: Vec<(K, T)>,
    problems: &mut Problems,
) -> BTreeMap<K, T> {
    let mut kept: BTreeMap<K, Option<T>> = BTreeMap::new();
    for (key, row) in rows {
        match kept.get_mut(&key) {
            None => {
                kept.insert(key, Some(row));
            }
            Some(known) if known.as_ref() == Some(&row) => {}
            Some(known) => {
                problems.add(|| format!("{key:?} occurs twice and the rows disagree"));
                *known = None;
            }
        }
    }
    kept.into_iter()
        .filter_map(|(key, row)| Some((key, row?)))
        .collect()
}

/// As [`unique`], for rows of which the empty ones (`None`) are not kept: they count when rows are
/// compared, so that a position of zero does not hide behind the same position with a size.
pub(super) fn unique_kept<K: Ord + std::fmt::Debug, T: PartialEq>(
    rows: Vec<(K, Option<T>)>,
    problems: &mut Problems,
) -> BTreeMap<K, T> {
    unique(rows, problems)
        .into_iter()
        .filter_map(|(key, row)| Some((key, row?)))
        .collect()
}
