//! From the exchange's answers to snapshots: what is recorded, and what an answer should never be.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use aster_exporter::collector::Collector;
use aster_exporter::exchange::error::Kind;
use aster_exporter::snapshot::{Keep, Position, PositionKey, Positions, map};
use support::{
    ALL, DEFAULT, Row, account, account_row, asset_row, balance_row, balances, clean, dec, fixture,
    list, margin_row, market, market_row, order_row, orders, position_row, positions,
    premium_index, with_problems,
};

fn key(symbol: &str, side: &str) -> PositionKey {
    PositionKey {
        symbol: symbol.to_owned(),
        side: side.to_owned(),
    }
}

fn sides(positions: &Positions) -> Vec<(&str, &str)> {
    positions
        .rows
        .keys()
        .map(|k| (k.symbol.as_str(), k.side.as_str()))
        .collect()
}

// Recorded and documented answers.

#[test]
fn the_recorded_account() {
    let found = clean(account(fixture("account-v4.recorded"), DEFAULT));
    let totals = &found.totals;
    assert_eq!(totals.wallet_balance, Some(dec("35.0112029814204")));
    assert_eq!(totals.margin_balance, Some(dec("35.0112029814204")));
    assert_eq!(totals.cross_wallet_balance, Some(dec("35.0112029814204")));
    assert_eq!(totals.max_withdraw, Some(dec("35.0112029814204")));
    assert_eq!(totals.available_balance, Some(dec("35.0084023")));
    for zero in [
        totals.unrealized_pnl,
        totals.initial_margin,
        totals.maintenance_margin,
        totals.position_initial_margin,
        totals.open_order_initial_margin,
        totals.cross_unrealized_pnl,
    ] {
        assert_eq!(zero, Some(dec("0")));
    }
    assert_eq!(found.can_trade, Some(true));
    assert_eq!(found.can_deposit, Some(true));
    assert_eq!(found.can_withdraw, Some(true));
    assert_eq!(found.fee_tier, Some(0));
    let held: Vec<&str> = found.assets.keys().map(String::as_str).collect();
    assert_eq!(held, ["USDF", "USDT"]);
    assert_eq!(
        found.assets["USDT"].margin_balance,
        Some(dec("10.01540483"))
    );
    assert_eq!(found.assets["USDF"].margin_balance, Some(dec("25")));
    assert!(found.positions.is_empty());

    let everything = clean(account(fixture("account-v4.recorded"), ALL));
    assert_eq!(everything.assets.len(), 32);
    assert_eq!(everything.positions.len(), 386);
    assert_eq!(
        everything.positions[&key("TRUTHUSDT", "BOTH")].initial,
        Some(dec("0"))
    );
}

#[test]
fn the_recorded_balance() {
    let found = clean(balances(fixture("balance-v3.recorded"), DEFAULT));
    assert_eq!(found.assets.keys().collect::<Vec<_>>(), ["USDT"]);
    let usdt = &found.assets["USDT"];
    assert_eq!(usdt.wallet, Some(dec("1.11341089")));
    assert_eq!(usdt.cross_wallet, Some(dec("1.11341089")));
    assert_eq!(usdt.cross_unrealized_pnl, Some(dec("0")));
    assert_eq!(usdt.available, Some(dec("0.81341089")));
    assert_eq!(usdt.max_withdraw, Some(dec("0.81341089")));
    assert_eq!(usdt.margin_available, Some(true));
    let everything = clean(balances(fixture("balance-v3.recorded"), ALL));
    assert_eq!(everything.assets.len(), 32);
    assert_eq!(everything.assets["CDL"].wallet, Some(dec("0")));
}

#[test]
fn the_recorded_flat_position() {
    let found = clean(positions(fixture("position-risk-flat.recorded"), DEFAULT));
    assert_eq!(found.open, Some(0));
    assert!(found.rows.is_empty());
    let everything = clean(positions(fixture("position-risk-flat.recorded"), ALL));
    assert_eq!(everything.open, Some(0));
    let row = &everything.rows[&key("BTCUSDT", "BOTH")];
    assert_eq!(row.size, dec("0"));
    assert_eq!(row.leverage, Some(dec("20")));
    assert_eq!(row.max_notional, Some(dec("2500000")));
    assert_eq!(row.liquidation_price, None);
    assert_eq!(row.update_time, None);
}

#[test]
fn the_documented_position() {
    let found = clean(positions(fixture("position-risk.documented"), DEFAULT));
    assert_eq!(found.open, Some(1));
    let expected = Position {
        size: dec("20"),
        entry_price: Some(dec("6563.665")),
        mark_price: Some(dec("6679.50671178")),
        unrealized_pnl: Some(dec("2316.8342356")),
        liquidation_price: Some(dec("5930.78")),
        leverage: Some(dec("10")),
        max_notional: Some(dec("20000000")),
        isolated_margin: Some(dec("15517.54150468")),
        margin_type: Some("isolated".to_owned()),
        auto_add_margin: Some(false),
        update_time: Some(1_625_474_304_765),
    };
    let row = &found.rows[&key("BTCUSDT", "LONG")];
    assert_eq!(*row, expected);
    assert_eq!(row.notional(), Some(dec("133590.1342356")));
}

#[test]
fn the_documented_order_and_the_recorded_market() {
    let found = clean(orders(fixture("open-orders.documented"), DEFAULT));
    assert_eq!(found.count(), Some(1));
    let order = &found.orders[0];
    assert_eq!(order.group.order_type, "TRAILING_STOP_MARKET");
    assert_eq!(order.group.reduce_only, "false");
    assert_eq!(order.remaining, Some(dec("0.4")));
    assert_eq!(order.price, Some(dec("9300")));
    assert_eq!(order.time, Some(1_579_276_756_075));

    let found = clean(market(premium_index(), DEFAULT));
    let btc = &found.symbols["BTCUSDT"];
    assert_eq!(btc.mark_price, Some(dec("106630.71786957")));
    assert_eq!(btc.index_price, Some(dec("106678.52086957")));
    assert_eq!(btc.funding_rate, Some(dec("0.0001")));
    assert_eq!(btc.next_funding_time, Some(1_750_176_000_000));
}

// Handwritten answers.

#[test]
fn one_way_positions_long_short_cross_isolated_and_non_ascii() {
    let body = fixture("position-risk-one-way.handwritten");
    let found = clean(positions(&body, DEFAULT));
    assert_eq!(found.open, Some(3));
    assert_eq!(
        sides(&found),
        [
            ("BTCUSDT", "BOTH"),
            ("ETHUSDT", "BOTH"),
            ("币安人生USDT", "BOTH")
        ]
    );
    let long = &found.rows[&key("BTCUSDT", "BOTH")];
    assert_eq!(long.size, dec("0.25"));
    assert_eq!(long.max_notional, Some(dec("12000000")));
    assert_eq!(long.isolated_margin, None, "cross");
    assert_eq!(long.notional(), Some(dec("15308.64197253")));
    let short = &found.rows[&key("ETHUSDT", "BOTH")];
    assert_eq!(short.size, dec("-3.5"));
    assert_eq!(short.mark_price, Some(dec("3000.1000000000001")));
    assert_eq!(short.notional(), Some(dec("-10500.35000000000035")));
    assert_eq!(short.isolated_margin, Some(dec("612.3456789012345")));
    assert_eq!(short.auto_add_margin, Some(true));
    assert_eq!(
        found.rows[&key("币安人生USDT", "BOTH")].liquidation_price,
        None
    );
    let everything = clean(positions(&body, ALL));
    assert_eq!(everything.open, Some(3));
    assert_eq!(everything.rows.len(), 4);
}

#[test]
fn hedge_positions_and_their_zero_row() {
    let found = clean(positions(
        fixture("position-risk-hedge.handwritten"),
        DEFAULT,
    ));
    assert_eq!(found.open, Some(2));
    assert_eq!(sides(&found), [("BTCUSDT", "LONG"), ("BTCUSDT", "SHORT")]);
    assert_eq!(found.rows[&key("BTCUSDT", "SHORT")].size, dec("-0.5"));
}

#[test]
fn the_testnet_spelling_reads_as_the_mainnets() {
    let found = clean(positions(
        fixture("position-risk-testnet.handwritten"),
        DEFAULT,
    ));
    let row = &found.rows[&key("BTCUSDT", "BOTH")];
    assert_eq!(row.unrealized_pnl, Some(dec("-10")));
    assert_eq!(row.max_notional, Some(dec("5000000")));
}

#[test]
fn multi_assets_mode_with_a_negative_wallet() {
    let found = clean(balances(
        fixture("balance-multi-assets.handwritten"),
        DEFAULT,
    ));
    assert_eq!(
        found.assets.keys().collect::<Vec<_>>(),
        ["BTC", "USDF", "USDT"]
    );
    assert_eq!(found.assets["USDT"].wallet, Some(dec("-120.5")));
    assert_eq!(found.assets["USDF"].available, Some(dec("7334.17283684")));
    assert_eq!(found.assets["USDF"].margin_available, Some(false));
}

#[test]
fn an_account_with_positions() {
    let found = clean(account(fixture("account-open.handwritten"), DEFAULT));
    assert_eq!(
        found.totals.wallet_balance,
        Some(dec("10000.0000000000001"))
    );
    assert_eq!(found.can_withdraw, Some(false));
    assert_eq!(found.assets.keys().collect::<Vec<_>>(), ["USDT"]);
    assert_eq!(found.positions.len(), 3);
    let eth = &found.positions[&key("ETHUSDT", "BOTH")];
    assert_eq!(eth.initial, Some(dec("525.0175")));
    assert_eq!(eth.maintenance, Some(dec("52.5")));
}

// Whole answers that are none.

const LISTS: [Collector; 4] = [
    Collector::Balance,
    Collector::Positions,
    Collector::Orders,
    Collector::Market,
];

/// The collectors whose one answer is a snapshot.
fn snapshots() -> impl Iterator<Item = Collector> {
    Collector::ALL.into_iter().filter(|c| !c.is_history())
}

fn refused(collector: Collector, body: &[u8]) {
    let error = match map(collector, body, DEFAULT) {
        Ok(mapped) => panic!(
            "{}: {} was read as {:?}",
            collector.name(),
            String::from_utf8_lossy(body),
            mapped.value
        ),
        Err(error) => error,
    };
    assert_eq!(error.kind, Kind::Decode);
    assert!(!error.message.is_empty());
}

#[test]
fn no_collector_takes_what_is_not_its_answer() {
    let bodies: [&[u8]; 20] = [
        b"",
        b" \n",
        b"null",
        b"true",
        b"0",
        b"\"[]\"",
        b"{}",
        br#"{"code":-2015,"msg":"Invalid API-key, IP, or permissions for action."}"#,
        br#"{"code":200,"msg":"success"}"#,
        br#"[{"code":-2015,"msg":"Invalid API-key"}]"#,
        b"<html><head><title>403 Forbidden</title></head></html>",
        b"<!DOCTYPE html>",
        b"[{}]",
        b"[null]",
        b"[[]]",
        b"[1,2]",
        b"[] []",
        b"[],",
        b"\xff\xfe[]",
        b"\xef\xbb\xbf[]",
    ];
    for collector in snapshots() {
        for body in bodies {
            refused(collector, body);
        }
    }
}

#[test]
fn an_empty_list_is_an_answer_only_where_a_list_is_due() {
    for collector in LISTS {
        let mapped = map(collector, b" [ ] \n", DEFAULT).expect("a list");
        assert_eq!(mapped.problems.count(), 0);
    }
    assert_eq!(clean(positions("[]", DEFAULT)).open, Some(0));
    assert_eq!(clean(orders("[]", DEFAULT)).count(), Some(0));
    refused(Collector::Account, b"[]");
}

#[test]
fn a_list_does_not_fill_an_object_field_by_field() {
    let values = vec![r#""1""#; account_row().names().len()].join(",");
    refused(Collector::Account, format!("[{values}]").as_bytes());
    let values = vec![r#""1""#; balance_row().names().len()].join(",");
    refused(Collector::Balance, format!("[[{values}]]").as_bytes());
}

#[test]
fn an_account_without_any_total_is_refused_however_full_the_rest() {
    let mut row = account_row();
    for name in account_row().names() {
        if name.starts_with("total") || name == "availableBalance" || name == "maxWithdrawAmount" {
            row = row.without(&name);
        }
    }
    refused(Collector::Account, row.json().as_bytes());
}

/// Every prefix of an answer is refused.
fn no_prefix(collector: Collector, body: &[u8], step: usize) {
    let body = body.trim_ascii_end();
    map(collector, body, DEFAULT).expect("whole");
    for end in (0..body.len()).step_by(step).chain([body.len() - 1]) {
        if let Ok(mapped) = map(collector, &body[..end], DEFAULT) {
            panic!(
                "the first {end} bytes for {} were read as {:?}",
                collector.name(),
                mapped.value
            );
        }
    }
}

#[test]
fn half_an_answer_is_never_an_emptier_account() {
    no_prefix(Collector::Balance, &fixture("balance-v3.recorded"), 7);
    no_prefix(
        Collector::Balance,
        &fixture("balance-multi-assets.handwritten"),
        1,
    );
    no_prefix(
        Collector::Positions,
        &fixture("position-risk-flat.recorded"),
        1,
    );
    no_prefix(
        Collector::Positions,
        &fixture("position-risk-hedge.handwritten"),
        1,
    );
    no_prefix(Collector::Orders, &fixture("open-orders.documented"), 1);
    no_prefix(Collector::Market, &premium_index(), 1);
    no_prefix(Collector::Account, &fixture("account-open.handwritten"), 1);
    // 189 kB: a step that is prime, so that every kind of place is cut.
    no_prefix(Collector::Account, &fixture("account-v4.recorded"), 997);
}

#[test]
fn invalid_utf8_in_a_value_is_refused() {
    for (collector, row) in [
        (
            Collector::Balance,
            list(&[balance_row().with("asset", r#""A?B""#)]),
        ),
        (
            Collector::Account,
            account_row().with("more", r#""A?B""#).json(),
        ),
    ] {
        let body: Vec<u8> = row
            .bytes()
            .map(|b| if b == b'?' { 0xff } else { b })
            .collect();
        refused(collector, &body);
    }
}

#[test]
fn deep_nesting_neither_overflows_nor_harms_another_field() {
    let deep = "[".repeat(200_000) + &"]".repeat(200_000);
    let row = position_row().with("news", &deep);
    assert_eq!(clean(positions(list(&[row]), DEFAULT)).open, Some(1));
    let row = position_row().with("markPrice", &deep);
    let found = with_problems(1, positions(list(&[row]), DEFAULT));
    assert_eq!(found.rows[&key("BTCUSDT", "BOTH")].mark_price, None);
    for collector in snapshots() {
        refused(collector, "[".repeat(200_000).as_bytes());
        refused(collector, deep.as_bytes());
    }
}

// Single fields.

#[test]
fn an_amount_in_every_spelling() {
    let cases: [(&str, Option<&str>); 27] = [
        (r#""122607.35137903""#, Some("122607.35137903")),
        ("122607.35137903", Some("122607.35137903")),
        (r#""35.0112029814204""#, Some("35.0112029814204")),
        (r#""1.2E7""#, Some("12000000")),
        ("1.2E7", Some("12000000")),
        (r#""1e-8""#, Some("0.00000001")),
        ("9007199254740993", Some("9007199254740993")),
        (r#""-0.00000001""#, Some("-0.00000001")),
        (r#""0""#, Some("0")),
        (r#""0.0""#, Some("0")),
        ("-0", Some("0")),
        (r#"" 7 ""#, Some("7")),
        (r#""\u0037""#, Some("7")),
        ("null", None),
        (r#""""#, None),
        (r#""NaN""#, None),
        (r#""Infinity""#, None),
        (r#""-""#, None),
        (r#""1,5""#, None),
        (r#""1.2.3""#, None),
        (r#""0x10""#, None),
        (r#""1E99""#, None),
        (r#""١""#, None),
        ("true", None),
        ("[]", None),
        ("{}", None),
        (r#""\ud800""#, None),
    ];
    for (json, expected) in cases {
        let body = list(&[balance_row().with("balance", json)]);
        let found = with_problems(u64::from(expected.is_none()), balances(body, DEFAULT));
        let row = &found.assets["USDT"];
        assert_eq!(row.wallet, expected.map(dec), "{json}");
        assert_eq!(row.cross_wallet, Some(dec("2.2")), "{json}");
    }
    let found = with_problems(
        1,
        balances(list(&[balance_row().without("balance")]), DEFAULT),
    );
    assert_eq!(found.assets["USDT"].wallet, None);
}

#[test]
fn an_unreadable_amount_is_not_a_zero_that_hides_the_asset() {
    let row = balance_row()
        .with("balance", r#""NaN""#)
        .with("crossWalletBalance", r#""0""#)
        .with("crossUnPnl", r#""0""#);
    let found = with_problems(1, balances(list(&[row]), DEFAULT));
    assert_eq!(found.assets["USDT"].wallet, None);
    assert_eq!(found.assets["USDT"].available, Some(dec("4.4")));
}

#[test]
fn bools_times_and_names_in_every_spelling() {
    for (json, expected) in [
        ("true", Some(true)),
        (r#""true""#, Some(true)),
        (r#""FALSE""#, Some(false)),
        ("false", Some(false)),
        ("1", None),
        (r#""yes""#, None),
        ("null", None),
    ] {
        let body = list(&[position_row().with("isAutoAddMargin", json)]);
        let found = with_problems(u64::from(expected.is_none()), positions(body, DEFAULT));
        let row = &found.rows[&key("BTCUSDT", "BOTH")];
        assert_eq!(row.auto_add_margin, expected, "{json}");
    }
    for (json, expected, problems) in [
        ("1780000000123", Some(1_780_000_000_123), 0),
        (r#""1780000000123""#, Some(1_780_000_000_123), 0),
        ("1.780000000123E12", Some(1_780_000_000_123), 0),
        (
            r#""1234567890123456789""#,
            Some(1_234_567_890_123_456_789),
            0,
        ),
        ("1234567890123456789", Some(1_234_567_890_123_456_789), 0),
        ("0", None, 0),
        ("-1", None, 0),
        ("1.5", None, 1),
        ("99999999999999999999", None, 1),
        (r#""soon""#, None, 1),
    ] {
        let body = list(&[position_row().with("updateTime", json)]);
        let found = with_problems(problems, positions(body, DEFAULT));
        let row = &found.rows[&key("BTCUSDT", "BOTH")];
        assert_eq!(row.update_time, expected, "{json}");
    }
    let body = list(&[market_row().with("symbol", r#""\u5e01\u5b89USDT""#)]);
    assert!(
        clean(market(body, DEFAULT))
            .symbols
            .contains_key("币安USDT")
    );
}

#[test]
fn both_spellings_in_one_row() {
    let pnl = |first: &str, second: &str, problems| {
        let row = position_row()
            .with("unRealizedProfit", first)
            .with("unrealizedProfit", second);
        let found = with_problems(problems, positions(list(&[row]), DEFAULT));
        found.rows[&key("BTCUSDT", "BOTH")].unrealized_pnl
    };
    assert_eq!(pnl(r#""4.5""#, r#""4.50""#, 0), Some(dec("4.5")));
    assert_eq!(pnl(r#""4.5""#, "null", 0), Some(dec("4.5")));
    assert_eq!(pnl("null", r#""4.5""#, 0), Some(dec("4.5")));
    assert_eq!(pnl(r#""NaN""#, r#""4.5""#, 1), Some(dec("4.5")));
    assert_eq!(pnl(r#""4.5""#, r#""0""#, 1), None, "nobody knows which");
    assert_eq!(pnl(r#""NaN""#, "[]", 2), None);
    assert_eq!(pnl("null", "null", 1), None);

    let row = position_row().with("maxNotional", r#""2.5E5""#);
    let found = clean(positions(list(&[row]), DEFAULT));
    assert_eq!(
        found.rows[&key("BTCUSDT", "BOTH")].max_notional,
        Some(dec("250000"))
    );
}

#[test]
fn a_field_twice_in_one_row_costs_the_row() {
    let row = position_row()
        .json()
        .replacen('{', r#"{"symbol":"ETHUSDT","#, 1);
    let body = format!(
        "[{row},{}]",
        position_row().with("symbol", r#""SOLUSDT""#).json()
    );
    let found = with_problems(1, positions(body, DEFAULT));
    assert_eq!(sides(&found), [("SOLUSDT", "BOTH")]);
    assert_eq!(found.open, None);
}

#[test]
fn prices_of_zero_are_absent_and_isolated_margin_belongs_to_isolated_positions() {
    let row = position_row()
        .with("liquidationPrice", r#""0.00000000""#)
        .with("markPrice", "0")
        .with("marginType", r#""cross""#);
    let found = clean(positions(list(&[row]), DEFAULT));
    let row = &found.rows[&key("BTCUSDT", "BOTH")];
    assert_eq!(row.liquidation_price, None);
    assert_eq!(row.mark_price, None);
    assert_eq!(row.notional(), None);
    assert_eq!(row.isolated_margin, None);
}

// Rows.

fn other(row: &Row, name: &str) -> Row {
    row.with(name, r#""OTHER""#)
}

#[test]
fn a_bad_row_costs_itself_and_the_count() {
    let good = other(&position_row(), "symbol");
    for bad in [
        "null".to_owned(),
        "[]".to_owned(),
        "7".to_owned(),
        "{}".to_owned(),
        position_row().with("positionAmt", r#""NaN""#).json(),
        position_row().without("positionAmt").json(),
        position_row().without("symbol").json(),
        position_row().with("symbol", r#""  ""#).json(),
        position_row().with("positionSide", "{}").json(),
    ] {
        for body in [
            format!("[{bad},{}]", good.json()),
            format!("[{},{bad}]", good.json()),
        ] {
            let mapped = positions(&body, DEFAULT).expect("a list");
            assert!(mapped.problems.count() > 0, "{body}");
            assert_eq!(sides(&mapped.value), [("OTHER", "BOTH")], "{body}");
            assert_eq!(mapped.value.open, None, "{body}");
        }
    }
    let body = format!("[null,{}]", other(&balance_row(), "asset").json());
    let found = with_problems(1, balances(body, DEFAULT));
    assert_eq!(found.assets.keys().collect::<Vec<_>>(), ["OTHER"]);
    let body = format!("[null,{}]", other(&market_row(), "symbol").json());
    let found = with_problems(1, market(body, DEFAULT));
    assert_eq!(found.symbols.keys().collect::<Vec<_>>(), ["OTHER"]);
    let body = account_row()
        .with("assets", &format!("[7,{}]", asset_row().json()))
        .with("positions", &format!("[[],{}]", margin_row().json()))
        .json();
    let found = with_problems(2, account(body, DEFAULT));
    assert_eq!((found.assets.len(), found.positions.len()), (1, 1));
}

#[test]
fn lists_inside_the_account_that_are_none_cost_only_themselves() {
    for json in ["null", "{}", r#""[]""#, "0"] {
        let body = account_row().with("assets", json).json();
        let found = with_problems(1, account(body, DEFAULT));
        assert!(found.assets.is_empty());
        assert_eq!(found.totals.wallet_balance, Some(dec("3.3")));
        assert_eq!(found.fee_tier, Some(3));
    }
}

#[test]
fn rows_that_say_the_same_twice_are_one() {
    let again = position_row().with("positionAmt", "0.50");
    let found = clean(positions(list(&[position_row(), again]), DEFAULT));
    assert_eq!((found.open, found.rows.len()), (Some(1), 1));
    let found = clean(balances(list(&[balance_row(), balance_row()]), DEFAULT));
    assert_eq!(found.assets.len(), 1);
    let found = clean(market(list(&[market_row(), market_row()]), DEFAULT));
    assert_eq!(found.symbols.len(), 1);
}

#[test]
fn rows_that_disagree_are_none() {
    let good = other(&position_row(), "symbol");
    let zero = position_row().with("positionAmt", r#""0""#);
    for contrary in [position_row().with("positionAmt", "0.6"), zero] {
        for keep in [DEFAULT, ALL] {
            for rows in [
                [position_row(), good.clone(), contrary.clone()],
                [contrary.clone(), position_row(), good.clone()],
            ] {
                let found = with_problems(1, positions(list(&rows), keep));
                assert_eq!(sides(&found), [("OTHER", "BOTH")]);
                assert_eq!(found.open, None);
            }
        }
    }
    let empty = |row: &Row, fields: &[&str]| {
        fields
            .iter()
            .fold(row.clone(), |row, field| row.with(field, r#""0""#))
    };
    let contrary = empty(
        &balance_row(),
        &["balance", "crossWalletBalance", "crossUnPnl"],
    );
    for keep in [DEFAULT, ALL] {
        let body = list(&[balance_row(), contrary.clone()]);
        assert!(with_problems(1, balances(body, keep)).assets.is_empty());
    }
    let asset = empty(
        &asset_row(),
        &[
            "walletBalance",
            "crossWalletBalance",
            "unrealizedProfit",
            "marginBalance",
        ],
    );
    let margin = empty(&margin_row(), &["positionAmt", "maintMargin"]);
    let body = account_row()
        .with("assets", &list(&[asset, asset_row()]))
        .with("positions", &list(&[margin, margin_row()]))
        .json();
    for keep in [DEFAULT, ALL] {
        let found = with_problems(2, account(&body, keep));
        assert!(found.assets.is_empty() && found.positions.is_empty());
    }
    let third = market_row().with("markPrice", "1");
    let body = list(&[
        market_row(),
        third,
        market_row(),
        other(&market_row(), "symbol"),
    ]);
    let found = market(body, DEFAULT).expect("a list").value;
    assert_eq!(found.symbols.keys().collect::<Vec<_>>(), ["OTHER"]);
}

#[test]
fn a_hundred_problems_are_counted_and_three_described() {
    let rows: Vec<Row> = (0..100)
        .map(|n| {
            balance_row()
                .with("asset", &format!("\"A{n}\""))
                .without("balance")
        })
        .collect();
    let mapped = balances(list(&rows), Keep::default()).expect("a list");
    assert_eq!(mapped.problems.count(), 100);
    assert_eq!(
        mapped.problems.summary(),
        "A0: balance is missing; A1: balance is missing; A2: balance is missing; and 97 more"
    );
}

#[test]
fn an_order_needs_a_name_to_be_one() {
    let found = with_problems(1, orders(list(&[order_row().without("symbol")]), DEFAULT));
    assert_eq!(found.count(), Some(1), "still an order");
    let mapped = orders(format!("[{{}},{}]", order_row().json()), DEFAULT).expect("a list");
    assert_eq!((mapped.value.lost, mapped.value.count()), (1, None));
}
