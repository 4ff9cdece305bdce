//! The only way to the exchange, and the only user of reqwest.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use bytes::{Bytes, BytesMut};
use reqwest::header::{HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Response, Url};
use secrecy::ExposeSecret as _;
use serde_json::Value;
use tokio::sync::Mutex;
use tracing::debug;

use super::answer::judge;
use super::block::{Block, retry_after};
use super::clock::Clock;
use super::endpoint::Endpoint;
use super::error::{Error, Kind};
use super::sign::sign;
use super::stats::{Stats, StatsSnapshot};
use crate::config::{AccountConfig, Auth, ExchangeConfig, is_loopback};
use crate::version::VERSION;

/// The largest answer that is read, unpacked: a hundred times that of an account with 600 symbols.
const MAX_BODY: usize = 16 * 1024 * 1024;
/// Of the time for a request, the most that connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// The header that names the weight this IP has used, in lower case.
const USED_WEIGHT: &str = "x-mbx-used-weight-1m";

/// The client of one exchange; clones share everything.
#[derive(Debug, Clone)]
pub struct Client(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    http: reqwest::Client,
    base_url: String,
    recv_window: Duration,
    request_timeout: Duration,
    stats: Stats,
    clock: Clock,
    block: Block,
    /// Held while the clock is measured, so that many requests cause one measurement.
    measuring: Mutex<()>,
}

/// A request as it goes out.
struct Outgoing {
    path_and_query: String,
    key: Option<HeaderValue>,
    /// What must not appear in a message.
    secrets: Vec<String>,
}

impl Client {
    /// A client for the exchange of `config`; nothing is sent yet.
    ///
    /// # Errors
    /// When TLS cannot be set up (no root certificates), or a proxy variable is no URL.
    pub fn new(config: &ExchangeConfig) -> Result<Self, Error> {
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("aster-exporter/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .connect_timeout(CONNECT_TIMEOUT);
        if is_loopback(&config.base_url) {
            // A proxy is for the way out of this machine.
            builder = builder.no_proxy();
        }
        let http = builder.build().map_err(|e| {
            Error::new(
                Kind::Request,
                format!(
                    "the HTTP client cannot be set up: {}",
                    causes(&e.without_url())
                ),
            )
        })?;
        debug!("exchange client {VERSION} for {}", config.base_url);
        Ok(Self(Arc::new(Shared {
            http,
            base_url: config.base_url.clone(),
            recv_window: config.recv_window,
            request_timeout: config.request_timeout,
            stats: Stats::default(),
            clock: Clock::default(),
            block: Block::default(),
            measuring: Mutex::default(),
        })))
    }

    /// What was sent and what came of it.
    #[must_use]
    pub fn stats(&self) -> &Stats {
        &self.0.stats
    }

    /// The counts now, with what is known of clock and block.
    #[must_use]
    pub fn stats_snapshot(&self) -> StatsSnapshot {
        let left = self.0.block.remaining(Instant::now());
        StatsSnapshot {
            clock_offset_ms: self.0.clock.offset_ms(),
            blocked_until: left.and_then(|left| SystemTime::now().checked_add(left)),
            ..self.0.stats.snapshot()
        }
    }

    /// Asks `endpoint`, signed for `account` where that is due, and gives the body of a good answer.
    ///
    /// # Errors
    /// Typed by what one can do about it; [`Error::blocked_until`] is set when nothing was sent.
    pub async fn fetch(
        &self,
        account: Option<&AccountConfig>,
        endpoint: Endpoint,
        limit: Duration,
    ) -> Result<Bytes, Error> {
        let limit = limit.min(self.0.request_timeout);
        tokio::time::timeout(limit, self.0.fetch(account, endpoint, limit))
            .await
            .unwrap_or_else(|_| {
                // A retry or a measurement of the clock took what was left; each request was counted as it ended.
                Err(late(limit))
            })
    }
}

impl Shared {
    async fn fetch(
        &self,
        account: Option<&AccountConfig>,
        endpoint: Endpoint,
        limit: Duration,
    ) -> Result<Bytes, Error> {
        let end = Instant::now() + limit;
        let name = account.map_or("", |a| a.name.as_str());
        if account.is_some() && self.clock.due(Instant::now()) {
            self.measure_clock(end, None).await;
        }
        let outgoing = self.outgoing(account, endpoint)?;
        let first = self.send(name, endpoint, outgoing, end).await;
        match first {
            Err(error) if error.kind == Kind::Clock && account.is_some() => {
                debug!(
                    account = name,
                    endpoint = endpoint.name(),
                    "the clocks differ; measuring"
                );
                self.measure_clock(end, self.clock.offset_ms()).await;
                self.send(name, endpoint, self.outgoing(account, endpoint)?, end)
                    .await
            }
            other => other,
        }
    }

    /// Measures the exchange's clock once for all who wait. `wrong` is an offset that the exchange has
    /// just refused; without one, a measurement that is not yet due again is good enough.
    async fn measure_clock(&self, end: Instant, wrong: Option<i64>) {
        let _one_at_a_time = self.measuring.lock().await;
        let known = self.clock.offset_ms();
        let renewed = wrong.is_some() && known != wrong;
        if renewed || (wrong.is_none() && known.is_some() && !self.clock.due(Instant::now())) {
            return;
        }
        let sent = SystemTime::now();
        let answer = match self.outgoing(None, Endpoint::Time) {
            Ok(outgoing) => self.send("", Endpoint::Time, outgoing, end).await,
            Err(error) => Err(error),
        };
        let received = SystemTime::now();
        let server = answer.and_then(|body| {
            let time: Option<i64> = serde_json::from_slice::<Value>(&body)
                .ok()
                .and_then(|answer| answer.get("serverTime")?.as_i64());
            time.ok_or_else(|| {
                Error::new(Kind::Decode, "the answer holds no serverTime".to_owned())
            })
        });
        match server {
            Ok(server) => self.clock.measured(server, sent, received, Instant::now()),
            Err(error) => {
                debug!("the exchange's clock cannot be read: {error}");
                self.clock.failed(Instant::now());
            }
        }
    }

    fn outgoing(
        &self,
        account: Option<&AccountConfig>,
        endpoint: Endpoint,
    ) -> Result<Outgoing, Error> {
        let path = endpoint.hmac_path();
        let Some(account) = account.filter(|_| endpoint.signed()) else {
            return Ok(Outgoing {
                path_and_query: path.to_owned(),
                key: None,
                secrets: vec![],
            });
        };
        let Auth::Hmac {
            api_key,
            api_secret,
        } = &account.auth;
        let timestamp = self.clock.server_ms(SystemTime::now());
        let signed = sign(&[], api_secret, timestamp, self.recv_window);
        let mut key = HeaderValue::from_str(api_key.expose_secret()).map_err(|_| {
            Error::new(
                Kind::Auth,
                "the API key has characters that no key has".to_owned(),
            )
        })?;
        key.set_sensitive(true);
        Ok(Outgoing {
            path_and_query: format!("{path}?{}", signed.query),
            key: Some(key),
            secrets: vec![
                signed.signature,
                api_key.expose_secret().to_owned(),
                api_secret.expose_secret().to_owned(),
            ],
        })
    }

    /// Sends one request, unless all are held back, and counts what came of it.
    async fn send(
        &self,
        account: &str,
        endpoint: Endpoint,
        outgoing: Outgoing,
        end: Instant,
    ) -> Result<Bytes, Error> {
        if let Some(left) = self.block.remaining(Instant::now()) {
            return Err(held_back(left));
        }
        let begun = Instant::now();
        let limit = end.saturating_duration_since(begun);
        let outcome = tokio::time::timeout(limit, self.exchange(&outgoing)).await;
        let (status, result) = outcome.unwrap_or_else(|_| ("timeout".to_owned(), Err(late(limit))));
        self.stats
            .count_request(account, endpoint, &status, begun.elapsed());
        if let Err(error) = &result {
            self.stats.count_error(account, endpoint, error.kind, 1);
        }
        result
    }

    /// The status to count, and the body or what is wrong.
    async fn exchange(&self, outgoing: &Outgoing) -> (String, Result<Bytes, Error>) {
        let url = match Url::parse(&format!("{}{}", self.base_url, outgoing.path_and_query)) {
            Ok(url) => url,
            Err(e) => {
                return (
                    "connect".to_owned(),
                    Err(Error::new(Kind::Request, format!("exchange.base_url: {e}"))),
                );
            }
        };
        let mut request = self.http.get(url);
        if let Some(key) = &outgoing.key {
            request = request.header("X-MBX-APIKEY", key);
        }
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) => return ("connect".to_owned(), Err(no_answer(error))),
        };
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        self.note_used_weight(&headers);
        match read(response).await {
            Ok(body) => (
                status.to_string(),
                self.judge(status, &headers, body, outgoing),
            ),
            // The status alone already says enough to stop.
            Err(_) if matches!(status, 403 | 418 | 429) => (
                status.to_string(),
                self.judge(status, &headers, Bytes::new(), outgoing),
            ),
            Err(error) => ("body".to_owned(), Err(error)),
        }
    }

    fn judge(
        &self,
        status: u16,
        headers: &HeaderMap,
        body: Bytes,
        outgoing: &Outgoing,
    ) -> Result<Bytes, Error> {
        let secrets: Vec<&str> = outgoing.secrets.iter().map(String::as_str).collect();
        let failed = match judge(status, &body, &secrets) {
            Ok(()) => {
                self.block.accepted();
                return Ok(body);
            }
            Err(failed) => failed,
        };
        let now = SystemTime::now();
        let named = headers
            .get(RETRY_AFTER)
            .and_then(|v| retry_after(v.to_str().ok()?, now));
        if let Some((refusal, hints)) = failed.hints(named) {
            let left = self
                .block
                .refuse(refusal, hints, self.clock.server_ms(now), Instant::now());
            tracing::warn!(
                "{}: no request is sent for {} s",
                failed.error,
                left.as_secs()
            );
        }
        Err(failed.error)
    }

    fn note_used_weight(&self, headers: &HeaderMap) {
        let weight = headers
            .get(USED_WEIGHT)
            .and_then(|v| v.to_str().ok()?.trim().parse().ok());
        if let Some(weight) = weight {
            self.stats.set_used_weight(weight);
        }
    }
}

/// The whole body, unpacked, up to the size limit.
async fn read(mut response: Response) -> Result<Bytes, Error> {
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(broken_off)? {
        if body.len() + chunk.len() > MAX_BODY {
            let message = format!(
                "the answer is larger than {} MiB; it was not read",
                MAX_BODY >> 20
            );
            return Err(Error::new(Kind::Decode, message));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

fn no_answer(error: reqwest::Error) -> Error {
    let error = error.without_url();
    let what = causes(&error);
    if error.is_timeout() {
        return Error::new(
            Kind::Timeout,
            format!("no connection in time ({what}); check the network and exchange.base_url"),
        );
    }
    Error::new(
        Kind::Network,
        format!("no answer ({what}); check the network, a proxy, and exchange.base_url"),
    )
}

fn broken_off(error: reqwest::Error) -> Error {
    let error = error.without_url();
    let what = causes(&error);
    if error.is_decode() {
        return Error::new(
            Kind::Decode,
            format!("the answer cannot be unpacked ({what})"),
        );
    }
    Error::new(
        Kind::Network,
        format!("the connection broke before the answer was whole ({what})"),
    )
}

fn late(limit: Duration) -> Error {
    let message = format!(
        "no whole answer within {:.1} s; the exchange or the network is slow, or exchange.request_timeout is too short",
        limit.as_secs_f64()
    );
    Error::new(Kind::Timeout, message)
}

fn held_back(left: Duration) -> Error {
    let message = format!(
        "nothing was sent: the exchange refuses this IP for another {} s",
        left.as_secs()
    );
    let until = SystemTime::now().checked_add(left);
    Error {
        blocked_until: until,
        ..Error::new(Kind::RateLimit, message)
    }
}

/// The chain of an error's causes; reqwest's own first line says less than what is behind it.
fn causes(error: &dyn std::error::Error) -> String {
    let chain = std::iter::successors(error.source(), |e| e.source()).map(ToString::to_string);
    let mut causes: Vec<String> = chain.collect();
    causes.dedup();
    if causes.is_empty() {
        error.to_string()
    } else {
        causes.join(": ")
    }
}
