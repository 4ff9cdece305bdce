//! Keeps the intervals to what the weight budget can serve, as the accounts' risks change.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rust_decimal::Decimal;
use tracing::{debug, warn};

use super::job::Job;
use super::plan::{Group, Plan, Risk, cost};
use crate::collector::Collector;
use crate::snapshot::view::{AccountView, Moment, View};

/// How long a plan holds.
const HOLDS: Duration = Duration::from_secs(1);
/// From this part of the margin balance on, needed to maintain positions, an account is near trouble.
const NEAR: Decimal = Decimal::from_parts(5, 0, 0, false, 1);

/// The plan in force.
#[derive(Debug)]
pub(super) struct Rhythm {
    stale_after: u32,
    plan: Mutex<Option<(Instant, Plan)>>,
    told: Mutex<Option<Plan>>,
}

impl Rhythm {
    pub(super) fn new(stale_after: u32) -> Self {
        Self {
            stale_after,
            plan: Mutex::default(),
            told: Mutex::default(),
        }
    }

    /// How long data is shown that is renewed at this interval.
    pub(super) fn max_age(&self, interval: Duration) -> Duration {
        interval.saturating_mul(self.stale_after)
    }

    /// How often `job` can run while all `jobs` share `budget`.
    pub(super) fn interval(
        &self,
        job: &Job,
        jobs: &[Arc<Job>],
        view: &View,
        budget: u64,
    ) -> Duration {
        let now = Moment::now();
        let mut standing = self.plan.lock().unwrap_or_else(PoisonError::into_inner);
        let held = standing.filter(|(made, _)| now.monotonic.duration_since(*made) < HOLDS);
        let plan = held.map_or_else(
            || plan(jobs, budget, |job| risk_of(job, view, &now)),
            |(_, plan)| plan,
        );
        if held.is_none() {
            *standing = Some((now.monotonic, plan));
        }
        let group = Group::of(job.id.collector, risk_of(job, view, &now));
        plan.interval(group, job.interval)
    }

    /// Says in the log, unless it was said before, whether the budget can serve what is configured, and what will be
    /// if not.
    pub(super) fn tell(&self, jobs: &[Arc<Job>], budget: u64) {
        let plan = plan(jobs, budget, |_| Risk::Open);
        let told = self
            .told
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .replace(plan);
        if told == Some(plan) {
            return;
        }
        let needed: f64 = jobs
            .iter()
            .map(|job| cost(job.id.collector, job.interval))
            .sum();
        if plan.is_as_configured() {
            debug!(
                needed = needed.ceil(),
                budget, "the weight budget serves all collectors as configured"
            );
            return;
        }
        let mut told = Vec::new();
        for collector in Collector::ALL {
            if let Some(job) = jobs.iter().find(|job| job.id.collector == collector) {
                let group = Group::of(collector, Risk::Open);
                let every = plan.interval(group, job.interval).as_secs_f64().ceil();
                told.push(format!("{} {every} s", collector.name()));
            }
        }
        warn!(
            needed = needed.ceil(),
            budget,
            "the weight budget cannot serve the configured intervals; it will be: {}. Accounts near their liquidation go \
             first. Longer intervals, fewer collectors or another IP address for some accounts mend it",
            told.join(", ")
        );
    }
}

fn plan(jobs: &[Arc<Job>], budget: u64, risk: impl Fn(&Job) -> Risk) -> Plan {
    let demands = jobs.iter().map(|job| {
        let collector = job.id.collector;
        (
            Group::of(collector, risk(job)),
            cost(collector, job.interval),
        )
    });
    Plan::new(
        demands,
        f64::from(u32::try_from(budget).unwrap_or(u32::MAX)),
    )
}

fn risk_of(job: &Job, view: &View, now: &Moment) -> Risk {
    let account = job.id.account();
    let account = view
        .accounts
        .iter()
        .find(|a| Some(a.name.as_str()) == account);
    account.map_or(Risk::Open, |account| risk(account, now))
}

/// How near `account` is to trouble, as far as is known.
fn risk(account: &AccountView, now: &Moment) -> Risk {
    let fresh = |collector| account.collector(collector)?.fresh(now);
    let totals = fresh(Collector::Account).and_then(|o| Some(&o.account()?.totals));
    let near = totals.is_some_and(|totals| {
        let (Some(needed), Some(margin)) = (totals.maintenance_margin, totals.margin_balance)
        else {
            return false;
        };
        needed > Decimal::ZERO && margin.checked_mul(NEAR).is_none_or(|half| needed >= half)
    });
    let positions = fresh(Collector::Positions).and_then(|o| o.positions()?.open);
    match positions {
        _ if near => Risk::Near,
        Some(0) => Risk::Flat,
        _ => Risk::Open,
    }
}
