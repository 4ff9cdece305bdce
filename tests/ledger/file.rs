//! The file of the ledger: who may have it, and what becomes of a bad one.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use super::process::{Exporter, binary, configure};
use super::truth::until_true;
use super::world::{FAST, exchange, sqlite, start};

/// Runs `once` with the configuration in `folder`: exit code and standard error.
fn once(config: &Path) -> (Option<i32>, String) {
    let output = binary()
        .args(["once", &format!("--config.file={}", config.display())])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    (
        output.status.code(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_process_is_refused() {
    let exchange = exchange().await;
    let folder = tempfile::tempdir().unwrap();
    let first = start(&exchange, folder.path(), &[]).await;
    let config = configure(folder.path(), &exchange, FAST);
    let (code, told) = once(&config);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("in use by another process"), "{told}");
    assert!(
        told.contains("ledger.db") && told.contains("--ledger.path"),
        "{told}"
    );
    until_true(&first, &exchange).await;
    drop(first);
    assert_eq!(once(&config).0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_of_a_newer_version_is_refused_and_left_alone() {
    let exchange = exchange().await;
    let folder = tempfile::tempdir().unwrap();
    let config = configure(folder.path(), &exchange, FAST);
    assert_eq!(once(&config).0, Some(0));
    let ledger = folder.path().join("ledger.db");
    sqlite(&ledger, "PRAGMA user_version = 4000");
    let before = fs::read(&ledger).unwrap();
    let (code, told) = once(&config);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("newer aster-exporter (schema 4000"), "{told}");
    assert_eq!(fs::read(&ledger).unwrap(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn people_can_open_it_while_it_is_written() {
    let exchange = exchange().await;
    let folder = tempfile::tempdir().unwrap();
    let exporter = start(&exchange, folder.path(), &[]).await;
    exchange.freeze();
    until_true(&exporter, &exchange).await;
    let ledger = folder.path().join("ledger.db");
    let count = sqlite(&ledger, "SELECT count(*) FROM income");
    let records: usize = exchange
        .accounts()
        .iter()
        .map(|a| exchange.income(&a.name).len())
        .sum();
    assert_eq!(count.trim(), records.to_string());
    assert_eq!(sqlite(&ledger, "PRAGMA integrity_check").trim(), "ok");
}

/// Damage of several kinds, done to the file of a stopped exporter.
fn damage(ledger: &Path, kind: usize) {
    let mut bytes = fs::read(ledger).unwrap();
    match kind {
        // The header.
        0 => bytes[..100].fill(0x41),
        // Everything after the first page.
        1 => bytes[4096..].fill(0xA5),
        // Cut in the middle.
        _ => bytes.truncate(bytes.len() / 2 / 4096 * 4096),
    }
    fs::write(ledger, bytes).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_one_is_set_aside_and_built_anew() {
    let exchange = exchange().await;
    for kind in 0..3 {
        let folder = tempfile::tempdir().unwrap();
        let exporter = start(&exchange, folder.path(), &[]).await;
        until_true(&exporter, &exchange).await;
        exporter.signal("TERM");
        let mut exporter = exporter;
        assert!(exporter.ended().await.success());
        drop(exporter);
        let ledger = folder.path().join("ledger.db");
        damage(&ledger, kind);
        let damaged = fs::read(&ledger).unwrap();

        let exporter = start(&exchange, folder.path(), &[]).await;
        until_true(&exporter, &exchange).await;
        exporter
            .until("a rebuild to be counted", |s| {
                s.is("aster_ledger_rebuilds_total", 1.0)
            })
            .await;
        assert!(
            exporter.log().contains("the ledger is damaged"),
            "{}",
            exporter.log()
        );
        let aside: Vec<_> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| {
                path.to_str().unwrap().contains(".damaged-")
                    && !path.to_str().unwrap().ends_with("-wal")
                    && !path.to_str().unwrap().ends_with("-shm")
            })
            .collect();
        assert_eq!(aside.len(), 1, "{aside:?}");
        // SQLite itself has begun to write before it met the end of the third one.
        let kept = fs::read(&aside[0]).unwrap();
        assert!(
            kind == 2 || kept == damaged,
            "damage {kind}: it is kept as it was"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_cannot_be_written_takes_only_the_history_away() {
    let exchange = exchange().await;
    let folder = tempfile::tempdir().unwrap();
    // A file where a folder is due.
    fs::write(folder.path().join("blocked"), "").unwrap();
    let path = folder.path().join("blocked/ledger.db");
    let flag = format!("--ledger.path={}", path.display());
    let exporter = Exporter::start(&exchange, FAST, &[&flag]).await;
    let page = exporter
        .until("a failure of income", |s| {
            s.is(
                "aster_collector_success{account=\"main\",collector=\"income\"}",
                0.0,
            ) && s.is(
                "aster_collector_success{account=\"main\",collector=\"account\"}",
                1.0,
            )
        })
        .await;
    assert_eq!(page.count("aster_income_"), 0);
    assert!(exporter.log().contains("blocked"), "{}", exporter.log());
    // It is opened as soon as that is possible.
    fs::remove_file(folder.path().join("blocked")).unwrap();
    until_true(&exporter, &exchange).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreadable_configuration_of_the_ledger_is_refused() {
    let output = Command::new(env!("CARGO_BIN_EXE_aster-exporter"))
        .args([
            "ledger",
            "export",
            "--ledger.path=/nowhere/ledger.db",
            "--account=main",
            "--kind=income",
            "--format=csv",
        ])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("/nowhere/ledger.db"), "{told}");
}
