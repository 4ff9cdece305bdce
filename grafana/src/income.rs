//! Queries of income and trades that several panels share.

use serde_json::json;

use super::panel::{BAD, GOOD, Panel};
use super::query::expand;

/// The types of income that trading earns and costs.
pub const NET_TYPES: &str = "REALIZED_PNL|COMMISSION|FUNDING_FEE";

/// Received less paid in each day, by `labels`. A bar at midnight is the day that begins there.
pub fn daily(labels: &str, matchers: &str) -> String {
    let part = |metric: &str| {
        format!(
            "sum by ({labels}) (max by (account, income_type, asset, symbol) (increase({metric}{{@, {matchers}}}[1d] offset -1d)))"
        )
    };
    format!(
        "{} - {}",
        part("aster_income_received_total"),
        part("aster_income_paid_total")
    )
}

/// The increase of a counter of trades over the time range of the board, by account and symbol.
pub fn of_range(matchers: &str, metric: &str) -> String {
    format!(
        "sum by (account, symbol) (max without (job, instance, pod) (increase({metric}{{%{matchers}}}[$__range])))"
    )
}

/// A row for each day, newest first, coloured by its result.
pub fn calendar() -> Panel {
    let day = json!({"type": "color-background", "mode": "basic"});
    let net = daily(
        "",
        &format!(r#"asset=~"USD.*", income_type=~"{NET_TYPES}""#),
    )
    .replace("sum by ()", "sum");
    let fees = daily("", r#"asset=~"USD.*", income_type="COMMISSION""#).replace("sum by ()", "sum");
    let funding =
        daily("", r#"asset=~"USD.*", income_type="FUNDING_FEE""#).replace("sum by ()", "sum");
    let how = json!({"range": true, "instant": false, "format": "table"});
    Panel::new(
        "table",
        "Calendar",
        "Net PnL of the chosen accounts day by day (UTC), newest first: realized profit, fees and funding in dollar coins.",
        9,
        json!({"cellHeight": "sm", "showHeader": true, "footer": {"show": false}, "sortBy": [{"displayName": "Day", "desc": true}]}),
    )
    .each_day()
    .color("thresholds")
    .unit("currencyUSD")
    .target(&expand(&net), &how)
    .target(&expand(&fees), &how)
    .target(&expand(&funding), &how)
    .transform("merge", &json!({}))
    .transform(
        "organize",
        &json!({"renameByName": {"Time": "Day", "Value #A": "Net PnL", "Value #B": "Fees", "Value #C": "Funding"}}),
    )
    .adjust("Day", [("unit", json!("time:ddd DD MMM YYYY"))])
    .adjust("Net PnL", [("unit", json!("currencyUSD")), ("thresholds", super::panel::thresholds(BAD, &[(0.0, GOOD)])), ("custom.cellOptions", day)])
}
