//! What Prometheus sees: the exchange's own numbers, series that end, accounts that go down.

use std::collections::BTreeMap;

use aster_exporter::demo::{Endpoint, Exchange};
use serde_json::Value;

use super::process::{Exporter, FAST, configure, exchange};
use super::prometheus::{Found, Prometheus};

async fn scraped(exchange: &Exchange) -> (Exporter, Prometheus) {
    let exporter = Exporter::start(exchange, FAST, &[]).await;
    let target = exporter.url.trim_start_matches("http://");
    let prometheus =
        Prometheus::scraping(&format!("  static_configs: [{{targets: [\"{target}\"]}}]")).await;
    (exporter, prometheus)
}

/// The number nearest to an exact amount, as Prometheus writes it.
fn number(amount: &Value) -> f64 {
    amount.as_str().unwrap().parse().unwrap()
}

fn value_of(found: &Found, labels: &[(&str, &str)]) -> Option<f64> {
    let fits = |metric: &Value| labels.iter().all(|(name, value)| metric[*name] == *value);
    let mut values = found
        .iter()
        .filter(|(m, _)| fits(m))
        .map(|(_, v)| v.parse().unwrap());
    let value = values.next();
    assert!(
        values.next().is_none(),
        "{labels:?} fits more than one of {found:?}"
    );
    value
}

/// What `query` should find of one account: labels that tell rows apart, and the number.
type Expected = Vec<(Vec<(String, String)>, f64)>;

fn totals(account: &Value, field: &str) -> Expected {
    vec![(vec![], number(&account[field]))]
}

fn positions(risk: &Value, field: &str) -> Expected {
    let rows = risk
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| number(&row["positionAmt"]) != 0.0);
    rows.map(|row| {
        let label =
            |name: &str, key: &str| (name.to_owned(), row[key].as_str().unwrap().to_owned());
        (
            vec![
                label("symbol", "symbol"),
                label("position_side", "positionSide"),
            ],
            number(&row[field]),
        )
    })
    .collect()
}

fn assets(balance: &Value, field: &str) -> Expected {
    let held = |row: &&Value| {
        ["balance", "crossWalletBalance", "crossUnPnl"]
            .iter()
            .any(|f| number(&row[*f]) != 0.0)
    };
    let rows = balance.as_array().unwrap().iter().filter(held);
    rows.map(|row| {
        (
            vec![(
                "asset".to_owned(),
                row["asset"].as_str().unwrap().to_owned(),
            )],
            number(&row[field]),
        )
    })
    .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn prometheus_has_the_exchanges_own_numbers() {
    let exchange = exchange().await;
    exchange.freeze();
    let (_exporter, prometheus) = scraped(&exchange).await;
    for account in exchange.accounts() {
        let answer = |endpoint| exchange.answer(&account.name, endpoint);
        let (total, risk, balance) = (
            answer(Endpoint::Account),
            answer(Endpoint::PositionRisk),
            answer(Endpoint::Balance),
        );
        let expected: BTreeMap<&str, Expected> = BTreeMap::from([
            (
                "aster_account_wallet_balance_usdt",
                totals(&total, "totalWalletBalance"),
            ),
            (
                "aster_account_unrealized_pnl_usdt",
                totals(&total, "totalUnrealizedProfit"),
            ),
            (
                "aster_account_margin_balance_usdt",
                totals(&total, "totalMarginBalance"),
            ),
            (
                "aster_account_maintenance_margin_usdt",
                totals(&total, "totalMaintMargin"),
            ),
            (
                "aster_account_initial_margin_usdt",
                totals(&total, "totalInitialMargin"),
            ),
            (
                "aster_account_available_balance_usdt",
                totals(&total, "availableBalance"),
            ),
            ("aster_position_size", positions(&risk, "positionAmt")),
            (
                "aster_position_unrealized_pnl",
                positions(&risk, "unRealizedProfit"),
            ),
            ("aster_position_entry_price", positions(&risk, "entryPrice")),
            ("aster_position_mark_price", positions(&risk, "markPrice")),
            ("aster_position_leverage", positions(&risk, "leverage")),
            ("aster_asset_wallet_balance", assets(&balance, "balance")),
            (
                "aster_asset_available_balance",
                assets(&balance, "availableBalance"),
            ),
        ]);
        for (metric, expected) in expected {
            assert!(!expected.is_empty(), "{metric} of {}", account.name);
            let query = format!("{metric}{{account=\"{}\"}}", account.name);
            let found = prometheus
                .until(&query, |found| found.len() == expected.len())
                .await;
            for (labels, number) in expected {
                let labels: Vec<_> = labels
                    .iter()
                    .map(|(n, v)| (n.as_str(), v.as_str()))
                    .collect();
                // Not nearly equal: the same float, through the page and back.
                assert_eq!(
                    value_of(&found, &labels),
                    Some(number),
                    "{query} {labels:?}"
                );
            }
        }
        let orders = answer(Endpoint::OpenOrders).as_array().unwrap().len();
        let query = format!("aster_account_open_orders{{account=\"{}\"}}", account.name);
        prometheus
            .until(&query, |found| {
                found.first().is_some_and(|f| f.1 == orders.to_string())
            })
            .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_series_of_a_closed_position_end() {
    let exchange = exchange().await;
    exchange.freeze();
    let (exporter, prometheus) = scraped(&exchange).await;
    let query = "{account=\"main\",symbol=\"BTCUSDT\",__name__=~\"aster_position_.*\"}";
    prometheus.until(query, |found| found.len() > 10).await;
    let before = prometheus
        .until("aster_account_open_positions{account=\"main\"}", |f| {
            !f.is_empty()
        })
        .await;

    exchange.close_position("main", "BTCUSDT");

    // An instant query looks back five minutes: only a staleness marker makes it find nothing.
    prometheus.until(query, Vec::is_empty).await;
    prometheus
        .until("aster_position_size{account=\"main\"}", |found| {
            !found.is_empty()
        })
        .await;
    let fewer = before[0].1.parse::<u32>().unwrap() - 1;
    let now = "aster_account_open_positions{account=\"main\"}";
    prometheus
        .until(now, |found| {
            found.first().is_some_and(|f| f.1 == fewer.to_string())
        })
        .await;
    let others = positions(
        &exchange.answer("hedge", Endpoint::PositionRisk),
        "positionAmt",
    )
    .len();
    let page = exporter.series("/metrics").await;
    assert_eq!(page.count("aster_position_size{account=\"hedge\""), others);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_exchange_takes_the_accounts_down_and_their_numbers_away() {
    let exchange = exchange().await;
    let (_exporter, prometheus) = scraped(&exchange).await;
    let all_up = |value: &'static str| {
        move |found: &Found| found.len() == 3 && found.iter().all(|(_, v)| v == value)
    };
    prometheus.until("aster_up", all_up("1")).await;
    prometheus
        .until("aster_account_margin_balance_usdt", |found| {
            found.len() == 3
        })
        .await;

    exchange.stop().await;

    prometheus.until("aster_up", all_up("0")).await;
    // Not yesterday's margin: absence.
    prometheus.until("{__name__=~\"aster_(account|position|asset|symbol)_.*\",__name__!=\"aster_account_info\"}", Vec::is_empty).await;
    // The exporter itself is there and says why.
    assert_eq!(prometheus.query("up").await[0].1, "1");
    prometheus
        .until(
            "sum(aster_api_errors_total{kind=\"network\"}) > 0",
            |found| !found.is_empty(),
        )
        .await;
    let ages = "time() - aster_collector_last_success_timestamp_seconds{collector=\"account\"}";
    prometheus.until(ages, |found| found.len() == 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_multi_target_pattern_collects_at_the_scrape() {
    let exchange = exchange().await;
    let folder = tempfile::tempdir().unwrap();
    let config = configure(folder.path(), &exchange, "{mode: scrape, min_age: 100ms}");
    let mut command = super::process::binary();
    command.arg(format!("--config.file={}", config.display()));
    let exporter = Exporter::spawn(command, folder).await;
    let address = exporter.url.trim_start_matches("http://");
    let job = format!(
        "  scrape_interval: 1s\n  scrape_timeout: 1s\n  metrics_path: /probe\n  static_configs: [{{targets: [main, hedge]}}]\n  relabel_configs:\n\
         \x20 - {{source_labels: [__address__], target_label: __param_target}}\n\
         \x20 - {{source_labels: [__param_target], target_label: instance}}\n\
         \x20 - {{target_label: __address__, replacement: \"{address}\"}}"
    );
    let prometheus = Prometheus::scraping(&job).await;
    let found = prometheus
        .until("aster_up == 1", |found| found.len() == 2)
        .await;
    for (metric, _) in found {
        assert_eq!(metric["account"], metric["instance"]);
    }
    // Nobody asked for the third account, so nothing was sent for it.
    assert!(
        exchange
            .requests()
            .iter()
            .all(|r| r.account.as_deref() != Some("trouble"))
    );
}
