//! The client against a server of its own on loopback: what goes over the wire, and what becomes of every answer.

#![allow(clippy::unwrap_used)]

mod agent;
mod answers;
mod clock;
mod server;
mod stop;
mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use aster_exporter::config::{AccountConfig, Auth, ExchangeConfig};
use aster_exporter::exchange::stats::{Outcome, StatsSnapshot};
use aster_exporter::exchange::{Client, Endpoint, Error, Request, Stats};
use bytes::Bytes;

use server::{Reply, Seen, Server, json};

const SECRET: &str = "2b5eb11e18796d12d88f13dc27dbbd02c2cc51ff7059765ed9821957d82bb4d9";
const KEY: &str = "dbefbc809e3e83c283a984c3a1459732ea7db1360ca80c5c2c8867408d28cc83";
const LONG: Duration = Duration::from_secs(30);

/// A client, its counters, and an account to ask for.
struct Rig {
    client: Client,
    stats: Arc<Stats>,
    account: AccountConfig,
}

impl Rig {
    fn new(base_url: &str) -> Self {
        let config = ExchangeConfig {
            base_url: base_url.to_owned(),
            recv_window: Duration::from_secs(5),
            request_timeout: LONG,
            weight_budget: None,
        };
        let stats = Arc::new(Stats::default());
        Self {
            client: Client::new(&config, Arc::clone(&stats)).unwrap(),
            stats,
            account: AccountConfig {
                name: "main".to_owned(),
                auth: auth(),
                labels: BTreeMap::new(),
                collectors: BTreeSet::new(),
            },
        }
    }

    async fn balance(&self) -> Result<Bytes, Error> {
        self.balance_within(LONG).await
    }

    async fn balance_within(&self, limit: Duration) -> Result<Bytes, Error> {
        let request = Request::new(Endpoint::Balance);
        self.client
            .fetch(Some(&self.account), &request, limit)
            .await
    }

    /// Requests that were counted as ended so.
    fn counted(&self, account: &str, endpoint: Endpoint, outcome: Outcome) -> u64 {
        let requests = self.snapshot().requests;
        let key = (account.into(), endpoint, outcome);
        requests.get(&key).copied().unwrap_or(0)
    }

    fn snapshot(&self) -> StatsSnapshot {
        self.stats.snapshot()
    }
}

fn auth() -> Auth {
    Auth::Hmac {
        api_key: KEY.into(),
        api_secret: SECRET.into(),
    }
}

/// A server that tells the right time and answers everything else with `reply`.
async fn server(reply: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Server {
    Server::start(move |seen| match seen.path.as_str() {
        "/fapi/v1/time" => json(&format!(r#"{{"serverTime":{}}}"#, server::now_ms())),
        _ => reply(seen),
    })
    .await
}
