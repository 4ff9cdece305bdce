//! `aster-exporter ledger export`: every record, exactly.

use std::collections::BTreeMap;

use rand::SeedableRng;
use rand::rngs::StdRng;
use rust_decimal::Decimal;
use serde_json::Value;

use super::truth::until_true;
use super::world::{exchange, ledger, records, start};

fn export(folder: &std::path::Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    ledger(folder, &[&["export"], arguments].concat())
}

#[tokio::test(flavor = "multi_thread")]
async fn both_tables_hold_every_record_while_the_exporter_runs() {
    let exchange = exchange().await;
    let folder = tempfile::tempdir().unwrap();
    let exporter = start(&exchange, folder.path(), &[]).await;
    exchange.freeze();
    until_true(&exporter, &exchange).await;
    for account in exchange.accounts() {
        let name = format!("--account={}", account.name);
        let income = exchange.income(&account.name);
        let (code, csv, told) = export(folder.path(), &[&name, "--kind=income", "--format=csv"]);
        assert_eq!(code, Some(0), "{told}");
        let mut lines = csv.lines();
        assert_eq!(
            lines.next(),
            Some("time,timeMs,incomeType,asset,symbol,income,tranId,tradeId,info")
        );
        assert_eq!(lines.count(), income.len());

        let (_, jsonl, _) = export(folder.path(), &[&name, "--kind=income", "--format=jsonl"]);
        let mut found: BTreeMap<String, Decimal> = BTreeMap::new();
        let mut before = 0;
        for line in jsonl.lines() {
            let row: Value = serde_json::from_str(line).unwrap();
            let text = |key: &str| row[key].as_str().unwrap().to_owned();
            let time: i64 = text("timeMs").parse().unwrap();
            assert!(time >= before, "oldest first");
            before = time;
            *found.entry(text("incomeType")).or_default() +=
                text("income").parse::<Decimal>().unwrap();
        }
        let mut due: BTreeMap<String, Decimal> = BTreeMap::new();
        for record in &income {
            *due.entry(record.income_type.clone()).or_default() += record.income;
        }
        assert_eq!(found, due);

        let trades = exchange.trades(&account.name);
        let (_, jsonl, _) = export(folder.path(), &[&name, "--kind=trades", "--format=jsonl"]);
        let volume: Decimal = jsonl
            .lines()
            .map(|line| {
                serde_json::from_str::<Value>(line).unwrap()["quoteQty"]
                    .as_str()
                    .unwrap()
                    .parse::<Decimal>()
                    .unwrap()
            })
            .sum();
        assert_eq!(volume, trades.iter().map(|t| t.quote_quantity).sum());
        assert_eq!(jsonl.lines().count(), trades.len());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_range_of_time_is_cut_out() {
    let exchange = exchange().await;
    let folder = tempfile::tempdir().unwrap();
    let hour_ago = exchange.server_ms() - 3_600_000;
    exchange.book_income(
        "main",
        records(&mut StdRng::seed_from_u64(3), 90, hour_ago, 2),
    );
    let exporter = start(&exchange, folder.path(), &[]).await;
    exchange.freeze();
    until_true(&exporter, &exchange).await;
    let records = exchange.income("main");
    let (from, to) = (
        records[records.len() / 3].time,
        records[records.len() / 2].time,
    );
    let seconds = |ms: i64| Decimal::new(ms, 3).to_string();
    let (_, csv, told) = export(
        folder.path(),
        &[
            "--account=main",
            "--kind=income",
            "--format=csv",
            &format!("--from={}", seconds(from)),
            &format!("--to={}", seconds(to)),
        ],
    );
    let due = records
        .iter()
        .filter(|r| r.time >= from && r.time < to)
        .count();
    assert!(due > 0);
    assert_eq!(csv.lines().count() - 1, due, "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_wrongly_is_told() {
    let exchange = exchange().await;
    let folder = tempfile::tempdir().unwrap();
    let exporter = start(&exchange, folder.path(), &[]).await;
    until_true(&exporter, &exchange).await;
    let (code, _, told) = export(
        folder.path(),
        &["--account=mian", "--kind=income", "--format=csv"],
    );
    assert_eq!(code, Some(1));
    assert!(
        told.contains("\"mian\"") && told.contains("hedge, main, trouble"),
        "{told}"
    );
    for (wrong, expected) in [
        ("--from=yesterday", "2026-11-01"),
        ("--step=0s", "at least 1s"),
        ("--label=job", "NAME=VALUE"),
        ("--kind=orders", "trades"),
    ] {
        let mut arguments = vec!["--account=main", "--format=csv", wrong];
        if !wrong.starts_with("--kind") {
            arguments.push("--kind=income");
        }
        let (code, _, told) = export(folder.path(), &arguments);
        assert_eq!(code, Some(2), "{wrong}");
        assert!(told.contains(expected), "{wrong}: {told}");
    }
}
