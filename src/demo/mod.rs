//! A demo exchange: an HTTP server that behaves as the exchange's documents say, with invented accounts.
//!
//! It has signing, limits and arithmetic of its own and shares nothing with the client, so that one
//! proves the other.

mod account;
mod agent;
mod answers;
mod assets;
mod auth;
mod cash;
mod faults;
mod gateway;
mod habits;
mod history;
mod inject;
mod limits;
mod margin;
mod market;
mod orders;
mod pages;
mod past;
mod private;
mod public;

mod refusal;
mod scripts;
mod server;
mod world;

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::SystemTime;

use serde_json::Value;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use agent::Rights;
pub use answers::Endpoint;
pub use faults::{Edit, Effect, Fault};
pub use history::{IncomeRecord, TradeRecord};
pub use scripts::Role;

use gateway::Gateway;
use server::Shared;

/// What the demo exchange is like.
#[derive(Debug, Clone)]
pub struct Options {
    /// The same seed gives the same numbers, tick by tick.
    pub seed: u64,
    /// Demo seconds per second; at 0 the world moves only by [`Exchange::advance`].
    pub speed: f64,
    /// The request weight an address may use in a minute.
    pub weight_limit: u32,
    /// How many symbols the market lists, between 24 and 2000.
    pub symbols: usize,
    /// How many days the accounts have lived through before the start.
    pub history_days: u32,
    /// How many trades each account did in each hour of those days.
    pub trades_per_hour: u32,
    /// Whether funding rows come late and trades come in bursts, now and then.
    pub surprises: bool,
    /// The accounts.
    pub accounts: Vec<AccountOptions>,
}

impl Default for Options {
    fn default() -> Self {
        let account = |name: &str, role| AccountOptions {
            name: name.to_owned(),
            role,
        };
        Self {
            seed: 1,
            speed: 1.0,
            weight_limit: 2_400,
            symbols: 300,
            history_days: 3,
            trades_per_hour: 6,
            surprises: true,
            accounts: vec![
                account("main", Role::Main),
                account("hedge", Role::Hedge),
                account("trouble", Role::Trouble),
            ],
        }
    }
}

/// An account the demo exchange is to have.
#[derive(Debug, Clone)]
pub struct AccountOptions {
    /// Its name, which the exchange never shows.
    pub name: String,
    /// What happens in it.
    pub role: Role,
}

/// The keys of an account, derived from its name and the seed: an API key with its secret, and an agent.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The account's name.
    pub name: String,
    /// What goes into the header `X-MBX-APIKEY`.
    pub api_key: String,
    /// What requests are signed with.
    pub api_secret: String,
    /// The address of the main wallet.
    pub user: String,
    /// The address of the agent.
    pub signer: String,
    /// The agent's private key, 64 hexadecimal digits.
    pub private_key: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credentials({})", self.name)
    }
}

/// A request the exchange has received.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The HTTP method.
    pub method: String,
    /// The path.
    pub path: String,
    /// The account whose key or agent came along, whether or not the signature was right.
    pub account: Option<String>,
    /// The query string as sent, without the signature.
    pub query: String,
    /// When it came.
    pub at: SystemTime,
    /// The status it was answered with; `None` when it got no answer.
    pub status: Option<u16>,
}

/// A running demo exchange; it stops when the last clone is dropped.
#[derive(Clone)]
pub struct Exchange {
    running: Arc<Running>,
}

struct Running {
    shared: Arc<Shared>,
    address: SocketAddr,
    stopped: CancellationToken,
    tasks: TaskTracker,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stopped.cancel();
    }
}

impl Exchange {
    /// Starts an exchange that listens at `listen`; port 0 picks a free one.
    ///
    /// # Errors
    /// When the address cannot be listened at.
    pub async fn start(options: Options, listen: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(listen).await?;
        let running = Running {
            shared: Arc::new(Shared::new(Gateway::new(&options))),
            address: listener.local_addr()?,
            stopped: CancellationToken::new(),
            tasks: TaskTracker::new(),
        };
        running.tasks.spawn(server::listen(
            listener,
            Arc::clone(&running.shared),
            running.stopped.clone(),
            running.tasks.clone(),
        ));
        Ok(Self {
            running: Arc::new(running),
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.running.address)
    }

    /// The accounts and their keys.
    #[must_use]
    pub fn accounts(&self) -> Vec<Credentials> {
        let gateway = self.running.shared.lock();
        let actors = gateway.world.actors.iter();
        actors.map(|actor| actor.credentials.clone()).collect()
    }

    /// Sets what the agent of an account may do; `None` takes it away.
    pub fn set_agent(&self, account: &str, rights: Option<Rights>) {
        let mut gateway = self.running.shared.lock();
        let actors = gateway.world.actors.iter_mut();
        for actor in actors.filter(|actor| actor.credentials.name == account) {
            actor.agent.rights = rights;
        }
    }

    /// Stops the world, so that numbers stay as they are; the server and its clock go on.
    pub fn freeze(&self) {
        self.running.shared.lock().set_frozen(true);
    }

    /// Lets the world go on where it was frozen.
    pub fn thaw(&self) {
        self.running.shared.lock().set_frozen(false);
    }

    /// Moves the world by so many ticks of half a second at once, frozen or not.
    pub fn advance(&self, ticks: u64) {
        let mut gateway = self.running.shared.lock();
        gateway.catch_up();
        let now = gateway.now();
        for _ in 0..ticks {
            gateway.world.step(now);
        }
    }

    /// Closes an account's positions in a symbol, for good, and drops its orders there.
    pub fn close_position(&self, account: &str, symbol: &str) {
        let mut gateway = self.running.shared.lock();
        gateway.catch_up();
        let now = gateway.now();
        gateway.world.close_position(account, symbol, now);
    }

    /// What the endpoint would answer this account now, asked without parameters; `null` for an
    /// unknown account and where a parameter is mandatory.
    #[must_use]
    pub fn answer(&self, account: &str, endpoint: Endpoint) -> Value {
        self.running.shared.lock().answer(account, endpoint)
    }

    /// Adds a fault; several may meet one request.
    pub fn fault(&self, fault: Fault) {
        self.running.shared.lock().faults.push(fault);
    }

    /// Takes all faults away.
    pub fn clear_faults(&self) {
        self.running.shared.lock().faults.clear();
    }

    /// The requests so far, oldest first; the log keeps the last ten thousand.
    #[must_use]
    pub fn requests(&self) -> Vec<Seen> {
        self.running.shared.lock().seen.iter().cloned().collect()
    }

    /// The most weight any one address has used in this clock minute, that of others included.
    #[must_use]
    pub fn used_weight(&self) -> u32 {
        let gateway = self.running.shared.lock();
        gateway.limits.used(gateway.now())
    }

    /// Sets the weight that others behind the same address use, in this and every coming minute.
    pub fn set_foreign_weight(&self, weight: u32) {
        self.running.shared.lock().limits.foreign = weight;
    }

    /// Sets how far the server's clock is ahead of ours, in milliseconds.
    pub fn set_clock_offset(&self, ms: i64) {
        self.running.shared.lock().clock_offset = ms;
    }

    /// Closes the listener and every connection, and waits until they are closed.
    pub async fn stop(&self) {
        self.running.stopped.cancel();
        self.running.tasks.close();
        self.running.tasks.wait().await;
    }
}
