//! The page of metrics that answers turn into, and the rules that every page and the catalogue keep.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    unreachable_pub
)]
#![allow(clippy::float_cmp, reason = "what is exact is compared exactly")]

#[path = "support/promtool.rs"]
mod promtool;
mod support;

use std::collections::{BTreeMap, BTreeSet};

use aster_exporter::metrics::catalog::{CATALOG, Metric, Type};
use aster_exporter::metrics::family::{Families, float, pairs, sample, seconds};
use aster_exporter::metrics::{catalog, data, docs};
use aster_exporter::snapshot::Keep;
use prometheus::proto::MetricFamily;
use prometheus::{Encoder as _, TextEncoder};
use support::{
    ALL, DEFAULT, account, balances, clean, dec, fixture, golden, list, market, order_row, orders,
    position_row, positions, premium_index,
};

fn encode(families: &[MetricFamily]) -> String {
    let mut text = Vec::new();
    TextEncoder::new()
        .encode(families, &mut text)
        .expect("every family has samples");
    String::from_utf8(text).expect("text")
}

/// The names of the fixtures that are one account's answers.
struct Answers {
    balance: &'static str,
    account: &'static str,
    positions: &'static str,
    orders: &'static str,
}

const RECORDED: Answers = Answers {
    balance: "balance-v3.recorded",
    account: "account-v4.recorded",
    positions: "position-risk-flat.recorded",
    orders: "open-orders.documented",
};

const ONE_WAY: Answers = Answers {
    balance: "balance-multi-assets.handwritten",
    account: "account-open.handwritten",
    positions: "position-risk-one-way.handwritten",
    orders: "open-orders-one-way.handwritten",
};

const HEDGE: Answers = Answers {
    balance: "balance-v3.recorded",
    account: "account-v4.recorded",
    positions: "position-risk-hedge.handwritten",
    orders: "open-orders-hedge.handwritten",
};

/// The page of these accounts, each all fresh.
fn page(accounts: &[(&str, &Answers)], market_body: &[u8], keep: Keep) -> String {
    let names: Vec<&str> = accounts.iter().map(|(name, _)| *name).collect();
    let each =
        |name: fn(&Answers) -> &'static str| accounts.iter().map(move |(_, a)| fixture(name(a)));
    let found_balances: Vec<_> = each(|a| a.balance)
        .map(|b| clean(balances(b, keep)))
        .collect();
    let found_accounts: Vec<_> = each(|a| a.account)
        .map(|b| clean(account(b, keep)))
        .collect();
    let found_positions: Vec<_> = each(|a| a.positions)
        .map(|b| clean(positions(b, keep)))
        .collect();
    let found_orders: Vec<_> = each(|a| a.orders).map(|b| clean(orders(b, keep))).collect();
    let found_market = clean(market(market_body, keep));

    let of_positions = of(&names, &found_positions);
    let coverage: Vec<_> = names
        .iter()
        .zip(&found_positions)
        .zip(&found_orders)
        .map(|((name, positions), orders)| (*name, positions, orders))
        .collect();
    let families: Vec<MetricFamily> = [
        data::accounts(&of(&names, &found_accounts)),
        data::balances(&of(&names, &found_balances)),
        data::positions(&of_positions),
        data::orders(&of(&names, &found_orders)),
        data::coverage(&coverage),
        data::market(&found_market, &of_positions),
    ]
    .into_iter()
    .flat_map(Families::into_vec)
    .collect();
    encode(&families)
}

fn of<'v, T>(names: &[&'v str], found: &'v [T]) -> Vec<(&'v str, &'v T)> {
    names.iter().copied().zip(found).collect()
}

/// The golden pages, by file name.
fn pages() -> [(&'static str, String); 3] {
    let every_symbol = fixture("premium-index-all.handwritten");
    [
        (
            "recorded.txt",
            page(&[("main", &RECORDED)], &premium_index(), DEFAULT),
        ),
        (
            "open.txt",
            page(
                &[("main", &ONE_WAY), ("hedge", &HEDGE)],
                &every_symbol,
                DEFAULT,
            ),
        ),
        ("all.txt", page(&[("main", &ONE_WAY)], &every_symbol, ALL)),
    ]
}

fn metrics() -> impl Iterator<Item = &'static Metric> {
    CATALOG
        .iter()
        .flat_map(|section| section.metrics.iter().copied())
}

#[test]
fn pages_are_as_they_were() {
    for (file, text) in pages() {
        golden(&format!("tests/golden/{file}"), &text);
    }
}

/// The labels of a series in the text format, names and values, and what follows them.
fn labels(series: &str) -> (BTreeMap<String, String>, &str) {
    let Some((_, rest)) = series.split_once('{') else {
        return (BTreeMap::new(), series.split_once(' ').expect("a value").1);
    };
    let (all, number) = rest.rsplit_once("} ").expect("labels end");
    let labels = all
        .split("\",")
        .map(|pair| {
            let (name, value) = pair.split_once("=\"").expect("a label");
            (name.to_owned(), value.trim_end_matches('"').to_owned())
        })
        .collect();
    (labels, number)
}

#[test]
fn every_page_keeps_the_rules_of_the_format_and_of_the_catalogue() {
    for (file, text) in pages() {
        let mut series = BTreeSet::new();
        let mut families = BTreeSet::new();
        let mut lines = text.lines().peekable();
        while let Some(line) = lines.next() {
            let help = line
                .strip_prefix("# HELP ")
                .expect("a family begins with HELP");
            let (name, help) = help.split_once(' ').expect("HELP has a text");
            let metric = metrics()
                .find(|m| m.name == name)
                .unwrap_or_else(|| panic!("{file}: {name} is not in the catalogue"));
            assert_eq!(help, metric.help);
            assert!(families.insert(name), "{file}: {name} is two families");
            let kind = format!("# TYPE {name} {}", metric.kind.name());
            assert_eq!(lines.next(), Some(kind.as_str()), "{file}");
            let mut samples = 0;
            while let Some(line) = lines.next_if(|line| !line.starts_with('#')) {
                samples += 1;
                assert_eq!(line.split(['{', ' ']).next(), Some(name), "{file}");
                let (found, number) = labels(line);
                let number: f64 = number.parse().expect("a number and no timestamp");
                assert!(number.is_finite(), "{file}: {line}");
                let names: BTreeSet<&str> = found.keys().map(String::as_str).collect();
                let due: BTreeSet<&str> = metric.labels.iter().copied().collect();
                assert_eq!(names, due, "{file}: {line}");
                let identity = line.rsplit_once(' ').expect("a value").0;
                assert!(series.insert(identity), "{file}: twice: {identity}");
            }
            assert!(samples > 0, "{file}: {name} is empty");
        }
        assert!(families.len() > 20, "{file}");
    }
}

#[test]
fn the_page_of_everything_open_has_every_metric_of_the_exchange() {
    let [_, (_, text), _] = pages();
    // Health comes from the exporter itself, sums from a ledger, and of agents an account with API keys has nothing.
    let of_others: BTreeSet<&str> = [
        &catalog::AGENT,
        &catalog::HEALTH,
        &catalog::TRADES_SECTION,
        &catalog::INCOME_SECTION,
    ]
    .iter()
    .flat_map(|section| section.metrics.iter().map(|m| m.name))
    .collect();
    for metric in metrics() {
        // `info` comes from the configuration.
        let due = metric.name != "aster_account_info" && !of_others.contains(metric.name);
        let shown = text.contains(&format!("# TYPE {} ", metric.name));
        assert_eq!(shown, due, "{}", metric.name);
    }
}

/// Every metric of the catalogue once, also those that no collector makes; a histogram has other samples.
fn whole_catalogue() -> String {
    let mut families = Families::default();
    for metric in metrics().filter(|m| m.kind != Type::Histogram) {
        let values = vec!["x"; metric.labels.len()];
        families.push(metric, vec![sample(metric, pairs(metric, &values), 1.0)]);
    }
    encode(&families.into_vec())
}

#[test]
fn promtool_finds_nothing() {
    for (file, text) in pages()
        .into_iter()
        .chain([("catalogue", whole_catalogue())])
    {
        assert_eq!(promtool::check_metrics(&text), "", "{file}");
    }
}

#[test]
fn nothing_known_is_no_family_and_counts_of_nothing_are_zero() {
    assert_eq!(encode(&data::balances(&[]).into_vec()), "");
    assert_eq!(encode(&data::coverage(&[]).into_vec()), "");
    let none = clean(balances("[]", DEFAULT));
    assert_eq!(encode(&data::balances(&[("main", &none)]).into_vec()), "");

    let flat = clean(positions("[]", DEFAULT));
    let text = encode(&data::positions(&[("main", &flat)]).into_vec());
    assert!(
        text.ends_with("\naster_account_open_positions{account=\"main\"} 0\n"),
        "{text}"
    );
    assert_eq!(text.lines().count(), 3, "{text}");
    let idle = clean(orders("[]", DEFAULT));
    let text = encode(&data::orders(&[("main", &idle)]).into_vec());
    assert!(
        text.ends_with("\naster_account_open_orders{account=\"main\"} 0\n"),
        "{text}"
    );
    assert_eq!(text.lines().count(), 3, "{text}");
}

#[test]
fn what_cannot_be_known_has_no_series() {
    let row = position_row().without("markPrice").without("leverage");
    let half = positions(format!("[{},7]", row.json()), DEFAULT)
        .unwrap()
        .value;
    let text = encode(&data::positions(&[("main", &half)]).into_vec());
    for absent in [
        "aster_position_mark_price",
        "aster_position_notional",
        "aster_position_leverage",
        "aster_account_open_positions",
    ] {
        assert!(!text.contains(absent), "{absent}\n{text}");
    }
    assert!(text.contains(
        "aster_position_size{account=\"main\",symbol=\"BTCUSDT\",position_side=\"BOTH\"} 0.5\n"
    ));

    let row = order_row().without("origQty").without("time");
    let odd = orders(list(&[row]), DEFAULT).unwrap().value;
    let text = encode(&data::orders(&[("main", &odd)]).into_vec());
    assert!(!text.contains("aster_open_orders_notional"), "{text}");
    assert!(!text.contains("aster_open_orders_oldest"), "{text}");
    assert!(
        text.contains("aster_account_open_orders{account=\"main\"} 1\n"),
        "{text}"
    );

    let lost = orders(format!("[{},7]", order_row().json()), DEFAULT)
        .unwrap()
        .value;
    let text = encode(&data::orders(&[("main", &lost)]).into_vec());
    assert!(text.contains("aster_open_orders{"), "{text}");
    assert!(!text.contains("aster_account_open_orders"), "{text}");

    let held = positions(list(&[position_row()]), DEFAULT).unwrap().value;
    assert_eq!(
        encode(&data::coverage(&[("main", &held, &odd)]).into_vec()),
        ""
    );
}

#[test]
fn a_label_value_is_escaped_and_not_changed() {
    let row = position_row().with("symbol", r#""a\"b\\c\nd币""#);
    let found = clean(positions(list(&[row]), DEFAULT));
    let text = encode(&data::positions(&[("main", &found)]).into_vec());
    assert!(text.contains(r#"symbol="a\"b\\c\nd币""#), "{text}");
}

#[test]
fn one_account_unknown_does_not_hide_the_other() {
    let good = clean(positions(list(&[position_row()]), DEFAULT));
    let lost = positions(format!("[7,{}]", position_row().json()), DEFAULT)
        .unwrap()
        .value;
    let text = encode(&data::positions(&[("a", &lost), ("b", &good)]).into_vec());
    assert!(
        text.contains("aster_account_open_positions{account=\"b\"} 1\n"),
        "{text}"
    );
    assert!(
        !text.contains("aster_account_open_positions{account=\"a\"}"),
        "{text}"
    );
}

#[test]
fn the_market_is_shown_for_open_positions_only() {
    let market = clean(market(fixture("premium-index-all.handwritten"), DEFAULT));
    assert!(data::market(&market, &[]).into_vec().is_empty());
    let flat = clean(positions(fixture("position-risk-flat.recorded"), ALL));
    assert!(
        data::market(&market, &[("main", &flat)])
            .into_vec()
            .is_empty()
    );
    let hedge = clean(positions(fixture("position-risk-hedge.handwritten"), ALL));
    let families = data::market(&market, &[("a", &hedge), ("b", &hedge)]).into_vec();
    assert_eq!(families.len(), 4);
    assert!(
        families.iter().all(|f| f.get_metric().len() == 1),
        "once for both"
    );
}

#[test]
fn floats_and_seconds() {
    for text in [
        "35.0112029814204",
        "0.1",
        "-0.00000001",
        "9007199254740993",
        "79228162514264337593543950335",
    ] {
        assert!(float(dec(text)) == text.parse::<f64>().unwrap(), "{text}");
    }
    assert!(seconds(1_780_000_000_123) == 1_780_000_000.123);
}

// The catalogue.

#[test]
fn the_catalogue_keeps_the_conventions() {
    let mut names = BTreeSet::new();
    for metric in metrics() {
        let name = metric.name;
        assert!(names.insert(name), "{name} twice");
        assert!(name.starts_with("aster_"), "{name}");
        assert!(
            name.bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
                && !name.contains("__")
                && !name.ends_with('_'),
            "{name}"
        );
        assert_eq!(
            name.ends_with("_total"),
            metric.kind == Type::Counter,
            "{name}"
        );
        for suffix in ["_sum", "_count", "_bucket"] {
            assert!(!name.ends_with(suffix), "{name}");
        }
        assert!(metric.help.ends_with('.'), "{name}: {}", metric.help);
        assert!(!metric.help.contains(['\n', '\\']), "{name}");
        if name.ends_with("_timestamp_seconds") {
            assert!(metric.help.contains("Unix time in seconds"), "{name}");
        }
        let labels: BTreeSet<&str> = metric.labels.iter().copied().collect();
        assert_eq!(labels.len(), metric.labels.len(), "{name}: a label twice");
        for label in labels {
            assert!(
                !["type", "le", "quantile", "instance", "job"].contains(&label),
                "{name}: {label}"
            );
            assert!(
                label.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
                    && !label.starts_with("__"),
                "{name}: {label}"
            );
        }
    }
    assert!(names.len() > 60);
}

#[test]
fn sections_say_what_they_are() {
    let titles: BTreeSet<&str> = CATALOG.iter().map(|s| s.title).collect();
    assert_eq!(titles.len(), CATALOG.len());
    for section in CATALOG {
        assert!(!section.metrics.is_empty());
        assert!(section.about.ends_with('.'), "{}", section.title);
    }
}

#[test]
fn the_documentation_is_that_of_the_catalogue() {
    let text = docs::markdown();
    for metric in metrics() {
        let rows = text.matches(&format!("\n| `{}` |", metric.name)).count();
        assert_eq!(rows, 1, "{}", metric.name);
    }
    golden("docs/metrics.md", &text);
}
