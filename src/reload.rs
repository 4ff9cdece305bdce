//! Reading the configuration again while the exporter runs: all of it or nothing.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use tracing::{error, info, warn};

use crate::config::{Config, ConfigError, Status};
use crate::exchange::Client;
use crate::poller::Poller;

/// Reads the configuration as it was read at the start, from the same file, flags and environment.
pub type Read = dyn Fn() -> Result<Config, ConfigError> + Send + Sync;

/// Puts a new configuration in the place of the one that runs.
pub struct Reloader {
    read: Box<Read>,
    /// What cannot change without a restart, as it is.
    fixed: Vec<(&'static str, String)>,
    with_ledger: bool,
    poller: Poller,
    client: Client,
    status: Arc<Status>,
    one: Mutex<()>,
}

impl fmt::Debug for Reloader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reloader").finish_non_exhaustive()
    }
}

impl Reloader {
    /// A reloader of what runs with `config`.
    #[must_use]
    pub fn new(
        read: Box<Read>,
        config: &Config,
        poller: Poller,
        client: Client,
        with_ledger: bool,
        status: Arc<Status>,
    ) -> Self {
        Self {
            read,
            fixed: fixed(config),
            with_ledger,
            poller,
            client,
            status,
            one: Mutex::default(),
        }
    }

    /// Reads the configuration and goes on with it. Blocks while files are read.
    ///
    /// # Errors
    /// What is wrong with it, for people; the old one goes on then. It is logged and counted, too.
    pub fn reload(&self) -> Result<(), String> {
        let _one = self.one.lock().unwrap_or_else(PoisonError::into_inner);
        let config = (self.read)()
            .map_err(|error| error.to_string())
            .and_then(|config| self.accept(config));
        match config {
            Ok(config) => {
                for warning in &config.warnings {
                    warn!("{warning}");
                }
                self.client.set_budget(config.exchange.weight_budget);
                self.poller.reload(&config);
                self.status.read();
                info!(
                    accounts = config.accounts.len(),
                    "the configuration was read again"
                );
                Ok(())
            }
            Err(why) => {
                self.status.refused();
                error!("the new configuration is not used, the old one goes on: {why}");
                Err(why)
            }
        }
    }

    fn accept(&self, config: Config) -> Result<Config, String> {
        let new = fixed(&config);
        let changed: Vec<&str> = self
            .fixed
            .iter()
            .zip(&new)
            .filter(|(old, new)| old != new)
            .map(|((name, _), _)| *name)
            .collect();
        if !changed.is_empty() {
            return Err(format!(
                "what changed in {} needs a restart",
                changed.join(", ")
            ));
        }
        if config.wants_ledger() && !self.with_ledger {
            return Err(
                "trades and income were off when the exporter started: the ledger needs a restart"
                    .to_owned(),
            );
        }
        Ok(config)
    }
}

/// The parts that sockets, files and connections hang on, none of which holds a secret.
fn fixed(config: &Config) -> Vec<(&'static str, String)> {
    let exchange = &config.exchange;
    vec![
        ("exchange.base_url", exchange.base_url.clone()),
        (
            "exchange.recv_window",
            format!("{:?}", exchange.recv_window),
        ),
        (
            "exchange.request_timeout",
            format!("{:?}", exchange.request_timeout),
        ),
        ("collection.mode", format!("{:?}", config.collection.mode)),
        ("ledger", format!("{:?}", config.ledger)),
        ("web", format!("{:?}", config.web)),
    ]
}
