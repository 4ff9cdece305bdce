//! What trades are asked for, and what it costs.

use aster_exporter::demo::{Endpoint, Seen};

use super::process::eventually;
use super::truth::until_true;
use super::world::{exchange, start};

fn of(requests: &[Seen], endpoint: Endpoint) -> Vec<&Seen> {
    let path = endpoint.path();
    let main = requests
        .iter()
        .filter(|r| r.account.as_deref() == Some("main"));
    main.filter(|r| r.path == path).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_symbol_opened_and_closed_between_two_collections_is_not_missed() {
    let exchange = exchange().await;
    exchange.freeze();
    let folder = tempfile::tempdir().unwrap();
    let exporter = start(&exchange, folder.path(), &[]).await;
    until_true(&exporter, &exchange).await;
    // No collection can come between: both happen while the exchange holds its breath.
    exchange.round_trip("main", "LINKUSDT", 1);
    until_true(&exporter, &exchange).await;
    let page = exporter.series("/metrics").await;
    let fills = page.sum("aster_trades_total{account=\"main\",symbol=\"LINKUSDT\"");
    assert!((fills - 2.0).abs() < f64::EPSILON, "{fills}");
    assert_eq!(
        page.count("aster_position_size{account=\"main\",symbol=\"LINKUSDT\""),
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_income_the_changed_position_tells() {
    let exchange = exchange().await;
    exchange.freeze();
    let folder = tempfile::tempdir().unwrap();
    let exporter = start(&exchange, folder.path(), &["--no-collector.income"]).await;
    let trades = "aster_trades_total{account=\"main\",symbol=\"LINKUSDT\"";
    exporter
        .until("the first import", |s| {
            s.count("aster_trades_total{account=\"main\"") > 0
        })
        .await;
    exchange.round_trip("main", "LINKUSDT", 2);
    exporter
        .until("both halves", |s| (s.sum(trades) - 4.0).abs() < 0.5)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quiet_account_costs_income_alone() {
    let exchange = exchange().await;
    exchange.freeze();
    // What happened at the start of the exchange has had its time by then.
    let folder = tempfile::tempdir().unwrap();
    let exporter = start(&exchange, folder.path(), &[]).await;
    until_true(&exporter, &exchange).await;
    exchange.set_clock_offset(10 * 60_000);
    eventually("the clock to be read again, and what follows", || async {
        let requests = exchange.requests();
        let income = of(&requests, Endpoint::Income);
        let later = &requests[requests.len().saturating_sub(200)..];
        let (incomes, trades) = (of(later, Endpoint::Income), of(later, Endpoint::UserTrades));
        (income.len() > 10 && incomes.len() >= 5 && trades.is_empty()).then_some(())
    })
    .await;
    // A trade wakes it, for its symbol alone.
    let before = exchange.requests().len();
    exchange.round_trip("main", "LINKUSDT", 1);
    until_true(&exporter, &exchange).await;
    let requests = exchange.requests();
    let asked = of(&requests[before..], Endpoint::UserTrades);
    assert!(!asked.is_empty());
    assert!(
        asked
            .iter()
            .all(|r| r.query.contains("symbol=LINKUSDT") && r.query.contains("limit=1000"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn days_offline_are_made_up_for_in_pieces_of_a_week() {
    let exchange = exchange().await;
    exchange.freeze();
    let folder = tempfile::tempdir().unwrap();
    let exporter = start(&exchange, folder.path(), &[]).await;
    until_true(&exporter, &exchange).await;
    exporter.signal("KILL");
    drop(exporter);
    let day = 86_400_000;
    // Twenty days pass at the exchange; the ledger was last written before them.
    exchange.set_clock_offset(20 * day);
    let now = exchange.server_ms();
    let mut rng = rand::SeedableRng::seed_from_u64(4);
    for days in 1..20 {
        exchange.book_income(
            "main",
            super::world::records(&mut rng, 60, now - days * day, 1),
        );
    }
    exchange.round_trip("main", "ADAUSDT", 2);
    let before = exchange.requests().len();
    let exporter = start(&exchange, folder.path(), &[]).await;
    until_true(&exporter, &exchange).await;
    let requests = exchange.requests();
    for request in of(&requests[before..], Endpoint::Income) {
        let number = |name: &str| -> i64 {
            let (_, value) = request.query.split_once(name).unwrap();
            value.split('&').next().unwrap().parse().unwrap()
        };
        assert!(
            number("endTime=") - number("startTime=") < 7 * day,
            "{}",
            request.query
        );
    }
}
