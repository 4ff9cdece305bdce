//! `aster-exporter ledger export`: what the ledger holds, for tools that people know.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail};

use super::rows::{FILL_COLUMNS, INCOME_COLUMNS, Row, fill_row, income_row, write_line};
use super::{Export, Failure, Format, Kind, whole};
use crate::ledger::Error as LedgerError;
use crate::ledger::export::{Records, Unreadable};
use crate::ledger::transfer::{Intake, Receiver};
use crate::metrics::backfill::{self, Backfill, Counter, Steps};

/// Writes what `export` asks for from the ledger at `path` to `out`, or to a file of its own.
///
/// # Errors
/// When the ledger cannot be read or has no such account, and when `out` fails; a reader who has seen enough is no error.
pub(super) fn run(path: &Path, export: &Export, out: &mut dyn Write) -> Result<()> {
    if export.output.is_some() && export.format != Format::Sqlite {
        bail!("--output is for sqlite; all else goes to standard output");
    }
    let records = open(path, &export.account)?;
    let written = match (export.format, export.kind) {
        (Format::Csv, Some(kind)) => {
            table(&records, export, kind, &mut csv::Writer::from_writer(out))
        }
        (Format::Jsonl, Some(kind)) => lines(&records, export, kind, out),
        (Format::Openmetrics, Some(kind)) => samples(&records, export, kind, out),
        (Format::Jsonl | Format::Sqlite, None) if export.from.or(export.to).is_some() => {
            bail!("a whole account has neither --from nor --to; name a --kind, too")
        }
        (Format::Jsonl, None) => whole::write(&records, &export.account, out),
        (Format::Sqlite, None) => {
            let output = export
                .output
                .as_deref()
                .context("name the new file with --output")?;
            return ledger(&records, &export.account, output);
        }
        (Format::Sqlite, Some(_)) => bail!("sqlite is a whole account, without --kind"),
        (Format::Csv | Format::Openmetrics, None) => bail!("name --kind=income or --kind=trades"),
    };
    match written {
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(Failure::Output(error)) => Err(error).context("cannot write the export"),
        Err(Failure::Ledger(error)) => Err(error.into()),
        Ok(()) => Ok(()),
    }
}

/// The records of the account called `name` in the ledger at `path`.
pub(super) fn open(path: &Path, name: &str) -> Result<Records> {
    match Records::open(path, name) {
        Ok(records) => Ok(records),
        Err(Unreadable::Ledger(error)) => Err(error.into()),
        Err(Unreadable::NoAccount(known)) => bail!(
            "the ledger {} has no account {name:?}; it has: {}",
            path.display(),
            known.join(", ")
        ),
    }
}

/// Gives every record to `intake`.
pub(super) fn hand_over(records: &Records, intake: &mut Intake<'_>) -> Result<(), LedgerError> {
    records.income(i64::MAX, |record| intake.income(record))?;
    records.fills(i64::MAX, |fill| intake.fill(fill))
}

/// A new ledger that holds this account alone.
fn ledger(records: &Records, name: &str, output: &Path) -> Result<()> {
    if output.exists() {
        bail!("{} is there already; name a new file", output.display());
    }
    let made = Receiver::create(output).and_then(|mut new| {
        new.take_in(&records.coverage(name)?, |intake| {
            hand_over(records, intake)
        })?;
        new.finish()
    });
    if made.is_err() {
        // Half a ledger is none. What failed is told; that this failed, too, adds nothing.
        let _ = fs::remove_file(output);
    }
    Ok(made?)
}

fn rows(
    records: &Records,
    export: &Export,
    kind: Kind,
    mut each: impl FnMut(Row) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let from = export.from.unwrap_or(i64::MIN);
    let last = export.to.map_or(i64::MAX, |to| to - 1);
    match kind {
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
    kind: Kind,
    out: &mut csv::Writer<&mut dyn Write>,
) -> Result<(), Failure> {
    let names = match kind {
        Kind::Income => INCOME_COLUMNS.as_slice(),
        Kind::Trades => FILL_COLUMNS.as_slice(),
    };
    out.write_record(names).map_err(io::Error::from)?;
    rows(records, export, kind, |row| {
        let values = row.iter().map(|(_, value)| value);
        Ok(out.write_record(values).map_err(io::Error::from)?)
    })?;
    Ok(out.flush()?)
}

fn lines(
    records: &Records,
    export: &Export,
    kind: Kind,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    rows(records, export, kind, |row| Ok(write_line(out, row)?))?;
    Ok(out.flush()?)
}

/// One family after another, as the format wants it: each reads the ledger once.
fn samples(
    records: &Records,
    export: &Export,
    kind: Kind,
    out: &mut dyn Write,
) -> Result<(), Failure> {
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
    match kind {
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
