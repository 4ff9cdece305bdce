//! *Trading and income*: what was earned, by what, and what it cost.

use super::account::PROFIT;
use super::board::{Board, Row};
use super::income::{NET_TYPES, daily, of_range};
use super::panel::{BAD, PLAIN, Panel, stat, timeseries};
use super::table::{table, unit};

pub fn board() -> Board {
    Board {
        uid: "aster-trading",
        title: "Aster / Trading and income",
        description: "PnL by kind and day, funding, fees, volume, and how often trades win. Days are UTC. Income in coins other than dollar coins has no price here and is shown by coin only.",
        from: "now-30d",
        symbols: Some("aster_trades_last_timestamp_seconds{@}"),
        rows: vec![
            Row::new("Net PnL", net()),
            Row::new("PnL by day", by_day()),
            Row::new("Funding and fees", costs()),
            Row::new("Trades", trades()),
            Row::new("By coin", coins()),
        ],
    }
}

fn net() -> Vec<Panel> {
    let window = |title, window: &str| {
        stat(
            title,
            "Realized profit, fees and funding of the chosen accounts, in dollar coins. Empty while the ledger does not reach that far back.",
        )
        .now(
            &format!(r#"sum(max by (account, income_type, asset) (aster_income_net{{@, window="{window}", asset=~"USD.*", income_type=~"{NET_TYPES}"}}))"#),
            "",
        )
        .unit("currencyUSD")
        .thresholds(BAD, &PROFIT)
        .nothing("not known")
        .option("graphMode", "none")
        .size(4, 4)
    };
    vec![
        window("Today", "today"),
        window("24 hours", "24h"),
        window("7 days", "7d"),
        window("30 days", "30d"),
        stat("Fees, 30 days", "Commission of the chosen accounts in dollar coins; less than 0 is paid.")
            .now(
                r#"sum(max by (account, asset) (aster_income_net{@, window="30d", asset=~"USD.*", income_type="COMMISSION"}))"#,
                "",
            )
            .unit("currencyUSD")
            .thresholds(PLAIN, &[])
            .nothing("not known")
            .option("graphMode", "none")
            .size(4, 4),
        stat("Funding, 30 days", "Funding of the chosen accounts in dollar coins; less than 0 is paid.")
            .now(
                r#"sum(max by (account, asset) (aster_income_net{@, window="30d", asset=~"USD.*", income_type="FUNDING_FEE"}))"#,
                "",
            )
            .unit("currencyUSD")
            .thresholds(BAD, &PROFIT)
            .nothing("not known")
            .option("graphMode", "none")
            .size(4, 4),
    ]
}

fn by_day() -> Vec<Panel> {
    vec![
        timeseries(
            "Income by type and day",
            "Received less paid of each type, per day (UTC); the last bar is today so far. Transfers are left out.",
        )
        .query(
            &daily("income_type", r#"asset=~"USD.*", income_type!~".*TRANSFER.*|WELCOME_BONUS""#),
            "{{income_type}}",
        )
        .unit("currencyUSD")
        .daily()
        .paint("REALIZED_PNL", "blue")
        .paint("COMMISSION", "orange")
        .paint("FUNDING_FEE", "purple")
        .paint("INSURANCE_CLEAR", "red"),
        timeseries(
            "Cumulative net PnL by account",
            "Realized profit, fees and funding since the ledger began to count.",
        )
        .query(
            &format!(r#"sum by (account) (max by (account, income_type) (aster_account:income:sum{{@, income_type=~"{NET_TYPES}"}}))"#),
            "{{account}}",
        )
        .unit("currencyUSD"),
        super::income::calendar().size(12, 9),
        timeseries("Net PnL by account and day", "Realized profit, fees and funding, per day (UTC); the last bar is today so far.")
            .query(&daily("account", &format!(r#"asset=~"USD.*", income_type=~"{NET_TYPES}""#)), "{{account}}")
            .unit("currencyUSD")
            .daily()
            .size(12, 9),
    ]
}

fn costs() -> Vec<Panel> {
    vec![
        timeseries("Funding by symbol and day", "Received less paid, per day (UTC). Below 0 is paid.")
            .query(
                &daily("symbol", r#"asset=~"USD.*", income_type="FUNDING_FEE", symbol=~"$symbol""#),
                "{{symbol}}",
            )
            .unit("currencyUSD")
            .daily()
            .size(8, 8),
        timeseries("Fees by day", "Commission per day (UTC), of orders that rested (maker) and that did not (taker).")
            .query(
                r#"sum by (liquidity) (max by (account, symbol, asset, liquidity) (increase(aster_trades_commission_total{%, asset=~"USD.*"}[1d] offset -1d)))"#,
                "{{liquidity}}",
            )
            .unit("currencyUSD")
            .daily()
            .paint("maker", "green")
            .paint("taker", "orange")
            .size(8, 8),
        timeseries(
            "Fee rate in basis points",
            "Commission in dollar coins over traded value, of the 24 hours before; 1 basis point is 0.01 %.",
        )
        .query("10000 * max by (account) (aster_account:fee_rate:ratio1d{#, account=~\"$account\"})", "{{account}}")
        .unit("none")
        .decimals(2)
        .min(0.0)
        .size(8, 8),
    ]
}

fn trades() -> Vec<Panel> {
    let volume = "max by (account, symbol, side, position_side, liquidity) (increase(aster_trades_quote_volume_total{%}[1d] offset -1d))";
    vec![
        timeseries("Volume by symbol and day", "Traded value per day (UTC).")
            .query(&format!("sum by (symbol) ({volume})"), "{{symbol}}")
            .unit("currencyUSD")
            .daily()
            .size(8, 8),
        timeseries("Volume by side and day", "Traded value per day (UTC), bought and sold.")
            .query(&format!("sum by (side) ({volume})"), "{{side}}")
            .unit("currencyUSD")
            .daily()
            .paint("BUY", "green")
            .paint("SELL", "red")
            .size(8, 8),
        timeseries("Maker share", "Part of the traded value, of the 24 hours before, that was traded by orders that rested in the book.")
            .query(
                r#"sum by (account) (max by (account, symbol, side, position_side) (increase(aster_trades_quote_volume_total{%, liquidity="maker"}[1d]))) / (sum by (account) (max by (account, symbol, side, position_side, liquidity) (increase(aster_trades_quote_volume_total{%}[1d]))) > 0)"#,
                "{{account}}",
            )
            .unit("percentunit")
            .min(0.0)
            .max(1.0)
            .size(8, 8),
        table(
            "Closing fills",
            "Of the time range above. Each fill that closed something counts, not round trips: an order that is filled in ten parts counts ten times. Expectancy: average result of such a fill. Profit factor: profit over loss.",
            &[("account", "Account"), ("symbol", "Symbol")],
        )
        .column("Fills", &of_range("", "aster_trades_closing_total"), unit("none").decimals(0))
        .column("Win rate", &win_rate(), unit("percentunit").decimals(1))
        .column("Profit factor", &format!("{PROFIT_OF_RANGE} / ({LOSS_OF_RANGE} > 0)"), unit("none").decimals(2).colored(BAD, &[(1.0, super::panel::GOOD)]))
        .column(
            "Expectancy",
            &format!("({PROFIT_OF_RANGE} - {LOSS_OF_RANGE}) / ({} > 0)", of_range("", "aster_trades_closing_total")),
            unit("currencyUSD").decimals(2).colored(BAD, &PROFIT),
        )
        .column(
            "Average win",
            &format!("{PROFIT_OF_RANGE} / ({} > 0)", of_range(r#", outcome="win""#, "aster_trades_closing_total")),
            unit("currencyUSD").decimals(2),
        )
        .column(
            "Average loss",
            &format!("{LOSS_OF_RANGE} / ({} > 0)", of_range(r#", outcome="loss""#, "aster_trades_closing_total")),
            unit("currencyUSD").decimals(2),
        )
        .sorted("Expectancy", false)
        .size(14, 9),
        table(
            "Fills",
            "Of the time range above: all fills, the base asset traded, the last trade.",
            &[("account", "Account"), ("symbol", "Symbol")],
        )
        .column("All fills", &of_range("", "aster_trades_total"), unit("none").decimals(0))
        .column("Base volume", &of_range("", "aster_trades_base_volume_total"), unit("short").decimals(2))
        .column("Last trade", "max by (account, symbol) (time() - aster_trades_last_timestamp_seconds{%})", unit("s").decimals(1))
        .sorted("All fills", true)
        .size(10, 9),
    ]
}

const PROFIT_OF_RANGE: &str = "sum by (account, symbol) (max by (account, symbol, position_side) (increase(aster_trades_realized_profit_total{%}[$__range])))";
const LOSS_OF_RANGE: &str = "sum by (account, symbol) (max by (account, symbol, position_side) (increase(aster_trades_realized_loss_total{%}[$__range])))";

fn win_rate() -> String {
    format!(
        "({} or 0 * {all}) / ({all} > 0)",
        of_range(r#", outcome="win""#, "aster_trades_closing_total"),
        all = of_range("", "aster_trades_closing_total"),
    )
}

fn coins() -> Vec<Panel> {
    let net = |window: &str| {
        format!(
            r#"max by (account, income_type, asset) (aster_income_net{{@, window="{window}"}})"#
        )
    };
    let amount = || unit("short").decimals(2).colored(BAD, &PROFIT);
    vec![
        table(
            "Income by type and coin",
            "Exact sums of every type of income in its own coin, transfers as well; records of the time range above, and when the last one was.",
            &[("account", "Account"), ("income_type", "Type"), ("asset", "Coin")],
        )
        .column("Today", &net("today"), amount())
        .column("24 h", &net("24h"), amount())
        .column("7 d", &net("7d"), amount())
        .column("30 d", &net("30d"), amount())
        .column(
            "Records",
            "sum by (account, income_type, asset) (max by (account, income_type, asset, symbol) (increase(aster_income_records_total{@}[$__range])))",
            unit("none").decimals(0),
        )
        .sorted("Account", false)
        .size(15, 9),
        table("Last record", "When the last income of each type was received or paid.", &[("account", "Account"), ("income_type", "Type")])
            .column("Ago", "max by (account, income_type) (time() - aster_income_last_timestamp_seconds{@})", unit("s").decimals(1))
            .sorted("Ago", false)
            .size(9, 9),
    ]
}
