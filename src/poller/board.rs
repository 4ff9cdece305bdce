//! Where collections put what they found: the one view, and the log lines of what changed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;
use tracing::{debug, info, warn};

use super::job::Job;
use crate::exchange::error::Error;
use crate::snapshot::Problems;
use crate::snapshot::view::{Attempt, CollectorView, Observed, View};

/// Publishes views; each is a value of its own that a reader can keep.
#[derive(Debug)]
pub(super) struct Board {
    view: watch::Sender<Arc<View>>,
    /// The problems last logged of each job: the same ones are not logged at every collection.
    logged: Mutex<BTreeMap<(String, &'static str), Problems>>,
}

impl Board {
    pub(super) fn new(view: View) -> Self {
        Self {
            view: watch::Sender::new(Arc::new(view)),
            logged: Mutex::default(),
        }
    }

    pub(super) fn subscribe(&self) -> watch::Receiver<Arc<View>> {
        self.view.subscribe()
    }

    /// Publishes the end of a collection; data that it did not renew stays until it is too old.
    pub(super) fn publish(&self, job: &Job, attempt: Attempt, data: Option<Arc<Observed>>) {
        self.update(job, |collector| {
            log_change(job, collector.attempt.as_ref(), &attempt);
            collector.attempt = Some(attempt);
            if data.is_some() {
                collector.data = data;
            }
        });
    }

    pub(super) fn skip_blocked(&self, job: &Job, error: &Error) {
        debug!(
            account = job.account_name(),
            collector = job.collector.name(),
            "not collected: {error}"
        );
        self.update(job, |collector| collector.skipped_blocked += 1);
    }

    pub(super) fn skip_overrun(&self, job: &Job, missed: u64) {
        if missed > 0 {
            self.update(job, |collector| collector.skipped_overrun += missed);
        }
    }

    pub(super) fn report_problems(&self, job: &Job, problems: &Problems) {
        let key = (
            job.account_name().unwrap_or_default().to_owned(),
            job.collector.name(),
        );
        let mut logged = self.logged.lock().unwrap_or_else(PoisonError::into_inner);
        let known = logged.get(&key);
        if known == Some(problems) || (known.is_none() && problems.count() == 0) {
            return;
        }
        if problems.count() > 0 {
            warn!(
                account = key.0,
                collector = key.1,
                "parts of the answer could not be read and are not exposed: {}",
                problems.summary()
            );
        } else {
            info!(
                account = key.0,
                collector = key.1,
                "all of the answer can be read again"
            );
        }
        logged.insert(key, problems.clone());
    }

    fn update(&self, job: &Job, change: impl FnOnce(&mut CollectorView)) {
        self.view.send_modify(|view| {
            let view = Arc::make_mut(view);
            let collector = match job.account_name() {
                None => view.market.as_mut().map(Arc::make_mut),
                Some(name) => view
                    .accounts
                    .iter_mut()
                    .find(|a| a.name == name)
                    .and_then(|a| {
                        let collectors = &mut Arc::make_mut(a).collectors;
                        collectors.iter_mut().find(|c| c.collector == job.collector)
                    }),
            };
            if let Some(collector) = collector {
                change(collector);
            }
        });
    }
}

/// One line when a collector begins to fail, fails for another reason, or recovers.
fn log_change(job: &Job, before: Option<&Attempt>, now: &Attempt) {
    let (account, collector) = (job.account_name(), job.collector.name());
    let before = before.and_then(|a| a.error.as_ref());
    match (before, &now.error) {
        (None, None) => debug!(account, collector, took = ?now.duration, "collected"),
        (Some(_), None) => info!(account, collector, "collected again"),
        (Some(before), Some(error)) if before.kind == error.kind => {
            debug!(
                account,
                collector,
                kind = error.kind.name(),
                "still failing: {error}"
            );
        }
        (_, Some(error)) => {
            warn!(
                account,
                collector,
                kind = error.kind.name(),
                "collection failed: {error}"
            );
        }
    }
}
