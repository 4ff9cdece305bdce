//! Imports run one way: each folder may use only what stands before it in the way of the data.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};

/// What each module of the crate may import from it.
const ALLOWED: [(&str, &[&str]); 22] = [
    ("version", &[]),
    ("wallet", &[]),
    ("collector", &[]),
    ("logging", &[]),
    ("shutdown", &[]),
    ("systemd", &[]),
    ("healthcheck", &["config"]),
    ("demo", &[]),
    ("config", &["collector", "wallet"]),
    (
        "cli",
        &[
            "collector",
            "config",
            "ledger_command",
            "logging",
            "version",
        ],
    ),
    ("reload", &["config", "exchange", "poller"]),
    ("ledger_command", &["ledger", "metrics", "snapshot"]),
    ("listen", &["config"]),
    ("exchange", &["collector", "config", "version", "wallet"]),
    ("snapshot", &["collector", "exchange", "wallet"]),
    ("ledger", &["config", "exchange", "snapshot"]),
    (
        "poller",
        &[
            "collector",
            "config",
            "exchange",
            "ledger",
            "snapshot",
            "wallet",
        ],
    ),
    (
        "metrics",
        &[
            "collector",
            "config",
            "exchange",
            "ledger",
            "snapshot",
            "version",
        ],
    ),
    (
        "http",
        &[
            "collector",
            "config",
            "exchange",
            "metrics",
            "poller",
            "snapshot",
            "version",
        ],
    ),
    ("check", &["collector", "snapshot"]),
    (
        "demo_command",
        &[
            "collector",
            "config",
            "demo",
            "exporter",
            "listen",
            "shutdown",
            "wallet",
        ],
    ),
    (
        "exporter",
        &[
            "collector",
            "config",
            "exchange",
            "http",
            "ledger",
            "metrics",
            "poller",
            "reload",
            "snapshot",
            "systemd",
        ],
    ),
];

/// Libraries that one folder alone may use.
const CONFINED: [(&str, &[&str]); 9] = [
    ("reqwest::", &["exchange", "healthcheck"]),
    ("prometheus::", &["metrics", "http", "exporter"]),
    // The client tells hyper's errors from others in the causes of reqwest's.
    ("hyper::", &["http", "demo", "exchange"]),
    ("serde_saphyr::", &["config"]),
    ("rustls::", &["http"]),
    ("bcrypt::", &["http"]),
    // The demo exchange shares no code with the client.
    ("k256::", &["wallet", "demo"]),
    ("sha3::", &["wallet", "demo"]),
    ("rusqlite::", &["ledger"]),
];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
    files
}

/// The module a file belongs to: `src/http/route.rs` and `src/http/mod.rs` → `http`.
fn module(path: &Path) -> String {
    let inside = path
        .strip_prefix(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))
        .unwrap();
    let first = inside
        .components()
        .next()
        .unwrap()
        .as_os_str()
        .to_str()
        .unwrap();
    first.trim_end_matches(".rs").to_owned()
}

fn code_files() -> Vec<(PathBuf, String, String)> {
    let files = sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")));
    assert!(files.len() > 20, "the sources were not found");
    files
        .into_iter()
        .map(|path| {
            let (module, text) = (module(&path), fs::read_to_string(&path).unwrap());
            (path, module, text)
        })
        .filter(|(_, module, _)| module != "lib" && module != "main")
        .collect()
}

/// The modules named after a `crate::`: one, or several in braces.
fn imported(after: &str) -> Vec<&str> {
    let first = |text: &str| {
        text.find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(text.len())
    };
    match after.strip_prefix('{') {
        Some(list) => {
            let list = &list[..list.find('}').unwrap_or(list.len())];
            list.split(',')
                .map(str::trim)
                .filter(|m| !m.is_empty())
                .map(|m| &m[..first(m)])
                .collect()
        }
        None => vec![&after[..first(after)]],
    }
}

#[test]
fn imports_run_one_way() {
    for (path, module, text) in code_files() {
        let (_, allowed) = ALLOWED
            .iter()
            .find(|(name, _)| *name == module)
            .unwrap_or_else(|| {
                panic!(
                    "{}: say in this test what {module} may import",
                    path.display()
                )
            });
        for used in text.split("crate::").skip(1).flat_map(imported) {
            assert!(
                used == module || allowed.contains(&used),
                "{}: {module} must not import {used}",
                path.display()
            );
        }
    }
}

#[test]
fn libraries_stay_where_they_belong() {
    for (path, module, text) in code_files() {
        for (library, folders) in CONFINED {
            assert!(
                folders.contains(&module.as_str()) || !text.contains(library),
                "{}: {library} is used outside {folders:?}",
                path.display()
            );
        }
    }
}
