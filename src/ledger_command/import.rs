//! `aster-exporter ledger import`: accounts of another ledger, each record once.

use std::fs::File;
use std::io::{BufReader, Read as _, Write};
use std::path::Path;

use anyhow::{Context as _, Result, anyhow, bail};

use super::Import;
use super::export::{hand_over, open};
use super::whole::{Reader, Refused};
use crate::ledger::export::accounts;
use crate::ledger::transfer::{Receiver, Taken};

/// What every `SQLite` file begins with: <https://www.sqlite.org/fileformat.html>.
const SQLITE: &[u8] = b"SQLite format 3\0";

/// Takes into the ledger at `path` what `import` names; tells `out` what that was.
///
/// # Errors
/// When the file is neither a ledger nor a whole account, or has no such account; when the ledger cannot keep it.
pub(super) fn run(path: &Path, import: &Import, out: &mut dyn Write) -> Result<()> {
    let file = &import.file;
    let named = || format!("cannot import {}", file.display());
    let taken = if is_sqlite(file).with_context(named)? {
        ledger(path, import)
    } else {
        lines(path, import)
    };
    for (account, taken) in taken.with_context(named)? {
        tell(out, &account, taken)?;
    }
    Ok(out.flush()?)
}

fn is_sqlite(file: &Path) -> std::io::Result<bool> {
    let mut head = Vec::new();
    let length = SQLITE.len() as u64;
    File::open(file)?.take(length).read_to_end(&mut head)?;
    Ok(head == SQLITE)
}

fn ledger(path: &Path, import: &Import) -> Result<Vec<(String, Taken)>> {
    let names = match &import.account {
        Some(name) => vec![name.clone()],
        None => accounts(&import.file)?,
    };
    let sources = names
        .into_iter()
        .map(|name| Ok((open(&import.file, &name)?, name)))
        .collect::<Result<Vec<_>>>()?;
    let mut receiver = Receiver::open(path)?;
    let mut all = Vec::new();
    for (records, name) in sources {
        let coverage = records.coverage(&name)?;
        let taken = receiver.take_in(&coverage, |intake| hand_over(&records, intake))?;
        all.push((name, taken));
    }
    Ok(all)
}

fn lines(path: &Path, import: &Import) -> Result<Vec<(String, Taken)>> {
    let file = BufReader::new(File::open(&import.file)?);
    let (reader, coverage) = Reader::open(file).map_err(|what| anyhow!(what))?;
    if import
        .account
        .as_ref()
        .is_some_and(|a| *a != coverage.account)
    {
        bail!("it has another account: {}", coverage.account);
    }
    let taken = Receiver::open(path)?.take_in(&coverage, |intake| reader.hand_over(intake));
    match taken {
        Ok(taken) => Ok(vec![(coverage.account, taken)]),
        Err(Refused::Lines(what)) => Err(anyhow!(what)),
        Err(Refused::Ledger(error)) => Err(error.into()),
    }
}

fn tell(out: &mut dyn Write, account: &str, taken: Taken) -> std::io::Result<()> {
    let Taken {
        records,
        new,
        conflicts,
    } = taken;
    write!(
        out,
        "account {account:?}: {records} records read, {new} of them new"
    )?;
    if conflicts > 0 {
        write!(
            out,
            "; {conflicts} differ from what the ledger has, which stays"
        )?;
    }
    writeln!(out)
}
