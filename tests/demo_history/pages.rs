//! What may be asked of the histories, and which rows answer it.

use std::collections::BTreeSet;

use aster_exporter::demo::{Effect, Endpoint, Exchange, Fault, Options};
use reqwest::{Client, Response};
use rust_decimal::Decimal;
use serde_json::Value;

use crate::{
    DAY, amount, ask, body, income, number, reward, rows, still, text, trades, units, young,
};

const WEEK: i64 = 7 * DAY;

#[tokio::test]
async fn refuses_what_may_not_be_asked() {
    let exchange = still(Options::default()).await;
    let now = exchange.server_ms();
    let over_a_week = format!("symbol=BTCUSDT&startTime={}&endTime={now}&", now - WEEK - 1);
    let both = "symbol=BTCUSDT&fromId=1&";
    let table = [
        (Endpoint::UserTrades, String::new(), -1102),
        (Endpoint::UserTrades, "symbol=&".to_owned(), -1102),
        (Endpoint::UserTrades, "symbol=NOSUCH&".to_owned(), -1121),
        (Endpoint::Income, "symbol=&".to_owned(), -1102),
        (Endpoint::Income, "symbol=NOSUCH&".to_owned(), -1121),
        (
            Endpoint::UserTrades,
            format!("{both}startTime={now}&"),
            -1128,
        ),
        (Endpoint::UserTrades, format!("{both}endTime={now}&"), -1128),
        (Endpoint::UserTrades, over_a_week, -1127),
    ];
    for (endpoint, query, code) in table {
        let refused = ask(&exchange, "main", endpoint, &query).await;
        assert_eq!(refused.status(), 400, "{query}");
        assert_eq!(body(refused).await["code"], code, "{query}");
    }
    for endpoint in [Endpoint::UserTrades, Endpoint::Income] {
        for wrong in [
            "limit=0",
            "limit=1001",
            "limit=-1",
            "limit=many",
            "limit=",
            "startTime=today",
            "endTime=1.5",
            "startTime=-1",
            "startTime=2&endTime=1",
        ] {
            let query = format!("symbol=BTCUSDT&{wrong}&");
            let refused = body(ask(&exchange, "main", endpoint, &query).await).await;
            assert_eq!(refused["code"], -1130, "{endpoint:?} {wrong}");
        }
    }
    let unsigned = format!("{}{}", exchange.url(), Endpoint::Income.path());
    let client = Client::builder().no_proxy().build().unwrap();
    assert_eq!(client.get(unsigned).send().await.unwrap().status(), 401);
}

#[tokio::test]
async fn histories_weigh_and_fail_like_other_endpoints() {
    let exchange = young().await;
    let used = |response: &Response| -> i64 {
        let header = &response.headers()["x-mbx-used-weight-1m"];
        header.to_str().unwrap().parse().unwrap()
    };
    // Five seconds past a full minute, so that the minute does not turn.
    let now = exchange.server_ms();
    exchange.set_clock_offset(5_000 - now.rem_euclid(60_000));
    let asked = ask(&exchange, "main", Endpoint::Income, "").await;
    assert_eq!(used(&asked), 30);
    let asked = ask(&exchange, "main", Endpoint::UserTrades, "symbol=BTCUSDT&").await;
    assert_eq!(used(&asked), 35);

    let fault = Fault::new(Effect::Drop)
        .on(Endpoint::Income.path())
        .of("hedge");
    exchange.fault(
        Fault::reply(503, "{}")
            .on(Endpoint::UserTrades.path())
            .times(1),
    );
    exchange.fault(fault);
    let failed = ask(&exchange, "main", Endpoint::UserTrades, "symbol=BTCUSDT&").await;
    assert_eq!(failed.status(), 503);
    assert_eq!(
        ask(&exchange, "main", Endpoint::Income, "").await.status(),
        200
    );
}

#[tokio::test]
async fn income_rows_are_spelled_as_documented() {
    let exchange = still(Options::default()).await;
    let rows = income(&exchange, "limit=1000&").await;
    let fields: BTreeSet<&str> = rows[0]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let documented = [
        "symbol",
        "incomeType",
        "income",
        "asset",
        "info",
        "time",
        "tranId",
        "tradeId",
    ];
    assert_eq!(fields, documented.into());
    let of = |income_type: &str| {
        rows.iter()
            .find(|row| row["incomeType"] == income_type)
            .unwrap()
    };
    // Whether an id is text or a number differs.
    assert!(of("TRANSFER")["tranId"].is_string());
    assert_eq!(of("TRANSFER")["symbol"], "");
    assert_eq!(of("TRANSFER")["tradeId"], "");
    assert!(of("FUNDING_FEE")["tranId"].is_i64());
    assert!(!text(of("FUNDING_FEE"), "symbol").is_empty());
    assert_eq!(number(of("COMMISSION"), "tranId").to_string().len(), 19);
    assert!(text(of("COMMISSION"), "tradeId").parse::<i64>().unwrap() > 0);
    for row in &rows {
        let (_, decimals) = text(row, "income").split_once('.').unwrap();
        assert_eq!(decimals.len(), 8);
        assert_eq!(row["info"], row["incomeType"]);
    }
}

#[tokio::test]
async fn times_of_income_are_inclusive_and_rows_ascend() {
    let exchange = young().await;
    let start = exchange.server_ms() - DAY;
    // Booked in disorder, and two in one millisecond.
    let booked = [(5, 40), (1, 0), (3, 20), (4, 20), (2, 10)];
    exchange.book_income("main", booked.map(|(units, ms)| reward(units, start + ms)));
    for (from, to, expected) in [
        (0, 40, vec![1, 2, 3, 4, 5]),
        (0, 39, vec![1, 2, 3, 4]),
        (1, 40, vec![2, 3, 4, 5]),
        (20, 20, vec![3, 4]),
        (21, 39, vec![]),
    ] {
        let query = format!("startTime={}&endTime={}&", start + from, start + to);
        let rows = income(&exchange, &query).await;
        assert_eq!(units(&rows), expected, "{from} to {to}");
        assert_eq!(rows.len(), expected.len());
    }
    let first = income(&exchange, &format!("startTime={}&limit=2&", start + 1)).await;
    assert_eq!(units(&first), [2, 3]);
    let only_end = income(&exchange, &format!("endTime={}&", start + 20)).await;
    assert_eq!(units(&only_end), [1, 2, 3, 4]);
}

#[tokio::test]
async fn income_reaches_back_a_week_unless_asked_for_more() {
    let exchange = young().await;
    let now = exchange.server_ms();
    let minute = 60_000;
    exchange.book_income(
        "main",
        [
            reward(1, now - 30 * DAY),
            reward(2, now - WEEK - minute),
            reward(3, now - WEEK + minute),
            reward(4, now - 1),
        ],
    );
    assert_eq!(units(&income(&exchange, "").await), [3, 4]);
    let all = income(&exchange, &format!("startTime={}&", now - 30 * DAY)).await;
    assert_eq!(units(&all), [1, 2, 3, 4]);
    let before = income(&exchange, &format!("endTime={}&", now - WEEK)).await;
    assert_eq!(units(&before), [2]);
    let beyond = income(&exchange, &format!("startTime={}&", now + DAY)).await;
    assert!(beyond.is_empty());
}

#[tokio::test]
async fn income_is_narrowed_by_symbol_and_type() {
    let exchange = still(Options::default()).await;
    let truth = exchange.income("main");
    let matching = |symbol: Option<&str>, income_type: Option<&str>| {
        let rows = truth.iter();
        rows.filter(|row| symbol.is_none_or(|symbol| row.symbol == symbol))
            .filter(|row| income_type.is_none_or(|kind| row.income_type == kind))
            .count()
    };
    for (query, expected) in [
        ("symbol=BTCUSDT&", matching(Some("BTCUSDT"), None)),
        (
            "incomeType=FUNDING_FEE&",
            matching(None, Some("FUNDING_FEE")),
        ),
        (
            "incomeType=COMMISSION&symbol=LINKUSDT&",
            matching(Some("LINKUSDT"), Some("COMMISSION")),
        ),
    ] {
        assert!(expected > 0, "{query}");
        let rows = income(&exchange, &format!("{query}limit=1000&")).await;
        assert_eq!(rows.len(), expected, "{query}");
    }
    assert!(
        income(&exchange, "incomeType=NEVER_HEARD_OF&")
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn a_page_of_income_holds_the_first_rows() {
    let exchange = young().await;
    let now = exchange.server_ms();
    // Thousands within one second, several in each millisecond, and more than a page in the last.
    exchange.book_income("main", (0..3_000).map(|n| reward(n, now - 2_000 + n / 4)));
    exchange.book_income("main", (3_000..4_500).map(|n| reward(n, now - 500)));
    let range = format!("startTime={}&endTime={}&", now - 2_000, now - 500);
    assert_eq!(
        units(&income(&exchange, &range).await),
        (0..100).collect::<Vec<_>>()
    );
    let page = income(&exchange, &format!("{range}limit=1000&")).await;
    assert_eq!(units(&page), (0..1_000).collect::<Vec<_>>());
    let crowded = format!("startTime={0}&endTime={0}&limit=1000&", now - 500);
    let page = income(&exchange, &crowded).await;
    assert_eq!(units(&page), (3_000..4_000).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_late_record_stands_where_it_is_dated() {
    let exchange = young().await;
    let now = exchange.server_ms();
    exchange.book_income("main", [reward(1, now - 5_000), reward(2, now - 1_000)]);
    assert_eq!(units(&income(&exchange, "").await), [1, 2]);
    exchange.book_income("main", [reward(3, now - 3_000), reward(4, now - 1_000)]);
    assert_eq!(units(&income(&exchange, "").await), [1, 3, 2, 4]);
}

#[tokio::test]
async fn trades_are_spelled_as_seen_and_ascend() {
    let exchange = still(Options::default()).await;
    let rows = trades(&exchange, "symbol=BTCUSDT&limit=1000&").await;
    let fields: BTreeSet<&str> = rows[0]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let seen = [
        "buyer",
        "commission",
        "commissionAsset",
        "id",
        "maker",
        "marginAsset",
        "orderId",
        "positionSide",
        "price",
        "qty",
        "quoteQty",
        "realizedPnl",
        "side",
        "symbol",
        "time",
    ];
    assert_eq!(fields, seen.into());
    assert!(rows.is_sorted_by_key(|row| number(row, "id")));
    for row in &rows {
        assert!(amount(row, "commission") > Decimal::ZERO);
        assert_eq!(
            amount(row, "quoteQty"),
            amount(row, "price") * amount(row, "qty")
        );
        assert_eq!(row["buyer"], row["side"] == "BUY");
        assert_eq!(text(row, "qty").split_once('.').unwrap().1.len(), 3);
    }
    let makers: BTreeSet<bool> = rows
        .iter()
        .map(|row| row["maker"].as_bool().unwrap())
        .collect();
    assert_eq!(makers.len(), 2);
    let hedged = rows_of_hedge(&exchange).await;
    assert!(hedged.iter().all(|row| row["commissionAsset"] == "USDC"));
    assert!(hedged.iter().any(|row| row["positionSide"] == "SHORT"));
    assert!(hedged.iter().all(|row| row["marginAsset"] == "USDT"));
}

async fn rows_of_hedge(exchange: &Exchange) -> Vec<Value> {
    let query = "symbol=ETHUSDT&limit=1000&";
    rows(exchange, "hedge", Endpoint::UserTrades, query).await
}

#[tokio::test]
async fn trades_are_found_by_id() {
    let exchange = young().await;
    exchange.round_trip("main", "LINKUSDT", 600);
    let truth: Vec<i64> = exchange
        .trades("main")
        .iter()
        .filter(|trade| trade.symbol == "LINKUSDT")
        .map(|trade| trade.id)
        .collect();
    assert_eq!(truth.len(), 1_200);
    let page = async |query: String| -> Vec<i64> {
        let rows = trades(&exchange, &format!("symbol=LINKUSDT&{query}")).await;
        rows.iter().map(|row| number(row, "id")).collect()
    };
    assert_eq!(page("fromId=0&".to_owned()).await, truth[..500]);
    assert_eq!(
        page("fromId=0&limit=1000&".to_owned()).await,
        truth[..1_000]
    );
    let from = |id: i64| format!("fromId={id}&limit=1000&");
    assert_eq!(page(from(truth[700])).await, truth[700..]);
    assert_eq!(page(from(truth[1_199])).await, truth[1_199..]);
    // Others trade as well, so an id may belong to none of these trades.
    let gap = truth
        .windows(2)
        .position(|ids| ids[1] > ids[0] + 1)
        .unwrap();
    assert_eq!(page(from(truth[gap] + 1)).await[0], truth[gap + 1]);
    assert!(page(from(truth[1_199] + 1)).await.is_empty());
    // Without id and times come the latest.
    assert_eq!(page(String::new()).await, truth[700..]);
}

#[tokio::test]
async fn trades_are_found_by_time() {
    let exchange = still(Options {
        history_days: 20,
        ..Options::default()
    })
    .await;
    let now = exchange.server_ms();
    let truth: Vec<(i64, i64)> = exchange
        .trades("main")
        .iter()
        .filter(|trade| trade.symbol == "BTCUSDT")
        .map(|trade| (trade.time, trade.id))
        .collect();
    let within = |from: i64, to: i64| -> Vec<i64> {
        let found = truth.iter().filter(|(time, _)| (from..=to).contains(time));
        found.map(|(_, id)| *id).collect()
    };
    let page = async |query: String| -> Vec<i64> {
        let rows = trades(&exchange, &format!("symbol=BTCUSDT&{query}limit=1000&")).await;
        rows.iter().map(|row| number(row, "id")).collect()
    };
    let (first, last) = (truth[10].0, truth[20].0);
    let inclusive = page(format!("startTime={first}&endTime={last}&")).await;
    assert_eq!(inclusive, within(first, last));
    assert!(inclusive.len() >= 11);
    let shorter = page(format!("startTime={}&endTime={}&", first + 1, last - 1)).await;
    assert_eq!(shorter, within(first + 1, last - 1));
    assert!(shorter.len() < inclusive.len());

    let old = now - 15 * DAY;
    let week = page(format!("startTime={old}&endTime={}&", old + WEEK)).await;
    assert_eq!(week, within(old, old + WEEK));
    assert_eq!(page(format!("startTime={old}&")).await, week);
    assert_eq!(page(format!("endTime={}&", old + WEEK)).await, week);
    assert!(!week.is_empty() && week.len() < truth.len());
    let latest = page(String::new()).await;
    assert_eq!(latest, within(now - WEEK, i64::MAX));
    assert!(latest.len() < truth.len());
}
