//! The weight budget: whatever is configured, the exporter stays inside it, and yields to others on its IP.

use aster_exporter::demo::{Exchange, Options};

use super::process::{Exporter, FAST, Series, exchange};

/// A demo exchange with the real limit, and a past to import.
async fn limited() -> Exchange {
    let options = Options {
        trades_per_hour: 60,
        ..Options::default()
    };
    Exchange::start(options, ([127, 0, 0, 1], 0).into())
        .await
        .unwrap()
}

fn skipped(page: &Series, collector: &str) -> f64 {
    page.value(&format!(
        "aster_collector_skipped_total{{account=\"main\",collector=\"{collector}\",reason=\"budget\"}}"
    ))
    .unwrap()
}

fn interval(page: &Series, collector: &str) -> f64 {
    page.value(&format!(
        "aster_collector_interval_seconds{{account=\"main\",collector=\"{collector}\"}}"
    ))
    .unwrap()
}

fn good(page: &Series, collector: &str) -> bool {
    page.is(
        &format!("aster_collector_success{{account=\"main\",collector=\"{collector}\"}}"),
        1.0,
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_the_budget_is_never_sent_whatever_is_configured() {
    let exchange = limited().await;
    let exporter = Exporter::start_within(&exchange, FAST, 300).await;
    let page = exporter
        .until("the import to wait and the rhythm to be slower", |page| {
            skipped(page, "income") > 0.0
                && ["account", "orders", "income"]
                    .iter()
                    .all(|collector| interval(page, collector) > 1.0)
        })
        .await;
    // Orders and marks come after margin and positions, history last.
    assert!(interval(&page, "account") < interval(&page, "orders"));
    assert!(interval(&page, "orders") < interval(&page, "income"));
    // Less than a minute has passed, or another 300 would be there.
    let spent = page.sum("aster_api_weight_spent_total{");
    assert!((100.0..=300.0).contains(&spent), "{spent}");
    assert!(page.is("aster_api_weight_budget", 300.0));
    assert!(page.is("aster_api_weight_limit", 2_400.0));
    assert!(exchange.used_weight() <= 300);
    assert!(
        exchange
            .requests()
            .iter()
            .all(|seen| seen.status == Some(200))
    );
    // The first import is under way, and goes on when there is room again.
    let progress = page.value("aster_ledger_import_progress_ratio{account=\"main\"}");
    assert!(progress.is_none_or(|ratio| ratio < 1.0), "{progress:?}");
    // Not run is not failed.
    assert!(page.sum("aster_api_errors_total{") < 1.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn when_others_need_the_limit_the_exporter_yields_and_comes_back() {
    let exchange = exchange().await;
    let exporter = Exporter::start(&exchange, FAST, &[]).await;
    let all = ["account", "positions", "orders", "income", "balance"];
    exporter
        .until("all good", |page| all.iter().all(|c| good(page, c)))
        .await;
    // 85 %: accounts and positions alone go on.
    let limit = u64::from(u32::MAX);
    exchange.set_foreign_weight(u32::try_from(limit * 85 / 100).unwrap());
    exporter
        .until("the rest to pause", |page| {
            skipped(page, "orders") > 0.0
                && skipped(page, "income") > 0.0
                && !good(page, "orders")
                && good(page, "account")
                && good(page, "positions")
        })
        .await;
    // 97 %: nobody.
    exchange.set_foreign_weight(u32::try_from(limit * 97 / 100).unwrap());
    exporter
        .until("all to pause", |page| {
            skipped(page, "account") > 0.0 && !good(page, "account") && !good(page, "positions")
        })
        .await;
    // What the exchange counted holds for its minute alone; a new one must be looked at first.
    let minute = || exchange.server_ms() / 60_000;
    loop {
        let page = exporter.series("/metrics").await;
        let (begun, sent) = (minute(), exchange.requests().len());
        exporter
            .until("another turn", |now| {
                skipped(now, "account") > skipped(&page, "account")
            })
            .await;
        let sent_now = exchange.requests().len();
        if minute() == begun {
            assert_eq!(sent_now, sent);
            break;
        }
    }
    assert!(
        exchange
            .requests()
            .iter()
            .all(|seen| seen.status == Some(200))
    );
}
