//! Debian's own promtool.

use std::io::Write as _;
use std::process::{Command, Stdio};

/// What `promtool check metrics` says of a page; nothing when it is clean.
pub fn check_metrics(page: &str) -> String {
    let mut promtool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool must be installed: tests/all.sh installs it");
    promtool
        .stdin
        .take()
        .unwrap()
        .write_all(page.as_bytes())
        .unwrap();
    let output = promtool.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat())
        .trim()
        .to_owned();
    if output.status.success() {
        said
    } else {
        format!("{}: {said}", output.status)
    }
}
