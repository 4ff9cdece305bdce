//! The two histories of the demo exchange over HTTP: what may be asked, which rows come, and that they add up.
#![allow(clippy::unwrap_used, reason = "what cannot go on fails the test")]

use std::collections::{BTreeMap, BTreeSet};

use aster_exporter::demo::{Effect, Endpoint, Exchange, Fault, IncomeRecord, Options};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::{Client, Response};
use rust_decimal::Decimal;
use serde_json::Value;
use sha2::Sha256;

const ACCOUNTS: [&str; 3] = ["main", "hedge", "trouble"];
const DAY: i64 = 86_400_000;
const WEEK: i64 = 7 * DAY;
/// The ticks of a demo hour.
const HOUR: u64 = 7_200;

/// An exchange whose world moves only when told to, without the symbols that nobody trades.
async fn still(options: Options) -> Exchange {
    let options = Options {
        speed: 0.0,
        symbols: 24,
        ..options
    };
    Exchange::start(options, ([127, 0, 0, 1], 0).into())
        .await
        .unwrap()
}

/// One whose accounts were opened this moment.
async fn young() -> Exchange {
    still(Options {
        history_days: 0,
        ..Options::default()
    })
    .await
}

/// Asks with the account's key; the query ends with `&` unless it is empty.
async fn ask(exchange: &Exchange, name: &str, endpoint: Endpoint, query: &str) -> Response {
    let accounts = exchange.accounts();
    let keys = accounts.iter().find(|keys| keys.name == name).unwrap();
    let query = format!("{query}timestamp={}", exchange.server_ms());
    let mut mac = Hmac::<Sha256>::new_from_slice(keys.api_secret.as_bytes()).unwrap();
    mac.update(query.as_bytes());
    let signature = hex::encode(mac.finalize().into_bytes());
    let url = format!(
        "{}{}?{query}&signature={signature}",
        exchange.url(),
        endpoint.path()
    );
    let client = Client::builder().no_proxy().build().unwrap();
    let request = client.get(url).header("X-MBX-APIKEY", &keys.api_key);
    request.send().await.unwrap()
}

async fn body(response: Response) -> Value {
    serde_json::from_slice(&response.bytes().await.unwrap()).unwrap()
}

async fn rows(exchange: &Exchange, name: &str, endpoint: Endpoint, query: &str) -> Vec<Value> {
    let response = ask(exchange, name, endpoint, query).await;
    assert_eq!(response.status(), 200, "{query}");
    body(response).await.as_array().unwrap().clone()
}

async fn income(exchange: &Exchange, query: &str) -> Vec<Value> {
    rows(exchange, "main", Endpoint::Income, query).await
}

async fn trades(exchange: &Exchange, query: &str) -> Vec<Value> {
    rows(exchange, "main", Endpoint::UserTrades, query).await
}

fn text<'a>(row: &'a Value, field: &str) -> &'a str {
    row[field].as_str().unwrap()
}

fn number(row: &Value, field: &str) -> i64 {
    row[field].as_i64().unwrap()
}

fn amount(row: &Value, field: &str) -> Decimal {
    text(row, field).parse().unwrap()
}

/// A reward of so many units of the eighth decimal.
fn reward(units: i64, time: i64) -> IncomeRecord {
    IncomeRecord {
        symbol: String::new(),
        income_type: "SOME_REWARD".to_owned(),
        income: Decimal::new(units, 8),
        asset: "USDT".to_owned(),
        time,
        tran_id: units,
        trade_id: String::new(),
    }
}

/// The units of the rewards among the rows, in the order of the rows.
fn units(rows: &[Value]) -> Vec<i64> {
    let rewards = rows.iter().filter(|row| row["incomeType"] == "SOME_REWARD");
    rewards.map(|row| number(row, "tranId")).collect()
}

fn sum(amounts: impl Iterator<Item = Decimal>) -> Decimal {
    amounts.sum()
}

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

/// The wallets are the sums of the income, and the positions those of the trades.
fn check_sums(exchange: &Exchange, name: &str) {
    let mut wallets: BTreeMap<String, Decimal> = BTreeMap::new();
    for row in exchange.income(name) {
        *wallets.entry(row.asset).or_default() += row.income;
    }
    let balance = exchange.answer(name, Endpoint::Balance);
    for row in balance.as_array().unwrap() {
        let expected = wallets.get(text(row, "asset")).copied().unwrap_or_default();
        assert_eq!(amount(row, "balance"), expected, "{name} {}", row["asset"]);
    }
    let mut positions: BTreeMap<(String, String), Decimal> = BTreeMap::new();
    for trade in exchange.trades(name) {
        let sign = if trade.side == "BUY" {
            Decimal::ONE
        } else {
            -Decimal::ONE
        };
        let key = (trade.symbol, trade.position_side.to_owned());
        *positions.entry(key).or_default() += sign * trade.quantity;
    }
    let risk = exchange.answer(name, Endpoint::PositionRisk);
    for row in risk.as_array().unwrap() {
        let key = (
            text(row, "symbol").to_owned(),
            text(row, "positionSide").to_owned(),
        );
        let expected = positions.get(&key).copied().unwrap_or_default();
        assert_eq!(amount(row, "positionAmt"), expected, "{name} {key:?}");
    }
}

#[tokio::test]
async fn wallets_and_positions_are_the_sums_of_the_histories() {
    let exchange = still(Options::default()).await;
    for _ in 0..10 {
        for name in ACCOUNTS {
            check_sums(&exchange, name);
        }
        exchange.advance(HOUR / 4);
    }
    exchange.round_trip("hedge", "ETHUSDT", 3);
    exchange.close_position("main", "SOLUSDT");
    let now = exchange.server_ms();
    exchange.book_income("trouble", (1..50).map(|n| reward(n, now - 1_000 * n)));
    for name in ACCOUNTS {
        check_sums(&exchange, name);
    }
}

#[tokio::test]
async fn rows_of_a_trade_share_its_id_and_time() {
    let exchange = still(Options::default()).await;
    exchange.advance(2_000);
    for name in ACCOUNTS {
        let mut income: BTreeMap<(String, String), Vec<IncomeRecord>> = BTreeMap::new();
        for row in exchange
            .income(name)
            .into_iter()
            .filter(|row| !row.trade_id.is_empty())
        {
            let key = (row.symbol.clone(), row.trade_id.clone());
            income.entry(key).or_default().push(row);
        }
        let trades = exchange.trades(name);
        assert_eq!(trades.len(), income.len(), "{name}");
        for trade in trades {
            let rows = &income[&(trade.symbol, trade.id.to_string())];
            assert!(
                rows.iter()
                    .all(|row| row.time == trade.time && row.tran_id == rows[0].tran_id)
            );
            let of = |kind: &str| {
                let rows = rows.iter().filter(|row| row.income_type == kind);
                sum(rows.map(|row| row.income))
            };
            assert_eq!(of("COMMISSION"), -trade.commission);
            assert_eq!(of("REALIZED_PNL"), trade.realized_pnl);
            assert!(rows.len() <= 2);
        }
    }
}

#[tokio::test]
async fn a_transaction_id_is_unique_within_its_type_only() {
    let exchange = still(Options::default()).await;
    exchange.advance(2 * HOUR);
    for name in ACCOUNTS {
        let rows = exchange.income(name);
        let keys: BTreeSet<(&str, i64)> = rows
            .iter()
            .map(|row| (row.income_type.as_str(), row.tran_id))
            .collect();
        assert_eq!(keys.len(), rows.len());
        let ids: BTreeSet<i64> = rows.iter().map(|row| row.tran_id).collect();
        assert!(ids.len() < rows.len());
        // Transfer and funding have nothing to do with each other and the same number all the same.
        let first = |kind| {
            rows.iter()
                .filter(|row| row.income_type == kind)
                .map(|row| row.tran_id)
                .min()
        };
        assert_eq!(first("TRANSFER"), first("FUNDING_FEE"));
    }
}

#[tokio::test]
async fn a_symbol_may_come_and_go_between_two_looks() {
    let exchange = young().await;
    let before = exchange.answer("main", Endpoint::PositionRisk);
    exchange.round_trip("main", "CAKEUSDT", 2);
    let rows = trades(&exchange, "symbol=CAKEUSDT&").await;
    let sides: Vec<&str> = rows.iter().map(|row| text(row, "side")).collect();
    assert_eq!(sides, ["BUY", "BUY", "SELL", "SELL"]);
    let orders: BTreeSet<u64> = rows
        .iter()
        .map(|row| row["orderId"].as_u64().unwrap())
        .collect();
    assert_eq!(orders.len(), 2);
    let paid = income(&exchange, "symbol=CAKEUSDT&").await;
    assert_eq!(paid.len(), 6);
    let after = exchange.answer("main", Endpoint::PositionRisk);
    let amounts = |risk: &Value| -> Vec<Value> {
        let rows = risk.as_array().unwrap().iter();
        rows.map(|row| row["positionAmt"].clone()).collect()
    };
    assert_eq!(amounts(&before), amounts(&after));
}

#[tokio::test]
async fn funding_is_settled_every_demo_hour() {
    let exchange = still(Options {
        history_days: 0,
        surprises: false,
        ..Options::default()
    })
    .await;
    let funding = |name| {
        let rows = exchange.income(name);
        let fees = rows
            .into_iter()
            .filter(|row| row.income_type == "FUNDING_FEE");
        fees.collect::<Vec<_>>()
    };
    let next = |exchange: &Exchange| {
        let prices = exchange.answer("main", Endpoint::PremiumIndex);
        number(&prices[0], "nextFundingTime") - number(&prices[0], "time")
    };
    assert!((3_590_000..=3_600_000).contains(&next(&exchange)));
    exchange.advance(HOUR - 1);
    assert!(funding("main").is_empty());
    assert!(next(&exchange) <= 500);
    let before = exchange.answer("main", Endpoint::Account);
    let wallet = |account: &Value| amount(account, "totalWalletBalance");
    exchange.advance(1);
    assert!(next(&exchange) > 3_590_000);

    let prices = exchange.answer("main", Endpoint::PremiumIndex);
    let price_of = |symbol: &str| {
        let mut rows = prices.as_array().unwrap().iter();
        rows.find(|row| row["symbol"] == symbol).unwrap()
    };
    let risk = exchange.answer("main", Endpoint::PositionRisk);
    let open: Vec<&Value> = risk
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| !amount(row, "positionAmt").is_zero())
        .collect();
    let fees = funding("main");
    assert_eq!(fees.len(), open.len());
    for (fee, position) in fees.iter().zip(open) {
        assert_eq!(position["symbol"], fee.symbol);
        let prices = price_of(&fee.symbol);
        let paid = amount(position, "positionAmt")
            * amount(prices, "markPrice")
            * amount(prices, "lastFundingRate");
        assert_eq!(fee.income, -paid.round_dp(8));
    }
    // Nothing else moves the wallet at this tick, so far as the orders stay unfilled.
    let trades: Vec<_> = exchange.income("main").into_iter().rev().collect();
    let at = fees[0].time;
    let booked = sum(trades
        .iter()
        .filter(|row| row.time == at)
        .map(|row| row.income));
    let after = exchange.answer("main", Endpoint::Account);
    assert_eq!(wallet(&after) - wallet(&before), booked);
    exchange.advance(2 * HOUR);
    assert!(funding("trouble").len() == 3);
}

#[tokio::test]
async fn the_past_is_bounded_and_reaches_to_the_opening() {
    let exchange = still(Options::default()).await;
    let now = exchange.server_ms();
    for name in ACCOUNTS {
        let rows = exchange.income(name);
        assert!((200..3_000).contains(&rows.len()), "{name} {}", rows.len());
        assert_eq!(rows[0].income_type, "TRANSFER");
        assert!(rows.is_sorted_by_key(|row| row.time));
        assert!((now - rows[0].time - 3 * DAY).abs() < 120_000);
        assert!(rows.iter().all(|row| row.time <= now));
    }
    let signs = |name: &str| -> BTreeSet<bool> {
        let rows = exchange.income(name).into_iter();
        let fees = rows.filter(|row| row.income_type == "FUNDING_FEE");
        fees.map(|row| row.income > Decimal::ZERO).collect()
    };
    assert_eq!(signs("main").len(), 2);
    let symbols: BTreeSet<String> = exchange
        .trades("main")
        .into_iter()
        .map(|t| t.symbol)
        .collect();
    assert!(symbols.len() >= 7, "{symbols:?}");
    let young = young().await;
    for name in ACCOUNTS {
        let before = young.answer(name, Endpoint::Account);
        let after = exchange.answer(name, Endpoint::Account);
        assert_eq!(before["totalWalletBalance"], after["totalWalletBalance"]);
    }
}

#[tokio::test]
async fn late_rows_and_bursts_come_by_themselves() {
    let calm = still(Options {
        surprises: false,
        ..Options::default()
    })
    .await;
    let lively = still(Options::default()).await;
    let most_in_a_millisecond = |exchange: &Exchange| {
        let mut counts: BTreeMap<(i64, String), usize> = BTreeMap::new();
        for trade in exchange.trades("main") {
            *counts.entry((trade.time, trade.symbol)).or_default() += 1;
        }
        counts.into_values().max().unwrap()
    };
    assert!(most_in_a_millisecond(&calm) < 10);
    assert!(most_in_a_millisecond(&lively) >= 100);

    // The server's clock goes along with the world here, so that dates tell when a row was due.
    let late = |exchange: &Exchange| {
        let mut known: BTreeSet<i64> = BTreeSet::new();
        let mut late = 0;
        for minute in 1..=8 * 60 {
            exchange.set_clock_offset(minute * 60_000);
            exchange.advance(120);
            let latest = exchange.server_ms() - 30_000;
            for row in exchange.income("main") {
                let fresh = row.income_type == "FUNDING_FEE" && known.insert(row.tran_id);
                late += u32::from(fresh && minute > 1 && row.time < latest);
            }
        }
        late
    };
    assert_eq!(late(&calm), 0);
    assert!(late(&lively) > 0);
    for name in ACCOUNTS {
        check_sums(&lively, name);
    }
}

#[tokio::test]
async fn the_same_seed_gives_the_same_histories() {
    let record = async |seed: u64, steps: u64| {
        let exchange = still(Options {
            seed,
            ..Options::default()
        })
        .await;
        for _ in 0..2 * HOUR / steps {
            exchange.advance(steps);
        }
        let started = exchange.income("main")[0].time;
        let mut all = Vec::new();
        for name in ACCOUNTS {
            let past = exchange.income(name).into_iter();
            // What happened after the start is dated by the clock, not by the seed.
            all.extend(past.map(|row| {
                let since = row.time - started;
                let ms = if since < 3 * DAY { since } else { 0 };
                format!(
                    "{ms} {} {} {} {}",
                    row.symbol, row.income_type, row.income, row.tran_id
                )
            }));
            let trades = exchange.trades(name).into_iter();
            all.extend(trades.map(|t| format!("{} {} {} {}", t.symbol, t.id, t.order_id, t.price)));
        }
        all
    };
    let one = record(3, HOUR).await;
    assert!(one == record(3, 600).await);
    assert!(one != record(4, HOUR).await);
}

#[tokio::test]
async fn transfers_keep_the_wallet_near_home() {
    let exchange = young().await;
    let now = exchange.server_ms();
    let loss = IncomeRecord {
        income: Decimal::from(-100),
        ..reward(1, now)
    };
    exchange.book_income("trouble", [loss]);
    exchange.advance(HOUR);
    let rows = exchange.income("trouble");
    let transfers = rows.iter().filter(|row| row.income_type == "TRANSFER");
    assert_eq!(transfers.count(), 2);
    let balance = sum(rows.iter().map(|row| row.income));
    assert!(
        (balance - Decimal::from(605)).abs() < Decimal::ONE,
        "{balance}"
    );
    check_sums(&exchange, "trouble");
}
