//! One collector of one account: runs a collection, never two at a time, and publishes what it found.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::FutureExt as _;
use tokio::sync::watch;

use super::agent::AgentJob;
use super::board::{Board, Id};
use super::history::{Import, activity};
use super::orders::{Sweep, joined};
use super::schedule;
use crate::collector::Collector;
use crate::config::AccountConfig;
use crate::exchange::{Client, Endpoint, Error, Kind, Request};
use crate::snapshot::totals::TradeTotals;
use crate::snapshot::view::{AccountView, Attempt, Moment, Observed};
use crate::snapshot::{self, Keep, Snapshot, history};

/// Beyond its own limit a collection gets this long to give up before it is given up.
const GRACE: Duration = Duration::from_secs(1);
/// Reading history takes many requests, each with a limit of its own; this bounds them together. What was read stays.
const LONGEST_HISTORY: Duration = Duration::from_hours(1);

/// How late a timer may be before it counts as stopped.
const LATE: Duration = Duration::from_mins(1);

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
    trouble: Mutex<Trouble>,
    /// By when its timer must have come round; none while it has no timer.
    round: Mutex<Option<Instant>>,
}

/// What a collection consists of.
#[derive(Debug)]
pub(super) enum Work {
    /// One request; this much of its answer is kept.
    Snapshot(Keep),
    /// Open orders, by symbol or all at once.
    Orders(Keep, Sweep),
    /// Reading on where the ledger ends.
    History(Import),
    /// One request for history, to see whether it works; there is no ledger.
    Trial,
}

/// Failures in a row.
#[derive(Debug, Default)]
struct Trouble {
    failures: u32,
    /// Nothing is tried before.
    until: Option<Instant>,
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
            trouble: Mutex::default(),
            round: Mutex::default(),
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
        let recent = running
            .began
            .is_some_and(|began| now.since(&began) < min_age);
        if recent || self.retry_at().is_some() {
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

    /// When the next attempt is due after a failure, if that is still to come.
    pub(super) fn retry_at(&self) -> Option<Instant> {
        self.trouble().until.filter(|until| Instant::now() < *until)
    }

    /// Its timer goes on now, and must come round again within the time of a collection and `pause`.
    pub(super) fn beat(&self, pause: Duration, limit: Duration) {
        let round = Instant::now() + pause + self.longest(limit) + LATE;
        *self.round.lock().unwrap_or_else(PoisonError::into_inner) = Some(round);
    }

    /// Whether its timer has stopped.
    pub(super) fn stalled(&self, now: Instant) -> bool {
        let round = *self.round.lock().unwrap_or_else(PoisonError::into_inner);
        round.is_some_and(|round| now > round)
    }

    fn longest(&self, limit: Duration) -> Duration {
        match self.work {
            Work::History(_) => LONGEST_HISTORY,
            Work::Snapshot(_) | Work::Orders(..) | Work::Trial => limit + GRACE,
        }
    }

    fn trouble(&self) -> MutexGuard<'_, Trouble> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in how a collection ended: when the next one is due.
    fn learn(&self, failed: Option<Kind>) {
        let mut trouble = self.trouble();
        let Some(kind) = failed else {
            *trouble = Trouble::default();
            return;
        };
        trouble.failures = trouble.failures.saturating_add(1);
        let pause = schedule::retry(kind, trouble.failures, self.interval, rand::random());
        trouble.until = pause.map(|pause| Instant::now() + pause);
    }

    async fn run(&self, limit: Duration) {
        let at = Moment::now();
        let work = tokio::time::timeout(self.longest(limit), self.collect_now(at, limit));
        let result = guarded(work).await.and_then(|ended| {
            ended.unwrap_or_else(|_| Err(Error::new(Kind::Timeout, "the collection hung")))
        });
        let duration = Moment::now().since(&at);
        match &result {
            Ok(_) => self.learn(None),
            Err(error) if error.unsent.is_none() => self.learn(Some(error.kind)),
            Err(_) => {}
        }
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
            Ok(observed) => {
                self.board.publish(
                    &self.id,
                    Attempt {
                        at,
                        duration,
                        error: None,
                    },
                    Some(Arc::new(observed)),
                );
            }
        }
    }

    /// What is found now; `now` is when that began.
    async fn collect_now(&self, now: Moment, limit: Duration) -> Result<Observed, Error> {
        let known = self.account_view();
        let snapshot = match &self.work {
            Work::Snapshot(keep) => self.snapshot(*keep, limit).await?,
            Work::Orders(keep, sweep) => self.orders(*keep, sweep, &now, limit).await?,
            Work::Trial => self.try_history(limit).await?,
            Work::History(Import::Income(import, wallets)) => {
                let known = known.as_deref();
                if let Some(at) = known.and_then(|known| wallets.quiet(known, &now)) {
                    let snapshot = Snapshot::Income(import.known(limit).await?);
                    return Ok(Observed { at, snapshot });
                }
                let reading = known.and_then(|known| wallets.reading(known, &now));
                let tell = |totals| self.tell(Snapshot::Income(totals));
                let totals = import.poll(limit, &tell).await?;
                wallets.read(reading);
                Snapshot::Income(totals)
            }
            Work::History(Import::Trades(import)) => {
                let activity = known
                    .map(|known| activity(&known, &now))
                    .unwrap_or_default();
                let tell = |totals| self.tell(Snapshot::Trades(totals));
                Snapshot::Trades(import.poll(activity, limit, &tell).await?)
            }
        };
        Ok(Observed { at: now, snapshot })
    }

    /// What all collectors of its account have found.
    fn account_view(&self) -> Option<Arc<AccountView>> {
        let view = self.board.subscribe();
        let view = view.borrow();
        let mut accounts = view.accounts.iter();
        accounts
            .find(|a| Some(a.name.as_str()) == self.id.account())
            .cloned()
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
        let body = self.fetch(&request, limit).await?;
        let read = if endpoint == Endpoint::UserTrades {
            history::fills(&body).map(drop)
        } else {
            history::income(&body).map(drop)
        };
        read.inspect_err(|e| self.count(e.kind, 1))?;
        Ok(Snapshot::Trades(TradeTotals::default()))
    }

    async fn orders(
        &self,
        keep: Keep,
        sweep: &Sweep,
        now: &Moment,
        limit: Duration,
    ) -> Result<Snapshot, Error> {
        let account = self.account_view();
        let Some(symbols) = account.and_then(|account| sweep.symbols(&account, now)) else {
            let found = self.snapshot(keep, limit).await?;
            sweep.swept(now.monotonic);
            return Ok(found);
        };
        let mut answers = Vec::with_capacity(symbols.len());
        for symbol in symbols {
            let request = self.request().with("symbol", symbol);
            answers.push(self.fetch(&request, limit).await?);
        }
        let all = joined(&answers).inspect_err(|error| self.count(error.kind, 1))?;
        self.mapped(&all, keep, limit).await
    }

    async fn snapshot(&self, keep: Keep, limit: Duration) -> Result<Snapshot, Error> {
        let body = self.fetch(&self.request(), limit).await?;
        self.mapped(&body, keep, limit).await
    }

    fn request(&self) -> Request {
        let since = self.board.data_at(&self.id).unwrap_or(self.created);
        Request::new(Endpoint::of(self.id.collector)).since(Some(since))
    }

    async fn fetch(&self, request: &Request, limit: Duration) -> Result<Bytes, Error> {
        self.client
            .fetch(self.account.as_deref(), request, limit)
            .await
    }

    fn count(&self, kind: Kind, n: u64) {
        let name = self.id.account().unwrap_or_default();
        let endpoint = Endpoint::of(self.id.collector);
        self.client.stats().count_error(name, endpoint, kind, n);
    }

    async fn mapped(&self, body: &[u8], keep: Keep, limit: Duration) -> Result<Snapshot, Error> {
        let mapped =
            snapshot::map(self.id.collector, body, keep).inspect_err(|e| self.count(e.kind, 1))?;
        self.count(Kind::Decode, mapped.problems.count());
        if let Some(agent) = self.agent.as_ref().filter(|_| mapped.value.says_nothing()) {
            let vouched = agent.vouch(limit).await;
            vouched.inspect_err(|e| self.count(e.kind, 1))?;
        }
        self.board.report_problems(&self.id, &mapped.problems);
        Ok(mapped.value)
    }
}

/// What `work` gives; a panic is an error like others, so that the next collection runs all the same.
async fn guarded<T>(work: impl Future<Output = T>) -> Result<T, Error> {
    AssertUnwindSafe(work).catch_unwind().await.map_err(|_| {
        Error::new(
            Kind::Internal,
            "the collection ended by a mistake of this program: please report it with the lines of the log before this one",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_an_error_like_others() {
        assert_eq!(guarded(async { 1 }).await.unwrap(), 1);
        let wrong = guarded(async { Vec::<u8>::new()[1] }).await;
        assert_eq!(wrong.unwrap_err().kind, Kind::Internal);
    }
}
