//! The ledger's file: one process at a time, ours and of a version we know, set aside when it is damaged.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::error::Error;
use super::schema::{self, Kind};

/// How long a statement waits for somebody who has opened the file with a tool.
const BUSY: Duration = Duration::from_secs(5);
/// The files that a database consists of, by what is added to its name.
const PARTS: [&str; 3] = ["", "-wal", "-shm"];

/// Keeps other processes off a ledger for as long as it lives.
#[derive(Debug)]
pub(super) struct Lock(#[allow(dead_code, reason = "held, not read")] File);

/// Takes the ledger at `path` for this process; makes its folder when there is none.
pub(super) fn lock(path: &Path) -> Result<Lock, Error> {
    if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty()) {
        make_folder(folder).map_err(|error| Error::io(folder, &error))?;
    }
    let name = beside(path, ".lock");
    let file = private(&name).map_err(|error| Error::io(&name, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(Lock(file)),
        Err(TryLockError::WouldBlock) => Err(Error::Locked(path.to_owned())),
        Err(TryLockError::Error(error)) => Err(Error::io(&name, &error)),
    }
}

/// Opens the database at `path`, makes it when there is none, and brings it up to our version.
pub(super) fn open(path: &Path) -> Result<Connection, Error> {
    // SQLite gives the files beside it the same mode.
    private(path).map_err(|error| Error::io(path, &error))?;
    let mut db = Connection::open(path)?;
    db.busy_timeout(BUSY)?;
    match schema::kind(&db)? {
        Kind::Ours => {}
        Kind::Newer(found) => {
            return Err(Error::Newer(path.to_owned(), found, schema::version()));
        }
        Kind::Foreign => return Err(Error::Foreign(path.to_owned())),
    }
    db.pragma_update(None, "journal_mode", "WAL")?;
    // A counter that was shown must survive a loss of power, too.
    db.pragma_update(None, "synchronous", "FULL")?;
    db.set_prepared_statement_cache_capacity(64);
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    schema::migrate(&transaction)?;
    transaction.commit()?;
    Ok(db)
}

/// Opens an existing ledger for reading, also while an exporter writes it.
pub(super) fn open_to_read(path: &Path) -> Result<Connection, Error> {
    if !path.is_file() {
        return Err(Error::Disk(format!(
            "{}: there is no such file",
            path.display()
        )));
    }
    let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    db.busy_timeout(BUSY)?;
    match schema::kind(&db)? {
        Kind::Ours => Ok(db),
        Kind::Newer(found) => Err(Error::Newer(path.to_owned(), found, schema::version())),
        Kind::Foreign => Err(Error::Foreign(path.to_owned())),
    }
}

/// Renames a damaged database, so that a new one can take its place; nothing is deleted. Returns the new name.
pub(super) fn set_aside(path: &Path) -> Result<PathBuf, Error> {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let mut aside = beside(path, &format!(".damaged-{}", now.as_secs()));
    let mut number = 1;
    while aside.exists() {
        number += 1;
        aside = beside(path, &format!(".damaged-{}-{number}", now.as_secs()));
    }
    for part in PARTS {
        let (from, to) = (beside(path, part), beside(&aside, part));
        match fs::rename(&from, &to) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(Error::io(&from, &error));
            }
            _ => {}
        }
    }
    Ok(aside)
}

fn beside(path: &Path, addition: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(addition);
    name.into()
}

/// Opens a file for reading and writing that only its owner may read; leaves what is in it.
fn private(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn make_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(test)]
mod tests;
