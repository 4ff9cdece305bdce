//! The answers of the exchange, as it sends them: every field optional, read late and exactly.
//!
//! A row keeps its fields as raw JSON. Nothing is converted here, so one odd field costs that field
//! and not the row, and an amount never passes through a float.

mod rows;
pub mod value;

use serde::Deserialize;
use serde_json::value::RawValue;

pub use rows::{
    AccountAssetRow, AccountPositionRow, AccountTotals, AgentRow, BalanceRow, FillRow, IncomeRow,
    OrderRow, PositionRow, PremiumIndexRow,
};

use super::error::{Error, Kind};

/// A field as it was sent; `None` where it is missing or null.
pub type Field<'a> = Option<&'a RawValue>;

/// A list of rows, each of which may be unreadable without harm to the others.
pub type Rows<T> = Vec<Option<T>>;

/// Reads an answer that is a list: one `None` for each row that is no object of the right shape.
///
/// # Errors
/// [`Kind::Decode`] when the answer is no whole JSON list.
pub fn list<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<Rows<T>, Error> {
    let rows: Vec<&RawValue> = whole(body, "a list")?;
    Ok(rows.into_iter().map(row).collect())
}

/// Reads an answer that is one object.
///
/// # Errors
/// [`Kind::Decode`] when the answer is no whole JSON object of that shape.
pub fn object<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Error> {
    const DUE: &str = "an object";
    row(whole(body, DUE)?).ok_or_else(|| unreadable(&format!("the answer is not {DUE}")))
}

/// Reads a list that is a field of an object; `None` where the field is missing or no list.
#[must_use]
pub fn nested<'a, T: Deserialize<'a>>(field: Field<'a>) -> Option<Rows<T>> {
    let rows: Vec<&RawValue> = serde_json::from_str(field?.get()).ok()?;
    Some(rows.into_iter().map(row).collect())
}

fn row<'a, T: Deserialize<'a>>(raw: &'a RawValue) -> Option<T> {
    // A JSON list would fill a struct field by field; only an object is a row.
    raw.get()
        .starts_with('{')
        .then(|| serde_json::from_str(raw.get()).ok())?
}

fn whole<'a, T: Deserialize<'a>>(body: &'a [u8], due: &str) -> Result<T, Error> {
    serde_json::from_slice(body).map_err(|e| {
        use serde_json::error::Category;
        let what = match e.classify() {
            Category::Eof => format!("the answer ends in the middle, after {} bytes", body.len()),
            Category::Data => format!("the answer is not {due}"),
            Category::Syntax | Category::Io => {
                format!(
                    "the answer is not JSON (line {}, column {})",
                    e.line(),
                    e.column()
                )
            }
        };
        unreadable(&what)
    })
}

fn unreadable(what: &str) -> Error {
    Error::new(
        Kind::Decode,
        format!(
            "{what}; if this lasts, the exchange has changed or something between answers in its place"
        ),
    )
}
