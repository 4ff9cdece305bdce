//! What can go wrong with the ledger on disk, typed by what one can do about it.

use std::fmt;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use crate::snapshot::sums::Inexact;

/// Why the ledger could not be used. `Display` is for people, with what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// Another process has it.
    Locked(PathBuf),
    /// A newer exporter wrote it: its schema version, and the newest we know.
    Newer(PathBuf, i64, i64),
    /// The file is a database of some other program.
    Foreign(PathBuf),
    /// What is in the file contradicts itself.
    Damaged(String),
    /// An account whose records of another ledger would leave a time out.
    Apart(String),
    /// A sum has more digits than can be held exactly.
    Inexact,
    /// The disk is full, the folder cannot be written, and the like.
    Disk(String),
}

impl Error {
    /// Whether starting makes no sense until somebody has decided what to do.
    #[must_use]
    pub const fn refuses_start(&self) -> bool {
        matches!(self, Self::Locked(_) | Self::Newer(..) | Self::Foreign(_))
    }

    /// What the file system says of `path`.
    pub(super) fn io(path: &Path, error: &std::io::Error) -> Self {
        Self::Disk(format!("{}: {error}", path.display()))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Locked(path) => write!(
                f,
                "the ledger {} is in use by another process: stop that one, or give this one a ledger of its own with --ledger.path=FILE",
                path.display()
            ),
            Self::Newer(path, found, known) => write!(
                f,
                "the ledger {} was written by a newer aster-exporter (schema {found}, this one knows {known}): run that version, or name another file with --ledger.path=FILE",
                path.display()
            ),
            Self::Foreign(path) => write!(
                f,
                "{} is a database of another program: name another file with --ledger.path=FILE",
                path.display()
            ),
            Self::Damaged(what) => write!(f, "the ledger is damaged: {what}"),
            Self::Apart(account) => write!(
                f,
                "the ledger has account {account:?} of another time, and records of the time between would be missing: stop the exporter, move this ledger away, and import into a new one"
            ),
            Self::Inexact => f.write_str(
                "a sum in the ledger has more digits than can be held exactly; it is not rounded, the records are kept",
            ),
            Self::Disk(what) => write!(
                f,
                "the ledger cannot be read or written ({what}): nothing was lost, the records are asked for again"
            ),
        }
    }
}

impl std::error::Error for Error {}

impl From<Inexact> for Error {
    fn from(_: Inexact) -> Self {
        Self::Inexact
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Damaged(error.to_string())
            }
            Some(_) => Self::Disk(error.to_string()),
            // Columns of a wrong type, rows that are not there: not what we wrote.
            None => Self::Damaged(error.to_string()),
        }
    }
}
