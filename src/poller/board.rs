//! Where collections put what they found: the one view, and the log lines of what changed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tracing::{debug, info, warn};

use crate::collector::Collector;
use crate::exchange::error::{Error, Kind, Unsent};
use crate::snapshot::Problems;
use crate::snapshot::view::{AgentView, Attempt, CollectorView, Observed, View};

/// A collector of an account; `None` is the account of what belongs to none.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Id {
    pub(super) account: Option<String>,
    pub(super) collector: Collector,
}

impl Id {
    pub(super) fn account(&self) -> Option<&str> {
        self.account.as_deref()
    }
}

/// Publishes views; each is a value of its own that a reader can keep.
#[derive(Debug)]
pub(super) struct Board {
    view: watch::Sender<Arc<View>>,
    /// The problems last logged of each collector: the same ones are not logged at every collection.
    logged: Mutex<BTreeMap<Id, Problems>>,
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
    pub(super) fn publish(&self, id: &Id, attempt: Attempt, data: Option<Arc<Observed>>) {
        self.update(id, |collector| {
            log_change(id, collector.attempt.as_ref(), &attempt);
            let internal = |error: &Error| error.kind == Kind::Internal;
            collector.panics += u64::from(attempt.error.as_ref().is_some_and(internal));
            collector.attempt = Some(attempt);
            if data.is_some() {
                collector.data = data;
            }
        });
    }

    pub(super) fn skip(&self, id: &Id, why: Unsent, error: &Error) {
        debug!(
            account = id.account(),
            collector = id.collector.name(),
            "not collected: {error}"
        );
        self.update(id, |collector| match why {
            Unsent::Blocked(_) => collector.skipped_blocked += 1,
            Unsent::Budget => collector.skipped_budget += 1,
        });
    }

    /// When the data was taken that is there now.
    pub(super) fn data_at(&self, id: &Id) -> Option<Instant> {
        self.collector(id, |c| Some(c.data.as_ref()?.at.monotonic))?
    }

    fn collector<T>(&self, id: &Id, read: impl FnOnce(&CollectorView) -> T) -> Option<T> {
        let view = self.view.borrow();
        let mut collectors = view.collectors();
        let wanted = |(account, c): &(Option<&str>, &CollectorView)| {
            *account == id.account() && c.collector == id.collector
        };
        collectors.find(wanted).map(|(_, c)| read(c))
    }

    /// From now on data is renewed at this interval, and shown for `max_age`.
    pub(super) fn set_interval(&self, id: &Id, interval: Duration, max_age: Duration) {
        let set = self.collector(id, |c| (c.interval, c.max_age));
        if set != Some((interval, max_age)) {
            self.update(id, |c| (c.interval, c.max_age) = (interval, max_age));
        }
    }

    pub(super) fn skip_overrun(&self, id: &Id, missed: u64) {
        if missed > 0 {
            self.update(id, |collector| collector.skipped_overrun += missed);
        }
    }

    pub(super) fn report_problems(&self, id: &Id, problems: &Problems) {
        let mut logged = self.logged.lock().unwrap_or_else(PoisonError::into_inner);
        let known = logged.get(id);
        if known == Some(problems) || (known.is_none() && problems.count() == 0) {
            return;
        }
        if problems.count() > 0 {
            warn!(
                account = id.account(),
                collector = id.collector.name(),
                "parts of the answer could not be read and are not exposed: {}",
                problems.summary()
            );
        } else {
            info!(
                account = id.account(),
                collector = id.collector.name(),
                "all of the answer can be read again"
            );
        }
        logged.insert(id.clone(), problems.clone());
    }

    /// What is known of the agent key of `account`.
    pub(super) fn agent(&self, account: &str) -> Option<AgentView> {
        let view = self.view.borrow();
        let account = view.accounts.iter().find(|a| a.name == account)?;
        account.agent.clone()
    }

    pub(super) fn publish_agent(&self, account: &str, agent: AgentView) {
        self.view.send_modify(|view| {
            let mut accounts = Arc::make_mut(view).accounts.iter_mut();
            if let Some(account) = accounts.find(|a| a.name == account) {
                Arc::make_mut(account).agent = Some(agent);
            }
        });
    }

    fn update(&self, id: &Id, change: impl FnOnce(&mut CollectorView)) {
        self.view.send_modify(|view| {
            let view = Arc::make_mut(view);
            let collector = match id.account() {
                None => view.market.as_mut().map(Arc::make_mut),
                Some(name) => view
                    .accounts
                    .iter_mut()
                    .find(|a| a.name == name)
                    .and_then(|a| {
                        let collectors = &mut Arc::make_mut(a).collectors;
                        collectors.iter_mut().find(|c| c.collector == id.collector)
                    }),
            };
            if let Some(collector) = collector {
                change(collector);
            }
        });
    }
}

/// One line when a collector begins to fail, fails for another reason, or recovers.
fn log_change(id: &Id, before: Option<&Attempt>, now: &Attempt) {
    let (account, collector) = (id.account(), id.collector.name());
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
