//! `aster-exporter ledger export`: what the ledger holds, for tools that people know.

use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail};
use clap::ValueEnum;
use rust_decimal::Decimal;

use crate::ledger::Error as LedgerError;
use crate::ledger::export::{Records, Unreadable};
use crate::metrics::backfill::{self, Backfill, Counter, Steps};
use crate::snapshot::history::{Fill, Income};

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
    /// One JSON object a line; amounts are strings, exact.
    Jsonl,
    /// The counters as they would have been scraped, for `promtool tsdb create-blocks-from openmetrics`.
    Openmetrics,
}

/// What to export, and how.
#[derive(Debug, Clone, clap::Args)]
pub struct Export {
    /// The account, by its name in the configuration.
    #[arg(long)]
    pub account: String,
    /// Which records.
    #[arg(long, value_enum)]
    pub kind: Kind,
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

/// Writes what `export` asks for from the ledger at `path` to `out`.
///
/// # Errors
/// When the ledger cannot be read or has no such account, and when `out` fails; a reader who has seen enough is no error.
pub fn run(path: &Path, export: &Export, out: &mut dyn Write) -> Result<()> {
    let records = match Records::open(path, &export.account) {
        Ok(records) => records,
        Err(Unreadable::Ledger(error)) => return Err(error.into()),
        Err(Unreadable::NoAccount(known)) => bail!(
            "the ledger {} has no account {:?}; it has: {}",
            path.display(),
            export.account,
            known.join(", ")
        ),
    };
    let written = match export.format {
        Format::Csv => table(&records, export, &mut csv::Writer::from_writer(out)),
        Format::Jsonl => lines(&records, export, out),
        Format::Openmetrics => samples(&records, export, out),
    };
    match written {
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(Failure::Output(error)) => Err(error).context("cannot write the export"),
        Err(Failure::Ledger(error)) => Err(error.into()),
        Ok(()) => Ok(()),
    }
}

/// A record as names and values.
type Row = Vec<(&'static str, String)>;

fn rows(
    records: &Records,
    export: &Export,
    mut each: impl FnMut(Row) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let from = export.from.unwrap_or(i64::MIN);
    let last = export.to.map_or(i64::MAX, |to| to - 1);
    match export.kind {
        Kind::Income => records.income(last, |r| {
            if r.time < from {
                Ok(())
            } else {
                each(income_row(&r))
            }
        }),
        Kind::Trades => records.fills(last, |f| {
            if f.time < from {
                Ok(())
            } else {
                each(fill_row(&f))
            }
        }),
    }
}

fn table(
    records: &Records,
    export: &Export,
    out: &mut csv::Writer<&mut dyn Write>,
) -> Result<(), Failure> {
    let names = match export.kind {
        Kind::Income => INCOME_COLUMNS.as_slice(),
        Kind::Trades => FILL_COLUMNS.as_slice(),
    };
    out.write_record(names).map_err(io::Error::from)?;
    rows(records, export, |row| {
        let values = row.iter().map(|(_, value)| value);
        Ok(out.write_record(values).map_err(io::Error::from)?)
    })?;
    Ok(out.flush()?)
}

fn lines(records: &Records, export: &Export, out: &mut dyn Write) -> Result<(), Failure> {
    rows(records, export, |row| {
        let object: serde_json::Map<_, _> = row
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect();
        serde_json::to_writer(&mut *out, &object).map_err(io::Error::from)?;
        Ok(out.write_all(b"\n")?)
    })?;
    Ok(out.flush()?)
}

const INCOME_COLUMNS: [&str; 9] = [
    "time",
    "timeMs",
    "incomeType",
    "asset",
    "symbol",
    "income",
    "tranId",
    "tradeId",
    "info",
];

fn income_row(r: &Income) -> Row {
    let values = [
        date(r.time),
        r.time.to_string(),
        r.income_type.clone(),
        r.asset.clone(),
        r.symbol.clone(),
        r.amount.to_string(),
        r.tran_id.clone(),
        r.trade_id.clone(),
        r.info.clone(),
    ];
    INCOME_COLUMNS.into_iter().zip(values).collect()
}

const FILL_COLUMNS: [&str; 14] = [
    "time",
    "timeMs",
    "symbol",
    "id",
    "orderId",
    "side",
    "positionSide",
    "maker",
    "price",
    "qty",
    "quoteQty",
    "realizedPnl",
    "commission",
    "commissionAsset",
];

fn fill_row(f: &Fill) -> Row {
    let values = [
        date(f.time),
        f.time.to_string(),
        f.symbol.clone(),
        f.id.to_string(),
        f.order_id.clone(),
        f.side.clone(),
        f.position_side.clone(),
        f.maker.to_string(),
        f.price.to_string(),
        f.quantity.to_string(),
        f.quote_quantity.to_string(),
        f.realized_pnl.to_string(),
        f.commission.to_string(),
        f.commission_asset.clone(),
    ];
    FILL_COLUMNS.into_iter().zip(values).collect()
}

/// One family after another, as the format wants it: each reads the ledger once.
fn samples(records: &Records, export: &Export, out: &mut dyn Write) -> Result<(), Failure> {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let now = i64::try_from(now.as_millis()).unwrap_or(i64::MAX);
    let steps = Steps {
        first: export.from.unwrap_or_else(|| records.start()),
        last: export.to.map_or(now, |to| to - 1),
        step: i64::try_from(export.step.as_millis())
            .unwrap_or(i64::MAX)
            .max(1),
    };
    match export.kind {
        Kind::Income => {
            for counter in backfill::INCOME {
                let mut family = family(counter, export, steps);
                records.income::<Failure>(steps.last, |r| Ok(family.add(r.time, &r)?))?;
                family.write(out)?;
            }
        }
        Kind::Trades => {
            for counter in backfill::TRADES {
                let mut family = family(counter, export, steps);
                records.fills::<Failure>(steps.last, |f| Ok(family.add(f.time, &f)?))?;
                family.write(out)?;
            }
        }
    }
    out.write_all(b"# EOF\n")?;
    Ok(out.flush()?)
}

const fn family<R>(counter: Counter<R>, export: &Export, steps: Steps) -> Backfill<'_, R> {
    Backfill::new(
        counter,
        export.account.as_str(),
        export.labels.as_slice(),
        steps,
    )
}

fn date(ms: i64) -> String {
    let time = UNIX_EPOCH + Duration::from_millis(ms.max(0).unsigned_abs());
    humantime::format_rfc3339_millis(time).to_string()
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
