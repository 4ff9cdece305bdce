//! Runs the collectors, on timers or when somebody asks, and keeps the view of what they found.

mod agent;
mod board;
mod history;
mod job;
mod orders;
pub mod plan;
mod rhythm;
pub mod schedule;
mod setup;

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;

use self::agent::AgentJob;
use self::board::Board;
use self::job::Job;
use self::rhythm::Rhythm;
use self::setup::{Ground, Setup, first_view};
use crate::collector::Collector;
use crate::config::Config;
use crate::exchange::Client;
use crate::ledger::Ledger;
use crate::snapshot::view::{Selection, View};

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
    ground: Arc<Ground>,
    setup: Arc<watch::Sender<Arc<Setup>>>,
    request_timeout: Duration,
    rhythm: Arc<Rhythm>,
}

impl Poller {
    /// Lays out the collectors of `config`; nothing runs yet. Without a ledger, those of history only try whether they
    /// would work.
    #[must_use]
    pub fn new(config: &Config, client: &Client, ledger: Option<&Ledger>) -> Self {
        let ground = Ground {
            client: client.clone(),
            board: Arc::new(Board::new(first_view(config))),
            ledger: ledger.cloned(),
            ledger_config: config.ledger.clone(),
        };
        let setup = Setup::new(&ground, config, None);
        Self {
            ground: Arc::new(ground),
            setup: Arc::new(watch::Sender::new(Arc::new(setup))),
            request_timeout: config.exchange.request_timeout,
            rhythm: Arc::default(),
        }
    }

    /// Goes on with the accounts and intervals of `config`. Collectors that are asked for as before go on undisturbed, and
    /// what is known of accounts whose credentials are the same stays.
    pub fn reload(&self, config: &Config) {
        let before = self.setup();
        let after = Setup::new(&self.ground, config, Some(&before));
        // Retired first: whatever they still find is not published into the new view.
        before.retire_all_but(&after);
        let same = before.same_accounts(config);
        self.ground.board.rearrange(first_view(config), &same);
        let names: Vec<&str> = config.accounts.iter().map(|a| a.name.as_str()).collect();
        self.ground.client.stats().retain(&names);
        self.setup.send_replace(Arc::new(after));
        self.rhythm.tell(&self.setup().jobs, self.budget());
    }

    fn setup(&self) -> Arc<Setup> {
        self.setup.borrow().clone()
    }

    /// The view, as it changes.
    #[must_use]
    pub fn view(&self) -> watch::Receiver<Arc<View>> {
        self.ground.board.subscribe()
    }

    /// Runs every collector on its own timer, and watches the limit, for ever.
    pub async fn run_timers(&self) {
        // First, because the rhythm follows from it.
        let known = self.learn_limit().await;
        tokio::join!(self.follow_setup(), self.watch_limit_after(known));
    }

    /// Keeps the timers of the setup running as it changes.
    async fn follow_setup(&self) {
        let mut setups = self.setup.subscribe();
        let mut timers: Vec<(Arc<Job>, AbortOnDropHandle<()>)> = Vec::new();
        let mut agents: Vec<(Arc<AgentJob>, AbortOnDropHandle<()>)> = Vec::new();
        loop {
            let setup = setups.borrow_and_update().clone();
            timers.retain(|(job, _)| setup.jobs.iter().any(|other| Arc::ptr_eq(job, other)));
            agents.retain(|(job, _)| setup.agents.iter().any(|other| Arc::ptr_eq(job, other)));
            let mut accounts: Vec<_> = setup.jobs.iter().filter_map(|j| j.id.account()).collect();
            accounts.dedup();
            for job in &setup.jobs {
                if timers.iter().any(|(other, _)| Arc::ptr_eq(job, other)) {
                    continue;
                }
                // The unsigned collector need not wait for its turn.
                let turn = accounts.iter().position(|a| Some(*a) == job.id.account());
                let phase = schedule::phase(turn.unwrap_or(0), accounts.len(), job.interval);
                let (poller, running) = (self.clone(), job.clone());
                let timer = tokio::spawn(async move { poller.run_timer(&running, phase).await });
                timers.push((job.clone(), AbortOnDropHandle::new(timer)));
            }
            for agent in &setup.agents {
                if agents.iter().any(|(other, _)| Arc::ptr_eq(agent, other)) {
                    continue;
                }
                let (running, limit) = (agent.clone(), self.request_timeout);
                let timer = tokio::spawn(async move { running.run_timer(limit).await });
                agents.push((agent.clone(), AbortOnDropHandle::new(timer)));
            }
            if setups.changed().await.is_err() {
                return;
            }
        }
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
        let known = self.ground.client.learn_limit(self.request_timeout).await;
        self.rhythm.tell(&self.setup().jobs, self.budget());
        known
    }

    async fn run_timer(&self, job: &Arc<Job>, phase: Duration) {
        let mut due = Instant::now() + phase;
        loop {
            due = self.wait(job, due).await;
            job.collect(self.request_timeout, Duration::ZERO).await;
            let (next, missed) = schedule::next(self.interval(job), due.elapsed());
            self.ground.board.skip_overrun(&job.id, missed);
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
        let (setup, view) = (self.setup(), self.ground.board.subscribe().borrow().clone());
        let interval = self.rhythm.interval(job, &setup.jobs, &view, self.budget());
        let max_age = interval.saturating_mul(setup.stale_after);
        self.ground.board.set_interval(&job.id, interval, max_age);
        interval
    }

    fn budget(&self) -> u64 {
        self.ground.client.limits().1
    }

    /// The collectors whose timers have stopped, as account and collector; there should be none.
    #[must_use]
    pub fn stalled(&self, now: std::time::Instant) -> Vec<(Option<String>, Collector)> {
        let setup = self.setup();
        let stalled = setup.jobs.iter().filter(|job| job.stalled(now));
        stalled
            .map(|job| (job.id.account.clone(), job.id.collector))
            .collect()
    }

    /// Collects what `selection` asks for, all at once and by `deadline`, except what ran within the
    /// minimum age. Whoever asks at the same time shares the collection.
    pub async fn refresh(&self, selection: &Selection, deadline: Instant) {
        let limit = deadline
            .saturating_duration_since(Instant::now())
            .min(self.request_timeout);
        let setup = self.setup();
        let due = setup
            .jobs
            .iter()
            .filter(|j| selection.includes(j.id.account(), j.id.collector))
            .map(|job| job.collect(limit, setup.min_age));
        let agents = setup
            .agents
            .iter()
            .filter(|a| selection.includes_account(Some(a.account())))
            .map(|a| a.check(agent::INTERVAL, limit));
        let all = async { tokio::join!(join_all(due), join_all(agents)) };
        // Out of time is no error here: what is late is shown as failed or by its age.
        let _ = tokio::time::timeout_at(deadline + ENDING, all).await;
    }
}
