//! What the ledger says of an account at one moment: its sums, as the counters show them.

use std::collections::BTreeMap;

use super::sums::{FillSums, IncomeKey, IncomeSum};
use super::view::Moment;
use super::windows::Windows;

/// Income as the ledger has it.
#[derive(Debug, Clone, PartialEq)]
pub struct IncomeTotals {
    /// Since when the sums count, ms since the epoch.
    pub start: i64,
    /// How far the first import has come, in thousandths; `None` when it is complete.
    pub importing: Option<u16>,
    /// How many records are kept.
    pub records: u64,
    /// Milliseconds that held more records than the exchange gives out.
    pub gaps: u64,
    /// Records of the last reading that contradict what is kept.
    pub conflicts: u64,
    /// What the counters show; nothing before the first import is complete.
    pub sums: BTreeMap<IncomeKey, IncomeSum>,
    /// The newest record of each type, ms since the epoch.
    pub last: BTreeMap<String, i64>,
    /// Net income of sliding windows.
    pub windows: Windows,
    /// When the windows were made, by our clocks.
    pub taken: Moment,
}

impl IncomeTotals {
    /// The exchange's time at `now`, ms since the epoch.
    #[must_use]
    pub fn server_ms(&self, now: &Moment) -> i64 {
        let elapsed = now
            .monotonic
            .saturating_duration_since(self.taken.monotonic);
        let elapsed = i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX);
        self.windows.taken().saturating_add(elapsed)
    }
}

/// Trades as the ledger has them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TradeTotals {
    /// Whether the first import still runs.
    pub importing: bool,
    /// How many records are kept.
    pub records: u64,
    /// Records of the last reading that contradict what is kept.
    pub conflicts: u64,
    /// What the counters show; nothing before the first import is complete.
    pub sums: FillSums,
    /// The newest fill of each symbol, ms since the epoch.
    pub last: BTreeMap<String, i64>,
}
