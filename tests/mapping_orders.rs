//! Sums over open orders and the coverage of positions by stops.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use aster_exporter::snapshot::Orders;
use rust_decimal::Decimal;
use support::{
    DEFAULT, Row, clean, dec, fixture, list, order_row, orders, position_row, positions,
    with_problems,
};

fn quoted(text: &str) -> String {
    format!("{text:?}")
}

/// The coverage of one position of BTCUSDT by these orders; `None` where it is absent.
fn coverage(side: &str, amount: &str, rows: &[Row]) -> Option<Decimal> {
    let position = position_row()
        .with("positionSide", &quoted(side))
        .with("positionAmt", &quoted(amount));
    let found = clean(positions(list(&[position]), DEFAULT));
    let orders = orders(list(rows), DEFAULT).expect("a list").value;
    orders.stop_coverage(&found).into_values().next()
}

/// An order of its own id: side, position side, type, quantity, reduce-only.
fn order(side: &str, position_side: &str, kind: &str, quantity: &str, reduce_only: &str) -> Row {
    let id = format!("{side}{position_side}{kind}{quantity}{reduce_only}");
    order_row()
        .with("orderId", &quoted(&id))
        .with("side", &quoted(side))
        .with("positionSide", &quoted(position_side))
        .with("type", &quoted(kind))
        .with("origQty", &quoted(quantity))
        .with("reduceOnly", reduce_only)
}

#[test]
fn what_one_order_covers() {
    let closing = |row: Row| row.with("origQty", r#""0""#).with("closePosition", "true");
    let stop = "STOP_MARKET";
    let cases = [
        // One way.
        (
            "long",
            "BOTH",
            "2",
            order("SELL", "BOTH", stop, "1", "true"),
            "0.5",
        ),
        (
            "short",
            "BOTH",
            "-2",
            order("BUY", "BOTH", stop, "1", "true"),
            "0.5",
        ),
        (
            "long, adding",
            "BOTH",
            "2",
            order("BUY", "BOTH", stop, "1", "true"),
            "0",
        ),
        (
            "short, adding",
            "BOTH",
            "-2",
            order("SELL", "BOTH", stop, "1", "true"),
            "0",
        ),
        (
            "may open",
            "BOTH",
            "2",
            order("SELL", "BOTH", stop, "1", "false"),
            "0",
        ),
        (
            "stop",
            "BOTH",
            "2",
            order("SELL", "BOTH", "STOP", "1", "true"),
            "0.5",
        ),
        (
            "trailing",
            "BOTH",
            "2",
            order("SELL", "BOTH", "TRAILING_STOP_MARKET", "1", "true"),
            "0.5",
        ),
        (
            "profit",
            "BOTH",
            "2",
            order("SELL", "BOTH", "TAKE_PROFIT", "1", "true"),
            "0",
        ),
        (
            "profit",
            "BOTH",
            "2",
            order("SELL", "BOTH", "TAKE_PROFIT_MARKET", "1", "true"),
            "0",
        ),
        (
            "limit",
            "BOTH",
            "2",
            order("SELL", "BOTH", "LIMIT", "1", "true"),
            "0",
        ),
        (
            "new type",
            "BOTH",
            "2",
            order("SELL", "BOTH", "STOP_NEW", "1", "true"),
            "0",
        ),
        (
            "whole",
            "BOTH",
            "2",
            order("SELL", "BOTH", stop, "2", "true"),
            "1",
        ),
        (
            "capped",
            "BOTH",
            "2",
            order("SELL", "BOTH", stop, "20", "true"),
            "1",
        ),
        (
            "string",
            "BOTH",
            "2",
            order("SELL", "BOTH", stop, "1", r#""true""#),
            "0.5",
        ),
        (
            "closes",
            "BOTH",
            "2",
            closing(order("SELL", "BOTH", stop, "0", "false")),
            "1",
        ),
        (
            "closes",
            "BOTH",
            "-2",
            closing(order("BUY", "BOTH", stop, "0", "true")),
            "1",
        ),
        (
            "closes other side",
            "BOTH",
            "-2",
            closing(order("SELL", "BOTH", stop, "0", "true")),
            "0",
        ),
        (
            "profit closes",
            "BOTH",
            "2",
            closing(order("SELL", "BOTH", "TAKE_PROFIT_MARKET", "0", "true")),
            "0",
        ),
        (
            "partly filled",
            "BOTH",
            "2",
            order("SELL", "BOTH", stop, "1", "true").with("executedQty", "0.5"),
            "0.25",
        ),
        (
            "other symbol",
            "BOTH",
            "2",
            order("SELL", "BOTH", stop, "1", "true").with("symbol", r#""ETHUSDT""#),
            "0",
        ),
        (
            "closePosition missing",
            "BOTH",
            "2",
            order("SELL", "BOTH", stop, "1", "true").without("closePosition"),
            "0.5",
        ),
        (
            "exact",
            "BOTH",
            "3",
            order("SELL", "BOTH", stop, "1", "true"),
            "0.3333333333333333333333333333",
        ),
        // Hedge.
        (
            "hedge long",
            "LONG",
            "2",
            order("SELL", "LONG", stop, "1", "false"),
            "0.5",
        ),
        (
            "hedge short",
            "SHORT",
            "-2",
            order("BUY", "SHORT", stop, "1", "false"),
            "0.5",
        ),
        (
            "hedge, opening short",
            "LONG",
            "2",
            order("SELL", "SHORT", stop, "1", "false"),
            "0",
        ),
        (
            "hedge, adding",
            "LONG",
            "2",
            order("BUY", "LONG", stop, "1", "false"),
            "0",
        ),
        (
            "hedge, flag unreadable",
            "LONG",
            "2",
            order("SELL", "LONG", stop, "1", "7"),
            "0.5",
        ),
        (
            "hedge closes",
            "SHORT",
            "-2",
            closing(order("BUY", "SHORT", stop, "0", "false")),
            "1",
        ),
        (
            "hedge closes other",
            "SHORT",
            "-2",
            closing(order("SELL", "LONG", stop, "0", "false")),
            "0",
        ),
    ];
    for (what, side, size, row, expected) in cases {
        let found = coverage(side, size, std::slice::from_ref(&row));
        assert_eq!(found, Some(dec(expected)), "{what}: {}", row.json());
    }
    assert_eq!(
        coverage("BOTH", "2", &[]),
        Some(dec("0")),
        "no order at all"
    );
}

#[test]
fn an_order_that_does_not_tell_makes_the_coverage_absent() {
    let stop = order("SELL", "BOTH", "STOP_MARKET", "1", "true");
    for field in [
        "symbol",
        "side",
        "positionSide",
        "type",
        "reduceOnly",
        "origQty",
        "executedQty",
    ] {
        for row in [
            stop.without(field),
            stop.with(field, "{}"),
            stop.with(field, "null"),
        ] {
            assert_eq!(
                coverage("BOTH", "2", std::slice::from_ref(&row)),
                None,
                "{}",
                row.json()
            );
        }
    }
    assert_eq!(
        coverage("BOTH", "2", &[stop.with("closePosition", "7")]),
        None
    );
    // One that cannot be this position's stop harms nothing, whatever else it does not tell.
    for (field, word) in [
        ("symbol", "ETHUSDT"),
        ("side", "BUY"),
        ("positionSide", "LONG"),
        ("type", "LIMIT"),
    ] {
        let row = stop
            .with(field, &quoted(word))
            .without("origQty")
            .without("closePosition");
        assert_eq!(coverage("BOTH", "2", &[row]), Some(dec("0")), "{field}");
    }
}

#[test]
fn several_stops_add_up_to_one_at_most_in_any_order() {
    let quarter = order("SELL", "BOTH", "STOP", "0.5", "true");
    let half = order("SELL", "BOTH", "STOP_MARKET", "1", "true");
    let more = order("SELL", "BOTH", "TRAILING_STOP_MARKET", "1.5", "true");
    let all = order("SELL", "BOTH", "STOP_MARKET", "0", "true").with("closePosition", "true");
    let unknown = order("SELL", "BOTH", "STOP", "9", "true").without("executedQty");
    let cases: [(&[&Row], Option<&str>); 5] = [
        (&[&quarter, &half], Some("0.75")),
        (&[&quarter, &half, &more], Some("1")),
        (&[&half, &all], Some("1")),
        (&[&half, &unknown], None),
        (&[&unknown, &all], Some("1")),
    ];
    for (rows, expected) in cases {
        let mut rows: Vec<Row> = rows.iter().map(|row| (*row).clone()).collect();
        assert_eq!(coverage("BOTH", "2", &rows), expected.map(dec));
        rows.reverse();
        assert_eq!(coverage("BOTH", "2", &rows), expected.map(dec), "reversed");
    }
}

#[test]
fn a_lost_row_leaves_the_others_and_makes_what_needs_all_of_them_absent() {
    let body = format!("[{},null]", order_row().json());
    let found = with_problems(1, orders(body, DEFAULT));
    assert_eq!((found.lost, found.count()), (1, None));
    assert_eq!(found.counts().len(), 1);
    assert_eq!(found.notionals().len(), 1);
    assert_eq!(found.oldest().len(), 1);
    let held = clean(positions(list(&[position_row()]), DEFAULT));
    assert!(found.stop_coverage(&held).is_empty());
}

#[test]
fn a_position_that_is_closed_has_no_coverage() {
    let position = position_row().with("positionAmt", r#""0""#);
    let found = clean(positions(list(&[position]), support::ALL));
    let orders = clean(orders(list(&[order_row()]), DEFAULT));
    assert!(orders.stop_coverage(&found).is_empty());
}

#[test]
fn an_order_listed_twice_is_one() {
    let id = "9223372036854775807123";
    let number = order_row().with("orderId", id);
    let text = order_row().with("orderId", &quoted(id));
    let found = clean(orders(list(&[number.clone(), text.clone()]), DEFAULT));
    assert_eq!(found.count(), Some(1));
    // The next id differs in the last digit only, which a float would not see.
    let next = order_row().with("orderId", "9223372036854775807124");
    let found = clean(orders(list(&[number.clone(), next]), DEFAULT));
    assert_eq!(found.count(), Some(2));
    // Ids are unique within a symbol.
    let other = number.with("symbol", r#""ETHUSDT""#);
    let found = clean(orders(list(&[number.clone(), other]), DEFAULT));
    assert_eq!(found.count(), Some(2));
    // Which of two is true nobody knows.
    let contrary = text.with("origQty", "7");
    let found = with_problems(1, orders(list(&[number, contrary, order_row()]), DEFAULT));
    assert_eq!((found.lost, found.count()), (1, None));
    // Without ids every row is an order.
    let anonymous = order_row().without("orderId");
    let found = clean(orders(list(&[anonymous.clone(), anonymous]), DEFAULT));
    assert_eq!(found.count(), Some(2));
}

/// The notional of BTCUSDT SELL BOTH.
fn notional(found: &Orders) -> Option<Decimal> {
    found.notionals()[&("BTCUSDT", "SELL", "BOTH")]
}

#[test]
fn notional_of_one_order() {
    let row = |fields: &[(&str, &str)]| {
        fields
            .iter()
            .fold(order_row(), |row, (name, json)| row.with(name, json))
    };
    let cases: [(Row, Option<&str>, u64); 14] = [
        (row(&[]), Some("45.25"), 0),
        (row(&[("price", r#""80""#)]), Some("40"), 0),
        (row(&[("executedQty", r#""0.2""#)]), Some("27.15"), 0),
        (row(&[("executedQty", r#""0.5""#)]), Some("0"), 0),
        (row(&[("executedQty", r#""0.6""#)]), None, 1),
        (row(&[("origQty", r#""-1""#)]), None, 1),
        (
            row(&[("origQty", r#""0""#), ("stopPrice", r#""0""#)]),
            Some("0"),
            0,
        ),
        (row(&[("stopPrice", r#""0""#)]), None, 0),
        (
            row(&[("stopPrice", r#""0""#), ("activatePrice", r#""70""#)]),
            Some("35"),
            0,
        ),
        (
            row(&[("stopPrice", "null"), ("activatePrice", r#""70""#)]),
            Some("35"),
            0,
        ),
        (
            row(&[("stopPrice", r#""?""#), ("activatePrice", r#""70""#)]),
            None,
            1,
        ),
        (row(&[("price", r#""?""#)]), None, 1),
        (row(&[("price", "null")]), None, 1),
        (
            row(&[("price", "0.0000000000001"), ("origQty", "0.0000000000003")]),
            Some("0.00000000000000000000000003"),
            0,
        ),
    ];
    for (row, expected, problems) in cases {
        let found = with_problems(problems, orders(list(std::slice::from_ref(&row)), DEFAULT));
        assert_eq!(notional(&found), expected.map(dec), "{}", row.json());
        assert_eq!(found.count(), Some(1));
    }
}

#[test]
fn sums_over_the_orders_of_one_way_mode() {
    let found = clean(orders(fixture("open-orders-one-way.handwritten"), DEFAULT));
    assert_eq!(found.count(), Some(8));
    assert_eq!(found.counts().len(), 7);
    assert!(found.counts().iter().all(|(group, number)| {
        *number
            == if group.symbol == "BTCUSDT" && group.order_type == "LIMIT" {
                2
            } else {
                1
            }
    }));
    let expected = [
        (("BTCUSDT", "BUY", "BOTH"), "4120.006"),
        (("BTCUSDT", "SELL", "BOTH"), "12600.05"),
        (("ETHUSDT", "BUY", "BOTH"), "4950"),
        (("币安人生USDT", "SELL", "BOTH"), "0"),
    ];
    let sums = found.notionals();
    assert_eq!(sums.len(), expected.len());
    for (key, sum) in expected {
        assert_eq!(sums[&key], Some(dec(sum)), "{key:?}");
    }
    let oldest = found.oldest();
    assert_eq!(oldest["BTCUSDT"], Some(1_779_990_000_001));
    assert_eq!(oldest.len(), 3);

    let held = clean(positions(
        fixture("position-risk-one-way.handwritten"),
        DEFAULT,
    ));
    let covered: Vec<(&str, Decimal)> = found
        .stop_coverage(&held)
        .into_iter()
        .map(|(key, ratio)| (key.symbol.as_str(), ratio))
        .collect();
    assert_eq!(
        covered,
        [
            ("BTCUSDT", dec("0.6")),
            ("ETHUSDT", dec("1")),
            ("币安人生USDT", dec("0"))
        ]
    );
}

#[test]
fn one_unknown_part_makes_its_own_sum_absent_and_no_other() {
    let unknown = order_row()
        .with("orderId", "2")
        .without("origQty")
        .without("time");
    let other = order_row()
        .with("orderId", "3")
        .with("symbol", r#""ETHUSDT""#);
    let found = with_problems(2, orders(list(&[order_row(), unknown, other]), DEFAULT));
    let sums = found.notionals();
    assert_eq!(sums[&("BTCUSDT", "SELL", "BOTH")], None);
    assert_eq!(sums[&("ETHUSDT", "SELL", "BOTH")], Some(dec("45.25")));
    assert_eq!(found.oldest()["BTCUSDT"], None);
    assert_eq!(found.oldest()["ETHUSDT"], Some(1_780_000_000_123));
    assert_eq!(found.count(), Some(3), "three orders all the same");
}

#[test]
fn hedge_mode_covers_each_side_by_its_own_stops() {
    let found = clean(orders(fixture("open-orders-hedge.handwritten"), DEFAULT));
    let held = clean(positions(
        fixture("position-risk-hedge.handwritten"),
        DEFAULT,
    ));
    let covered: Vec<(&str, Decimal)> = found
        .stop_coverage(&held)
        .into_iter()
        .map(|(key, ratio)| (key.side.as_str(), ratio))
        .collect();
    assert_eq!(covered, [("LONG", dec("0.5")), ("SHORT", dec("1"))]);
}
