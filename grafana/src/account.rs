//! *Account overview*: is the account safe, and what has it earned.

use super::board::{Board, Row};
use super::panel::{BAD, GOOD, PLAIN, Panel, WARN, stat, timeseries};
use super::table::{table, unit, words};

pub fn board() -> Board {
    Board {
        uid: "aster-account",
        title: "Aster / Account overview",
        description: "Equity, margin, PnL and collateral of the chosen accounts. Of several accounts, money is added and for ratios the worst counts.",
        from: "now-24h",
        symbols: None,
        rows: vec![
            Row::new("Now", now()),
            Row::new("Equity", equity()),
            Row::new("Margin", margin()),
            Row::new("Result", result()),
            Row::new("Collateral and account", collateral()),
        ],
    }
}

/// Limits of the alerts, as they come; who changes them there changes the colours here.
pub const MARGIN_RATIO: [(f64, &str); 2] = [(0.5, WARN), (0.8, BAD)];
pub const LEVERAGE: [(f64, &str); 2] = [(5.0, WARN), (10.0, BAD)];
pub const DISTANCE: [(f64, &str); 2] = [(0.08, WARN), (0.2, GOOD)];
pub const DRAWDOWN: [(f64, &str); 2] = [(0.1, WARN), (0.2, BAD)];
pub const AVAILABLE: [(f64, &str); 2] = [(0.05, WARN), (0.2, GOOD)];
pub const AGE: [(f64, &str); 2] = [(30.0, WARN), (120.0, BAD)];
/// Profit is green and loss is red.
pub const PROFIT: [(f64, &str); 1] = [(0.0, GOOD)];

fn now() -> Vec<Panel> {
    let money = |title, description, query: &str| {
        stat(title, description)
            .query(query, "")
            .unit("currencyUSD")
            .size(4, 4)
    };
    let pnl =
        |title, description, query: &str| money(title, description, query).thresholds(BAD, &PROFIT);
    vec![
        money(
            "Equity",
            "Margin balance: wallet balance plus unrealized PnL. Sum of the chosen accounts.",
            "sum(max by (account) (aster_account_margin_balance_usdt{@}))",
        )
        .thresholds(PLAIN, &[]),
        stat(
            "Margin ratio",
            "Maintenance margin over margin balance, of the account where it is highest. At 100 % the exchange begins to liquidate.",
        )
        .query("max(aster_account:margin:ratio{@})", "")
        .unit("percentunit")
        .thresholds(GOOD, &MARGIN_RATIO)
        .size(4, 4),
        stat(
            "Nearest liquidation",
            "How far the mark price of a position may move until its liquidation price, of the position that is nearest.",
        )
        .query("min(aster_account:liquidation_distance:min{@})", "")
        .unit("percentunit")
        .thresholds(BAD, &DISTANCE)
        .nothing("none")
        .size(4, 4),
        pnl(
            "Unrealized PnL",
            "Of all open positions of the chosen accounts.",
            "sum(max by (account) (aster_account_unrealized_pnl_usdt{@}))",
        ),
        pnl(
            "PnL today",
            "Realized profit, fees and funding since 00:00 UTC, in dollar coins.",
            "sum(max by (account) (aster_account:pnl_today:sum{@}))",
        )
        .nothing("no ledger"),
        stat(
            "Age of data",
            "Of the older of account and positions. Numbers that are too old disappear from all boards.",
        )
        .query(r#"max(min by (account, collector) (aster_collector:data_age:seconds{@, collector=~"account|positions"}))"#, "")
        .unit("s")
        .decimals(0)
        .thresholds(GOOD, &AGE)
        .option("graphMode", "none")
        .size(4, 4),
    ]
}

fn equity() -> Vec<Panel> {
    let money = |title, description| timeseries(title, description).unit("currencyUSD");
    vec![
        money("Equity by account", "Margin balance: wallet balance plus unrealized PnL.")
            .query("max by (account) (aster_account_margin_balance_usdt{@})", "{{account}}"),
        money(
            "What the equity is made of",
            "Sum of the chosen accounts: the wallet without unrealized PnL, the part of it that backs cross positions, what is available for new orders, what could be withdrawn.",
        )
        .query("sum(max by (account) (aster_account_wallet_balance_usdt{@}))", "wallet")
        .query("sum(max by (account) (aster_account_cross_wallet_balance_usdt{@}))", "cross wallet")
        .query("sum(max by (account) (aster_account_available_balance_usdt{@}))", "available")
        .query("sum(max by (account) (aster_account_max_withdraw_usdt{@}))", "withdrawable")
        .query("sum(max by (account) (aster_account_unrealized_pnl_usdt{@}))", "unrealized PnL")
        .paint("wallet", "blue")
        .paint("cross wallet", "light-blue")
        .paint("available", "green")
        .paint("withdrawable", "dark-green")
        .paint("unrealized PnL", "purple"),
    ]
}

fn margin() -> Vec<Panel> {
    vec![
        timeseries(
            "Margin ratio by account",
            "Maintenance margin over margin balance. At 100 % the exchange begins to liquidate.",
        )
        .query("max by (account) (aster_account:margin:ratio{@})", "{{account}}")
        .unit("percentunit")
        .min(0.0)
        .thresholds(GOOD, &MARGIN_RATIO)
        .threshold_lines()
        .size(8, 8),
        timeseries(
            "Margin in use",
            "Initial margin of positions and of open orders, and maintenance margin, over margin balance; all chosen accounts together.",
        )
        .query(&over_equity("aster_account_position_initial_margin_usdt"), "positions")
        .query(&over_equity("aster_account_open_order_initial_margin_usdt"), "orders")
        .query(&over_equity("aster_account_maintenance_margin_usdt"), "maintenance")
        .unit("percentunit")
        .min(0.0)
        .stacked()
        .paint("positions", "blue")
        .paint("orders", "yellow")
        .paint("maintenance", "red")
        .dashed("maintenance")
        .size(8, 8),
        timeseries(
            "Effective leverage by account",
            "Value of all positions, long and short added, over margin balance.",
        )
        .query("max by (account) (aster_account:leverage:ratio{@})", "{{account}}")
        .unit("none")
        .decimals(1)
        .min(0.0)
        .thresholds(GOOD, &LEVERAGE)
        .threshold_lines()
        .size(8, 8),
    ]
}

fn over_equity(metric: &str) -> String {
    format!(
        "sum(max by (account) ({metric}{{@}})) / (sum(max by (account) (aster_account_margin_balance_usdt{{@}})) > 0)"
    )
}

fn result() -> Vec<Panel> {
    let net = |window: &str| {
        format!(
            r#"sum by (account) (max by (account, income_type, asset) (aster_income_net{{@, window="{window}", asset=~"USD.*", income_type=~"REALIZED_PNL|COMMISSION|FUNDING_FEE"}}))"#
        )
    };
    let pnl = || unit("currencyUSD").colored(BAD, &PROFIT);
    vec![
        timeseries(
            "Drawdown from the peak of 30 days",
            "How far equity is below its peak, transfers aside. Only what was held for 15 minutes counts as a peak.",
        )
        .query("max by (account) (aster_account:drawdown:ratio{@})", "{{account}}")
        .unit("percentunit")
        .min(0.0)
        .thresholds(GOOD, &DRAWDOWN)
        .threshold_lines()
        .size(8, 8),
        timeseries(
            "Change since 00:00 UTC",
            "Income and change of unrealized PnL over the first equity of the day, transfers aside. The alert DailyLossLimit watches it.",
        )
        .query("max by (account) (aster_account:day_change:ratio{@})", "{{account}}")
        .unit("percentunit")
        .thresholds(GOOD, &[(-0.05, BAD), (-0.03, WARN)])
        .threshold_lines()
        .size(8, 8),
        table(
            "Net PnL",
            "Realized profit, fees and funding in dollar coins: today (UTC) and over 24 hours, 7 and 30 days. A window that reaches beyond the ledger's start is empty.",
            &[("account", "Account")],
        )
        .column("Today", &net("today"), pnl())
        .column("24 h", &net("24h"), pnl())
        .column("7 d", &net("7d"), pnl())
        .column("30 d", &net("30d"), pnl())
        .sorted("Today", false)
        .size(8, 8),
    ]
}

fn collateral() -> Vec<Panel> {
    let asset = |metric: &str| format!("max by (account, asset) ({metric}{{@}})");
    let permission = |name: &str| {
        format!(r#"max by (account) (aster_account_permission{{@, permission="{name}"}})"#)
    };
    vec![
        table(
            "Assets",
            "Each in its own unit: they are never added. In multi-assets mode, available is the whole free collateral in that asset.",
            &[("account", "Account"), ("asset", "Asset")],
        )
        .column("Wallet", &asset("aster_asset_wallet_balance"), unit("short").decimals(2))
        .column("Margin balance", &asset("aster_asset_margin_balance"), unit("short").decimals(2))
        .column("Initial margin", &asset("aster_asset_initial_margin"), unit("short").decimals(2))
        .column("Maintenance", &asset("aster_asset_maintenance_margin"), unit("short").decimals(2))
        .column("Available", &asset("aster_asset_available_balance"), unit("short").decimals(2))
        .column("Withdrawable", &asset("aster_asset_max_withdraw"), unit("short").decimals(2))
        .column("Is margin", &asset("aster_asset_margin_available"), words(&[(1, "yes", PLAIN), (0, "no", WARN)]))
        .sorted("Wallet", true)
        .size(15, 8),
        table(
            "Accounts",
            "What the exchange lets the account do, and its fee tier.",
            &[("account", "Account")],
        )
        .label("Key", "max by (account, auth) (aster_account_info{@})", "auth")
        .column("Trade", &permission("trade"), words(&[(1, "yes", PLAIN), (0, "no", BAD)]))
        .column("Deposit", &permission("deposit"), words(&[(1, "yes", PLAIN), (0, "no", WARN)]))
        .column("Withdraw", &permission("withdraw"), words(&[(1, "yes", PLAIN), (0, "no", PLAIN)]))
        .column("Fee tier", "max by (account) (aster_account_fee_tier{@})", unit("none"))
        .sorted("Account", false)
        .size(9, 8),
    ]
}
