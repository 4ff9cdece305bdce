//! Who else can read a file that holds a secret.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// The bits of a mode that let everybody read a file, or pass through a folder.
const OTHERS_READ: u32 = 0o004;
const OTHERS_PASS: u32 = 0o001;

/// What to say of the file at `path`, called `name`, if every user of this machine can read it.
///
/// Not of pipes; not where a folder on the way keeps others out; and not of what a container runtime has mounted: its
/// files are readable by all within the container alone, and their modes are not the user's to change.
pub(super) fn warning(path: &Path, file: &Metadata, name: &str) -> Option<String> {
    let readable = file.is_file() && file.mode() & OTHERS_READ != 0;
    if !readable || of_a_runtime(path) || !reachable(path) {
        return None;
    }
    let mode = file.mode() & 0o777;
    Some(format!(
        "{name} holds a secret, and every user of this machine can read it (its mode is {mode:04o}): run chmod 600 on it, as its owner"
    ))
}

/// Whether everybody can pass through each of the folders that the file lies in.
fn reachable(path: &Path) -> bool {
    let Ok(path) = path.canonicalize() else {
        return false;
    };
    path.ancestors()
        .skip(1)
        .all(|folder| fs::metadata(folder).is_ok_and(|folder| folder.mode() & OTHERS_PASS != 0))
}

/// Whether a container runtime has put the file there: Kubernetes links to a folder `..data`, Docker and Podman mount
/// each secret as a file of its own.
fn of_a_runtime(path: &Path) -> bool {
    let Some(folder) = path.parent() else {
        return false;
    };
    let mounted = || {
        let real = path.canonicalize().ok()?;
        let file = fs::metadata(&real).ok()?;
        let folder = fs::metadata(real.parent()?).ok()?;
        Some(file.dev() != folder.dev())
    };
    folder.join("..data").is_symlink() || mounted().unwrap_or(false)
}
