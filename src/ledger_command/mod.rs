//! `aster-exporter ledger …`: taking out what the ledger holds, and taking in what another one held.

mod export;
mod import;
mod rows;
mod whole;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use anyhow::Result;
use clap::{Subcommand, ValueEnum};
use rust_decimal::Decimal;

use crate::ledger::Error as LedgerError;

/// What to do with the ledger.
#[derive(Debug, Subcommand)]
pub enum LedgerCommand {
    /// Print records, or the counters as they would have been scraped, or a whole account; also while an exporter runs.
    Export(Export),
    /// Take accounts in from an export of another ledger, while no exporter uses this one.
    Import(Import),
}

/// What is exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// Records of income.
    Income,
    /// Records of trades.
    Trades,
}

/// How it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Comma-separated values, with a line of names.
    Csv,
    /// One JSON object a line; amounts are strings, exact. Without `--kind`, a whole account, for `ledger import`.
    Jsonl,
    /// The counters as they would have been scraped, for `promtool tsdb create-blocks-from openmetrics`.
    Openmetrics,
    /// A ledger of its own that holds this account alone, for `ledger import`.
    Sqlite,
}

/// What to export, and how.
#[derive(Debug, Clone, clap::Args)]
pub struct Export {
    /// The account, by its name in the configuration.
    #[arg(long)]
    pub account: String,
    /// Which records; a whole account has all.
    #[arg(long, value_enum, required_if_eq_any([("format", "csv"), ("format", "openmetrics")]))]
    pub kind: Option<Kind>,
    /// How they are written.
    #[arg(long, value_enum)]
    pub format: Format,
    /// The time of the first record (or sample), such as 2026-11-01 or 2026-11-01T12:00:00Z [default: the ledger's start].
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub from: Option<i64>,
    /// The time after the last record (or sample) [default: now].
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub to: Option<i64>,
    /// Between two samples; openmetrics only.
    #[arg(long, value_name = "DURATION", default_value = "1m", value_parser = step)]
    pub step: Duration,
    /// A label that Prometheus adds when it scrapes, such as instance=localhost:10099 or job=aster; repeatable, openmetrics only.
    #[arg(long = "label", value_name = "NAME=VALUE", value_parser = label)]
    pub labels: Vec<(String, String)>,
    /// The new file; sqlite only.
    #[arg(long, value_name = "FILE", required_if_eq("format", "sqlite"))]
    pub output: Option<PathBuf>,
}

/// What to take in.
#[derive(Debug, Clone, clap::Args)]
pub struct Import {
    /// A ledger, or what `ledger export --format jsonl` wrote of a whole account.
    pub file: PathBuf,
    /// This account alone [default: all that the file has].
    #[arg(long)]
    pub account: Option<String>,
}

/// Does what `command` says with the ledger at `path`; what is told goes to `out`.
///
/// # Errors
/// When the ledger cannot be used, when there is no such account, and when `out` fails.
pub fn run(path: &Path, command: &LedgerCommand, out: &mut dyn Write) -> Result<()> {
    match command {
        LedgerCommand::Export(export) => export::run(path, export, out),
        LedgerCommand::Import(import) => import::run(path, import, out),
    }
}

/// What an export ends with.
enum Failure {
    Ledger(LedgerError),
    Output(io::Error),
}

impl From<LedgerError> for Failure {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

/// A time that somebody wrote, in ms since the epoch: a date, a date with time (UTC), or seconds since the epoch.
fn time(text: &str) -> Result<i64, String> {
    let expected = "expected a time such as 2026-11-01, 2026-11-01T12:00:00Z or seconds since 1970";
    if let Ok(seconds) = Decimal::from_str_exact(text) {
        let ms = seconds
            .checked_mul(Decimal::ONE_THOUSAND)
            .map(|ms| ms.trunc());
        return ms
            .and_then(|ms| i64::try_from(ms).ok())
            .ok_or_else(|| expected.to_owned());
    }
    let whole = if text.len() == 10 {
        format!("{text}T00:00:00Z")
    } else {
        text.to_owned()
    };
    let time = humantime::parse_rfc3339_weak(&whole).map_err(|_| expected.to_owned())?;
    let since = time
        .duration_since(UNIX_EPOCH)
        .map_err(|_| expected.to_owned())?;
    i64::try_from(since.as_millis()).map_err(|_| expected.to_owned())
}

fn step(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text)
        .ok()
        .filter(|step| *step >= Duration::from_secs(1))
        .ok_or_else(|| "expected a duration of at least 1s, such as 1m".to_owned())
}

fn label(text: &str) -> Result<(String, String), String> {
    let expected = "expected NAME=VALUE, such as instance=localhost:10099";
    let (name, value) = text.split_once('=').ok_or(expected)?;
    let mut letters = name.chars();
    let begins = letters
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    if !begins || !letters.all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Err(expected.to_owned());
    }
    Ok((name.to_owned(), value.to_owned()))
}
