//! The one place that talks HTTP to the exchange.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use reqwest::header::HeaderValue;
use reqwest::{Url, redirect, retry};
use secrecy::ExposeSecret;
use tokio::sync::Mutex;
use tokio::time::timeout_at;

use super::answer::Answer;
use super::block::{Block, Hold, Refusal};
use super::budget::{self, Budget, Permit};
use super::clock::{self, Clock};
use super::endpoint::Endpoint;
use super::error::{Error, Kind, Unsent};
use super::request::Request;
use super::sign::{self, Nonces, Signed};
use super::stats::{Outcome, Stats};
use super::transfer::{self, Received};
use crate::config::{AccountConfig, Auth, ExchangeConfig, is_loopback};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Shorter than the idle time after which load balancers hang up, so that no request meets a closing connection.
const IDLE_TIMEOUT: Duration = Duration::from_secs(50);
const CLOCK_MAX_AGE: Duration = Duration::from_mins(5);
const CLOCK_RETRY: Duration = Duration::from_secs(10);

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

    /// Sends `request` once and counts what became of it.
    async fn attempt(
        &self,
        account: Option<&AccountConfig>,
        request: &Request,
        path: &str,
        deadline: Instant,
    ) -> Result<Bytes, Error> {
        let result = self.send(account, request, path, deadline).await;
        if let Err(error) = &result
            && error.unsent.is_none()
        {
            let account = account.map_or("", |account| &account.name);
            self.stats
                .count_error(account, request.endpoint, error.kind, 1);
        }
        result
    }

    async fn send(
        &self,
        account: Option<&AccountConfig>,
        request: &Request,
        path: &str,
        deadline: Instant,
    ) -> Result<Bytes, Error> {
        // Signed after the waiting: a signature has a time.
        let permit = self.permit(request, deadline).await?;
        let now = self.clock.server_us();
        let signed = account
            .map(|a| sign::sign(request, &a.auth, now, self.recv_window, &self.nonces))
            .transpose()?;
        let http = self.http_request(request, path, signed.as_ref())?;

        let started = Instant::now();
        let received = transfer::transfer(&self.http, http, deadline).await;
        let outcome = match &received {
            Ok(received) => Outcome::Status(received.status),
            Err(broken) => broken.outcome(),
        };
        let name = account.map_or("", |account| &account.name);
        self.stats.count_request(
            name,
            request.endpoint,
            outcome,
            request.weight(),
            started.elapsed(),
        );

        let mut secrets: Vec<&str> = Vec::new();
        if let Some(signed) = &signed {
            secrets.extend([&*signed.query, &*signed.signature]);
        }
        secrets.extend(account.iter().flat_map(|a| sign::secrets(&a.auth)));
        let nonce = signed.as_ref().and_then(|signed| signed.nonce);
        let result = match received {
            Ok(received) => self.judge(received, nonce.is_some(), &secrets),
            Err(broken) => Err(broken.explain(started.elapsed(), &secrets)),
        };
        // Until its used weight is known the request counts as under way.
        drop(permit);
        if let Some((signer, nonce)) = nonce
            && !matches!(&result, Err(error) if error.kind == Kind::Clock)
        {
            self.nonces.accepted(signer, nonce);
        }
        result
    }

    /// The right to send `request`, by the budget and by what the exchange last refused.
    async fn permit(&self, request: &Request, deadline: Instant) -> Result<Permit<'_>, Error> {
        self.check_hold()?;
        let since = request.since.unwrap_or_else(Instant::now);
        let permit = self
            .budget
            .acquire(
                request.endpoint,
                request.weight(),
                since,
                half_way(deadline),
            )
            .await;
        // Whoever was answered meanwhile may have been refused.
        self.check_hold()?;
        permit.ok_or_else(|| {
            let (_, budget) = self.budget.limits();
            let message = format!(
                "not sent: no room in the weight budget of {budget} a minute, or others on this IP use up the exchange's \
                 limit: longer intervals or fewer collectors cost less"
            );
            Error {
                unsent: Some(Unsent::Budget),
                ..Error::new(Kind::RateLimit, message)
            }
        })
    }

    fn http_request(
        &self,
        request: &Request,
        path: &str,
        signed: Option<&Signed<'_>>,
    ) -> Result<reqwest::Request, Error> {
        let query = signed.map_or_else(|| request.query(), |signed| signed.query.clone());
        let mark = if query.is_empty() { "" } else { "?" };
        let url = format!("{}{path}{mark}{query}", self.base_url);
        let mut http = self.http.get(url);
        if let Some(api_key) = signed.and_then(|signed| signed.api_key) {
            let mut key = HeaderValue::from_str(api_key.expose_secret()).map_err(|_| {
                Error::new(
                    Kind::Auth,
                    "the API key holds characters that no key has: check that it was copied whole",
                )
            })?;
            key.set_sensitive(true);
            http = http.header("X-MBX-APIKEY", key);
        }
        http.build()
            .map_err(|error| Error::new(Kind::Request, transfer::why(&error)))
    }

    /// Tells data from errors, and stops everything after a refusal.
    fn judge(&self, received: Received, by_agent: bool, secrets: &[&str]) -> Result<Bytes, Error> {
        if let Some(used) = received.used_weight {
            self.stats.set_used_weight(used);
            let left = clock::left_of_minute(self.clock.server_ms());
            self.budget.set_used(used, left, Instant::now());
        }
        let answer = Answer {
            status: received.status,
            redirect: received.redirect.as_deref(),
            body: &received.body,
            by_agent,
        };
        let now = Instant::now();
        let Err(mut error) = answer.check(secrets) else {
            self.block.succeeded(now);
            return Ok(received.body);
        };
        if Refusal::stops(error.kind) {
            let refusal = Refusal {
                kind: error.kind,
                retry_after: received.retry_after.as_deref(),
                body: &String::from_utf8_lossy(&received.body),
            };
            let hold = self.block.refused(&refusal, self.clock.server_ms(), now);
            self.stats.set_hold(hold);
            self.budget.refused_until(hold.until);
            error.message = format!("{} (until {})", error.message, time(hold.wall));
        }
        Err(error)
    }

    fn check_hold(&self) -> Result<(), Error> {
        match self.block.hold(Instant::now()) {
            None => Ok(()),
            Some(hold) => Err(held_back(&hold)),
        }
    }

    /// Reads the exchange's clock unless it was read after `since`, one reader at a time; whether it was.
    async fn sync_clock(&self, since: Option<Instant>, deadline: Instant) -> bool {
        if self.clock.read_after(since) {
            return true;
        }
        let Ok(mut failed) = timeout_at(deadline.into(), self.clock_failed.lock()).await else {
            return false;
        };
        // Somebody else may have read it while we waited.
        if self.clock.read_after(since) {
            return true;
        }
        let recently = failed.is_some_and(|at| at.elapsed() < CLOCK_RETRY);
        if recently || self.check_hold().is_err() {
            return false;
        }
        // Noted beforehand: a reader that is dropped half way has failed too.
        *failed = Some(Instant::now());
        match self.read_clock(deadline).await {
            Ok(()) => {
                *failed = None;
                true
            }
            Err(error) => {
                tracing::warn!(%error, "cannot read the exchange's clock, going on with ours");
                false
            }
        }
    }

    async fn read_limit(&self, limit: Duration) -> Result<(), Error> {
        let endpoint = Endpoint::ExchangeInfo;
        let body = self.fetch(None, &Request::new(endpoint), limit).await?;
        let Some(weight) = budget::parse_limit(&body) else {
            self.stats.count_error("", endpoint, Kind::Decode, 1);
            return Err(Error::new(
                Kind::Decode,
                "the answer holds no limit of REQUEST_WEIGHT by the minute",
            ));
        };
        self.budget.set_limit(weight);
        self.stats.set_limits(self.budget.limits());
        Ok(())
    }

    async fn read_clock(&self, deadline: Instant) -> Result<(), Error> {
        let endpoint = Endpoint::Time;
        let sent_ms = clock::now_ms();
        let body = self
            .attempt(None, &Request::new(endpoint), endpoint.path(), deadline)
            .await?;
        let received_ms = clock::now_ms();
        let Some(server_ms) = clock::parse(&body) else {
            self.stats.count_error("", endpoint, Kind::Decode, 1);
            return Err(Error::new(Kind::Decode, "the answer holds no serverTime"));
        };
        self.clock.set(server_ms, sent_ms, received_ms);
        self.stats.set_clock_offset(self.clock.offset_ms());
        Ok(())
    }
}

/// The middle between now and `deadline`: what comes first must leave time for the request itself.
fn half_way(deadline: Instant) -> Instant {
    let now = Instant::now();
    now + deadline.saturating_duration_since(now) / 2
}

fn held_back(hold: &Hold) -> Error {
    let why = match hold.kind {
        Kind::Banned => "banned this IP",
        Kind::Firewall => "refused this IP at its firewall",
        _ => "said this IP is over its limit",
    };
    let message = format!(
        "not sent: the exchange {why}, all requests pause until {}",
        time(hold.wall)
    );
    Error {
        unsent: Some(Unsent::Blocked(hold.wall)),
        ..Error::new(hold.kind, message)
    }
}

fn time(at: SystemTime) -> String {
    humantime::format_rfc3339_seconds(at).to_string()
}
