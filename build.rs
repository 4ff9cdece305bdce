//! Tells the program what it is built from.

use std::path::Path;
use std::process::Command;

fn main() {
    // A build without the history, as in a container, is told.
    let told = std::env::var("REVISION").ok().filter(|r| !r.is_empty());
    let revision = told.or_else(|| output("git", &["rev-parse", "--short", "HEAD"]));
    println!("cargo::rerun-if-env-changed=REVISION");
    let rustc = std::env::var("RUSTC")
        .ok()
        .and_then(|rustc| output(&rustc, &["--version"]));
    // "rustc 1.95.0 (59807616e 2026-04-14)" → "1.95.0"
    let rustc = rustc.and_then(|v| v.split(' ').nth(1).map(str::to_owned));
    for (name, value) in [("REVISION", revision), ("RUSTC", rustc)] {
        let value = value.unwrap_or_else(|| "unknown".to_owned());
        println!("cargo::rustc-env=ASTER_EXPORTER_{name}={value}");
    }
    // Every commit adds to this file. Outside a checkout it is missing, and would be "changed" at each build.
    let commits = Path::new(".git/logs/HEAD");
    let watched = if commits.exists() {
        commits
    } else {
        Path::new("build.rs")
    };
    println!("cargo::rerun-if-changed={}", watched.display());
}

fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !text.is_empty()).then_some(text)
}
