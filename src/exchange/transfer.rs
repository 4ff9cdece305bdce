//! One exchange over HTTP, within bounds of time and size, and in words why it failed.

use std::error::Error as StdError;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use reqwest::header::{HeaderMap, HeaderName, LOCATION, RETRY_AFTER};
use reqwest::{Client, Request, Response};
use tokio::time::timeout_at;

use super::answer::clean;
use super::error::{Error, Kind};
use super::stats::Outcome;

/// The largest body that is read, in bytes after decompression; real ones stay below 1 MiB.
const LARGEST: usize = 16 << 20;
/// A refusal must take effect soon; its body only adds to what its status and headers say.
const REFUSAL_BODY_TIMEOUT: Duration = Duration::from_secs(1);

/// What came back.
pub(super) struct Received {
    /// The HTTP status.
    pub(super) status: u16,
    /// The header `Retry-After`.
    pub(super) retry_after: Option<String>,
    /// The host to which the header `Location` points.
    pub(super) redirect: Option<String>,
    /// The weight that this IP has used in the running minute.
    pub(super) used_weight: Option<u64>,
    /// The whole body, decompressed; of an error it may be missing.
    pub(super) body: Bytes,
}

/// Why there is no answer, or not all of it.
#[derive(Debug)]
pub(super) enum Broken {
    /// It did not come in time.
    Timeout,
    /// No connection, and why.
    Connect(String),
    /// The connection broke, and how.
    Reset(String),
    /// The body is larger than [`LARGEST`].
    TooLarge,
    /// The body is not compressed as it says, and how.
    Corrupt(String),
}

impl Broken {
    /// What it is counted as.
    pub(super) const fn outcome(&self) -> Outcome {
        match self {
            Self::Timeout => Outcome::Timeout,
            Self::Connect(_) => Outcome::Connect,
            Self::Reset(_) | Self::TooLarge | Self::Corrupt(_) => Outcome::Body,
        }
    }

    /// The same for people, `after` so much time; `secrets` are never shown.
    pub(super) fn explain(&self, after: Duration, secrets: &[&str]) -> Error {
        let after = after.as_secs_f64();
        let (kind, text) = match self {
            Self::Timeout => (
                Kind::Timeout,
                format!(
                    "no whole answer after {after:.1} s: check the network, or raise request_timeout"
                ),
            ),
            Self::Connect(why) => (
                Kind::Network,
                format!(
                    "no connection: {}: check the network, DNS and base_url",
                    clean(why, secrets)
                ),
            ),
            Self::Reset(why) => (
                Kind::Network,
                format!("the connection broke: {}", clean(why, secrets)),
            ),
            Self::TooLarge => (
                Kind::Decode,
                format!(
                    "the answer is larger than {} MiB and was not read on",
                    LARGEST >> 20
                ),
            ),
            Self::Corrupt(why) => (
                Kind::Decode,
                format!("the answer cannot be decompressed: {}", clean(why, secrets)),
            ),
        };
        Error::new(kind, text)
    }
}

impl From<reqwest::Error> for Broken {
    fn from(error: reqwest::Error) -> Self {
        let why = why(&error);
        if error.is_connect() {
            Self::Connect(why)
        } else if error.is_timeout() {
            Self::Timeout
        } else if error.is_decode() && !came_from_connection(&error) {
            Self::Corrupt(why)
        } else {
            Self::Reset(why)
        }
    }
}

/// Sends `request` and reads the answer to its end, all before `deadline`.
pub(super) async fn transfer(
    http: &Client,
    request: Request,
    deadline: Instant,
) -> Result<Received, Broken> {
    let response = timeout_at(deadline.into(), http.execute(request))
        .await
        .map_err(|_| Broken::Timeout)??;
    let status = response.status();
    let deadline = match status.as_u16() {
        403 | 418 | 429 => deadline.min(Instant::now() + REFUSAL_BODY_TIMEOUT),
        _ => deadline,
    };
    let mut received = Received {
        status: status.as_u16(),
        retry_after: header(response.headers(), &RETRY_AFTER).map(str::to_owned),
        redirect: redirect_host(&response),
        used_weight: used_weight(response.headers()),
        body: Bytes::new(),
    };
    let body = timeout_at(deadline.into(), read(response))
        .await
        .unwrap_or(Err(Broken::Timeout));
    match body {
        Ok(body) => received.body = body,
        // Of an error the status says enough.
        Err(_) if !status.is_success() => {}
        Err(broken) => return Err(broken),
    }
    Ok(received)
}

/// The whole body of `response`, decompressed.
async fn read(mut response: Response) -> Result<Bytes, Broken> {
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > LARGEST {
            return Err(Broken::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// The causes below reqwest's and hyper's own wrappers, which name only their layer (and, in reqwest's case, the URL).
pub(super) fn why(error: &reqwest::Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    for cause in causes(error) {
        let text = cause.to_string();
        let wrapper = cause.is::<reqwest::Error>() || text.starts_with("client error");
        // Some causes repeat the ones below them.
        if !wrapper && !parts.iter().any(|part| part.contains(&text)) {
            parts.push(text);
        }
    }
    if parts.is_empty() {
        return "no cause given".to_owned();
    }
    parts.join(": ")
}

/// Whether reading failed because of the connection, and not because of what came over it.
fn came_from_connection(error: &reqwest::Error) -> bool {
    causes(error).any(<dyn StdError>::is::<hyper::Error>)
}

fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn StdError + 'static)> {
    std::iter::successors(error.source(), |&cause| cause.source())
}

/// The header is documented as `X-MBX-USED-WEIGHT-(n)(letter)`; the limit is by the minute.
fn used_weight(headers: &HeaderMap) -> Option<u64> {
    headers
        .iter()
        .find(|(name, _)| name.as_str().starts_with("x-mbx-used-weight-1m"))
        .and_then(|(_, value)| value.to_str().ok()?.trim().parse().ok())
}

/// Only the host: the rest may repeat the signed query.
fn redirect_host(response: &Response) -> Option<String> {
    let location = header(response.headers(), &LOCATION)?;
    let url = response.url().join(location).ok()?;
    url.host_str().map(str::to_owned)
}

fn header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
