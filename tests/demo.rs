//! The demo exchange over HTTP: its refusals, its limits, its arithmetic and its faults.
#![allow(clippy::unwrap_used, reason = "what cannot go on fails the test")]

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aster_exporter::demo::{Credentials, Effect, Endpoint, Exchange, Fault, Options};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::{Client, Method, Response};
use rust_decimal::Decimal;
use serde_json::Value;
use sha2::Sha256;

const ACCOUNTS: [&str; 3] = ["main", "hedge", "trouble"];

/// An exchange whose world moves only when told to.
async fn still(options: Options) -> Exchange {
    let options = Options {
        speed: 0.0,
        ..options
    };
    Exchange::start(options, ([127, 0, 0, 1], 0).into())
        .await
        .unwrap()
}

/// The server's clock at five seconds past a full minute, so that no test sees the minute turn.
fn start_of_minute(exchange: &Exchange) {
    let now = unix_ms();
    exchange.set_clock_offset(5_000 - now.rem_euclid(60_000));
}

fn unix_ms() -> i64 {
    let passed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(passed.as_millis()).unwrap()
}

fn client() -> Client {
    Client::builder().no_proxy().build().unwrap()
}

fn keys(exchange: &Exchange, name: &str) -> Credentials {
    let accounts = exchange.accounts();
    accounts.into_iter().find(|a| a.name == name).unwrap()
}

fn sign(query: &str, secret: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(query.as_bytes());
    let signature = hex::encode(mac.finalize().into_bytes());
    format!("{query}&signature={signature}")
}

async fn get(exchange: &Exchange, path: &str, query: &str, key: Option<&str>) -> Response {
    let url = format!("{}{path}?{query}", exchange.url());
    let mut request = client().get(url);
    if let Some(key) = key {
        request = request.header("X-MBX-APIKEY", key);
    }
    request.send().await.unwrap()
}

async fn signed(exchange: &Exchange, name: &str, endpoint: Endpoint, query: &str) -> Response {
    let keys = keys(exchange, name);
    let query = sign(&format!("{query}timestamp={}", unix_ms()), &keys.api_secret);
    get(exchange, endpoint.path(), &query, Some(&keys.api_key)).await
}

async fn json(response: Response) -> Value {
    serde_json::from_slice(&response.bytes().await.unwrap()).unwrap()
}

fn amount(value: &Value) -> Decimal {
    let text = value.as_str().unwrap();
    text.parse()
        .or_else(|_| Decimal::from_scientific(text))
        .unwrap()
}

fn sum(rows: &Value, field: &str) -> Decimal {
    rows.as_array()
        .unwrap()
        .iter()
        .map(|row| amount(&row[field]))
        .sum()
}

fn row<'a>(rows: &'a Value, symbol: &str) -> &'a Value {
    let mut rows = rows.as_array().unwrap().iter();
    rows.find(|row| row["symbol"] == symbol).unwrap()
}

#[tokio::test]
async fn refuses_what_the_exchange_refuses() {
    let exchange = still(Options::default()).await;
    let main = keys(&exchange, "main");
    let hedge = keys(&exchange, "hedge");
    let path = Endpoint::PositionRisk.path();
    let now = unix_ms();
    let good = sign(&format!("timestamp={now}"), &main.api_secret);
    let made = |query: &str| sign(query, &main.api_secret);
    let altered = |query: &str, from: &str, to: &str| query.replacen(from, to, 1);
    let key = Some(main.api_key.as_str());

    let table = [
        ("no key", good.clone(), None, 401, -2014),
        ("empty key", good.clone(), Some(""), 401, -2014),
        ("unknown key", good.clone(), Some("0123abcd"), 401, -2015),
        (
            "key of another account",
            good.clone(),
            Some(hedge.api_key.as_str()),
            400,
            -1022,
        ),
        (
            "another secret",
            sign(&format!("timestamp={now}"), &hedge.api_secret),
            key,
            400,
            -1022,
        ),
        (
            "altered time",
            altered(&good, &format!("{now}"), &format!("{}", now - 1)),
            key,
            400,
            -1022,
        ),
        (
            "added parameter",
            format!("recvWindow=6000&{good}"),
            key,
            400,
            -1022,
        ),
        (
            "signature not last",
            format!("{good}&recvWindow=5000"),
            key,
            400,
            -1022,
        ),
        (
            "signature cut",
            good[..good.len() - 2].to_owned(),
            key,
            400,
            -1022,
        ),
        ("no signature", format!("timestamp={now}"), key, 400, -1022),
        (
            "escaped after signing",
            altered(
                &made(&format!("symbol=币安人生USDT&timestamp={now}")),
                "symbol=",
                "symbol=%42",
            ),
            key,
            400,
            -1022,
        ),
        ("no timestamp", made("recvWindow=5000"), key, 400, -1102),
        ("no number", made("timestamp=soon"), key, 400, -1102),
        (
            "window too long",
            made(&format!("recvWindow=60001&timestamp={now}")),
            key,
            400,
            -1130,
        ),
        (
            "too old",
            made(&format!("timestamp={}", now - 6_000)),
            key,
            400,
            -1021,
        ),
        (
            "too old for its window",
            made(&format!("recvWindow=2000&timestamp={}", now - 2_500)),
            key,
            400,
            -1021,
        ),
        (
            "ahead of time",
            made(&format!("timestamp={}", now + 60_000)),
            key,
            400,
            -1021,
        ),
        (
            "unknown symbol",
            made(&format!("symbol=NOSUCH&timestamp={now}")),
            key,
            400,
            -1121,
        ),
        (
            "given twice",
            made(&format!("timestamp={now}&timestamp={now}")),
            key,
            400,
            -1101,
        ),
    ];
    for (what, query, key, status, code) in table {
        let response = get(&exchange, path, &query, key).await;
        assert!(
            response.headers().contains_key("x-mbx-used-weight-1m"),
            "{what}"
        );
        assert_eq!(response.status(), status, "{what}");
        assert_eq!(json(response).await["code"], code, "{what}");
    }
    assert_eq!(get(&exchange, path, &good, key).await.status(), 200);
}

#[tokio::test]
async fn accepts_what_the_exchange_accepts() {
    let exchange = still(Options::default()).await;
    let main = keys(&exchange, "main");
    let path = Endpoint::PositionRisk.path();
    let now = unix_ms();
    let signed = sign(
        &format!("timestamp={}&recvWindow=60000", now - 50_000),
        &main.api_secret,
    );
    let (query, signature) = signed.split_once("&signature=").unwrap();
    let shouted = format!("{query}&signature={}", signature.to_uppercase());
    for query in [&signed, &shouted] {
        let response = get(&exchange, path, query, Some(&main.api_key)).await;
        assert_eq!(response.status(), 200);
    }

    let symbol = "symbol=%E5%B8%81%E5%AE%89%E4%BA%BA%E7%94%9FUSDT&";
    let response = self::signed(&exchange, "hedge", Endpoint::PositionRisk, symbol).await;
    let rows = json(response).await;
    assert_eq!(rows.as_array().unwrap().len(), 3);
    assert!(rows[0]["symbol"] == "币安人生USDT");

    exchange.set_clock_offset(30_000);
    let response = self::signed(&exchange, "main", Endpoint::Balance, "").await;
    assert_eq!(json(response).await["code"], -1021);
    let time = json(get(&exchange, "/fapi/v1/time", "", None).await).await;
    assert!((time["serverTime"].as_i64().unwrap() - unix_ms() - 30_000).abs() < 5_000);
}

#[tokio::test]
async fn knows_its_paths_and_methods() {
    let exchange = still(Options::default()).await;
    let unknown = get(&exchange, "/fapi/v9/account", "", None).await;
    assert_eq!(unknown.status(), 404);
    for endpoint in Endpoint::ALL {
        let url = format!("{}{}", exchange.url(), endpoint.path());
        let posted = client().request(Method::POST, url).send().await.unwrap();
        assert_eq!(posted.status(), 405);
    }
    let symbol = get(&exchange, "/fapi/v1/premiumIndex", "symbol=BTCUSDT", None).await;
    assert_eq!(json(symbol).await["symbol"], "BTCUSDT");
    let unknown = get(&exchange, "/fapi/v1/premiumIndex", "symbol=NOSUCH", None).await;
    assert_eq!(json(unknown).await["code"], -1121);
}

#[tokio::test]
async fn serves_what_it_holds_to_be_true() {
    let exchange = still(Options::default()).await;
    for name in ACCOUNTS {
        for endpoint in [
            Endpoint::Balance,
            Endpoint::Account,
            Endpoint::PositionRisk,
            Endpoint::OpenOrders,
        ] {
            let served = signed(&exchange, name, endpoint, "").await;
            assert!(
                served.headers()["content-type"]
                    .to_str()
                    .unwrap()
                    .starts_with("application/json")
            );
            assert_eq!(json(served).await, exchange.answer(name, endpoint));
        }
    }
    let prices = exchange.answer("main", Endpoint::PremiumIndex);
    assert_eq!(prices.as_array().unwrap().len(), 300);
    let positions = exchange.answer("main", Endpoint::PositionRisk);
    assert_eq!(positions.as_array().unwrap().len(), 300);
    let hedged = exchange.answer("hedge", Endpoint::PositionRisk);
    assert_eq!(hedged.as_array().unwrap().len(), 900);
}

#[tokio::test]
async fn shows_positions_and_orders_from_the_start() {
    let exchange = still(Options::default()).await;
    let risk = exchange.answer("main", Endpoint::PositionRisk);
    let amounts = |symbol: &str| amount(&row(&risk, symbol)["positionAmt"]);
    assert!(amounts("BTCUSDT") > Decimal::ZERO);
    assert!(amounts("ETHUSDT") < Decimal::ZERO);
    assert_eq!(row(&risk, "SOLUSDT")["marginType"], "isolated");

    let orders = exchange.answer("main", Endpoint::OpenOrders);
    let orders = orders.as_array().unwrap();
    let types: BTreeSet<&str> = orders.iter().map(|o| o["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["LIMIT", "STOP_MARKET", "TAKE_PROFIT_MARKET"].into());
    assert!(orders.iter().any(|order| order["closePosition"] == true));
    let stop = |symbol: &str| {
        let mut stops = orders.iter().filter(|o| o["type"] == "STOP_MARKET");
        stops
            .find(|o| o["symbol"] == symbol)
            .map(|o| amount(&o["origQty"]))
    };
    assert_eq!(stop("BTCUSDT"), Some(amounts("BTCUSDT")));
    assert!(stop("ETHUSDT").unwrap() < amounts("ETHUSDT").abs());
    assert_eq!(stop("BNBUSDT"), None);
    let id = orders[0]["orderId"].as_u64().unwrap();
    assert_eq!(id.to_string().len(), 19);
}

/// Every equation that holds between the numbers of one account.
fn check_account(exchange: &Exchange, name: &str) {
    let account = exchange.answer(name, Endpoint::Account);
    let balance = exchange.answer(name, Endpoint::Balance);
    let risk = exchange.answer(name, Endpoint::PositionRisk);
    let prices = exchange.answer(name, Endpoint::PremiumIndex);
    let total = |field: &str| amount(&account[field]);
    let (assets, positions) = (&account["assets"], &account["positions"]);

    assert_eq!(total("totalWalletBalance"), sum(assets, "walletBalance"));
    assert_eq!(total("totalWalletBalance"), sum(&balance, "balance"));
    for (field, part) in [
        ("totalUnrealizedProfit", "unrealizedProfit"),
        ("totalInitialMargin", "initialMargin"),
        ("totalMaintMargin", "maintMargin"),
        ("totalPositionInitialMargin", "positionInitialMargin"),
        ("totalOpenOrderInitialMargin", "openOrderInitialMargin"),
    ] {
        assert_eq!(total(field), sum(positions, part), "{name} {field}");
        assert_eq!(total(field), sum(assets, part), "{name} {field}");
    }
    assert_eq!(
        total("totalUnrealizedProfit"),
        sum(&risk, "unRealizedProfit")
    );
    assert_eq!(
        total("totalCrossWalletBalance"),
        sum(assets, "crossWalletBalance")
    );
    assert_eq!(total("totalCrossUnPnl"), sum(assets, "crossUnPnl"));
    assert_eq!(
        total("totalMarginBalance"),
        total("totalWalletBalance") + total("totalUnrealizedProfit")
    );
    assert_eq!(
        total("totalCrossWalletBalance") + sum(positions, "isolatedWallet"),
        total("totalWalletBalance")
    );

    let mut cross_initial = total("totalOpenOrderInitialMargin");
    let rows = positions.as_array().unwrap().iter();
    for (position, risk) in rows.zip(risk.as_array().unwrap()) {
        assert_eq!(position["positionAmt"], risk["positionAmt"]);
        if amount(&position["positionAmt"]).is_zero() {
            assert_eq!(risk["liquidationPrice"], "0");
            continue;
        }
        let symbol = position["symbol"].as_str().unwrap();
        let mark = amount(&row(&prices, symbol)["markPrice"]);
        check_position(position, risk, mark);
        if position["isolated"] == false {
            cross_initial += amount(&position["positionInitialMargin"]);
        }
    }
    let free = total("totalCrossWalletBalance") + total("totalCrossUnPnl") - cross_initial;
    assert_eq!(total("availableBalance"), free.max(Decimal::ZERO));
}

fn check_position(position: &Value, risk: &Value, mark: Decimal) {
    let of = |field: &str| amount(&position[field]);
    let size = of("positionAmt");
    let leverage: Decimal = amount(&position["leverage"]);
    assert_eq!(amount(&risk["markPrice"]), mark);
    assert_eq!(position["entryPrice"], risk["entryPrice"]);
    assert_eq!(of("unrealizedProfit"), (mark - of("entryPrice")) * size);
    assert_eq!(of("unrealizedProfit"), amount(&risk["unRealizedProfit"]));
    assert_eq!(of("notional"), mark * size);
    assert_eq!(of("positionInitialMargin") * leverage, (mark * size).abs());
    assert_eq!(
        of("initialMargin"),
        of("positionInitialMargin") + of("openOrderInitialMargin")
    );
    let liquidation = amount(&risk["liquidationPrice"]);
    if position["isolated"] == true {
        let margin = of("isolatedWallet") + of("unrealizedProfit");
        assert_eq!(amount(&risk["isolatedMargin"]), margin);
        assert!(!liquidation.is_zero());
    }
    if position["positionSide"] == "BOTH" && !liquidation.is_zero() {
        // A healthy position is on the safe side of its liquidation price.
        assert_eq!(size > Decimal::ZERO, liquidation < mark);
    }
}

#[tokio::test]
async fn numbers_agree_at_every_tick() {
    let exchange = still(Options {
        symbols: 40,
        ..Options::default()
    })
    .await;
    for _ in 0..700 {
        for name in ACCOUNTS {
            check_account(&exchange, name);
        }
        exchange.advance(1);
    }
}

#[tokio::test]
async fn at_the_liquidation_price_the_margin_is_used_up() {
    let exchange = still(Options::default()).await;
    let mut checked = 0;
    for name in ACCOUNTS {
        let account = exchange.answer(name, Endpoint::Account);
        let risk = exchange.answer(name, Endpoint::PositionRisk);
        let rows = risk.as_array().unwrap().iter();
        for row in rows.filter(|row| row["liquidationPrice"] != "0") {
            check_liquidation(&account, row);
            checked += 1;
        }
    }
    assert!(checked >= 4, "{checked}");
}

/// Moves the price of one symbol to a row's liquidation price and works out what margin is left.
fn check_liquidation(account: &Value, risk: &Value) {
    let price = amount(&risk["liquidationPrice"]);
    let isolated = risk["marginType"] == "isolated";
    let positions = account["positions"].as_array().unwrap().iter();
    let mut left = if isolated {
        amount(&risk["isolatedWallet"])
    } else {
        amount(&account["totalCrossWalletBalance"])
    };
    let mut lots = Decimal::ZERO;
    for position in positions.filter(|p| !amount(&p["positionAmt"]).is_zero()) {
        let size = amount(&position["positionAmt"]);
        let maintenance = amount(&position["maintMargin"]);
        if position["symbol"] == risk["symbol"] {
            let rate = maintenance / amount(&position["notional"]).abs();
            left += (price - amount(&position["entryPrice"])) * size - price * size.abs() * rate;
            lots += size.abs();
        } else if !isolated && position["isolated"] == false {
            left += amount(&position["unrealizedProfit"]) - maintenance;
        }
    }
    // The price is rounded to a tick, and less than a tick's worth may be left.
    let tick = Decimal::new(1, price.scale().max(1));
    assert!(left.abs() <= lots * tick, "{} {left}", risk["symbol"]);
}

#[tokio::test]
async fn trouble_comes_close_to_liquidation_and_recovers() {
    let exchange = still(Options::default()).await;
    let ratio = || {
        let account = exchange.answer("trouble", Endpoint::Account);
        amount(&account["totalMaintMargin"]) / amount(&account["totalMarginBalance"])
    };
    assert!(ratio() < Decimal::new(5, 1));
    exchange.advance(300);
    for _ in 0..119 {
        exchange.advance(1);
        let ratio = ratio();
        assert!(
            ratio > Decimal::new(85, 2) && ratio < Decimal::new(95, 2),
            "{ratio}"
        );
    }
    exchange.advance(130);
    assert!(ratio() < Decimal::new(5, 1));
}

#[tokio::test]
async fn orders_fill_and_positions_come_and_go() {
    let exchange = still(Options {
        symbols: 24,
        ..Options::default()
    })
    .await;
    let mut sizes = BTreeSet::new();
    let mut wallets = BTreeSet::new();
    let mut aster = Vec::new();
    for _ in 0..1_300 {
        exchange.advance(1);
        let account = exchange.answer("main", Endpoint::Account);
        sizes.insert(amount(
            &row(&account["positions"], "BTCUSDT")["positionAmt"],
        ));
        wallets.insert(amount(&account["totalWalletBalance"]));
        let open = !amount(&row(&account["positions"], "ASTERUSDT")["positionAmt"]).is_zero();
        if aster.last() != Some(&open) {
            aster.push(open);
        }
    }
    assert!(sizes.len() > 3 && !sizes.contains(&Decimal::ZERO));
    assert!(wallets.len() > 3);
    assert_eq!(aster, [true, false, true, false, true]);
}

#[tokio::test]
async fn a_position_closed_from_outside_stays_closed() {
    let exchange = still(Options {
        symbols: 24,
        ..Options::default()
    })
    .await;
    exchange.close_position("main", "BTCUSDT");
    for _ in 0..300 {
        exchange.advance(1);
        let risk = exchange.answer("main", Endpoint::PositionRisk);
        assert!(amount(&row(&risk, "BTCUSDT")["positionAmt"]).is_zero());
        let orders = exchange.answer("main", Endpoint::OpenOrders);
        let orders = orders.as_array().unwrap();
        assert!(orders.iter().all(|order| order["symbol"] != "BTCUSDT"));
        check_account(&exchange, "main");
    }
}

#[tokio::test]
async fn in_multi_assets_mode_each_row_shows_the_whole_free_collateral() {
    let exchange = still(Options::default()).await;
    exchange.advance(50);
    let account = exchange.answer("hedge", Endpoint::Account);
    let free = amount(&account["availableBalance"]);
    let rows = exchange.answer("hedge", Endpoint::Balance);
    let rows = rows.as_array().unwrap();
    let available = |asset: &str| {
        let row = rows.iter().find(|row| row["asset"] == asset).unwrap();
        amount(&row["availableBalance"])
    };
    assert!((available("USDT") - free).abs() < Decimal::new(1, 8));
    assert_eq!(available("USDT"), available("USDC"));
    let prices = exchange.answer("hedge", Endpoint::PremiumIndex);
    let bitcoin = amount(&row(&prices, "BTCUSDT")["markPrice"]);
    assert_eq!(available("BTC"), (free / bitcoin).trunc_with_scale(8));
}

#[tokio::test]
async fn the_same_seed_gives_the_same_numbers() {
    let options = |seed| Options {
        seed,
        ..Options::default()
    };
    let without_times = |exchange: &Exchange| {
        let mut answers = Vec::new();
        for name in ACCOUNTS {
            for endpoint in [
                Endpoint::Account,
                Endpoint::PositionRisk,
                Endpoint::OpenOrders,
            ] {
                let mut answer = exchange.answer(name, endpoint);
                forget_times(&mut answer);
                answers.push(answer);
            }
        }
        answers
    };
    let (one, same, other) = (
        still(options(7)).await,
        still(options(7)).await,
        still(options(8)).await,
    );
    assert_eq!(one.accounts(), same.accounts());
    assert_ne!(one.accounts(), other.accounts());
    one.advance(250);
    for _ in 0..250 {
        same.advance(1);
    }
    other.advance(250);
    assert_eq!(without_times(&one), without_times(&same));
    assert_ne!(without_times(&one), without_times(&other));
}

fn forget_times(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, _| name != "updateTime" && name != "time");
            fields.values_mut().for_each(forget_times);
        }
        Value::Array(rows) => rows.iter_mut().for_each(forget_times),
        _ => {}
    }
}

#[tokio::test]
async fn the_world_moves_by_itself_and_stops_when_frozen() {
    let options = Options {
        speed: 1_000.0,
        ..Options::default()
    };
    let exchange = Exchange::start(options, ([127, 0, 0, 1], 0).into())
        .await
        .unwrap();
    let prices = || {
        let mut prices = exchange.answer("main", Endpoint::PremiumIndex);
        forget_times(&mut prices);
        prices
    };
    let first = prices();
    let moved = async {
        while prices() == first {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), moved)
        .await
        .unwrap();
    exchange.freeze();
    let frozen = prices();
    let clock = exchange.answer("main", Endpoint::Time);
    let later = async {
        while exchange.answer("main", Endpoint::Time) == clock {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), later)
        .await
        .unwrap();
    assert_eq!(prices(), frozen);
}

#[tokio::test]
async fn counts_weight_and_refuses_beyond_the_limit() {
    let exchange = still(Options {
        weight_limit: 60,
        ..Options::default()
    })
    .await;
    start_of_minute(&exchange);
    let ping = || get(&exchange, "/fapi/v1/ping", "", None);
    let used = |response: &Response| -> u32 {
        let header = &response.headers()["x-mbx-used-weight-1m"];
        header.to_str().unwrap().parse().unwrap()
    };
    assert_eq!(used(&ping().await), 1);
    let orders = get(&exchange, "/fapi/v1/openOrders", "", None).await;
    assert_eq!(used(&orders), 41);
    let orders = get(&exchange, "/fapi/v1/openOrders", "symbol=BTCUSDT", None).await;
    assert_eq!(used(&orders), 42);
    let account = get(&exchange, "/fapi/v4/account", "", None).await;
    assert_eq!(used(&account), 47);
    assert_eq!(exchange.used_weight(), 47);
    exchange.set_foreign_weight(13);
    assert_eq!(exchange.used_weight(), 60);

    for _ in 0..10 {
        let refused = ping().await;
        assert_eq!(refused.status(), 429);
        let wait: u64 = refused.headers()["retry-after"]
            .to_str()
            .unwrap()
            .parse()
            .unwrap();
        assert!((1..=55).contains(&wait));
        assert_eq!(json(refused).await["code"], -1003);
    }
    let banned = ping().await;
    assert_eq!(banned.status(), 418);
    let wait: i64 = banned.headers()["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((100..=120).contains(&wait));
    let message = json(banned).await["msg"].as_str().unwrap().to_owned();
    let until = message
        .strip_prefix("Way too many requests; IP banned until ")
        .and_then(|rest| rest.split_once('.'))
        .and_then(|(until, _)| until.parse::<i64>().ok())
        .unwrap();

    exchange.set_foreign_weight(0);
    exchange.set_clock_offset(until - unix_ms() - 30_000);
    assert_eq!(ping().await.status(), 418);
    exchange.set_clock_offset(until - unix_ms() + 30_000);
    assert_eq!(ping().await.status(), 200);
}

#[tokio::test]
async fn a_second_ban_lasts_longer() {
    let exchange = still(Options {
        weight_limit: 0,
        ..Options::default()
    })
    .await;
    let mut waits = Vec::new();
    for round in 0..2 {
        exchange.set_clock_offset(5_000 - unix_ms().rem_euclid(60_000) + round * 600_000);
        for _ in 0..10 {
            let refused = get(&exchange, "/fapi/v1/ping", "", None).await;
            assert_eq!(refused.status(), 429);
        }
        let banned = get(&exchange, "/fapi/v1/ping", "", None).await;
        assert_eq!(banned.status(), 418);
        waits.push(banned.headers()["retry-after"].to_str().unwrap().to_owned());
    }
    assert_eq!(waits, ["120", "240"]);
}

#[tokio::test]
async fn keeps_a_log_of_requests() {
    let exchange = still(Options::default()).await;
    signed(&exchange, "main", Endpoint::Balance, "recvWindow=4000&").await;
    get(&exchange, "/fapi/v1/ping", "", None).await;
    exchange.fault(Fault::new(Effect::Drop).on("/fapi/v1/time"));
    let url = format!("{}/fapi/v1/time", exchange.url());
    assert!(client().get(url).send().await.is_err());

    let seen = exchange.requests();
    assert_eq!(seen[0].path, "/fapi/v2/balance");
    assert_eq!(seen[0].account.as_deref(), Some("main"));
    assert_eq!(seen[0].status, Some(200));
    assert!(seen[0].query.starts_with("recvWindow=4000&timestamp="));
    assert!(!seen[0].query.contains("signature"));
    assert_eq!(
        (seen[1].path.as_str(), &seen[1].account),
        ("/fapi/v1/ping", &None)
    );
    assert!(
        seen[2..]
            .iter()
            .all(|s| s.path == "/fapi/v1/time" && s.status.is_none())
    );
    assert!(exchange.used_weight() >= 7);
}

#[tokio::test]
async fn faults_meet_only_the_requests_they_are_for() {
    let exchange = still(Options::default()).await;
    let reply = Fault::reply(503, r#"{"code":-1007,"msg":"Timeout"}"#);
    exchange.fault(reply.on(Endpoint::Balance.path()).of("main").times(1));
    let status = async |name, endpoint| signed(&exchange, name, endpoint, "").await.status();
    assert_eq!(status("main", Endpoint::Account).await, 200);
    assert_eq!(status("hedge", Endpoint::Balance).await, 200);
    assert_eq!(status("main", Endpoint::Balance).await, 503);
    assert_eq!(status("main", Endpoint::Balance).await, 200);

    exchange.fault(Fault::edit(|answer| answer[0]["balance"] = Value::Null));
    let edited = json(signed(&exchange, "main", Endpoint::Balance, "").await).await;
    assert!(edited[0]["balance"].is_null());
    exchange.clear_faults();
    let honest = json(signed(&exchange, "main", Endpoint::Balance, "").await).await;
    assert!(honest[0]["balance"].is_string());
}

#[tokio::test]
async fn faults_break_the_answer_off() {
    let exchange = still(Options::default()).await;
    for effect in [Effect::ResetMidBody, Effect::Truncate] {
        exchange.clear_faults();
        exchange.fault(Fault::new(effect.clone()).on("/fapi/v1/exchangeInfo"));
        let response = get(&exchange, "/fapi/v1/exchangeInfo", "", None).await;
        assert_eq!(response.status(), 200, "{effect:?}");
        assert!(response.content_length().unwrap() > 1_000, "{effect:?}");
        assert!(response.bytes().await.is_err(), "{effect:?}");
    }
}

#[tokio::test]
async fn faults_hold_the_answer_back() {
    let exchange = still(Options::default()).await;
    exchange.fault(Fault::new(Effect::Hang).on("/fapi/v1/ping"));
    let hung = get(&exchange, "/fapi/v1/ping", "", None);
    assert!(
        tokio::time::timeout(Duration::from_millis(300), hung)
            .await
            .is_err()
    );

    exchange.fault(Fault::new(Effect::Delay(Duration::from_millis(200))).on("/fapi/v1/time"));
    let started = std::time::Instant::now();
    assert_eq!(
        get(&exchange, "/fapi/v1/time", "", None).await.status(),
        200
    );
    assert!(started.elapsed() >= Duration::from_millis(200));
}

async fn length(mut response: Response) -> u64 {
    let mut length = 0;
    while let Some(part) = response.chunk().await.unwrap() {
        length += part.len() as u64;
    }
    length
}

#[tokio::test]
async fn faults_send_more_than_anybody_wants() {
    let exchange = still(Options::default()).await;
    let bytes = 5 * 1_048_576;
    exchange.fault(Fault::new(Effect::Endless { bytes: bytes + 3 }).on("/fapi/v1/ping"));
    exchange.fault(Fault::new(Effect::GzipBomb { bytes }).on("/fapi/v1/time"));
    let endless = get(&exchange, "/fapi/v1/ping", "", None).await;
    assert_eq!(endless.content_length(), None);
    assert_eq!(length(endless).await, bytes + 3);

    // The client decompresses and checks the trailer.
    assert_eq!(
        length(get(&exchange, "/fapi/v1/time", "", None).await).await,
        bytes
    );
    let url = format!("{}/fapi/v1/time", exchange.url());
    let raw = Client::builder().no_proxy().no_gzip().build().unwrap();
    let compressed = length(raw.get(url).send().await.unwrap()).await;
    assert!(compressed < bytes / 100, "{compressed}");
}

#[tokio::test]
async fn compresses_for_those_who_accept_it() {
    let exchange = still(Options::default()).await;
    let raw = Client::builder().no_proxy().no_gzip().build().unwrap();
    let url = format!("{}/fapi/v1/exchangeInfo", exchange.url());
    let plain = raw.get(&url).send().await.unwrap();
    assert!(!plain.headers().contains_key("content-encoding"));
    let packed = raw.get(&url).header("accept-encoding", "gzip");
    let packed = packed.send().await.unwrap();
    assert_eq!(packed.headers()["content-encoding"], "gzip");
    assert!(length(packed).await < length(plain).await / 4);
    let unpacked = json(client().get(&url).send().await.unwrap()).await;
    assert_eq!(unpacked["rateLimits"][0]["limit"], 2_400);
}

#[tokio::test]
async fn stops_for_good() {
    let exchange = still(Options::default()).await;
    let url = format!("{}/fapi/v1/ping", exchange.url());
    let client = client();
    assert!(client.get(&url).send().await.is_ok());
    exchange.stop().await;
    let refused = client.get(&url).send().await.unwrap_err();
    assert!(refused.is_connect());
}

#[tokio::test]
async fn stops_when_the_last_handle_is_dropped() {
    let exchange = still(Options::default()).await;
    let url = format!("{}/fapi/v1/ping", exchange.url());
    let other = exchange.clone();
    drop(exchange);
    assert!(client().get(&url).send().await.is_ok());
    drop(other);
    let closed = async { while client().get(&url).send().await.is_ok() {} };
    tokio::time::timeout(Duration::from_mins(1), closed)
        .await
        .unwrap();
}
