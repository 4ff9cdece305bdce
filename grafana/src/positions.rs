//! *Positions and risk*: what is held, how near its end is, and what protects it.

use super::account::{DISTANCE, PROFIT};
use super::board::{Board, Row};
use super::panel::{BAD, GOOD, PLAIN, Panel, WARN, stat, timeseries};
use super::table::{Table, table, unit};

pub fn board() -> Board {
    Board {
        uid: "aster-positions",
        title: "Aster / Positions and risk",
        description: "Positions, distance to liquidation, exposure, stops and open orders of the chosen accounts and symbols.",
        from: "now-24h",
        symbols: Some("aster_position_size{@}"),
        rows: vec![
            Row::new("Now", now()),
            Row::new("Positions", positions()),
            Row::new("Exposure", exposure()),
            Row::new("Result of open positions", result()),
            Row::new("Stops and open orders", orders()),
            Row::new("Prices", prices()),
        ],
    }
}

/// `aggregation` of the values of positions, each counted once though two exporters may see it.
fn notional(filter: &str) -> String {
    format!("sum(max by (account, symbol, position_side) (aster_position_notional{{%}} {filter}))")
}

fn now() -> Vec<Panel> {
    let money = |title, description, query: String| {
        stat(title, description)
            .query(&query, "")
            .unit("currencyUSD")
            .thresholds(PLAIN, &[])
            .nothing("none")
            .size(4, 4)
    };
    let gross = "sum(max by (account, symbol, position_side) (abs(aster_position_notional{%})))";
    vec![
        stat(
            "Nearest liquidation",
            "How far the mark price of a position may move until its liquidation price, of the position that is nearest.",
        )
        .query("min(aster_position:liquidation_distance:ratio{%})", "")
        .unit("percentunit")
        .thresholds(BAD, &DISTANCE)
        .nothing("none")
        .size(4, 4),
        money("Long", "Value of all long positions.", notional("> 0")),
        money("Short", "Value of all short positions.", notional("< 0")),
        money("Net", "Long less short: what a move of the whole market would hit.", notional("")),
        money("Gross", "Long and short added.", gross.to_owned()),
        stat("Open positions", "How many positions are not zero.")
            .query("sum(max by (account) (aster_account_open_positions{@}))", "")
            .unit("none")
            .thresholds(PLAIN, &[])
            .size(4, 4),
    ]
}

fn by_position(title: &'static str, description: &'static str) -> Table {
    table(
        title,
        description,
        &[
            ("account", "Account"),
            ("symbol", "Symbol"),
            ("position_side", "Side"),
        ],
    )
}

fn of_position(query: &str) -> String {
    format!("max by (account, symbol, position_side) ({query})")
}

fn positions() -> Vec<Panel> {
    let pnl = || unit("currencyUSD").colored(BAD, &PROFIT);
    let price = || unit("none");
    vec![
        by_position(
            "Distance to liquidation",
            "How far the mark price may move until the liquidation price, nearest first. Positions without a liquidation price are not in danger by themselves and not listed.",
        )
        .column("Distance", &of_position("aster_position:liquidation_distance:ratio{%}"), unit("percentunit").decimals(1).filled(BAD, &DISTANCE))
        .column("Mark", &of_position("aster_position_mark_price{%} and aster_position_liquidation_price{%}"), price())
        .column("Liquidation", &of_position("aster_position_liquidation_price{%}"), price())
        .column(
            "Stops cover",
            &of_position("aster_position_stop_coverage_ratio{%} and aster_position_liquidation_price{%}"),
            unit("percentunit").decimals(0).colored(BAD, &[(0.5, WARN), (1.0, GOOD)]),
        )
        .sorted("Distance", false)
        .size(10, 9),
        by_position(
            "Open positions",
            "Size in the base asset, negative for a short. Return is the unrealized PnL over the position's initial margin. Of the limit: value over the largest that the leverage allows.",
        )
        .column("Size", &of_position("aster_position_size{%}"), unit("none"))
        .column("Value", &of_position("aster_position_notional{%}"), unit("currencyUSD"))
        .column("Entry", &of_position("aster_position_entry_price{%}"), price())
        .column("PnL", &of_position("aster_position_unrealized_pnl{%}"), pnl())
        .column("Return", &of_position("aster_position_unrealized_pnl{%} / (aster_position_initial_margin{%} > 0)"), unit("percentunit").decimals(1).colored(BAD, &PROFIT))
        .column("Leverage", &of_position("aster_position_leverage{%}"), unit("none"))
        .column("Of the limit", &of_position("abs(aster_position_notional{%}) / (aster_position_max_notional{%} > 0)"), unit("percentunit").decimals(0).colored(PLAIN, &[(0.9, WARN)]))
        .sorted("PnL", false)
        .size(14, 9),
        by_position(
            "Margin of positions",
            "Margin type, the margin that each position takes and needs, and when it last changed.",
        )
        .label("Margin", "max by (account, symbol, position_side, margin_type, auto_add_margin) (aster_position_info{%})", "margin_type")
        .label("Adds margin", "max by (account, symbol, position_side, margin_type, auto_add_margin) (aster_position_info{%})", "auto_add_margin")
        .column("Initial", &of_position("aster_position_initial_margin{%}"), unit("currencyUSD"))
        .column("Maintenance", &of_position("aster_position_maintenance_margin{%}"), unit("currencyUSD"))
        .column("Isolated", &of_position("aster_position_isolated_margin{%}"), unit("currencyUSD"))
        .column("Unchanged for", &of_position("time() - aster_position_update_timestamp_seconds{%}"), unit("s").decimals(1))
        .sorted("Maintenance", true)
        .size(14, 8),
        table(
            "Next funding",
            "What a long pays at the next funding, as a ratio of the position's value, and what the chosen accounts together pay; less than 0 is received.",
            &[("symbol", "Symbol")],
        )
        .column("Rate", "max by (symbol) (aster_symbol_funding_rate{#, symbol=~\"$symbol\"})", unit("percentunit").decimals(4))
        .column("In", "max by (symbol) (aster_symbol_next_funding_timestamp_seconds{#, symbol=~\"$symbol\"}) - time()", unit("dtdurations"))
        .column(
            "Pays",
            "sum by (symbol) (max by (account, symbol, position_side) (aster_position_notional{%} * on (job, instance, symbol) group_left () aster_symbol_funding_rate{#}))",
            unit("currencyUSD").decimals(2).colored(GOOD, &[(0.0, BAD)]),
        )
        .sorted("Pays", true)
        .size(10, 8),
    ]
}

fn exposure() -> Vec<Panel> {
    let money = |title, description| {
        timeseries(title, description)
            .unit("currencyUSD")
            .size(8, 8)
    };
    vec![
        money("Long, short, net", "Value of the positions of all chosen accounts; shorts are negative.")
            .query(&notional("> 0"), "long")
            .query(&notional("< 0"), "short")
            .query(&notional(""), "net")
            .query("sum(max by (account, symbol, position_side) (abs(aster_position_notional{%})))", "gross")
            .paint("long", "green")
            .paint("short", "red")
            .paint("net", "blue")
            .paint("gross", "text")
            .dashed("gross"),
        money("Net exposure by symbol", "Value of the positions of all chosen accounts; a short is negative.")
            .query("sum by (symbol) (max by (account, symbol, position_side) (aster_position_notional{%}))", "{{symbol}}"),
        timeseries(
            "Concentration",
            "Largest: value of the largest position over gross exposure. Herfindahl: sum of the squares of all shares; 100 % is a single position.",
        )
        .query("max(abs(aster_position_notional{%})) / (sum(max by (account, symbol, position_side) (abs(aster_position_notional{%}))) > 0)", "largest")
        .query(
            "sum(max by (account, symbol, position_side) (aster_position_notional{%}) ^ 2) / (sum(max by (account, symbol, position_side) (abs(aster_position_notional{%}))) ^ 2 > 0)",
            "Herfindahl",
        )
        .unit("percentunit")
        .min(0.0)
        .max(1.0)
        .paint("largest", "blue")
        .paint("Herfindahl", "purple")
        .size(8, 8),
    ]
}

fn result() -> Vec<Panel> {
    vec![
        timeseries("Unrealized PnL by symbol", "Sum of the chosen accounts.")
            .query("sum by (symbol) (max by (account, symbol, position_side) (aster_position_unrealized_pnl{%}))", "{{symbol}}")
            .unit("currencyUSD"),
        timeseries(
            "Return on margin by symbol",
            "Unrealized PnL over the initial margin of the positions, of all chosen accounts.",
        )
        .query(
            "sum by (symbol) (max by (account, symbol, position_side) (aster_position_unrealized_pnl{%})) / (sum by (symbol) (max by (account, symbol, position_side) (aster_position_initial_margin{%})) > 0)",
            "{{symbol}}",
        )
        .unit("percentunit"),
    ]
}

fn orders() -> Vec<Panel> {
    vec![
        table(
            "Open orders",
            "Count by kind.",
            &[
                ("account", "Account"),
                ("symbol", "Symbol"),
                ("side", "Side"),
                ("position_side", "Position"),
                ("order_type", "Type"),
                ("reduce_only", "Reduce only"),
            ],
        )
        .column(
            "Orders",
            "max by (account, symbol, side, position_side, order_type, reduce_only) (aster_open_orders{%})",
            unit("none"),
        )
        .sorted("Orders", true)
        .size(10, 8),
        table(
            "Value and age of open orders",
            "Value of the unfilled part, at the price or stop price; age of the oldest order of the symbol.",
            &[("account", "Account"), ("symbol", "Symbol")],
        )
        .column(
            "Buy",
            r#"sum by (account, symbol) (max by (account, symbol, position_side) (aster_open_orders_notional{%, side="BUY"}))"#,
            unit("currencyUSD"),
        )
        .column(
            "Sell",
            r#"sum by (account, symbol) (max by (account, symbol, position_side) (aster_open_orders_notional{%, side="SELL"}))"#,
            unit("currencyUSD"),
        )
        .column(
            "Oldest",
            "max by (account, symbol) (time() - aster_open_orders_oldest_timestamp_seconds{%})",
            unit("s").decimals(1).colored(PLAIN, &[(86_400.0, WARN), (604_800.0, BAD)]),
        )
        .sorted("Oldest", true)
        .size(7, 8),
        table(
            "Stop coverage",
            "How much of each position its reduce-only stop orders would close; least covered first.",
            &[("account", "Account"), ("symbol", "Symbol"), ("position_side", "Side")],
        )
        .column(
            "Covered",
            &of_position("aster_position_stop_coverage_ratio{%}"),
            unit("percentunit").decimals(0).filled(BAD, &[(0.5, WARN), (1.0, GOOD)]),
        )
        .sorted("Covered", false)
        .size(7, 8),
        timeseries("Open orders by account", "How many orders are open.")
            .query("max by (account) (aster_account_open_orders{@})", "{{account}}")
            .unit("none")
            .min(0.0)
            .decimals(0)
            .steps()
            .size(24, 6),
    ]
}

fn prices() -> Vec<Panel> {
    vec![
        timeseries(
            "$symbol",
            "Mark and index price, and entry and liquidation price of each position in the symbol.",
        )
        .query(
            "max(aster_symbol_mark_price{#, symbol=~\"$symbol\"})",
            "mark",
        )
        .query(
            "max(aster_symbol_index_price{#, symbol=~\"$symbol\"})",
            "index",
        )
        .query(
            "max by (account, position_side) (aster_position_entry_price{%})",
            "entry {{account}} {{position_side}}",
        )
        .query(
            "max by (account, position_side) (aster_position_liquidation_price{%})",
            "liquidation {{account}} {{position_side}}",
        )
        .unit("none")
        .paint("mark", "text")
        .paint("index", "blue")
        .paint_all("entry", "purple")
        .paint_all("liquidation", "red")
        .repeat("symbol")
        .size(8, 8),
    ]
}
