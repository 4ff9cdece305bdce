//! When collections run: on timers, at scrapes, shared, within the scrape's time, and never during a block.

use std::time::Duration;

use aster_exporter::demo::{Effect, Exchange, Fault};

use super::process::{Exporter, FAST, client, eventually, exchange, send};

const ORDERS: &str = "/fapi/v1/openOrders";
const RISK: &str = "/fapi/v2/positionRisk";

fn asked(exchange: &Exchange, path: &str) -> usize {
    exchange
        .requests()
        .iter()
        .filter(|r| r.path == path)
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn on_timers_a_scrape_never_waits_for_the_exchange() {
    let exchange = exchange().await;
    let exporter = Exporter::start(&exchange, FAST, &[]).await;
    exporter
        .until("all accounts up", |s| {
            s.count("aster_up{") == 3 && s.is("aster_up{account=\"hedge\"}", 1.0)
        })
        .await;
    exchange.fault(Fault::new(Effect::Hang));
    let before = exchange.requests().len();
    eventually("requests that hang", || async {
        (exchange.requests().len() > before).then_some(())
    })
    .await;
    // Every request hangs for its whole time-out of 2 s, and the page is still there.
    let page = tokio::time::timeout(Duration::from_secs(1), exporter.get("/metrics")).await;
    assert_eq!(page.expect("the page did not wait").status, 200);
    exporter.until("time-outs", |s| {
        s.value("aster_api_errors_total{account=\"main\",endpoint=\"account\",kind=\"timeout\"}").is_some_and(|n| n > 0.0)
            && s.is("aster_up{account=\"main\"}", 0.0)
            && s.value("aster_collector_skipped_total{account=\"main\",collector=\"account\",reason=\"overrun\"}").is_some_and(|n| n > 0.0)
    }).await;
    exchange.clear_faults();
    exporter
        .until("recovery", |s| s.is("aster_up{account=\"main\"}", 1.0))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_collector_that_hangs_leaves_the_others_fresh() {
    let exchange = exchange().await;
    exchange.fault(Fault::new(Effect::Hang).on(ORDERS).of("main"));
    let exporter = Exporter::start(&exchange, FAST, &[]).await;
    exporter
        .until("the others", |s| {
            s.is("aster_collector_success{account=\"main\",collector=\"orders\"}", 0.0)
            && s.is("aster_collector_success{account=\"main\",collector=\"positions\"}", 1.0)
            && s.is("aster_collector_success{account=\"main\",collector=\"account\"}", 1.0)
            && s.is("aster_up{account=\"main\"}", 0.0)
            && s.is("aster_up{account=\"hedge\"}", 1.0)
            && s.count("aster_position_size{account=\"main\"") > 0
            && s.count("aster_account_open_orders{account=\"main\"") == 0
            // What needs both is not guessed from one.
            && s.count("aster_position_stop_coverage_ratio{account=\"main\"") == 0
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn at_scrapes_nothing_runs_until_somebody_asks_and_askers_share() {
    let exchange = exchange().await;
    let exporter = Exporter::start(&exchange, "{mode: scrape, min_age: 10s}", &[]).await;
    assert_eq!(exporter.get("/-/ready").await.status, 503);
    assert_eq!(asked(&exchange, RISK), 0);
    let pages = futures_util::future::join_all((0..8).map(|_| exporter.series("/metrics"))).await;
    for page in pages {
        assert!(page.is("aster_up{account=\"main\"}", 1.0), "{page:?}");
        assert!(page.count("aster_position_size{account=\"main\"") > 0);
    }
    // One request an account, however many asked; and no more within the minimum age.
    assert_eq!(asked(&exchange, RISK), 3);
    exporter.series("/metrics").await;
    assert_eq!(asked(&exchange, RISK), 3);
    assert_eq!(exporter.get("/-/ready").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_of_the_page_collects_that_part_alone() {
    let exchange = exchange().await;
    let exporter = Exporter::start(&exchange, "{mode: scrape}", &[]).await;
    let page = exporter
        .series("/metrics?account=main&collect[]=positions")
        .await;
    assert!(page.count("aster_position_size{account=\"main\"") > 0);
    assert_eq!(page.count("aster_account_wallet_balance_usdt"), 0);
    assert_eq!(page.count("aster_collector_success"), 1);
    assert_eq!((asked(&exchange, RISK), asked(&exchange, ORDERS)), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scrape_keeps_to_its_time_and_a_late_collector_counts_as_failed() {
    let exchange = exchange().await;
    exchange.fault(Fault::new(Effect::Hang).on(ORDERS));
    let exporter = Exporter::start(&exchange, "{mode: scrape}", &[]).await;
    let request = client()
        .get(format!("{}/metrics", exporter.url))
        .header("X-Prometheus-Scrape-Timeout-Seconds", "1.0");
    // Far less than the request's own time-out of 2 s.
    let answer = tokio::time::timeout(Duration::from_millis(1500), send(request))
        .await
        .expect("in time")
        .unwrap();
    let page = super::process::Series::parse(&answer.body);
    assert!(
        page.is(
            "aster_collector_success{account=\"main\",collector=\"orders\"}",
            0.0
        ),
        "{page:?}"
    );
    assert!(page.is(
        "aster_collector_success{account=\"main\",collector=\"account\"}",
        1.0
    ));
    assert!(page.is(
        "aster_api_errors_total{account=\"main\",endpoint=\"openOrders\",kind=\"timeout\"}",
        1.0
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_the_ip_stops_every_request_and_is_shown() {
    let exchange = exchange().await;
    let exporter = Exporter::start(&exchange, FAST, &[]).await;
    exporter
        .until("all up", |s| s.is("aster_up{account=\"main\"}", 1.0))
        .await;
    let body = "{\"code\":-1003,\"msg\":\"Too many requests.\"}";
    let refusal = Effect::Reply {
        status: 429,
        headers: vec![("Retry-After".to_owned(), "3600".to_owned())],
        content_type: "application/json".to_owned(),
        body: body.into(),
    };
    exchange.fault(Fault::new(refusal).of("hedge").on(RISK));
    let page = exporter.until("everything held back", |s| {
        s.count("aster_api_blocked_until_timestamp_seconds") == 1
            && s.value("aster_collector_skipped_total{account=\"main\",collector=\"orders\",reason=\"blocked\"}").is_some_and(|n| n >= 3.0)
            && s.is("aster_up{account=\"trouble\"}", 0.0)
            // An hour-long block outlives the data.
            && s.count("aster_position_size") == 0
    }).await;
    assert!(page.is("aster_api_errors_total{account=\"hedge\",endpoint=\"positionRisk\",kind=\"rate_limit\"}", 1.0), "{page:?}");
    // Each collector was due several times since; what was under way at the refusal has ended.
    let sent = exchange.requests().len();
    let skipped = |s: &super::process::Series| {
        s.value("aster_collector_skipped_total{account=\"main\",collector=\"orders\",reason=\"blocked\"}").unwrap()
    };
    let before = skipped(&page);
    exporter
        .until("more due collections", |s| skipped(s) >= before + 5.0)
        .await;
    assert_eq!(exchange.requests().len(), sent);
    assert!(
        exporter
            .get("/")
            .await
            .body
            .contains("none is sent for another")
    );
    assert_eq!(exporter.get("/-/healthy").await.status, 200);
}
