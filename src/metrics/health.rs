//! What the exporter says of itself: collectors, requests, clock, build and process.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use prometheus::core::Collector as _;
use prometheus::process_collector::ProcessCollector;
use prometheus::proto::{Bucket, Histogram, Metric as Sample};

use super::catalog as c;
use super::family::{Families, pair, pairs, sample, yes};
use crate::exchange::stats::{BUCKETS, Histogram as Durations, StatsSnapshot};
use crate::ledger::Ledger;
use crate::snapshot::view::{CollectorView, Moment, Selection, View};
use crate::version;

/// The parts of the exporter's own numbers that don't come from views and requests.
#[derive(Debug)]
pub struct Health {
    process: Option<ProcessCollector>,
    config_read: SystemTime,
    ledger: Option<Ledger>,
}

impl Health {
    /// `process` says whether pages show `process_*`; `config_read` is when the configuration was read.
    #[must_use]
    pub fn new(process: bool, config_read: SystemTime, ledger: Option<Ledger>) -> Self {
        Self {
            process: process.then(ProcessCollector::for_self),
            config_read,
            ledger,
        }
    }

    /// The families at `now`. Those of the process as a whole (requests, clock, build) are left out
    /// where one account alone is asked for with `whole` false.
    #[must_use]
    pub fn families(
        &self,
        view: &View,
        selection: &Selection,
        stats: &StatsSnapshot,
        now: &Moment,
        whole: bool,
    ) -> Families {
        let mut families = Families::default();
        accounts(view, selection, now, &mut families);
        agents(view, selection, now, &mut families);
        collectors(view, selection, now, &mut families);
        requests(selection, stats, &mut families);
        if whole {
            exchange(stats, &mut families);
            self.exporter(&mut families);
        }
        families
    }

    fn exporter(&self, families: &mut Families) {
        let build = [version::VERSION, version::REVISION, version::RUSTC];
        families.add(&c::BUILD_INFO, [(build, 1.0)]);
        families.add(&c::CONFIG_RELOAD_SUCCESSFUL, [([], 1.0)]);
        families.add(&c::CONFIG_RELOAD_TIMESTAMP, [([], unix(self.config_read))]);
        let rebuilds = self.ledger.as_ref().map(|ledger| count(ledger.rebuilds()));
        families.add(&c::LEDGER_REBUILDS, rebuilds.map(|n| ([], n)));
        if let Some(process) = &self.process {
            families.extend(process.collect());
        }
    }
}

fn accounts(view: &View, selection: &Selection, now: &Moment, families: &mut Families) {
    let selected = || {
        view.accounts
            .iter()
            .filter(|a| selection.includes_account(Some(&a.name)))
    };
    let info = selected().map(|a| {
        let own = a.labels.iter().map(|(name, value)| pair(name, value));
        let labels = pairs(&c::ACCOUNT_INFO, &[&a.name, a.auth])
            .into_iter()
            .chain(own)
            .collect();
        sample(&c::ACCOUNT_INFO, labels, 1.0)
    });
    families.push(&c::ACCOUNT_INFO, info.collect());
    families.add(
        &c::UP,
        selected().map(|a| ([a.name.as_str()], yes(a.up(now)))),
    );
}

fn agents(view: &View, selection: &Selection, now: &Moment, families: &mut Families) {
    let known = || {
        view.accounts
            .iter()
            .filter(|a| selection.includes_account(Some(&a.name)))
            .filter_map(|a| Some((a.name.as_str(), a.agent.as_ref()?.fresh(now)?)))
    };
    families.add(
        &c::AGENT_EXPIRY_TIMESTAMP,
        known().filter_map(|(account, agent)| {
            Some(([account], super::family::seconds(agent.expires?)))
        }),
    );
    families.add(
        &c::AGENT_PERMISSION,
        known().flat_map(|(account, agent)| {
            [
                ("read", agent.can_read),
                ("spot_trade", agent.can_spot_trade),
                ("perp_trade", agent.can_perp_trade),
                ("withdraw", agent.can_withdraw),
            ]
            .into_iter()
            .filter_map(move |(permission, can)| Some(([account, permission], yes(can?))))
        }),
    );
}

fn collectors(view: &View, selection: &Selection, now: &Moment, families: &mut Families) {
    type Number = fn(&CollectorView, &Moment) -> Option<f64>;
    const COLUMNS: [(&c::Metric, Number); 6] = [
        (&c::COLLECTOR_SUCCESS, |v, now| Some(yes(v.succeeded(now)))),
        (&c::COLLECTOR_LAST_SUCCESS, |v, _| {
            Some(unix(v.data.as_ref()?.at.wall))
        }),
        (&c::COLLECTOR_LAST_ATTEMPT, |v, _| {
            Some(unix(v.attempt.as_ref()?.at.wall))
        }),
        (&c::COLLECTOR_DURATION, |v, _| {
            Some(v.attempt.as_ref()?.duration.as_secs_f64())
        }),
        (&c::COLLECTOR_INTERVAL, |v, _| {
            Some(v.interval.as_secs_f64())
        }),
        (&c::COLLECTOR_PANICS, |v, _| Some(count(v.panics))),
    ];
    let rows = || {
        view.collectors()
            .filter(|(account, v)| selection.includes(*account, v.collector))
            .map(|(account, v)| ([account.unwrap_or_default(), v.collector.name()], v))
    };
    for (metric, number) in COLUMNS {
        families.add(
            metric,
            rows().filter_map(|(labels, v)| Some((labels, number(v, now)?))),
        );
    }
    families.add(
        &c::COLLECTOR_SKIPPED,
        rows().flat_map(|([account, collector], v)| {
            [
                ("budget", v.skipped_budget),
                ("blocked", v.skipped_blocked),
                ("overrun", v.skipped_overrun),
            ]
            .map(|(reason, number)| ([account, collector, reason], count(number)))
        }),
    );
}

fn requests(selection: &Selection, stats: &StatsSnapshot, families: &mut Families) {
    let shown =
        |account: &str| selection.includes_account((!account.is_empty()).then_some(account));
    let requests = stats
        .requests
        .iter()
        .filter(|((account, ..), _)| shown(account));
    let requests = requests.map(|((account, endpoint, outcome), number)| {
        let labels = pairs(
            &c::API_REQUESTS,
            &[account, endpoint.name(), &outcome.to_string()],
        );
        sample(&c::API_REQUESTS, labels, count(*number))
    });
    families.push(&c::API_REQUESTS, requests.collect());
    let errors = stats
        .errors
        .iter()
        .filter(|((account, ..), _)| shown(account));
    families.add(
        &c::API_ERRORS,
        errors.map(|((account, endpoint, kind), number)| {
            ([&**account, endpoint.name(), kind.name()], count(*number))
        }),
    );
    let weight = stats
        .weight
        .iter()
        .filter(|((account, _), _)| shown(account));
    families.add(
        &c::API_WEIGHT_SPENT,
        weight.map(|((account, endpoint), spent)| ([&**account, endpoint.name()], count(*spent))),
    );
}

fn exchange(stats: &StatsSnapshot, families: &mut Families) {
    let durations = stats.durations.iter().map(|(endpoint, histogram)| {
        duration_sample(
            pairs(&c::API_REQUEST_DURATION, &[endpoint.name()]),
            histogram,
        )
    });
    families.push(&c::API_REQUEST_DURATION, durations.collect());
    let single = |number: Option<f64>| number.map(|n| ([], n));
    families.add(&c::API_USED_WEIGHT, single(stats.used_weight.map(count)));
    families.add(&c::API_WEIGHT_LIMIT, single(stats.weight_limit.map(count)));
    families.add(
        &c::API_WEIGHT_BUDGET,
        single(stats.weight_budget.map(count)),
    );
    families.add(&c::API_BLOCKED_UNTIL, single(stats.blocked_until.map(unix)));
    families.add(
        &c::CLOCK_OFFSET,
        single(stats.clock_offset_ms.map(super::family::seconds)),
    );
}

fn duration_sample(labels: Vec<prometheus::proto::LabelPair>, durations: &Durations) -> Sample {
    let mut histogram = Histogram::default();
    let buckets = BUCKETS
        .into_iter()
        .zip(durations.buckets)
        .map(|(upper_bound, number)| {
            let mut bucket = Bucket::default();
            bucket.set_upper_bound(upper_bound);
            bucket.set_cumulative_count(number);
            bucket
        });
    histogram.set_bucket(buckets.collect());
    histogram.set_sample_sum(durations.sum);
    histogram.set_sample_count(durations.count);
    let mut sample = Sample::from_label(labels);
    sample.set_histogram(histogram);
    sample
}

fn unix(time: SystemTime) -> f64 {
    time.duration_since(UNIX_EPOCH)
        .unwrap_or(Duration::ZERO)
        .as_secs_f64()
}

/// Exact up to 2^53, which no counter of requests reaches.
#[allow(
    clippy::cast_precision_loss,
    reason = "counts of requests stay far below 2^53"
)]
const fn count(number: u64) -> f64 {
    number as f64
}
