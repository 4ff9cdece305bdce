//! Whatever a field holds, nothing panics and no other field changes; an amount stays exact to the page.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::float_cmp, reason = "what is exact is compared exactly")]

mod support;

use std::collections::BTreeMap;

use aster_exporter::collector::Collector;
use aster_exporter::metrics::data;
use aster_exporter::snapshot::{Snapshot, map};
use prometheus::proto::MetricFamily;
use proptest::prelude::*;
use support::{
    ALL, Row, account_row, asset_row, balance_row, balances, list, margin_row, market_row,
    order_row, position_row,
};

/// Any JSON text, with the exchange's own odd spellings among it.
fn json() -> impl Strategy<Value = String> {
    let number = prop_oneof![
        any::<i64>().prop_map(|n| n.to_string()),
        "-?(0|[1-9][0-9]{0,40})(\\.[0-9]{1,40})?([eE][+-]?[0-9]{1,12})?",
    ];
    let text = prop_oneof![".{0,20}", number.clone(), "[-+0-9._eE]{0,12}"]
        .prop_map(|text| serde_json::to_string(&text).unwrap());
    let words = prop::sample::select(vec![
        "null",
        "true",
        "false",
        r#""true""#,
        r#""NaN""#,
        r#""""#,
        r#""\ud800""#,
        "{}",
        "[]",
        r#""BOTH""#,
        r#""SELL""#,
        r#""STOP""#,
        r#""isolated""#,
        r#""0""#,
        r#""1E-28""#,
    ])
    .prop_map(str::to_owned);
    prop_oneof![number, text, words].prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|v| format!("[{}]", v.join(","))),
            inner.prop_map(|v| format!(r#"{{"symbol":{v},"asset":{v}}}"#)),
        ]
    })
}

/// What a snapshot says, series by series: the value by metric and labels.
fn series(snapshot: &Snapshot) -> BTreeMap<(String, Vec<String>), String> {
    let name = "main";
    let families = match snapshot {
        Snapshot::Balances(b) => data::balances(&[(name, b)]),
        Snapshot::Account(a) => data::accounts(&[(name, a)]),
        Snapshot::Positions(p) => data::positions(&[(name, p)]),
        Snapshot::Orders(o) => data::orders(&[(name, o)]),
        Snapshot::Market(_) => return market_series(snapshot),
        Snapshot::Trades(_) | Snapshot::Income(_) => panic!("history is not mapped"),
    };
    flat(&families.into_vec())
}

fn flat(families: &[MetricFamily]) -> BTreeMap<(String, Vec<String>), String> {
    let mut found = BTreeMap::new();
    for family in families {
        for sample in family.get_metric() {
            let labels = sample
                .get_label()
                .iter()
                .map(|l| l.value().to_owned())
                .collect();
            let number = sample.get_gauge().get_value();
            assert!(number.is_finite(), "{} is {number}", family.name());
            let before = found.insert((family.name().to_owned(), labels), number.to_string());
            assert!(before.is_none(), "{} twice", family.name());
        }
    }
    found
}

fn market_series(snapshot: &Snapshot) -> BTreeMap<(String, Vec<String>), String> {
    let Snapshot::Market(market) = snapshot else {
        panic!("no market");
    };
    let held = map(
        Collector::Positions,
        list(&[position_row()]).as_bytes(),
        ALL,
    )
    .unwrap();
    let Snapshot::Positions(held) = held.value else {
        panic!("no positions");
    };
    flat(&data::market(market, &[("main", &held)]).into_vec())
}

/// The metrics in which a field of the answer has a part; `None` is any.
fn parts(collector: Collector, field: &str) -> Option<&'static [&'static str]> {
    Some(match (collector, field) {
        // What names the row, or decides whether it is one.
        (_, "symbol" | "asset" | "positionSide" | "positionAmt" | "side" | "orderId") => {
            return None;
        }
        // An order's type and flag are labels.
        (Collector::Orders, "type" | "reduceOnly") => &["aster_open_orders"],
        (Collector::Orders, "closePosition") => &[],
        (Collector::Orders, "time") => &["aster_open_orders_oldest_timestamp_seconds"],
        (Collector::Orders, _) => &["aster_open_orders_notional"],
        (Collector::Account, "canTrade" | "canDeposit" | "canWithdraw") => {
            &["aster_account_permission"]
        }
        (Collector::Positions, "markPrice") => {
            &["aster_position_mark_price", "aster_position_notional"]
        }
        (Collector::Positions, "marginType") => {
            &["aster_position_info", "aster_position_isolated_margin"]
        }
        (Collector::Positions, "isAutoAddMargin") => &["aster_position_info"],
        _ => return ONE.iter().find(|(name, _)| *name == field).map(|(_, m)| *m),
    })
}

/// Fields that make one metric each.
const ONE: &[(&str, &[&str])] = &[
    ("balance", &["aster_asset_wallet_balance"]),
    ("crossWalletBalance", &["aster_asset_cross_wallet_balance"]),
    ("crossUnPnl", &["aster_asset_cross_unrealized_pnl"]),
    (
        "availableBalance",
        &[
            "aster_asset_available_balance",
            "aster_account_available_balance_usdt",
        ],
    ),
    (
        "maxWithdrawAmount",
        &[
            "aster_asset_max_withdraw",
            "aster_account_max_withdraw_usdt",
        ],
    ),
    ("marginAvailable", &["aster_asset_margin_available"]),
    ("feeTier", &["aster_account_fee_tier"]),
    ("totalInitialMargin", &["aster_account_initial_margin_usdt"]),
    (
        "totalMaintMargin",
        &["aster_account_maintenance_margin_usdt"],
    ),
    ("totalWalletBalance", &["aster_account_wallet_balance_usdt"]),
    (
        "totalUnrealizedProfit",
        &["aster_account_unrealized_pnl_usdt"],
    ),
    ("totalMarginBalance", &["aster_account_margin_balance_usdt"]),
    (
        "totalPositionInitialMargin",
        &["aster_account_position_initial_margin_usdt"],
    ),
    (
        "totalOpenOrderInitialMargin",
        &["aster_account_open_order_initial_margin_usdt"],
    ),
    (
        "totalCrossWalletBalance",
        &["aster_account_cross_wallet_balance_usdt"],
    ),
    (
        "totalCrossUnPnl",
        &["aster_account_cross_unrealized_pnl_usdt"],
    ),
    ("assets", &[]),
    ("positions", &[]),
    ("entryPrice", &["aster_position_entry_price"]),
    ("unRealizedProfit", &["aster_position_unrealized_pnl"]),
    ("liquidationPrice", &["aster_position_liquidation_price"]),
    ("leverage", &["aster_position_leverage"]),
    ("maxNotionalValue", &["aster_position_max_notional"]),
    ("isolatedMargin", &["aster_position_isolated_margin"]),
    ("updateTime", &["aster_position_update_timestamp_seconds"]),
    ("markPrice", &["aster_symbol_mark_price"]),
    ("indexPrice", &["aster_symbol_index_price"]),
    ("lastFundingRate", &["aster_symbol_funding_rate"]),
    (
        "nextFundingTime",
        &["aster_symbol_next_funding_timestamp_seconds"],
    ),
];

fn rows() -> [(Collector, Row); 5] {
    [
        (Collector::Balance, balance_row()),
        (
            Collector::Account,
            account_row()
                .with("assets", &list(&[asset_row()]))
                .with("positions", &list(&[margin_row()])),
        ),
        (Collector::Positions, position_row()),
        (Collector::Orders, order_row()),
        (Collector::Market, market_row()),
    ]
}

fn body(collector: Collector, row: &Row) -> String {
    match collector {
        Collector::Account => row.json(),
        _ => list(std::slice::from_ref(row)),
    }
}

#[test]
fn every_field_of_every_answer_is_known_to_the_property() {
    for (collector, row) in rows() {
        for field in row.names() {
            let named = [
                "symbol",
                "asset",
                "positionSide",
                "positionAmt",
                "side",
                "orderId",
            ];
            assert!(
                parts(collector, &field).is_some() || named.contains(&field.as_str()),
                "{field}"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_value_in_any_field_changes_that_field_only(
        (row, field) in (0..5_usize).prop_flat_map(|n| (Just(n), 0..rows()[n].1.names().len())),
        value in json(),
    ) {
        let (collector, row) = rows()[row].clone();
        let field = row.names()[field].clone();
        let before = series(&map(collector, body(collector, &row).as_bytes(), ALL).unwrap().value);
        let changed = row.with(&field, &value);
        let Some(parts) = parts(collector, &field) else {
            // It names the row: the row may go, or go by another name, or the answer with it.
            if let Ok(mapped) = map(collector, body(collector, &changed).as_bytes(), ALL) {
                series(&mapped.value);
            }
            return Ok(());
        };
        let after = series(&map(collector, body(collector, &changed).as_bytes(), ALL).unwrap().value);
        // The rows within the account are a part of their own.
        let inner = ["assets", "positions"].contains(&field.as_str());
        let others = |all: &BTreeMap<(String, Vec<String>), String>| -> BTreeMap<_, _> {
            all.clone()
                .into_iter()
                .filter(|((name, _), _)| !parts.contains(&name.as_str()))
                .filter(|((name, _), _)| !inner || name.starts_with("aster_account_"))
                .collect()
        };
        prop_assert_eq!(others(&before), others(&after), "{} of {}", field, collector.name());
    }

    #[test]
    fn any_value_in_a_row_leaves_the_rows_beside_it(
        (row, field) in prop::sample::select(vec![0_usize, 2]).prop_flat_map(|n| (Just(n), 0..rows()[n].1.names().len())),
        value in json(),
    ) {
        let (collector, row) = rows()[row].clone();
        let name = if collector == Collector::Balance { "asset" } else { "symbol" };
        let good = row.with(name, r#""A very good one""#);
        let alone = series(&map(collector, body(collector, &good).as_bytes(), ALL).unwrap().value);
        let changed = row.with(&row.names()[field], &value);
        let both = map(collector, list(&[changed, good]).as_bytes(), ALL).unwrap();
        let both = series(&both.value);
        for (series, number) in alone {
            if series.0 != "aster_account_open_positions" {
                prop_assert_eq!(both.get(&series), Some(&number), "{:?}", series);
            }
        }
    }

    #[test]
    fn no_bytes_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
        for collector in Collector::ALL {
            if let Ok(mapped) = map(collector, &body, ALL) {
                prop_assert_eq!(body.trim_ascii().first(), Some(&b'['));
                series(&mapped.value);
            }
        }
    }

    #[test]
    fn an_amount_is_shown_as_the_float_nearest_to_its_text(
        text in prop_oneof![
            "-?(0|[1-9][0-9]{0,14})(\\.[0-9]{1,13})?",
            "-?[1-9]\\.[0-9]{1,8}E-?[0-9]",
            "-?0\\.[0-9]{20,28}",
        ],
        quoted in any::<bool>(),
    ) {
        let json = if quoted { format!("\"{text}\"") } else { text.clone() };
        let found = balances(list(&[balance_row().with("balance", &json)]), ALL).unwrap();
        prop_assert_eq!(found.problems.count(), 0);
        let families = data::balances(&[("main", &found.value)]).into_vec();
        prop_assert_eq!(families[0].name(), "aster_asset_wallet_balance");
        let shown = families[0].get_metric()[0].get_gauge().get_value();
        prop_assert!(shown == text.parse::<f64>().unwrap());
    }

    #[test]
    fn what_reads_as_an_amount_is_that_amount(text in "[-+0-9._eE ]{1,14}") {
        let json = serde_json::to_string(&text).unwrap();
        let found = balances(list(&[balance_row().with("balance", &json)]), ALL).unwrap().value;
        let families = data::balances(&[("main", &found)]).into_vec();
        if found.assets["USDT"].wallet.is_some() {
            let shown = families[0].get_metric()[0].get_gauge().get_value();
            let meant = text.trim().parse::<f64>();
            prop_assert!(meant.is_ok(), "{:?} was read as {}", text, shown);
            prop_assert!(shown == meant.unwrap(), "{:?} was read as {}", text, shown);
        }
    }
}
