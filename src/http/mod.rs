//! The HTTP edge: what is asked for, collected if need be, rendered, and sent.

mod landing;
pub mod route;
pub mod server;

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{self, HeaderValue};
use hyper::{HeaderMap, Method, Request, StatusCode};
use tokio::sync::{Semaphore, watch};
use tokio::time::Instant;
use tracing::error;

use self::landing::{About, landing};
use self::route::{Refusal, Route, accepts_gzip, route};
use self::server::Reply;
use crate::collector::Collector;
use crate::config::{Config, Mode};
use crate::exchange::Stats;
use crate::exchange::stats::StatsSnapshot;
use crate::metrics::exposition::{Exposition, Page};
use crate::metrics::health::Health;
use crate::poller::Poller;
use crate::snapshot::view::{Moment, Selection, View};

const TEXT: &str = "text/plain; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";
/// The text format of Prometheus.
const METRICS: &str = "text/plain; version=0.0.4; charset=utf-8";
/// No scrape waits longer for the exchange, whatever its header says.
const LONGEST_SCRAPE: Duration = Duration::from_mins(2);
/// The least time that a scrape gives the collectors, however short its time-out.
const SHORTEST_SCRAPE: Duration = Duration::from_millis(100);

/// What the handlers need.
#[derive(Debug)]
pub struct App {
    mode: Mode,
    telemetry_path: String,
    timeout_offset: Duration,
    request_timeout: Duration,
    /// `None` when there is no limit.
    permits: Option<Semaphore>,
    view: watch::Receiver<Arc<View>>,
    poller: Poller,
    stats: Arc<Stats>,
    exposition: Exposition,
    health: Health,
}

impl App {
    /// Puts the parts together.
    #[must_use]
    pub fn new(config: &Config, poller: Poller, stats: Arc<Stats>, health: Health) -> Self {
        let web = &config.web;
        Self {
            mode: config.collection.mode,
            telemetry_path: web.telemetry_path.clone(),
            timeout_offset: web.timeout_offset,
            request_timeout: config.exchange.request_timeout,
            permits: (web.max_requests > 0).then(|| Semaphore::new(web.max_requests)),
            view: poller.view(),
            poller,
            stats,
            exposition: Exposition::default(),
            health,
        }
    }

    /// Answers one request.
    pub async fn handle(self: Arc<Self>, request: Request<Incoming>) -> Reply {
        let head = request.method() == Method::HEAD;
        let mut reply = self.answer(&request).await;
        if head {
            // The length stays that of the answer to a GET.
            let length = HeaderValue::from(hyper::body::Body::size_hint(reply.body()).lower());
            reply.headers_mut().insert(header::CONTENT_LENGTH, length);
            *reply.body_mut() = Full::default();
        }
        reply
    }

    async fn answer(self: &Arc<Self>, request: &Request<Incoming>) -> Reply {
        let Ok(_permit) = self
            .permits
            .as_ref()
            .map(Semaphore::try_acquire)
            .transpose()
        else {
            return text(
                StatusCode::SERVICE_UNAVAILABLE,
                "too many requests at a time; see --web.max-requests\n",
            );
        };
        let uri = request.uri();
        let (method, query) = (request.method().as_str(), uri.query().unwrap_or_default());
        let view = self.view.borrow().clone();
        match route(method, uri.path(), query, &self.telemetry_path, &view) {
            Err(refusal) => refused(refusal),
            Ok(Route::Healthy) => healthy(&self.poller.stalled(std::time::Instant::now())),
            Ok(Route::Ready) => ready(&view),
            Ok(Route::Landing) => self.landing(&view),
            Ok(Route::Metrics(selection)) => {
                if self.mode == Mode::Scrape {
                    self.poller
                        .refresh(&selection, self.deadline(request.headers()))
                        .await;
                }
                self.metrics(selection, true, request.headers()).await
            }
            Ok(Route::Probe(selection)) => {
                self.poller
                    .refresh(&selection, self.deadline(request.headers()))
                    .await;
                self.metrics(selection, false, request.headers()).await
            }
        }
    }

    /// The page of `selection` as it is now.
    ///
    /// # Errors
    /// When it cannot be encoded: a mistake of this program.
    pub fn page(&self, selection: &Selection, process: bool) -> prometheus::Result<Page> {
        let view = self.view.borrow().clone();
        let now = Moment::now();
        let own = self
            .health
            .families(&view, selection, &self.stats.snapshot(), &now, process);
        self.exposition.page(&view, selection, &now, own)
    }

    async fn metrics(
        self: &Arc<Self>,
        selection: Selection,
        process: bool,
        headers: &HeaderMap,
    ) -> Reply {
        let gzip = header_text(headers, &header::ACCEPT_ENCODING).is_some_and(accepts_gzip);
        let app = self.clone();
        // A large page takes long enough to encode that it would hold up other requests.
        let encoded = tokio::task::spawn_blocking(move || {
            let page = app.page(&selection, process).map_err(|e| e.to_string())?;
            Ok::<_, String>(if gzip { page.gzip() } else { page.plain() })
        });
        match encoded.await.map_err(|e| e.to_string()).flatten() {
            Ok(body) => {
                let mut reply = reply(StatusCode::OK, METRICS, body);
                reply
                    .headers_mut()
                    .insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
                if gzip {
                    reply
                        .headers_mut()
                        .insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
                }
                reply
            }
            Err(error) => {
                error!("the metrics cannot be encoded: {error}");
                text(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "the metrics cannot be encoded; see the log\n",
                )
            }
        }
    }

    fn landing(&self, view: &View) -> Reply {
        let now = Moment::now();
        let stats = self.stats.snapshot();
        let about = About {
            version: crate::version::LONG,
            telemetry_path: &self.telemetry_path,
            blocked_for: blocked_for(&stats, now.wall),
            stats: &stats,
        };
        reply(StatusCode::OK, HTML, landing(view, &about, &now))
    }

    /// Until when a scrape may wait for collections.
    fn deadline(&self, headers: &HeaderMap) -> Instant {
        let limit = header_text(headers, "x-prometheus-scrape-timeout-seconds")
            .and_then(|seconds| seconds.parse::<f64>().ok())
            .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
            .map_or(self.request_timeout, |limit| {
                limit.saturating_sub(self.timeout_offset)
            });
        Instant::now() + limit.clamp(SHORTEST_SCRAPE, LONGEST_SCRAPE)
    }
}

/// The handler of [`server::serve`].
pub fn handler(
    app: &Arc<App>,
) -> impl Fn(Request<Incoming>) -> std::pin::Pin<Box<dyn Future<Output = Reply> + Send>> + Clone + use<>
{
    let app = app.clone();
    move |request| Box::pin(app.clone().handle(request))
}

fn blocked_for(stats: &StatsSnapshot, now: SystemTime) -> Option<u64> {
    stats
        .blocked_until
        .and_then(|until| until.duration_since(now).ok())
        .map(|left| left.as_secs())
}

/// 200 unless a collector's timer has stopped, which nothing but a new start mends.
fn healthy(stalled: &[(Option<&str>, Collector)]) -> Reply {
    if stalled.is_empty() {
        return text(StatusCode::OK, "OK\n");
    }
    let names = stalled
        .iter()
        .map(|(account, collector)| format!("{} {}\n", account.unwrap_or("-"), collector.name()));
    let message = format!(
        "these collectors have stopped:\n{}",
        names.collect::<String>()
    );
    text(StatusCode::SERVICE_UNAVAILABLE, message)
}

/// 200 once every collector has been tried: what the exchange answered does not matter.
fn ready(view: &View) -> Reply {
    let waiting: Vec<String> = view
        .collectors()
        .filter(|(_, c)| c.attempt.is_none())
        .map(|(account, c)| format!("{} {}\n", account.unwrap_or("-"), c.collector.name()))
        .collect();
    if waiting.is_empty() {
        return text(StatusCode::OK, "Ready\n");
    }
    let message = format!("not collected yet:\n{}", waiting.concat());
    text(StatusCode::SERVICE_UNAVAILABLE, message)
}

fn refused(refusal: Refusal) -> Reply {
    let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::BAD_REQUEST);
    let mut reply = text(status, refusal.message + "\n");
    if status == StatusCode::METHOD_NOT_ALLOWED {
        reply
            .headers_mut()
            .insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
    }
    reply
}

fn text(status: StatusCode, body: impl Into<Bytes>) -> Reply {
    reply(status, TEXT, body)
}

fn reply(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Reply {
    let mut reply = Reply::new(Full::new(body.into()));
    *reply.status_mut() = status;
    let headers = reply.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    reply
}

fn header_text(headers: &HeaderMap, name: impl header::AsHeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}
