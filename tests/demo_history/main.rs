//! The two histories of the demo exchange over HTTP: what may be asked, which rows come, and that they add up.
#![allow(clippy::unwrap_used, reason = "what cannot go on fails the test")]

mod pages;
mod sums;

use aster_exporter::demo::{Endpoint, Exchange, IncomeRecord, Options};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::{Client, Response};
use rust_decimal::Decimal;
use serde_json::Value;
use sha2::Sha256;

const DAY: i64 = 86_400_000;

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
