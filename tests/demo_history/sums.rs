//! The histories add up: to the wallets, to the positions, and to the same for the same seed.

use std::collections::{BTreeMap, BTreeSet};

use aster_exporter::demo::{Endpoint, Exchange, IncomeRecord, Options};
use rust_decimal::Decimal;
use serde_json::Value;

use crate::{DAY, amount, income, number, reward, still, text, trades, young};

const ACCOUNTS: [&str; 3] = ["main", "hedge", "trouble"];
/// The ticks of a demo hour.
const HOUR: u64 = 7_200;

fn sum(amounts: impl Iterator<Item = Decimal>) -> Decimal {
    amounts.sum()
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
