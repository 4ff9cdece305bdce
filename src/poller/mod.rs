//! Runs the collectors, on timers or when somebody asks, and keeps the view of what they found.

mod agent;
mod board;
mod history;
mod job;
mod orders;
pub mod plan;
mod rhythm;
pub mod schedule;

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::watch;
use tokio::time::Instant;

use self::agent::AgentJob;
use self::board::Board;
use self::history::Import;
use self::job::{Job, Work};
use self::orders::Sweep;
use self::rhythm::Rhythm;
use crate::collector::Collector;
use crate::config::{AccountConfig, Auth, CollectionConfig, Config};
use crate::exchange::Client;
use crate::ledger::Ledger;
use crate::ledger::import::Source;
use crate::snapshot::Keep;
use crate::snapshot::view::{AccountView, AgentView, CollectorView, Selection, View};

/// Who asked for a collection waits this much longer than it may take, to see how it ended.
const ENDING: Duration = Duration::from_millis(50);
/// How soon a timer notices that the intervals have changed.
const LOOK: Duration = Duration::from_secs(1);
/// How often the exchange is asked for its limit of weight, and how soon again after a failure.
const LIMIT_AGE: Duration = Duration::from_hours(1);
const LIMIT_RETRY: Duration = Duration::from_mins(1);

/// All collectors of all accounts.
#[derive(Debug, Clone)]
pub struct Poller {
    jobs: Arc<[Arc<Job>]>,
    agents: Arc<[Arc<AgentJob>]>,
    board: Arc<Board>,
    min_age: Duration,
    request_timeout: Duration,
    client: Client,
    rhythm: Arc<Rhythm>,
}

impl Poller {
    /// Lays out the collectors of `config`; nothing runs yet. Without a ledger, those of history only try whether they
    /// would work.
    #[must_use]
    pub fn new(config: &Config, client: &Client, ledger: Option<&Ledger>) -> Self {
        let collection = &config.collection;
        let board = Arc::new(Board::new(first_view(config)));
        let keep = Keep {
            all_symbols: collection.all_symbols,
            all_assets: collection.all_assets,
        };
        let work = |collector: Collector, account: Option<&Arc<AccountConfig>>| {
            if collector == Collector::Orders {
                return Work::Orders(keep, Sweep::default());
            }
            if !collector.is_history() {
                return Work::Snapshot(keep);
            }
            let import = ledger.zip(account).and_then(|(ledger, account)| {
                let source = Source {
                    client: client.clone(),
                    account: account.clone(),
                    ledger: ledger.clone(),
                    config: config.ledger.clone(),
                    max_age: collection.max_age(collector),
                };
                Import::new(collector, source)
            });
            import.map_or(Work::Trial, Work::History)
        };
        let job = |collector, account: Option<Arc<AccountConfig>>, agent| {
            let interval = collection.interval(collector);
            let work = work(collector, account.as_ref());
            Arc::new(Job::new(
                collector,
                account,
                agent,
                interval,
                client.clone(),
                work,
                board.clone(),
            ))
        };
        let market = collection
            .market
            .then(|| job(Collector::Market, None, None));
        let accounts: Vec<_> = config
            .accounts
            .iter()
            .map(|a| {
                let account = Arc::new(a.clone());
                let agent = AgentJob::new(&account, client, &board);
                (account, agent)
            })
            .collect();
        let of_accounts = accounts.iter().flat_map(|(account, agent)| {
            let collectors = account.collectors.iter();
            collectors.map(|c| job(*c, Some(account.clone()), agent.clone()))
        });
        let jobs = of_accounts.chain(market).collect();
        Self {
            jobs,
            agents: accounts.into_iter().filter_map(|(_, a)| a).collect(),
            board,
            min_age: collection.min_age,
            request_timeout: config.exchange.request_timeout,
            client: client.clone(),
            rhythm: Arc::new(Rhythm::new(collection.stale_after)),
        }
    }

    /// The view, as it changes.
    #[must_use]
    pub fn view(&self) -> watch::Receiver<Arc<View>> {
        self.board.subscribe()
    }

    /// Runs every collector on its own timer, and watches the limit, for ever.
    pub async fn run_timers(&self) {
        // First, because the rhythm follows from it.
        let known = self.learn_limit().await;
        let mut accounts: Vec<_> = self.jobs.iter().filter_map(|j| j.id.account()).collect();
        accounts.dedup();
        let timers = self.jobs.iter().map(|job| {
            // The unsigned collector need not wait for its turn.
            let turn = accounts.iter().position(|a| Some(*a) == job.id.account());
            let index = turn.unwrap_or(0);
            self.run_timer(job, schedule::phase(index, accounts.len(), job.interval))
        });
        let agents = self
            .agents
            .iter()
            .map(|a| a.run_timer(self.request_timeout));
        tokio::join!(
            join_all(timers),
            join_all(agents),
            self.watch_limit_after(known)
        );
    }

    /// Reads the exchange's limit of weight now and then, for ever.
    pub async fn watch_limit(&self) {
        let known = self.learn_limit().await;
        self.watch_limit_after(known).await;
    }

    async fn watch_limit_after(&self, mut known: bool) {
        loop {
            let pause = if known { LIMIT_AGE } else { LIMIT_RETRY };
            tokio::time::sleep(pause).await;
            known = self.learn_limit().await;
        }
    }

    async fn learn_limit(&self) -> bool {
        let known = self.client.learn_limit(self.request_timeout).await;
        self.rhythm.tell(&self.jobs, self.budget());
        known
    }

    async fn run_timer(&self, job: &Arc<Job>, phase: Duration) {
        let mut due = Instant::now() + phase;
        loop {
            due = self.wait(job, due).await;
            job.collect(self.request_timeout, Duration::ZERO).await;
            let (next, missed) = schedule::next(self.interval(job), due.elapsed());
            self.board.skip_overrun(&job.id, missed);
            due = job.retry_at().map_or(due + next, Instant::from_std);
        }
    }

    /// Waits until `due`, or until it would be due by an interval that became shorter; gives that time.
    async fn wait(&self, job: &Job, mut due: Instant) -> Instant {
        let before = Instant::now();
        let interval = self.interval(job);
        while Instant::now() < due {
            let look = due.min(Instant::now() + LOOK);
            job.beat(
                look.saturating_duration_since(Instant::now()),
                self.request_timeout,
            );
            tokio::time::sleep_until(look).await;
            let shorter = self.interval(job);
            if shorter < interval && job.retry_at().is_none() {
                due = due.min(before + shorter);
            }
        }
        job.beat(Duration::ZERO, self.request_timeout);
        due
    }

    /// How often `job` can run now.
    fn interval(&self, job: &Job) -> Duration {
        let view = self.board.subscribe().borrow().clone();
        let interval = self.rhythm.interval(job, &self.jobs, &view, self.budget());
        self.board
            .set_interval(&job.id, interval, self.rhythm.max_age(interval));
        interval
    }

    fn budget(&self) -> u64 {
        self.client.limits().1
    }

    /// The collectors whose timers have stopped, as account and collector; there should be none.
    #[must_use]
    pub fn stalled(&self, now: std::time::Instant) -> Vec<(Option<&str>, Collector)> {
        let stalled = self.jobs.iter().filter(|job| job.stalled(now));
        stalled
            .map(|job| (job.id.account(), job.id.collector))
            .collect()
    }

    /// Collects what `selection` asks for, all at once and by `deadline`, except what ran within the
    /// minimum age. Whoever asks at the same time shares the collection.
    pub async fn refresh(&self, selection: &Selection, deadline: Instant) {
        let limit = deadline
            .saturating_duration_since(Instant::now())
            .min(self.request_timeout);
        let due = self
            .jobs
            .iter()
            .filter(|j| selection.includes(j.id.account(), j.id.collector))
            .map(|job| job.collect(limit, self.min_age));
        let agents = self
            .agents
            .iter()
            .filter(|a| selection.includes_account(Some(a.account())))
            .map(|a| a.check(agent::INTERVAL, limit));
        let all = async { tokio::join!(join_all(due), join_all(agents)) };
        // Out of time is no error here: what is late is shown as failed or by its age.
        let _ = tokio::time::timeout_at(deadline + ENDING, all).await;
    }
}

fn first_view(config: &Config) -> View {
    let collection = &config.collection;
    let collector =
        |c: Collector| CollectorView::new(c, collection.interval(c), collection.max_age(c));
    View {
        accounts: config
            .accounts
            .iter()
            .map(|a| Arc::new(account_view(a, collection)))
            .collect(),
        market: collection
            .market
            .then(|| Arc::new(collector(Collector::Market))),
    }
}

fn account_view(account: &AccountConfig, collection: &CollectionConfig) -> AccountView {
    AccountView {
        name: account.name.clone(),
        auth: account.auth.name(),
        agent: matches!(account.auth, Auth::V3 { .. }).then(AgentView::default),
        labels: account.labels.clone(),
        collectors: account
            .collectors
            .iter()
            .map(|c| CollectorView::new(*c, collection.interval(*c), collection.max_age(*c)))
            .collect(),
    }
}
