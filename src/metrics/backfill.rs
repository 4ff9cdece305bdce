//! The counters of the ledger as they would have been scraped in the past, in the `OpenMetrics` text format.
//!
//! `promtool tsdb create-blocks-from openmetrics` makes blocks of it. The series go on in those of the running exporter:
//! the same names and labels, and the same sums.

use std::collections::BTreeMap;
use std::io::{self, Write};

use rust_decimal::Decimal;

use super::catalog::{self as c, Metric};
use super::family::float;
use crate::snapshot::history::{Fill, Income};
use crate::snapshot::sums::{exact, split};

/// What one record adds to one counter: the labels beside `account`, and by how much.
type Additions = Vec<(Vec<String>, Decimal)>;

/// A counter, and what a record adds to it. A label set exists as soon as a record names it, also with nothing added.
pub type Counter<R> = (&'static Metric, fn(&R) -> Additions);

/// The counters of income.
pub const INCOME: [Counter<Income>; 3] = [
    (&c::INCOME_RECEIVED, |r| by_income(r, split(r.amount).0)),
    (&c::INCOME_PAID, |r| by_income(r, split(r.amount).1)),
    (&c::INCOME_RECORDS, |r| by_income(r, Decimal::ONE)),
];

/// The counters of trades.
pub const TRADES: [Counter<Fill>; 7] = [
    (&c::TRADES, |f| by_fill(f, Decimal::ONE)),
    (&c::TRADES_BASE_VOLUME, |f| by_fill(f, f.quantity)),
    (&c::TRADES_QUOTE_VOLUME, |f| by_fill(f, f.quote_quantity)),
    (&c::TRADES_REALIZED_PROFIT, |f| {
        by_position(f, split(f.realized_pnl).0)
    }),
    (&c::TRADES_REALIZED_LOSS, |f| {
        by_position(f, split(f.realized_pnl).1)
    }),
    (&c::TRADES_CLOSING, |f| {
        let outcome = |name: &str, counts: bool| {
            let labels = vec![f.symbol.clone(), f.position_side.clone(), name.to_owned()];
            (labels, Decimal::from(u8::from(counts)))
        };
        let (profit, loss) = split(f.realized_pnl);
        vec![
            outcome("win", !profit.is_zero()),
            outcome("loss", !loss.is_zero()),
        ]
    }),
    (&c::TRADES_COMMISSION, |f| {
        let labels = vec![
            f.symbol.clone(),
            f.commission_asset.clone(),
            f.liquidity().to_owned(),
        ];
        vec![(labels, f.commission.abs())]
    }),
];

fn by_income(record: &Income, amount: Decimal) -> Additions {
    let labels = [&record.income_type, &record.asset, &record.symbol];
    vec![(labels.map(Clone::clone).into(), amount)]
}

fn by_fill(fill: &Fill, amount: Decimal) -> Additions {
    let liquidity = fill.liquidity().to_owned();
    let labels = [&fill.symbol, &fill.side, &fill.position_side, &liquidity];
    vec![(labels.map(Clone::clone).into(), amount)]
}

fn by_position(fill: &Fill, amount: Decimal) -> Additions {
    vec![(
        vec![fill.symbol.clone(), fill.position_side.clone()],
        amount,
    )]
}

/// When samples are due: from the first to the last, a step apart; ms since the epoch.
#[derive(Debug, Clone, Copy)]
pub struct Steps {
    /// The time of the first sample.
    pub first: i64,
    /// No sample is later.
    pub last: i64,
    /// Between two samples; at least 1.
    pub step: i64,
}

/// One counter on its way into text.
#[derive(Debug)]
pub struct Backfill<'a, R> {
    counter: Counter<R>,
    account: &'a str,
    /// Labels that the scraping Prometheus adds, such as `instance`.
    extra: &'a [(String, String)],
    steps: Steps,
    /// The sum of each label set, by the time of the sample that first shows it.
    sums: BTreeMap<Vec<String>, Vec<(i64, Decimal)>>,
}

impl<'a, R> Backfill<'a, R> {
    /// A counter of `account` without records.
    #[must_use]
    pub const fn new(
        counter: Counter<R>,
        account: &'a str,
        extra: &'a [(String, String)],
        steps: Steps,
    ) -> Self {
        Self {
            counter,
            account,
            extra,
            steps,
            sums: BTreeMap::new(),
        }
    }

    /// Takes in a record; records come in the order of time.
    ///
    /// # Errors
    /// When a sum needs more digits than can be held exactly.
    pub fn add(&mut self, time: i64, record: &R) -> io::Result<()> {
        let Steps { first, step, .. } = self.steps;
        let late = (time - first).max(0);
        let shown = first + (late + step - 1) / step * step;
        for (labels, amount) in (self.counter.1)(record) {
            let sums = self.sums.entry(labels).or_default();
            let before = sums.last().map_or(Decimal::ZERO, |(_, sum)| *sum);
            let sum = exact(before, amount)
                .map_err(|_| io::Error::other("a sum has more digits than can be held exactly"))?;
            match sums.last_mut() {
                Some((at, last)) if *at == shown => *last = sum,
                _ => sums.push((shown, sum)),
            }
        }
        Ok(())
    }

    /// Writes the counter: each label set from the first step on, at 0 before its first record.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let metric = self.counter.0;
        let family = metric.name.trim_end_matches("_total");
        if self.sums.is_empty() {
            return Ok(());
        }
        writeln!(out, "# HELP {family} {}", metric.help)?;
        writeln!(out, "# TYPE {family} {}", metric.kind.name())?;
        for (labels, sums) in &self.sums {
            let series = self.series(labels);
            let (mut index, mut sum, mut at) = (0, Decimal::ZERO, self.steps.first);
            while at <= self.steps.last {
                while let Some((_, next)) = sums.get(index).filter(|(shown, _)| *shown <= at) {
                    (sum, index) = (*next, index + 1);
                }
                writeln!(out, "{series} {} {}", float(sum), Decimal::new(at, 3))?;
                at += self.steps.step;
            }
        }
        Ok(())
    }

    fn series(&self, values: &[String]) -> String {
        let metric = self.counter.0;
        let names = metric.labels.iter().skip(1).copied();
        let own = std::iter::once(("account", self.account))
            .chain(names.zip(values.iter().map(String::as_str)));
        let extra = self.extra.iter().map(|(n, v)| (n.as_str(), v.as_str()));
        let labels: Vec<String> = own
            .chain(extra)
            .map(|(name, value)| format!("{name}=\"{}\"", escape(value)))
            .collect();
        format!("{}{{{}}}", metric.name, labels.join(","))
    }
}

fn escape(value: &str) -> String {
    value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}
