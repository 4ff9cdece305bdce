//! *Fleet*: all accounts on one page, the worst first.

use super::account::{AGE, AVAILABLE, DISTANCE, DRAWDOWN, LEVERAGE, MARGIN_RATIO, PROFIT};
use super::board::{Board, Row};
use super::panel::{BAD, GOOD, PLAIN, Panel, WARN, bar_gauge, stat, timeseries};
use super::table::{table, unit, words};

pub fn board() -> Board {
    Board {
        uid: "aster-fleet",
        title: "Aster / Fleet",
        description: "All accounts, worst first. Click an account for its own board.",
        from: "now-24h",
        symbols: None,
        rows: vec![
            Row::new("All accounts", now()),
            Row::new("Accounts, worst first", accounts()),
            Row::new("Over time", over_time()),
        ],
    }
}

fn now() -> Vec<Panel> {
    let small =
        |title, description, query: &str| stat(title, description).query(query, "").size(4, 4);
    vec![
        small(
            "Accounts",
            "How many accounts are watched.",
            "count(max by (account) (aster_up{@}))",
        )
        .unit("none")
        .thresholds(PLAIN, &[])
        .option("graphMode", "none"),
        small(
            "Without good data",
            "Accounts of which a collector does not succeed: their numbers may be missing.",
            "count(max by (account) (aster_up{@}) == 0) or 0 * count(aster_up{@})",
        )
        .unit("none")
        .thresholds(GOOD, &[(1.0, BAD)])
        .option("graphMode", "none"),
        small(
            "Equity",
            "Margin balance of all chosen accounts.",
            "sum(max by (account) (aster_account_margin_balance_usdt{@}))",
        )
        .unit("currencyUSD")
        .thresholds(PLAIN, &[]),
        small(
            "PnL today",
            "Realized profit, fees and funding since 00:00 UTC, in dollar coins.",
            "sum(max by (account) (aster_account:pnl_today:sum{@}))",
        )
        .unit("currencyUSD")
        .thresholds(BAD, &PROFIT)
        .nothing("no ledger"),
        small(
            "Highest margin ratio",
            "Maintenance margin over margin balance, of the account where it is highest.",
            "max(aster_account:margin:ratio{@})",
        )
        .unit("percentunit")
        .thresholds(GOOD, &MARGIN_RATIO),
        small(
            "Nearest liquidation",
            "How far a mark price may move until a liquidation price, of all positions.",
            "min(aster_account:liquidation_distance:min{@})",
        )
        .unit("percentunit")
        .thresholds(BAD, &DISTANCE)
        .nothing("none"),
    ]
}

fn of_account(query: &str) -> String {
    format!("max by (account) ({query})")
}

fn accounts() -> Vec<Panel> {
    let overview = "/d/aster-account?${__url_time_range}&${datasource:queryparam}&${job:queryparam}&${instance:queryparam}&var-account=${__value.text}";
    vec![
        table(
            "Accounts",
            "Worst margin ratio first. Empty cells are not known: see the column Data.",
            &[("account", "Account")],
        )
        .column("Data", &of_account("aster_up{@}"), words(&[(1, "good", GOOD), (0, "failing", BAD)]))
        .column("Age", &of_account(r#"aster_collector:data_age:seconds{@, collector=~"account|positions"}"#), unit("s").decimals(0).colored(GOOD, &AGE))
        .column("Margin ratio", &of_account("aster_account:margin:ratio{@}"), unit("percentunit").decimals(1).filled(GOOD, &MARGIN_RATIO))
        .column(
            "Nearest liquidation",
            "min by (account) (aster_account:liquidation_distance:min{@})",
            unit("percentunit").decimals(1).colored(BAD, &DISTANCE),
        )
        .column("Leverage", &of_account("aster_account:leverage:ratio{@}"), unit("none").decimals(1).colored(GOOD, &LEVERAGE))
        .column("Available", &of_account("aster_account:available:ratio{@}"), unit("percentunit").decimals(0).colored(BAD, &AVAILABLE))
        .column("Equity", &of_account("aster_account_margin_balance_usdt{@}"), unit("currencyUSD"))
        .column("Unrealized PnL", &of_account("aster_account_unrealized_pnl_usdt{@}"), unit("currencyUSD").colored(BAD, &PROFIT))
        .column("PnL today", &of_account("aster_account:pnl_today:sum{@}"), unit("currencyUSD").colored(BAD, &PROFIT))
        .column("Drawdown", &of_account("aster_account:drawdown:ratio{@}"), unit("percentunit").decimals(1).colored(GOOD, &DRAWDOWN))
        .column("Positions", &of_account("aster_account_open_positions{@}"), unit("none"))
        .link("Account", "Account overview", overview)
        .sorted("Margin ratio", true)
        .size(24, 12),
        bar_gauge("Margin ratio", "Maintenance margin over margin balance, highest first. At 100 % the exchange begins to liquidate.")
            .now("sort_desc(max by (account) (aster_account:margin:ratio{@}))", "{{account}}")
            .unit("percentunit")
            .min(0.0)
            .max(1.0)
            .thresholds(GOOD, &MARGIN_RATIO)
            .size(8, 9),
        bar_gauge("Nearest liquidation", "How far a mark price may move until a liquidation price; nearest first.")
            .now("sort(min by (account) (aster_account:liquidation_distance:min{@}))", "{{account}}")
            .unit("percentunit")
            .min(0.0)
            .max(1.0)
            .thresholds(BAD, &DISTANCE)
            .size(8, 9),
        bar_gauge("Effective leverage", "Value of all positions over margin balance, highest first.")
            .now("sort_desc(max by (account) (aster_account:leverage:ratio{@}))", "{{account}}")
            .unit("none")
            .decimals(1)
            .min(0.0)
            .max(15.0)
            .thresholds(GOOD, &LEVERAGE)
            .size(8, 9),
    ]
}

fn over_time() -> Vec<Panel> {
    vec![
        timeseries("Equity by account", "Margin balance, on top of each other.")
            .query(
                "max by (account) (aster_account_margin_balance_usdt{@})",
                "{{account}}",
            )
            .unit("currencyUSD")
            .min(0.0)
            .stacked(),
        timeseries(
            "Margin ratio by account",
            "Maintenance margin over margin balance. At 100 % the exchange begins to liquidate.",
        )
        .query(
            "max by (account) (aster_account:margin:ratio{@})",
            "{{account}}",
        )
        .unit("percentunit")
        .min(0.0)
        .thresholds(GOOD, &MARGIN_RATIO)
        .threshold_lines(),
        timeseries(
            "Good data by account",
            "1 while every collector of the account succeeds.",
        )
        .query("max by (account) (aster_up{@})", "{{account}}")
        .unit("none")
        .words(&[(1, "good", GOOD), (0, "failing", WARN)])
        .decimals(0)
        .min(0.0)
        .max(1.0)
        .steps()
        .size(24, 6),
    ]
}
