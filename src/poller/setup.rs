//! The collectors that a configuration asks for, and the view before they have found anything.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::agent::AgentJob;
use super::board::Board;
use super::history::Import;
use super::job::{Job, Work};
use super::orders::Sweep;
use crate::collector::Collector;
use crate::config::{AccountConfig, Auth, CollectionConfig, Config, LedgerConfig};
use crate::exchange::Client;
use crate::ledger::Ledger;
use crate::ledger::import::Source;
use crate::snapshot::Keep;
use crate::snapshot::view::{AccountView, AgentView, CollectorView, View};

/// What stays as it is when the configuration changes.
#[derive(Debug)]
pub(super) struct Ground {
    pub(super) client: Client,
    pub(super) board: Arc<Board>,
    /// Without one, the collectors of history only try whether they would work.
    pub(super) ledger: Option<Ledger>,
    pub(super) ledger_config: LedgerConfig,
}

/// The collectors of one configuration.
#[derive(Debug)]
pub(super) struct Setup {
    pub(super) jobs: Vec<Arc<Job>>,
    pub(super) agents: Vec<Arc<AgentJob>>,
    pub(super) min_age: Duration,
    pub(super) stale_after: u32,
    keep: Keep,
}

impl Setup {
    /// The collectors of `config`; those of `before` that are asked for as they were go on.
    pub(super) fn new(ground: &Ground, config: &Config, before: Option<&Self>) -> Self {
        let collection = &config.collection;
        let keep = Keep {
            all_symbols: collection.all_symbols,
            all_assets: collection.all_assets,
        };
        let mut setup = Self {
            jobs: Vec::new(),
            agents: Vec::new(),
            min_age: collection.min_age,
            stale_after: collection.stale_after,
            keep,
        };
        let before = before.filter(|before| before.keep == keep);
        for account in &config.accounts {
            let account = Arc::new(account.clone());
            let known = before.and_then(|b| b.agents.iter().find(|a| a.is_for(&account)));
            let agent = known
                .cloned()
                .or_else(|| AgentJob::new(&account, &ground.client, &ground.board));
            for collector in &account.collectors {
                let job = setup.job(
                    ground,
                    collection,
                    *collector,
                    Some(&account),
                    before,
                    agent.as_ref(),
                );
                setup.jobs.push(job);
            }
            setup.agents.extend(agent);
        }
        if collection.market {
            let job = setup.job(ground, collection, Collector::Market, None, before, None);
            setup.jobs.push(job);
        }
        setup
    }

    fn job(
        &self,
        ground: &Ground,
        collection: &CollectionConfig,
        collector: Collector,
        account: Option<&Arc<AccountConfig>>,
        before: Option<&Self>,
        agent: Option<&Arc<AgentJob>>,
    ) -> Arc<Job> {
        let interval = collection.interval(collector);
        let same = |job: &&Arc<Job>| job.is_for(collector, account.map(|a| &**a), interval);
        if let Some(job) = before.and_then(|before| before.jobs.iter().find(same)) {
            return job.clone();
        }
        let work = self.work(ground, collection, collector, account);
        Arc::new(Job::new(
            collector,
            account.cloned(),
            agent.cloned(),
            interval,
            ground.client.clone(),
            work,
            ground.board.clone(),
        ))
    }

    fn work(
        &self,
        ground: &Ground,
        collection: &CollectionConfig,
        collector: Collector,
        account: Option<&Arc<AccountConfig>>,
    ) -> Work {
        if collector == Collector::Orders {
            return Work::Orders(self.keep, Sweep::default());
        }
        if !collector.is_history() {
            return Work::Snapshot(self.keep);
        }
        let import = ground
            .ledger
            .as_ref()
            .zip(account)
            .and_then(|(ledger, account)| {
                let source = Source {
                    client: ground.client.clone(),
                    account: account.clone(),
                    ledger: ledger.clone(),
                    config: ground.ledger_config.clone(),
                    max_age: collection.max_age(collector),
                };
                Import::new(collector, source)
            });
        import.map_or(Work::Trial, Work::History)
    }

    /// Ends the collectors that `after` does not go on with.
    pub(super) fn retire_all_but(&self, after: &Self) {
        let stays = |job: &Arc<Job>| after.jobs.iter().any(|other| Arc::ptr_eq(job, other));
        for job in self.jobs.iter().filter(|job| !stays(job)) {
            job.retire();
        }
    }

    /// The accounts whose credentials are the same in `config`.
    pub(super) fn same_accounts<'a>(&self, config: &'a Config) -> BTreeSet<&'a str> {
        let known = |a: &&AccountConfig| self.jobs.iter().any(|job| job.belongs_to(a));
        let same = config.accounts.iter().filter(known);
        same.map(|a| a.name.as_str()).collect()
    }
}

/// What is shown before anything was collected.
pub(super) fn first_view(config: &Config) -> View {
    let collection = &config.collection;
    let collector =
        |c: Collector| CollectorView::new(c, collection.interval(c), collection.max_age(c));
    let account = |a: &AccountConfig| {
        Arc::new(AccountView {
            name: a.name.clone(),
            auth: a.auth.name(),
            agent: matches!(a.auth, Auth::V3 { .. }).then(AgentView::default),
            labels: a.labels.clone(),
            collectors: a.collectors.iter().map(|c| collector(*c)).collect(),
        })
    };
    View {
        accounts: config.accounts.iter().map(account).collect(),
        market: collection
            .market
            .then(|| Arc::new(collector(Collector::Market))),
    }
}
