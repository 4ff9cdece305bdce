//! Net income over windows that slide with time: exact at the moment of a scrape, and cheap.
//!
//! A window is summed when the ledger was last read. Until it is read again records only leave a window, and those
//! that will leave soon are kept one by one. `today` is the UTC day.

use std::collections::BTreeMap;
use std::time::Duration;

use rust_decimal::Decimal;

use super::sums::{HourKey, Inexact, NetSum, Sum as _, exact, hour, hour_start};

const DAY_MS: i64 = 86_400_000;

/// The windows beside `today`: their names, and their lengths in milliseconds.
pub const SLIDING: [(&str, i64); 3] = [("24h", DAY_MS), ("7d", 7 * DAY_MS), ("30d", 30 * DAY_MS)];

/// A type of income in an asset.
pub type NetKey = (String, String);

/// A part of a record that windows are made from: its `time`, type and asset, and amount.
pub type Part = (i64, NetKey, Decimal);

/// The sums of all windows as they were when the ledger was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Windows {
    /// The exchange's time when they were made, ms since the epoch.
    taken: i64,
    /// How long the sliding windows can be told from what is here, ms.
    horizon: i64,
    /// Since when the ledger has every record.
    start: i64,
    rows: BTreeMap<NetKey, Row>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Row {
    today: Decimal,
    tomorrow: Decimal,
    sliding: [Sliding; SLIDING.len()],
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Sliding {
    /// Of the records that stay within the window until the horizon.
    staying: Decimal,
    /// Of those that leave before: their times and amounts.
    leaving: Vec<(i64, Decimal)>,
}

impl Windows {
    /// The times, after the first and before the second, of which records must be read one by one for windows at
    /// `now` and for `horizon` after it.
    #[must_use]
    pub fn edges(now: i64, horizon: Duration) -> [(i64, i64); SLIDING.len()] {
        let horizon = millis(horizon);
        SLIDING.map(|(_, length)| {
            let edge = now.saturating_sub(length);
            (edge, hour_start(hour(edge.saturating_add(horizon)) + 1))
        })
    }

    /// The windows at `now` of these types and assets, from sums by hour, and from the records between each of the
    /// [`Windows::edges`].
    ///
    /// # Errors
    /// [`Inexact`] when a sum has too many digits.
    pub fn new(
        now: i64,
        horizon: Duration,
        start: i64,
        known: impl IntoIterator<Item = NetKey>,
        by_hour: &BTreeMap<HourKey, NetSum>,
        parts: &[Vec<Part>; SLIDING.len()],
    ) -> Result<Self, Inexact> {
        let edges = Self::edges(now, horizon);
        let horizon = millis(horizon);
        let midnight = now.div_euclid(DAY_MS) * DAY_MS;
        // Those without a record for a month are 0, not absent.
        let mut rows: BTreeMap<NetKey, Row> =
            known.into_iter().map(|key| (key, Row::default())).collect();
        for (key, net) in by_hour {
            let row = rows
                .entry((key.income_type.clone(), key.asset.clone()))
                .or_default();
            let begins = hour_start(key.hour);
            if begins >= midnight {
                row.today = exact(row.today, net.0)?;
            }
            if begins >= midnight + DAY_MS {
                row.tomorrow = exact(row.tomorrow, net.0)?;
            }
            for (sliding, (_, whole)) in row.sliding.iter_mut().zip(edges) {
                if begins >= whole {
                    sliding.staying = exact(sliding.staying, net.0)?;
                }
            }
        }
        for (index, parts) in parts.iter().enumerate() {
            let (edge, whole) = edges[index];
            for (time, key, amount) in parts
                .iter()
                .filter(|(time, ..)| *time > edge && *time < whole)
            {
                let sliding = &mut rows.entry(key.clone()).or_default().sliding[index];
                if *time > edge + horizon {
                    sliding.staying = exact(sliding.staying, *amount)?;
                } else {
                    sliding.leaving.push((*time, *amount));
                }
            }
        }
        Ok(Self {
            taken: now,
            horizon,
            start,
            rows,
        })
    }

    /// When they were made, by the exchange's clock, ms since the epoch.
    #[must_use]
    pub const fn taken(&self) -> i64 {
        self.taken
    }

    /// The sum of each type, asset and window at `now`, the exchange's time in ms. A window that reaches beyond
    /// the ledger's start is left out, and so is every window after the horizon.
    #[must_use]
    pub fn at(&self, now: i64) -> Vec<(&NetKey, &'static str, Decimal)> {
        if now > self.taken.saturating_add(self.horizon) {
            return Vec::new();
        }
        let mut nets = Vec::with_capacity(self.rows.len() * (SLIDING.len() + 1));
        let midnight = now.div_euclid(DAY_MS) * DAY_MS;
        let same_day = midnight <= self.taken;
        for (key, row) in &self.rows {
            if midnight >= self.start {
                let net = if same_day { row.today } else { row.tomorrow };
                nets.push((key, "today", net));
            }
            for (sliding, (name, length)) in row.sliding.iter().zip(SLIDING) {
                let edge = now.saturating_sub(length);
                if edge >= self.start
                    && let Some(net) = sliding.at(edge)
                {
                    nets.push((key, name, net));
                }
            }
        }
        nets
    }
}

impl Sliding {
    fn at(&self, edge: i64) -> Option<Decimal> {
        let inside = self.leaving.iter().filter(|(time, _)| *time > edge);
        let mut net = NetSum(self.staying);
        for (_, amount) in inside {
            net.add(&NetSum(*amount)).ok()?;
        }
        Some(net.0)
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 4)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: i64 = 1_700_000_000_000;
    const HORIZON: Duration = Duration::from_mins(4);

    fn windows(records: &[(i64, i64)], start: i64) -> Windows {
        let key = || ("FUNDING_FEE".to_owned(), "USDT".to_owned());
        let mut by_hour: BTreeMap<HourKey, NetSum> = BTreeMap::new();
        for (time, cents) in records {
            let hour = HourKey {
                income_type: key().0,
                asset: key().1,
                hour: hour(*time),
            };
            by_hour.entry(hour).or_default().0 += Decimal::new(*cents, 2);
        }
        let parts = Windows::edges(NOW, HORIZON).map(|(after, before)| {
            let inside = records.iter().filter(|(t, _)| *t > after && *t < before);
            inside
                .map(|(t, c)| (*t, key(), Decimal::new(*c, 2)))
                .collect()
        });
        Windows::new(NOW, HORIZON, start, [key()], &by_hour, &parts).expect("exact")
    }

    proptest! {
        /// Whatever the records, a window at any time until the horizon is the sum of the records within it.
        #[test]
        fn a_window_is_the_sum_of_its_records(
            mut records in prop::collection::vec((0_i64..31 * DAY_MS, -1000_i64..1000), 0..60),
            edges in prop::collection::vec((0_usize..3, -300_000_i64..300_000), 0..20),
            later in 0_i64..240_000,
        ) {
            for (age, _) in &mut records {
                *age = NOW - *age;
            }
            records.extend(edges.iter().map(|(w, near)| (NOW - SLIDING[*w].1 + near, 7)));
            let now = NOW + later;
            let nets = windows(&records, 0);
            let found = nets.at(now);
            let midnight = now.div_euclid(DAY_MS) * DAY_MS;
            for (_, name, net) in found {
                let inside = |time: i64| match SLIDING.iter().find(|(n, _)| *n == name) {
                    Some((_, length)) => time > now - length,
                    None => time >= midnight,
                };
                let due: i64 = records.iter().filter(|(t, _)| inside(*t)).map(|(_, c)| c).sum();
                prop_assert_eq!(net, Decimal::new(due, 2), "{}", name);
            }
        }
    }

    #[test]
    fn a_window_is_shown_only_as_far_as_the_ledger_reaches() {
        let names = |start| {
            let windows = windows(&[(NOW, 100)], start);
            windows
                .at(NOW)
                .into_iter()
                .map(|(_, name, _)| name)
                .collect::<Vec<_>>()
        };
        assert_eq!(names(NOW - 31 * DAY_MS), ["today", "24h", "7d", "30d"]);
        assert_eq!(names(NOW - 2 * DAY_MS), ["today", "24h"]);
        assert!(names(NOW).is_empty());
    }

    #[test]
    fn what_had_no_record_for_a_month_is_zero() {
        let nets = windows(&[], 0);
        let amounts: Vec<_> = nets.at(NOW).into_iter().map(|(.., net)| net).collect();
        assert_eq!(amounts, [Decimal::ZERO; 4]);
    }

    #[test]
    fn nothing_is_told_after_the_horizon() {
        let windows = windows(&[(NOW, 100)], 0);
        assert_eq!(windows.at(NOW + 240_000).len(), 4);
        assert!(windows.at(NOW + 240_001).is_empty());
    }
}
