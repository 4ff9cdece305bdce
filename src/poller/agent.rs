//! What an agent's key may do and for how long: asked hourly, beside the collectors and without a say in their health.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;
use tracing::{debug, info, warn};

use super::board::Board;
use crate::config::{AccountConfig, Auth};
use crate::exchange::{Client, Endpoint, Error, Kind, Request};
use crate::snapshot::agent::{self, Agent};
use crate::snapshot::view::{AgentView, Moment};
use crate::wallet::Address;

/// How often the exchange is asked.
pub(super) const INTERVAL: Duration = Duration::from_hours(1);
/// How soon it is asked again after no answer.
const RETRY: Duration = Duration::from_mins(5);
/// How old an answer may be where an account seems to be empty.
const VOUCHING: Duration = Duration::from_mins(1);

/// The watch over one account's agent.
#[derive(Debug)]
pub(super) struct AgentJob {
    account: Arc<AccountConfig>,
    user: Address,
    signer: Address,
    client: Client,
    board: Arc<Board>,
    /// When the last check began, and how long it holds; whoever checks holds the lock.
    last: Mutex<Option<(Instant, Duration)>>,
}

impl AgentJob {
    /// A watch over the agent of `account`, if it has one.
    pub(super) fn new(
        account: &Arc<AccountConfig>,
        client: &Client,
        board: &Arc<Board>,
    ) -> Option<Arc<Self>> {
        let Auth::V3 { user, key, .. } = &account.auth else {
            return None;
        };
        client.stats().declare(&account.name, Endpoint::Agent);
        Some(Arc::new(Self {
            account: account.clone(),
            user: *user,
            signer: key.address(),
            client: client.clone(),
            board: board.clone(),
            last: Mutex::default(),
        }))
    }

    /// Whether it watches the agent of this account with these credentials.
    pub(super) fn is_for(&self, account: &AccountConfig) -> bool {
        self.account.name == account.name && self.account.auth == account.auth
    }

    pub(super) fn account(&self) -> &str {
        &self.account.name
    }

    /// Checks on a timer, for ever.
    pub(super) async fn run_timer(&self, limit: Duration) {
        loop {
            let due = self.check(INTERVAL, limit).await;
            tokio::time::sleep_until(due).await;
        }
    }

    /// Checks within `limit`, unless the last check holds and is younger than `max_age`; when the next one is due.
    pub(super) async fn check(&self, max_age: Duration, limit: Duration) -> Instant {
        let mut last = self.last.lock().await;
        if let Some((began, holds)) = *last
            && began.elapsed() < max_age.min(holds)
        {
            return began + holds;
        }
        let (at, began) = (Moment::now(), Instant::now());
        let result = self.ask(limit).await;
        let known = self.board.agent(self.account()).unwrap_or_default();
        let view = match result {
            Ok(agent) => AgentView {
                data: Some(Arc::new((at, agent))),
                error: None,
            },
            Err(error) => AgentView {
                // A refusal takes the data away; no answer leaves it until it is too old.
                data: known.data.clone().filter(|_| error.kind != Kind::Auth),
                error: Some(error),
            },
        };
        let answered = view
            .error
            .as_ref()
            .is_none_or(|error| error.kind == Kind::Auth);
        let holds = if answered { INTERVAL } else { RETRY };
        *last = Some((began, holds));
        log_change(self.account(), &known, &view);
        self.board.publish_agent(self.account(), view);
        began + holds
    }

    /// Whether data that says that the account is empty can be believed.
    ///
    /// # Errors
    /// [`Kind::Auth`] when the exchange does not know the agent: some of its endpoints answer that with zeros.
    pub(super) async fn vouch(&self, limit: Duration) -> Result<(), Error> {
        self.check(VOUCHING, limit).await;
        let agent = self.board.agent(self.account());
        let Some(denied) = agent.and_then(|agent| agent.denied(&Moment::now())) else {
            return Ok(());
        };
        let message = format!(
            "the exchange shows an empty account, but to a key that it does not accept, so nothing of it is exposed; of the \
             agent it says: {denied}"
        );
        Err(Error { message, ..denied })
    }

    async fn ask(&self, limit: Duration) -> Result<Agent, Error> {
        let request = Request::new(Endpoint::Agent);
        let body = self
            .client
            .fetch(Some(&self.account), &request, limit)
            .await?;
        let found = agent::find(&body, self.signer);
        if self.user == self.signer
            && let Err(Error {
                kind: Kind::Auth, ..
            }) = &found
        {
            // A main wallet that signs for itself is no agent, and nobody lists it.
            return Ok(Agent::default());
        }
        let count = |kind, n| {
            let stats = self.client.stats();
            stats.count_error(self.account(), Endpoint::Agent, kind, n);
        };
        let found = found.inspect_err(|error| count(error.kind, 1))?;
        count(Kind::Decode, found.problems.count());
        Ok(found.value)
    }
}

/// One line when an agent may do other things than before, or cannot be asked for another reason than before.
fn log_change(account: &str, before: &AgentView, now: &AgentView) {
    let kind = |view: &AgentView| view.error.as_ref().map(|error| error.kind);
    match (&now.error, &now.data) {
        (Some(error), _) if kind(before) == kind(now) => {
            debug!(account, "still unknown what the agent may do: {error}");
        }
        (Some(error), _) => warn!(
            account,
            kind = error.kind.name(),
            "cannot learn what the agent may do: {error}"
        ),
        (None, Some(found)) => {
            let known = before.data.as_ref().map(|known| &known.1);
            if known != Some(&found.1)
                && let Some(warning) = now.excess()
            {
                warn!(account, "{warning}");
            }
            if kind(before).is_some() {
                info!(account, "the exchange tells again what the agent may do");
            }
        }
        (None, None) => {}
    }
}
