//! Agent keys (V3) and API keys (HMAC) side by side in one process.

use aster_exporter::demo::{Endpoint, Rights};
use rust_decimal::Decimal;

use super::process::{Exporter, Series, eventually, exchange};

/// Slow enough for a busy machine, fast enough not to wait for.
const STEADY: &str = "{min_age: 100ms, intervals: {balance: 500ms, account: 500ms, positions: 500ms, orders: 500ms, market: 500ms}, stale_after: 20}";

const ACCOUNTS: [&str; 3] = ["main", "hedge", "trouble"];

fn up(series: &Series, account: &str, value: f64) -> bool {
    series.is(&format!("aster_up{{account=\"{account}\"}}"), value)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_account_has_its_own_numbers_whatever_its_key() {
    let exchange = exchange().await;
    exchange.freeze();
    let exporter = Exporter::start_agents(&exchange, STEADY, &["hedge", "trouble"]).await;
    let page = exporter
        .until("all up", |s| ACCOUNTS.iter().all(|a| up(s, a, 1.0)))
        .await;
    for (account, auth) in [("main", "hmac"), ("hedge", "v3"), ("trouble", "v3")] {
        let info = format!("aster_account_info{{account=\"{account}\",auth=\"{auth}\"");
        assert_eq!(page.count(&info), 1, "{page:?}");
        let answer = exchange.answer(account, Endpoint::Account);
        let number = |field: &str| {
            let exact: Decimal = answer[field].as_str().unwrap().parse().unwrap();
            exact.to_string().parse::<f64>().unwrap()
        };
        for (metric, field) in [
            ("margin_balance_usdt", "totalMarginBalance"),
            ("available_balance_usdt", "availableBalance"),
        ] {
            let series = format!("aster_account_{metric}{{account=\"{account}\"}}");
            assert!(page.is(&series, number(field)), "{series} {page:?}");
        }
        let agent = format!("aster_agent_permission{{account=\"{account}\"");
        assert_eq!(page.count(&agent), if auth == "v3" { 4 } else { 0 });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_is_taken_away_concerns_its_account_alone() {
    let exchange = exchange().await;
    let exporter = Exporter::start_agents(&exchange, STEADY, &["hedge"]).await;
    exporter
        .until("all up", |s| ACCOUNTS.iter().all(|a| up(s, a, 1.0)))
        .await;
    exchange.set_agent("hedge", None);
    exporter
        .until("hedge down", |s| up(s, "hedge", 0.0) && up(s, "main", 1.0))
        .await;
    eventually("the log to say why", || async {
        let told = exporter
            .log()
            .contains("knows no such agent of this account");
        told.then_some(())
    })
    .await;
    exchange.set_agent("hedge", Some(Rights::READ_ONLY));
    exporter.until("hedge up", |s| up(s, "hedge", 1.0)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_jumps_is_mended_for_nonces_as_for_timestamps() {
    let exchange = exchange().await;
    exchange.set_clock_offset(-3_600_000);
    let exporter = Exporter::start_agents(&exchange, STEADY, &["hedge"]).await;
    let all_up = |s: &Series| ACCOUNTS.iter().all(|a| up(s, a, 1.0));
    exporter.until("all up", all_up).await;
    // Only forward: an exchange keeps the nonces of its past.
    for (ahead_ms, offset) in [(0, 0.0), (3_600_000, 3_600.0)] {
        exchange.set_clock_offset(ahead_ms);
        let mended = |s: &Series| {
            let told = s.value("aster_clock_offset_seconds");
            told.is_some_and(|told| (told - offset).abs() < 60.0) && all_up(s)
        };
        exporter.until("the new time", mended).await;
        let before = exporter.series("/metrics").await;
        let good =
            "aster_api_requests_total{account=\"hedge\",endpoint=\"positionRisk\",status=\"200\"}";
        let had = before.value(good).unwrap();
        exporter
            .until("answers at the new time", |s| {
                s.value(good).is_some_and(|n| n >= had + 3.0) && all_up(s)
            })
            .await;
    }
}
