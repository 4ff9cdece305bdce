//! The man pages and shell completions that are packaged are those of the flags.
//!
//! `UPDATE_GOLDEN=1` writes them.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use aster_exporter::cli::Cli;
use clap::{Command, CommandFactory as _};
use clap_complete::Shell;

/// The command, without the revision of this build.
fn command() -> Command {
    let version = env!("CARGO_PKG_VERSION");
    Cli::command().version(version).long_version(version)
}

fn files(folder: &Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries
        .map(|e| {
            let name = e.file_name().into_string().unwrap();
            (name, fs::read_to_string(e.path()).unwrap())
        })
        .collect()
}

fn are_packaged(folder: &str, made: &BTreeMap<String, String>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        for (name, text) in made {
            fs::write(folder.join(name), text).unwrap();
        }
    }
    let found = files(&folder);
    assert_eq!(
        found.keys().collect::<Vec<_>>(),
        made.keys().collect::<Vec<_>>()
    );
    for (name, text) in made {
        assert!(
            found[name] == *text,
            "{name} is not what the flags make; UPDATE_GOLDEN=1 writes it anew"
        );
    }
}

#[test]
fn man_pages_are_those_of_the_flags() {
    let made = tempfile::tempdir().unwrap();
    clap_mangen::generate_to(command(), made.path()).unwrap();
    let pages = files(made.path());
    assert!(pages["aster-exporter.1"].contains("\\-\\-web.listen\\-address"));
    are_packaged("deploy/man", &pages);
}

#[test]
fn completions_are_those_of_the_flags() {
    let made = tempfile::tempdir().unwrap();
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
        clap_complete::generate_to(shell, &mut command(), "aster-exporter", made.path()).unwrap();
    }
    are_packaged("deploy/completions", &files(made.path()));
}
