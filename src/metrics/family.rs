//! Constant metrics: families made new from a view, in the data model of the `prometheus` crate.

use prometheus::proto::{Counter, Gauge, LabelPair, Metric as Sample, MetricFamily, MetricType};
use rust_decimal::Decimal;

use super::catalog::{Metric, Type};

/// Builds families one after another; an empty one is left out, as the text format wants it.
#[derive(Debug, Default)]
pub struct Families(Vec<MetricFamily>);

impl Families {
    /// Adds the family of `metric` with these samples.
    pub fn add<'l, const N: usize>(
        &mut self,
        metric: &'static Metric,
        samples: impl IntoIterator<Item = ([&'l str; N], f64)>,
    ) {
        let samples = samples
            .into_iter()
            .map(|(values, number)| sample(metric, pairs(metric, &values), number))
            .collect();
        self.push(metric, samples);
    }

    /// Adds a family whose samples carry labels of their own beside those of the catalogue.
    pub fn push(&mut self, metric: &'static Metric, samples: Vec<Sample>) {
        if samples.is_empty() {
            return;
        }
        let mut family = MetricFamily::default();
        family.set_name(metric.name.to_owned());
        family.set_help(metric.help.to_owned());
        family.set_field_type(match metric.kind {
            Type::Gauge => MetricType::GAUGE,
            Type::Counter => MetricType::COUNTER,
            Type::Histogram => MetricType::HISTOGRAM,
        });
        family.set_metric(samples);
        self.0.push(family);
    }

    /// Adds families that another collector made.
    pub fn extend(&mut self, families: Vec<MetricFamily>) {
        self.0
            .extend(families.into_iter().filter(|f| !f.get_metric().is_empty()));
    }

    /// The families, in the order in which they were added.
    #[must_use]
    pub fn into_vec(self) -> Vec<MetricFamily> {
        self.0
    }
}

/// One label.
#[must_use]
pub fn pair(name: &str, value: &str) -> LabelPair {
    let mut pair = LabelPair::default();
    pair.set_name(name.to_owned());
    pair.set_value(value.to_owned());
    pair
}

/// The labels of the catalogue with these values.
#[must_use]
pub fn pairs(metric: &'static Metric, values: &[&str]) -> Vec<LabelPair> {
    debug_assert_eq!(metric.labels.len(), values.len(), "{}", metric.name);
    metric
        .labels
        .iter()
        .zip(values)
        .map(|(name, value)| pair(name, value))
        .collect()
}

/// One series with its number.
#[must_use]
pub fn sample(metric: &'static Metric, labels: Vec<LabelPair>, number: f64) -> Sample {
    let mut sample = Sample::from_label(labels);
    if metric.kind == Type::Counter {
        let mut counter = Counter::default();
        counter.set_value(number);
        sample.set_counter(counter);
    } else {
        let mut gauge = Gauge::default();
        gauge.set_value(number);
        sample.set_gauge(gauge);
    }
    sample
}

/// The float nearest to an exact amount; the only place where one becomes a float.
#[must_use]
pub fn float(amount: Decimal) -> f64 {
    // Through text: the standard library rounds correctly, the decimal crate's own conversion does not.
    amount.to_string().parse().unwrap_or(f64::NAN)
}

/// Seconds since the epoch from the exchange's milliseconds.
#[must_use]
pub fn seconds(millis: i64) -> f64 {
    float(Decimal::new(millis, 3))
}

/// Gauge values of a yes or no.
#[must_use]
pub const fn yes(flag: bool) -> f64 {
    if flag { 1.0 } else { 0.0 }
}
