//! The source of `grafana/dashboards/*.json`. `UPDATE_GOLDEN=1 cargo test --test dashboards` writes them anew.
//!
//! * A file for each board says what is on it: rows of panels, and for each panel its queries, unit and thresholds.
//! * [`panel`] knows how Grafana writes panels, [`board`] what stands around them, [`query`] which labels select.

mod account;
mod board;
mod fleet;
mod health;
mod income;
mod panel;
mod positions;
mod query;
mod table;
mod trading;

use serde_json::Value;

/// Every dashboard with the name of its file.
pub fn dashboards() -> Vec<(&'static str, Value)> {
    [
        fleet::board(),
        account::board(),
        positions::board(),
        trading::board(),
        health::board(),
    ]
    .map(|board| (board.uid, board.json()))
    .into()
}
