//! What the weight budget can serve of what is configured: pure arithmetic on weights and intervals.

use std::time::Duration;

use crate::collector::Collector;
use crate::exchange::Endpoint;

/// How often open orders are asked for all at once; between, by symbol.
pub(super) const SWEEP: Duration = Duration::from_mins(5);
/// How often income is read although no wallet changed.
pub(super) const QUIET: Duration = Duration::from_mins(10);
/// What is left for the exchange's clock and limits, agents, repetitions and unevenness, in percent.
const KEPT_BACK: f64 = 10.0;

/// What is served together, the most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Margin and positions of accounts that are near their liquidation.
    AtRisk,
    /// The same of other accounts that hold positions, or of which nothing is known.
    Open,
    /// The same of accounts without positions.
    Flat,
    /// Balances, orders, marks.
    State,
    /// Trades and income.
    History,
}

impl Group {
    const ALL: [Self; 5] = [
        Self::AtRisk,
        Self::Open,
        Self::Flat,
        Self::State,
        Self::History,
    ];

    /// The group of a collector of an account at this risk.
    #[must_use]
    pub const fn of(collector: Collector, risk: Risk) -> Self {
        match (collector, risk) {
            (Collector::Account | Collector::Positions, Risk::Near) => Self::AtRisk,
            (Collector::Account | Collector::Positions, Risk::Open) => Self::Open,
            (Collector::Account | Collector::Positions, Risk::Flat) => Self::Flat,
            (Collector::Balance | Collector::Orders | Collector::Market, _) => Self::State,
            (Collector::Trades | Collector::Income, _) => Self::History,
        }
    }

    /// The part of the budget that more urgent groups leave to it when it needs it, in percent.
    const fn floor(self) -> f64 {
        match self {
            Self::AtRisk => 0.0,
            Self::Open => 20.0,
            Self::Flat | Self::State | Self::History => 10.0,
        }
    }
}

/// How near an account is to trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Risk {
    /// Half of the margin is needed to maintain the positions.
    Near,
    /// It holds positions, or nothing is known of it.
    Open,
    /// It holds none.
    Flat,
}

/// By how much each group's intervals are stretched; 1 is as configured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plan([f64; Group::ALL.len()]);

impl Default for Plan {
    fn default() -> Self {
        Self([1.0; Group::ALL.len()])
    }
}

impl Plan {
    /// Divides `budget` (weight a minute) among what is asked for, each as its group and its weight a minute.
    #[must_use]
    pub fn new(demands: impl IntoIterator<Item = (Group, f64)>, budget: f64) -> Self {
        let mut demand = [0.0; Group::ALL.len()];
        for (group, weight) in demands {
            demand[group as usize] += weight;
        }
        let whole = budget * (100.0 - KEPT_BACK) / 100.0;
        let floor = |group: Group| f64::min(demand[group as usize], whole * group.floor() / 100.0);
        let mut left = whole;
        Self(Group::ALL.map(|group| {
            let of_others: f64 = Group::ALL
                .into_iter()
                .filter(|g| *g > group)
                .map(floor)
                .sum();
            let granted = demand[group as usize].min(left - of_others);
            left -= granted;
            if demand[group as usize] > granted {
                demand[group as usize] / granted
            } else {
                1.0
            }
        }))
    }

    /// The interval that `group` can have where `configured` is wanted.
    #[must_use]
    pub fn interval(&self, group: Group, configured: Duration) -> Duration {
        let stretched = configured.as_secs_f64() * self.0[group as usize];
        Duration::try_from_secs_f64(stretched)
            .unwrap_or(Duration::MAX)
            .max(configured)
    }

    /// Whether everything runs as configured.
    #[must_use]
    pub fn is_as_configured(&self) -> bool {
        self.0.iter().all(|stretch| *stretch <= 1.0)
    }
}

/// What a collector costs in a minute at this interval. Orders by symbol, trades and income cost more where something
/// happens; the budget itself holds whatever happens.
#[must_use]
pub fn cost(collector: Collector, interval: Duration) -> f64 {
    let weight = |one_symbol| {
        f64::from(u32::try_from(Endpoint::of(collector).weight(one_symbol)).unwrap_or(u32::MAX))
    };
    let a_minute = |weight: f64, every: Duration| weight * 60.0 / every.as_secs_f64().max(0.001);
    match collector {
        Collector::Orders => {
            a_minute(weight(true), interval) + a_minute(weight(false), interval.max(SWEEP))
        }
        _ => a_minute(weight(false), interval),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const fn secs(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    #[test]
    fn enough_for_all_changes_nothing() {
        let plan = Plan::new([(Group::Open, 600.0), (Group::History, 400.0)], 1_200.0);
        assert!(plan.is_as_configured());
        assert_eq!(plan.interval(Group::Open, secs(10)), secs(10));
    }

    #[test]
    fn the_urgent_comes_first_and_everybody_gets_a_turn() {
        let demands = [
            (Group::AtRisk, 100.0),
            (Group::Open, 2_000.0),
            (Group::Flat, 200.0),
            (Group::State, 900.0),
            (Group::History, 450.0),
        ];
        // 900 to give: 90 each are kept for the last three.
        let plan = Plan::new(demands, 1_000.0);
        assert!(!plan.is_as_configured());
        assert_eq!(plan.interval(Group::AtRisk, secs(10)), secs(10));
        let open = plan.interval(Group::Open, secs(10)).as_secs_f64();
        assert!((open - 10.0 * 2_000.0 / 530.0).abs() < 1e-6, "{open}");
        assert_eq!(plan.interval(Group::State, secs(30)), secs(300));
        assert_eq!(plan.interval(Group::History, secs(60)), secs(300));
    }

    #[test]
    fn what_is_not_needed_goes_to_the_next() {
        let plan = Plan::new([(Group::State, 1_800.0)], 1_000.0);
        assert_eq!(plan.interval(Group::State, secs(30)), secs(60));
    }

    #[test]
    fn costs() {
        let near = |collector, interval, wanted: f64| {
            let found = cost(collector, interval);
            assert!((found - wanted).abs() < 1e-9, "{collector:?} {found}");
        };
        near(Collector::Account, secs(10), 30.0);
        near(Collector::Balance, secs(30), 10.0);
        near(Collector::Orders, secs(30), 2.0 + 8.0);
        near(Collector::Income, secs(60), 30.0);
    }

    proptest! {
        #[test]
        fn what_is_planned_fits_and_nobody_starves(
            demands in prop::collection::vec((0_usize..5, 0.1_f64..5_000.0), 1..40),
            budget in 60.0_f64..5_000.0,
        ) {
            let demands: Vec<_> = demands.into_iter().map(|(g, w)| (Group::ALL[g], w)).collect();
            let plan = Plan::new(demands.iter().copied(), budget);
            let planned: f64 = demands
                .iter()
                .map(|(group, weight)| weight / plan.interval(*group, secs(1)).as_secs_f64())
                .sum();
            // Durations are whole nanoseconds.
            prop_assert!(planned <= budget * 0.9 * (1.0 + 1e-6), "{planned} of {budget}");
            for (group, _) in demands {
                let stretch = plan.interval(group, secs(1)).as_secs_f64();
                prop_assert!(stretch.is_finite() && stretch < 1e9);
            }
        }
    }
}
