//! What a real Prometheus makes of the counters: `increase()` tells the truth.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::Path;

use aster_exporter::demo::{Exchange, IncomeRecord};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rust_decimal::Decimal;
use serde_json::Value;

use super::process::Exporter;
use super::prometheus::{Found, Prometheus};
use super::truth::{expected, until_true};
use super::world::{disturb, exchange, records, start_with};

/// A port that is free now: an exporter that comes back must be the same target.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

async fn exporter(exchange: &Exchange, folder: &Path, port: u16, zero_for: &str) -> Exporter {
    let flag = format!("--web.listen-address=127.0.0.1:{port}");
    start_with(exchange, folder, zero_for, &[&flag]).await
}

async fn prometheus(port: u16) -> Prometheus {
    Prometheus::scraping(&format!(
        "  static_configs: [{{targets: [\"127.0.0.1:{port}\"]}}]"
    ))
    .await
}

/// The metric's name and labels, without what Prometheus adds.
fn series(metric: &Value, name: &str) -> String {
    let labels: BTreeMap<_, _> = metric
        .as_object()
        .unwrap()
        .iter()
        .filter(|(label, _)| !["instance", "job", "__name__"].contains(&label.as_str()))
        .collect();
    let labels: Vec<_> = labels
        .into_iter()
        .map(|(n, v)| format!("{n}={v}"))
        .collect();
    format!("{name}{{{}}}", labels.join(","))
}

fn numbers(found: &Found) -> Vec<f64> {
    found
        .iter()
        .map(|(_, value)| value.parse().unwrap())
        .collect()
}

fn funding(symbol: &str, cents: i64, time: i64, id: i64) -> IncomeRecord {
    IncomeRecord {
        symbol: symbol.to_owned(),
        income_type: "FUNDING_FEE".to_owned(),
        income: Decimal::new(cents, 2),
        asset: "USDT".to_owned(),
        time,
        tran_id: 3_000_000_000_000_000_000 + id,
        trade_id: String::new(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_of_history_is_no_increase() {
    let exchange = exchange().await;
    exchange.freeze();
    let old = exchange.server_ms() - 20 * 86_400_000;
    exchange.book_income(
        "main",
        records(&mut StdRng::seed_from_u64(1), 4_000, old, 1),
    );
    let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
    // Prometheus is there first, and sees the import from its beginning.
    let prometheus = prometheus(port).await;
    let _exporter = exporter(&exchange, folder.path(), port, "0s").await;
    let paid = "aster_income_paid_total{account=\"main\"}";
    prometheus
        .until(&format!("min(count_over_time({paid}[1m]))"), |found| {
            numbers(found).first().is_some_and(|n| *n >= 8.0)
        })
        .await;
    let found = prometheus.query(&format!("increase({paid}[1m])")).await;
    assert!(found.len() > 5);
    assert!(numbers(&found).iter().all(|n| *n == 0.0), "{found:?}");
    let total = prometheus.query(&format!("sum({paid})")).await;
    assert!(numbers(&total)[0] > 1_000.0, "and the history is counted");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_value_of_a_new_label_set_counts() {
    let exchange = exchange().await;
    exchange.freeze();
    let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
    let prometheus = prometheus(port).await;
    let exporter = exporter(&exchange, folder.path(), port, "8s").await;
    until_true(&exporter, &exchange).await;
    let first = funding("NEWUSDT", -1234, exchange.server_ms(), 1);
    exchange.book_income("main", [first]);
    let paid = "aster_income_paid_total{symbol=\"NEWUSDT\"}";
    // It begins at 0, and nothing but 0 is seen before 12.34.
    prometheus
        .until(paid, |found| numbers(found) == [0.0])
        .await;
    prometheus
        .until(paid, |found| numbers(found) == [12.34])
        .await;
    let least = prometheus
        .query(&format!("min_over_time({paid}[1m])"))
        .await;
    assert_eq!(numbers(&least), [0.0]);
    prometheus
        .until(&format!("increase({paid}[1m])"), |found| {
            numbers(found).first().is_some_and(|n| *n >= 12.3)
        })
        .await;
    // Its twin is there, too.
    let received = prometheus
        .query("aster_income_received_total{symbol=\"NEWUSDT\"}")
        .await;
    assert_eq!(numbers(&received), [0.0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn over_restarts_nothing_goes_down_and_the_increase_is_the_truth() {
    let exchange = exchange().await;
    exchange.freeze();
    let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
    let prometheus = prometheus(port).await;
    // Label sets are known before, so that what follows is all increase.
    let symbols = ["BTCUSDT", "ETHUSDT", "SOLUSDT"];
    let now = exchange.server_ms();
    for (id, symbol) in (0..).zip(symbols) {
        exchange.book_income("main", [funding(symbol, -50, now - 1_000, id)]);
    }
    let mut running = exporter(&exchange, folder.path(), port, "0s").await;
    until_true(&running, &exchange).await;
    let paid = "aster_income_paid_total{account=\"main\",income_type=\"FUNDING_FEE\"}";
    let before = prometheus.until(paid, |found| found.len() == 3).await;
    let mut rng = StdRng::seed_from_u64(2);
    for round in 1..=5_i64 {
        running.signal("KILL");
        drop(running);
        for (id, symbol) in (0..).zip(symbols) {
            let late = funding(
                symbol,
                -100 - id,
                exchange.server_ms() - 1_000 * id,
                10 * round + id,
            );
            exchange.book_income("main", [late]);
        }
        disturb(&exchange, &mut rng, 2);
        running = exporter(&exchange, folder.path(), port, "0s").await;
        until_true(&running, &exchange).await;
    }
    let due = expected(&exchange);
    for (metric, value) in before {
        let key = series(&metric, "aster_income_paid_total");
        let last: f64 = due[&key].to_string().parse().unwrap();
        let symbol = metric["symbol"].as_str().unwrap();
        let one = format!(
            "aster_income_paid_total{{account=\"main\",income_type=\"FUNDING_FEE\",symbol=\"{symbol}\"}}"
        );
        prometheus
            .until(&one, |found| numbers(found) == [last])
            .await;
        // What rose since the first sample, as Prometheus adds it up over every restart.
        let truth = last - value.parse::<f64>().unwrap();
        let risen =
            format!("sum by (symbol) (last_over_time({one}[10m]) - min_over_time({one}[10m]))");
        let found = numbers(&prometheus.query(&risen).await);
        assert!(
            (found[0] - truth).abs() < 1e-9,
            "{symbol}: {found:?}, should be {truth}"
        );
        // Over few samples Prometheus extrapolates by up to a scrape interval at each end; a reset would add all of it again.
        let found = numbers(&prometheus.query(&format!("increase({one}[10m])")).await);
        assert!(
            found[0] >= truth && found[0] < truth * 2.0,
            "{symbol}: {found:?}, {truth}"
        );
    }
    for metric in [
        "aster_income_received_total",
        "aster_income_paid_total",
        "aster_income_records_total",
        "aster_trades_total",
        "aster_trades_quote_volume_total",
        "aster_trades_commission_total",
    ] {
        let resets = prometheus
            .query(&format!("sum(resets({metric}[10m]))"))
            .await;
        assert_eq!(numbers(&resets), [0.0], "{metric}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_built_anew_shows() {
    let exchange = exchange().await;
    exchange.freeze();
    let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
    let prometheus = prometheus(port).await;
    let mut running = exporter(&exchange, folder.path(), port, "0s").await;
    until_true(&running, &exchange).await;
    prometheus
        .until(
            "aster_ledger_start_timestamp_seconds{account=\"main\"}",
            |f| !f.is_empty(),
        )
        .await;
    running.signal("TERM");
    assert!(running.ended().await.success());
    std::fs::write(folder.path().join("ledger.db"), "no database").unwrap();
    let running = exporter(&exchange, folder.path(), port, "0s").await;
    until_true(&running, &exchange).await;
    // What the documentation offers as a guard.
    prometheus
        .until(
            "changes(aster_ledger_start_timestamp_seconds{account=\"main\"}[10m]) > 0 and on () aster_ledger_rebuilds_total > 0",
            |found| found.len() == 1,
        )
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn windows_slide_between_two_collections() {
    let exchange = exchange().await;
    exchange.freeze();
    let now = exchange.server_ms();
    let day = 86_400_000;
    // One record leaves the day in a few seconds, one stays.
    let leaving = funding("BTCUSDT", 700, now - day + 6_000, 1);
    let staying = funding("BTCUSDT", 30, now - 1_000, 2);
    exchange.book_income("main", [leaving, staying]);
    let folder = tempfile::tempdir().unwrap();
    let slow = "{stale_after: 100, intervals: {balance: 1h, account: 1h, positions: 1h, orders: 1h, trades: 1h, income: 1h, market: 1h}}";
    let exporter = Exporter::start(&exchange, slow, &[]).await;
    let net = |window: &str| {
        format!(
            "aster_income_net{{account=\"main\",income_type=\"FUNDING_FEE\",asset=\"USDT\",window=\"{window}\"}}"
        )
    };
    let page = exporter
        .until("both records", |s| s.is(&net("24h"), 7.3))
        .await;
    assert!(page.is(&net("7d"), 7.3) && page.is(&net("30d"), 7.3));
    // Nothing is collected in this hour; time alone changes the sum.
    let page = exporter
        .until("one record", |s| s.is(&net("24h"), 0.3))
        .await;
    assert!(page.is(&net("7d"), 7.3));
    let asked = exchange.requests();
    let asked = asked
        .iter()
        .filter(|r| r.path.ends_with("/income") && r.account.as_deref() == Some("main"));
    let pages = asked.count();
    assert!(pages <= 6, "one collection of 30 days: {pages} requests");
    drop(folder);
}
