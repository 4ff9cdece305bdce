//! An account in trouble and an exporter that dies, until somebody is woken, and until it is over.

use aster_exporter::demo::{Exchange, Fault, IncomeRecord};
use rust_decimal::Decimal;

use super::alertmanager::Alertmanager;
use super::grafana;
use super::queries::{Choice, fill};
use super::webhook::Webhook;
use super::world::{exchange, exporter, prometheus};

/// Moves USDT into an account, or out of it.
fn transfer(exchange: &Exchange, account: &str, amount: i64) {
    let time = exchange.server_ms();
    exchange.book_income(
        account,
        [IncomeRecord {
            symbol: String::new(),
            income_type: "TRANSFER".to_owned(),
            income: Decimal::from(amount),
            asset: "USDT".to_owned(),
            time,
            tran_id: 3_000_000_000_000_000_000 + time,
            trade_id: String::new(),
        }],
    );
}

/// The query of the annotation `name`, for all accounts.
fn annotation(name: &str) -> String {
    let (_, board) = grafana::dashboards().remove(0);
    let list = board["annotations"]["list"].as_array().unwrap();
    let annotation = list.iter().find(|a| a["name"] == name).unwrap();
    fill(annotation["expr"].as_str().unwrap(), &Choice::ALL)
}

#[tokio::test(flavor = "multi_thread")]
async fn trouble_of_an_account_wakes_somebody_and_its_end_is_told() {
    let exchange = exchange(1.0).await;
    exchange.freeze();
    let exporter = exporter(&exchange).await;
    let webhook = Webhook::start().await;
    let alertmanager = Alertmanager::start(&webhook.url).await;
    let prometheus = prometheus(&exporter, Some(&alertmanager.address)).await;
    let ratio = "aster_account:margin:ratio{account=\"trouble\"}";
    let between = |low: f64, high: f64| {
        move |found: &super::prometheus::Found| {
            let value = found.first().and_then(|(_, v)| v.parse::<f64>().ok());
            value.is_some_and(|v| low < v && v < high)
        }
    };
    prometheus.until(ratio, between(0.0, 0.5)).await;
    prometheus
        .until(
            "aster_collector_success{account=\"trouble\", collector=\"income\"} == 1",
            |f| !f.is_empty(),
        )
        .await;

    // Somebody takes most of the collateral away from under an open position.
    transfer(&exchange, "trouble", -400);
    let margin = webhook
        .until(
            "MarginRatioHigh",
            "firing",
            &[("account", "trouble"), ("severity", "critical")],
        )
        .await;
    let description = margin["annotations"]["description"].as_str().unwrap();
    assert!(
        description.starts_with("Account trouble needs ")
            && description.contains("% of its margin balance"),
        "{description}"
    );
    let runbook = margin["annotations"]["runbook_url"].as_str().unwrap();
    assert!(
        runbook.ends_with("docs/alerts.md#marginratiohigh"),
        "{runbook}"
    );
    webhook
        .until(
            "LiquidationNear",
            "firing",
            &[("account", "trouble"), ("symbol", "DOGEUSDT")],
        )
        .await;
    webhook
        .until("UnexpectedTransfer", "firing", &[("account", "trouble")])
        .await;
    // The boards mark the moment.
    prometheus
        .until(&annotation("Liquidation risk"), |found| !found.is_empty())
        .await;

    // It comes back.
    transfer(&exchange, "trouble", 400);
    webhook
        .until(
            "MarginRatioHigh",
            "resolved",
            &[("account", "trouble"), ("severity", "critical")],
        )
        .await;
    prometheus.until(ratio, between(0.0, 0.5)).await;
    for alert in webhook.alerts() {
        let name = &alert["labels"]["alertname"];
        if name == "MarginRatioHigh" {
            assert_eq!(
                alert["labels"]["account"], "trouble",
                "only it was in trouble"
            );
            assert_eq!(
                alert["labels"]["severity"], "critical",
                "the warning is muted"
            );
        }
        assert_ne!(name, "ExporterDown");
        assert_ne!(name, "DataStale");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn failing_collectors_and_a_dead_exporter_wake_somebody() {
    let exchange = exchange(1.0).await;
    let exporter = exporter(&exchange).await;
    let webhook = Webhook::start().await;
    let alertmanager = Alertmanager::start(&webhook.url).await;
    let prometheus = prometheus(&exporter, Some(&alertmanager.address)).await;
    prometheus
        .until(
            "aster_collector_success{collector=\"account\"} == 1",
            |found| found.len() == 3,
        )
        .await;

    // One endpoint fails for one account, and comes back.
    let failure = Fault::reply(503, "{}").on("/fapi/v4/account").of("main");
    exchange.fault(failure);
    let failing = [("account", "main"), ("collector", "account")];
    webhook.until("CollectorFailing", "firing", &failing).await;
    webhook.until("DataStale", "firing", &failing).await;
    prometheus
        .until(&annotation("Exporter trouble"), |found| !found.is_empty())
        .await;
    exchange.clear_faults();
    webhook
        .until("CollectorFailing", "resolved", &failing)
        .await;
    webhook.until("DataStale", "resolved", &failing).await;

    // The exporter is gone.
    drop(exporter);
    webhook
        .until("ExporterDown", "firing", &[("job", "aster")])
        .await;
    for account in ["main", "hedge", "trouble"] {
        let stale = [
            ("account", account),
            ("collector", "positions"),
            ("severity", "critical"),
        ];
        webhook.until("DataStale", "firing", &stale).await;
    }
}
