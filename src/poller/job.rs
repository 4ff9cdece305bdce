//! One collector of one account: runs a collection, never two at a time, and publishes what it found.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::agent::AgentJob;
use super::board::{Board, Id};
use super::history::{Import, activity};
use crate::collector::Collector;
use crate::config::AccountConfig;
use crate::exchange::{Client, Endpoint, Error, Kind, Request};
use crate::snapshot::totals::TradeTotals;
use crate::snapshot::view::{Attempt, Moment, Observed};
use crate::snapshot::{self, Keep, Snapshot, history};

/// Beyond its own limit a collection gets this long to give up before it is given up.
const GRACE: Duration = Duration::from_secs(1);
/// Reading history takes many requests, each with a limit of its own; this bounds them together. What was read stays.
const LONGEST_HISTORY: Duration = Duration::from_hours(1);

/// Fills are told by symbol alone; this one is always listed.
const TRIAL_SYMBOL: &str = "BTCUSDT";

/// What is needed to run one collector of one account.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) id: Id,
    /// How often it is due.
    pub(super) interval: Duration,
    account: Option<Arc<AccountConfig>>,
    /// The watch over the account's agent key, if it has one.
    agent: Option<Arc<AgentJob>>,
    client: Client,
    work: Work,
    board: Arc<Board>,
    created: Instant,
    running: Mutex<Running>,
}

/// What a collection consists of.
#[derive(Debug)]
pub(super) enum Work {
    /// One request; this much of its answer is kept.
    Snapshot(Keep),
    /// Reading on where the ledger ends.
    History(Import),
    /// One request for history, to see whether it works; there is no ledger.
    Trial,
}

/// The newest collection.
#[derive(Debug, Default)]
struct Running {
    began: Option<Moment>,
    /// Closed when it ends.
    ended: Option<watch::Receiver<()>>,
}

impl Job {
    pub(super) fn new(
        collector: Collector,
        account: Option<Arc<AccountConfig>>,
        agent: Option<Arc<AgentJob>>,
        interval: Duration,
        client: Client,
        work: Work,
        board: Arc<Board>,
    ) -> Self {
        let account_name = account.as_ref().map(|a| a.name.clone());
        let name = account_name.as_deref().unwrap_or_default();
        client.stats().declare(name, Endpoint::of(collector));
        let id = Id {
            account: account_name,
            collector,
        };
        Self {
            id,
            interval,
            account,
            agent,
            client,
            work,
            board,
            created: Instant::now(),
            running: Mutex::default(),
        }
    }

    /// Collects within `limit`, unless the newest collection began less than `min_age` ago. When one is
    /// under way, waits for that one instead. A caller that goes away does not stop it.
    pub(super) async fn collect(self: &Arc<Self>, limit: Duration, min_age: Duration) {
        if let Some(mut ended) = self.join_or_start(limit, min_age) {
            // Nothing is ever sent: this returns when the other side is gone, also after a panic.
            let _ = ended.changed().await;
        }
    }

    fn join_or_start(
        self: &Arc<Self>,
        limit: Duration,
        min_age: Duration,
    ) -> Option<watch::Receiver<()>> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(ended) = running.ended.as_ref().filter(|r| r.has_changed().is_ok()) {
            return Some(ended.clone());
        }
        let now = Moment::now();
        if running
            .began
            .is_some_and(|began| now.since(&began) < min_age)
        {
            return None;
        }
        let (guard, ended) = watch::channel(());
        *running = Running {
            began: Some(now),
            ended: Some(ended.clone()),
        };
        let job = self.clone();
        tokio::spawn(async move {
            job.run(limit).await;
            drop(guard);
        });
        Some(ended)
    }

    async fn run(&self, limit: Duration) {
        let at = Moment::now();
        let longest = match self.work {
            Work::History(_) => LONGEST_HISTORY,
            Work::Snapshot(_) | Work::Trial => limit + GRACE,
        };
        let result = tokio::time::timeout(longest, self.collect_now(limit))
            .await
            .unwrap_or_else(|_| Err(Error::new(Kind::Timeout, "the collection hung")));
        let duration = Moment::now().since(&at);
        match result {
            Err(error) if let Some(why) = error.unsent => {
                self.board.skip(&self.id, why, &error);
            }
            Err(error) => {
                self.board.publish(
                    &self.id,
                    Attempt {
                        at,
                        duration,
                        error: Some(error),
                    },
                    None,
                );
            }
            Ok(snapshot) => {
                let observed = Arc::new(Observed { at, snapshot });
                self.board.publish(
                    &self.id,
                    Attempt {
                        at,
                        duration,
                        error: None,
                    },
                    Some(observed),
                );
            }
        }
    }

    async fn collect_now(&self, limit: Duration) -> Result<Snapshot, Error> {
        match &self.work {
            Work::Snapshot(keep) => self.snapshot(*keep, limit).await,
            Work::Trial => self.try_history(limit).await,
            Work::History(Import::Income(import)) => {
                let tell = |totals| self.tell(Snapshot::Income(totals));
                Ok(Snapshot::Income(import.poll(limit, &tell).await?))
            }
            Work::History(Import::Trades(import)) => {
                let view = self.board.subscribe().borrow().clone();
                let name = self.id.account().unwrap_or_default();
                let activity = activity(&view, name, &Moment::now());
                let tell = |totals| self.tell(Snapshot::Trades(totals));
                Ok(Snapshot::Trades(import.poll(activity, limit, &tell).await?))
            }
        }
    }

    /// Publishes how far a long import has come.
    fn tell(&self, snapshot: Snapshot) {
        let at = Moment::now();
        let attempt = Attempt {
            at,
            duration: Duration::ZERO,
            error: None,
        };
        self.board
            .publish(&self.id, attempt, Some(Arc::new(Observed { at, snapshot })));
    }

    async fn try_history(&self, limit: Duration) -> Result<Snapshot, Error> {
        let endpoint = Endpoint::of(self.id.collector);
        let mut request = Request::new(endpoint);
        if endpoint == Endpoint::UserTrades {
            request = request.with("symbol", TRIAL_SYMBOL);
        }
        let request = request.with("limit", "1");
        let body = self
            .client
            .fetch(self.account.as_deref(), &request, limit)
            .await?;
        let read = if endpoint == Endpoint::UserTrades {
            history::fills(&body).map(drop)
        } else {
            history::income(&body).map(drop)
        };
        let name = self.id.account().unwrap_or_default();
        let stats = self.client.stats();
        read.inspect_err(|e| stats.count_error(name, endpoint, e.kind, 1))?;
        Ok(Snapshot::Trades(TradeTotals::default()))
    }

    async fn snapshot(&self, keep: Keep, limit: Duration) -> Result<Snapshot, Error> {
        let endpoint = Endpoint::of(self.id.collector);
        let account = self.account.as_deref();
        let since = self.board.data_at(&self.id).unwrap_or(self.created);
        let request = Request::new(endpoint).since(Some(since));
        let body = self.client.fetch(account, &request, limit).await?;
        let name = self.id.account().unwrap_or_default();
        let stats = self.client.stats();
        let mapped = snapshot::map(self.id.collector, &body, keep)
            .inspect_err(|e| stats.count_error(name, endpoint, e.kind, 1))?;
        stats.count_error(name, endpoint, Kind::Decode, mapped.problems.count());
        if let Some(agent) = self.agent.as_ref().filter(|_| mapped.value.says_nothing()) {
            let vouched = agent.vouch(limit).await;
            vouched.inspect_err(|e| stats.count_error(name, endpoint, e.kind, 1))?;
        }
        self.board.report_problems(&self.id, &mapped.problems);
        Ok(mapped.value)
    }
}
