//! The one place that talks HTTP to the exchange.

mod learn;
mod send;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use reqwest::{Url, redirect, retry};
use tokio::sync::Mutex;

use super::block::Block;
use super::budget::Budget;
use super::clock::Clock;
use super::endpoint::Endpoint;
use super::error::{Error, Kind};
use super::request::Request;
use super::sign::Nonces;
use super::stats::Stats;
use super::transfer;
use crate::config::{AccountConfig, Auth, ExchangeConfig, is_loopback};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Shorter than the idle time after which load balancers hang up, so that no request meets a closing connection.
const IDLE_TIMEOUT: Duration = Duration::from_secs(50);
const CLOCK_MAX_AGE: Duration = Duration::from_mins(5);

/// The client of all accounts: one pool of connections, one clock, one stop. Clones share everything.
#[derive(Debug, Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    http: reqwest::Client,
    base_url: String,
    recv_window: Duration,
    request_timeout: Duration,
    stats: Arc<Stats>,
    clock: Clock,
    nonces: Nonces,
    /// Whether the exchange knows [`Endpoint::old_v3_path`] and not the new one.
    before_renaming: AtomicBool,
    block: Block,
    budget: Budget,
    /// When reading the clock last failed; whoever reads it holds the lock.
    clock_failed: Mutex<Option<Instant>>,
}

impl Client {
    /// A client of the exchange of `config` that counts in `stats`. Nothing is sent yet.
    ///
    /// # Errors
    /// [`Kind::Request`] when the base URL is none, or when TLS or the proxy of the environment cannot be set up.
    pub fn new(config: &ExchangeConfig, stats: Arc<Stats>) -> Result<Self, Error> {
        Url::parse(&config.base_url)
            .map_err(|why| Error::new(Kind::Request, format!("base_url is not a URL: {why}")))?;
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("aster-exporter/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .gzip(true)
            .connect_timeout(CONNECT_TIMEOUT.min(config.request_timeout))
            .pool_idle_timeout(IDLE_TIMEOUT);
        if is_loopback(&config.base_url) {
            builder = builder.no_proxy();
        }
        let http = builder.build().map_err(|error| {
            let why = transfer::why(&error);
            Error::new(
                Kind::Request,
                format!("cannot set up the HTTP client: {why}"),
            )
        })?;
        let budget = Budget::new(config.weight_budget);
        stats.set_limits(budget.limits());
        Ok(Self {
            inner: Arc::new(Inner {
                http,
                base_url: config.base_url.trim_end_matches('/').to_owned(),
                recv_window: config.recv_window,
                request_timeout: config.request_timeout,
                stats,
                clock: Clock::new(),
                nonces: Nonces::default(),
                before_renaming: AtomicBool::new(false),
                block: Block::default(),
                budget,
                clock_failed: Mutex::new(None),
            }),
        })
    }

    /// The body of the answer to `request`, signed with the credentials of `account` where the endpoint asks for it.
    ///
    /// Everything together (reading the exchange's clock first, the last byte of the body, one repetition after a
    /// wrong time) takes at most `limit`, and at most the configured request timeout. The body begins like JSON and is
    /// no error object; it is not parsed further.
    ///
    /// # Errors
    /// Every [`Kind`]. With [`Error::unsent`] set nothing was sent, and nothing was counted.
    pub async fn fetch(
        &self,
        account: Option<&AccountConfig>,
        request: &Request,
        limit: Duration,
    ) -> Result<Bytes, Error> {
        self.inner.fetch(account, request, limit).await
    }

    /// The exchange's time, ms since the epoch, from a reading of its clock that a step of ours does not change.
    ///
    /// # Errors
    /// [`Kind::Clock`] when the exchange's clock could not be read yet.
    pub async fn server_ms(&self, limit: Duration) -> Result<i64, Error> {
        let inner = &self.inner;
        let deadline = Instant::now() + limit.min(inner.request_timeout);
        inner
            .sync_clock(Instant::now().checked_sub(CLOCK_MAX_AGE), deadline)
            .await;
        if inner.clock.offset_ms().is_none() {
            inner.check_hold()?;
            let message =
                "the exchange's clock cannot be read, so it is not known up to when to ask";
            return Err(Error::new(Kind::Clock, message));
        }
        Ok(inner.clock.server_ms())
    }

    /// The counters that this client counts in.
    #[must_use]
    pub fn stats(&self) -> &Stats {
        &self.inner.stats
    }

    /// The exchange's limit and the budget, in weight a minute.
    #[must_use]
    pub fn limits(&self) -> (u64, u64) {
        self.inner.budget.limits()
    }

    /// From now on requests may cost this much a minute, or half of the exchange's limit.
    pub fn set_budget(&self, weight_budget: Option<u64>) {
        self.inner.budget.configure(weight_budget);
        self.inner.stats.set_limits(self.inner.budget.limits());
    }

    /// Reads the exchange's limit of weight (`GET /fapi/v1/exchangeInfo`); whether it could be read.
    ///
    /// A failure is logged and counted; what was known so far stays.
    pub async fn learn_limit(&self, limit: Duration) -> bool {
        match self.inner.read_limit(limit).await {
            Ok(()) => true,
            Err(error) => {
                tracing::warn!(%error, "cannot read the exchange's limit of weight, going on with what is known");
                false
            }
        }
    }

    /// Reads the exchange's clock (`GET /fapi/v1/time`), unless that failed less than 10 s ago.
    ///
    /// A failure is logged and counted; requests go on with the offset known so far.
    pub async fn sync_clock(&self) {
        let now = Instant::now();
        let deadline = now + self.inner.request_timeout;
        self.inner.sync_clock(Some(now), deadline).await;
    }
}

impl Inner {
    async fn fetch(
        &self,
        account: Option<&AccountConfig>,
        request: &Request,
        limit: Duration,
    ) -> Result<Bytes, Error> {
        let deadline = Instant::now() + limit.min(self.request_timeout);
        let endpoint = request.endpoint;
        if !endpoint.signed() {
            return self.attempt(None, request, endpoint.path(), deadline).await;
        }
        let Some(account) = account else {
            return Err(Error::new(
                Kind::Request,
                "no account to sign this request for",
            ));
        };
        let oldest = Instant::now().checked_sub(CLOCK_MAX_AGE);
        self.sync_clock(oldest, half_way(deadline)).await;
        let (path, other) = self.paths(&account.auth, endpoint);
        match self.fetch_signed(account, request, path, deadline).await {
            Err(Error {
                status: Some(404), ..
            }) if let Some(other) = other => {
                let result = self.fetch_signed(account, request, other, deadline).await;
                if result.is_ok() {
                    let old = endpoint.old_v3_path() == Some(other);
                    self.before_renaming.store(old, Ordering::Relaxed);
                }
                result
            }
            result => result,
        }
    }

    /// The path of `endpoint` for this kind of key, and another that it may be found at.
    fn paths(&self, auth: &Auth, endpoint: Endpoint) -> (&'static str, Option<&'static str>) {
        match (auth, endpoint.old_v3_path()) {
            (Auth::Hmac { .. }, _) => (endpoint.path(), None),
            (Auth::V3 { .. }, Some(old)) if self.before_renaming.load(Ordering::Relaxed) => {
                (old, Some(endpoint.v3_path()))
            }
            (Auth::V3 { .. }, old) => (endpoint.v3_path(), old),
        }
    }

    async fn fetch_signed(
        &self,
        account: &AccountConfig,
        request: &Request,
        path: &str,
        deadline: Instant,
    ) -> Result<Bytes, Error> {
        let started = Instant::now();
        match self.attempt(Some(account), request, path, deadline).await {
            // Whatever made our time wrong, a fresh reading mends it; if not, a second try would not either.
            Err(error)
                if error.kind == Kind::Clock
                    && self.sync_clock(Some(started), half_way(deadline)).await =>
            {
                if let Auth::V3 { key, .. } = &account.auth {
                    self.nonces.resync(key.address(), self.clock.server_us());
                }
                self.attempt(Some(account), request, path, deadline).await
            }
            result => result,
        }
    }
}

/// The middle between now and `deadline`: what comes first must leave time for the request itself.
fn half_way(deadline: Instant) -> Instant {
    let now = Instant::now();
    now + deadline.saturating_duration_since(now) / 2
}
