//! The configuration, validated: what the rest of the program may rely on.

mod account;
mod credentials;
mod environment;
mod exposed;
mod file;
mod load;
mod reader;
mod secret;
mod shard;
mod status;
pub mod web;
mod yaml;

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};

pub use self::load::{ConfigError, Overrides, load};
pub use self::shard::Shard;
pub use self::status::Status;
use crate::collector::Collector;
use crate::wallet::{Address, PrivateKey};

/// Looks up an environment variable.
pub type Environment<'e> = &'e dyn Fn(&str) -> Option<String>;

/// The port when none is named.
pub const DEFAULT_PORT: u16 = 10099;

/// The most that `max_requests` may be.
pub const MOST_REQUESTS: usize = 100_000;

/// Everything the exporter was told, from file, environment and flags, checked as a whole.
#[derive(Debug, Clone)]
pub struct Config {
    /// How to reach the exchange.
    pub exchange: ExchangeConfig,
    /// What is collected, and when.
    pub collection: CollectionConfig,
    /// The accounts, in the order of the file; names are unique.
    pub accounts: Vec<AccountConfig>,
    /// How many accounts of the file belong to other shards.
    pub elsewhere: usize,
    /// Where records of income and trades are kept.
    pub ledger: LedgerConfig,
    /// How metrics are served.
    pub web: WebConfig,
    /// What is not wrong but should be mended, in words.
    pub warnings: Vec<String>,
}

/// Where records of income and trades are kept, and how they are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerConfig {
    /// The file; a relative name begins at the working directory.
    pub path: PathBuf,
    /// How far back the first import of an account reaches.
    pub history: Duration,
    /// How far back each reading of income reaches, for records that appear late.
    pub overlap: Duration,
    /// For how long a label set that is new is shown at 0; longer than two scrape intervals.
    pub zero_for: Duration,
}

impl Default for LedgerConfig {
    fn default() -> Self {
        Self {
            path: PathBuf::from("data/ledger.db"),
            history: Duration::from_hours(30 * 24),
            overlap: Duration::from_hours(1),
            zero_for: Duration::from_mins(2),
        }
    }
}

impl Config {
    /// Whether a collector of history is on.
    #[must_use]
    pub fn wants_ledger(&self) -> bool {
        let history = |a: &AccountConfig| a.collectors.iter().any(|c| c.is_history());
        self.accounts.iter().any(history)
    }
}

/// How to reach the exchange.
#[derive(Debug, Clone)]
pub struct ExchangeConfig {
    /// Scheme and host, without a trailing slash: `https://fapi.asterdex.com`.
    pub base_url: String,
    /// How old a signed request may be when it reaches the exchange; at most 60 s.
    pub recv_window: Duration,
    /// Limit on a whole request, from connecting to the last byte of the body.
    pub request_timeout: Duration,
    /// The weight that all requests of a minute may cost; none is half of what the exchange allows this IP.
    pub weight_budget: Option<u64>,
}

/// When collectors run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Each collector of each account on its own timer.
    Interval,
    /// At each scrape.
    Scrape,
}

/// What is collected, and when.
#[derive(Debug, Clone)]
pub struct CollectionConfig {
    /// On a timer or at each scrape.
    pub mode: Mode,
    /// The interval of each collector; read with [`CollectionConfig::interval`].
    pub intervals: BTreeMap<Collector, Duration>,
    /// Data older than this many intervals of its collector is not exposed.
    pub stale_after: u32,
    /// In scrape mode and on `/probe`, a collector that ran less than this long ago is not run again.
    pub min_age: Duration,
    /// Whether the unsigned `market` collector runs.
    pub market: bool,
    /// Expose positions of size zero too.
    pub all_symbols: bool,
    /// Expose empty assets too.
    pub all_assets: bool,
}

impl CollectionConfig {
    /// The interval of `collector`.
    #[must_use]
    pub fn interval(&self, collector: Collector) -> Duration {
        self.intervals
            .get(&collector)
            .copied()
            .unwrap_or_else(|| collector.default_interval())
    }

    /// The age at which data of `collector` is no longer exposed.
    #[must_use]
    pub fn max_age(&self, collector: Collector) -> Duration {
        self.interval(collector).saturating_mul(self.stale_after)
    }
}

/// One futures account.
#[derive(Debug, Clone)]
pub struct AccountConfig {
    /// The value of the label `account`.
    pub name: String,
    /// How its requests are signed.
    pub auth: Auth,
    /// Labels of `aster_account_info`.
    pub labels: BTreeMap<String, String>,
    /// Which collectors run for it (never [`Collector::Market`]).
    pub collectors: BTreeSet<Collector>,
}

/// The credentials of an account. `Debug` never shows them.
#[derive(Debug, Clone)]
pub enum Auth {
    /// A legacy API key with an HMAC secret.
    Hmac {
        /// Sent in the header `X-MBX-APIKEY`.
        api_key: SecretString,
        /// Signs the query string.
        api_secret: SecretString,
    },
    /// The key of an agent (V3), which signs typed data.
    V3 {
        /// The main wallet, whose account it is.
        user: Address,
        /// The agent's key; its address is the signer.
        key: PrivateKey,
        /// The chain of the typed data.
        chain_id: u64,
    },
}

impl PartialEq for Auth {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::Hmac {
                    api_key,
                    api_secret,
                },
                Self::Hmac {
                    api_key: other_key,
                    api_secret: other_secret,
                },
            ) => {
                api_key.expose_secret() == other_key.expose_secret()
                    && api_secret.expose_secret() == other_secret.expose_secret()
            }
            (
                Self::V3 {
                    user,
                    key,
                    chain_id,
                },
                Self::V3 {
                    user: other_user,
                    key: other_key,
                    chain_id: other_chain,
                },
            ) => {
                // An address belongs to one key.
                (user, key.address(), chain_id) == (other_user, other_key.address(), other_chain)
            }
            _ => false,
        }
    }
}

impl Auth {
    /// The value of the label `auth`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Hmac { .. } => "hmac",
            Self::V3 { .. } => "v3",
        }
    }
}

/// How metrics are served.
#[derive(Debug, Clone)]
pub struct WebConfig {
    /// Where to listen.
    pub listen: Vec<SocketAddr>,
    /// Take the listening sockets from systemd instead.
    pub systemd_socket: bool,
    /// The file with TLS and users; read by [`web::WebFile::read`].
    pub config_file: Option<PathBuf>,
    /// The path of the metrics page.
    pub telemetry_path: String,
    /// Requests served at a time; more get 503; 0 is no limit.
    pub max_requests: usize,
    /// Leave out `process_*`.
    pub disable_exporter_metrics: bool,
    /// Kept back from Prometheus's scrape timeout.
    pub timeout_offset: Duration,
}

/// Reads where to listen: `127.0.0.1:10099`, `[::1]:10099`, or `:10099` for every address of this machine.
///
/// # Errors
/// When it is none of these, in words.
pub fn listen_address(text: &str) -> Result<SocketAddr, String> {
    let every = || {
        let port = text.strip_prefix(':')?.parse().ok()?;
        Some(SocketAddr::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), port))
    };
    text.parse().ok().or_else(every).ok_or_else(|| {
        format!(
            "expected an address with a port, such as 127.0.0.1:{DEFAULT_PORT} or :{DEFAULT_PORT}"
        )
    })
}

/// Reads the path of the metrics page.
///
/// # Errors
/// When it is no path, or one that serves something else.
pub fn telemetry_path(text: &str) -> Result<String, String> {
    let taken = ["/", "/probe", "/-/healthy", "/-/ready", "/-/reload"];
    if !text.starts_with('/') || text.contains(['?', '#', '%', ' ']) || taken.contains(&text) {
        return Err(format!(
            "expected a path such as /metrics, other than {}",
            taken.join(", ")
        ));
    }
    Ok(text.to_owned())
}

/// Reads the address of the exchange: scheme and host, in clear text only on this machine.
fn base_url(text: &str) -> Result<String, String> {
    let text = text.trim_end_matches('/');
    match scheme_and_host(text) {
        Some(("https", _)) => Ok(text.to_owned()),
        Some(("http", host)) if is_this_machine(host) => Ok(text.to_owned()),
        Some(("http", _)) => Err(
            "expected https: over http the API key would travel readable for all; http is for this machine alone".to_owned(),
        ),
        _ => Err("expected scheme and host alone, such as https://fapi.asterdex.com".to_owned()),
    }
}

/// The address of the exchange that the environment names, if it does.
fn base_url_of(environment: Environment<'_>) -> Option<String> {
    let url = environment("ASTER_BASE_URL")?;
    let url = url.trim();
    (!url.is_empty()).then(|| url.to_owned())
}

/// The chain of agent keys at an exchange: the test network has one of its own.
fn chain_id(base_url: &str) -> u64 {
    let testnet = scheme_and_host(base_url)
        .is_some_and(|(_, host)| host.to_ascii_lowercase().contains("testnet"));
    if testnet { 714 } else { 1666 }
}

/// Takes `scheme://host` or `scheme://host:port` apart; `None` when there is anything else.
fn scheme_and_host(url: &str) -> Option<(&str, &str)> {
    let (scheme, authority) = url.split_once("://")?;
    let (host, port) = if let Some(rest) = authority.strip_prefix('[') {
        let (host, port) = rest.split_once(']')?;
        host.parse::<Ipv6Addr>().ok()?;
        (host, port)
    } else {
        let (host, port) = authority.split_at(authority.find(':').unwrap_or(authority.len()));
        let named = |b: u8| b.is_ascii_alphanumeric() || b == b'.' || b == b'-' || b == b'_';
        (!host.is_empty() && host.bytes().all(named)).then_some((host, port))?
    };
    if !port.is_empty() {
        let digits = port.strip_prefix(':')?;
        let number: u16 = digits.parse().ok()?;
        (number > 0 && !digits.starts_with('+')).then_some(())?;
    }
    Some((scheme, host))
}

/// Whether an address names this machine.
#[must_use]
pub fn is_loopback(url: &str) -> bool {
    scheme_and_host(url.trim_end_matches('/')).is_some_and(|(_, host)| is_this_machine(host))
}

fn is_this_machine(host: &str) -> bool {
    let address = host.parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|a| a.is_loopback())
}
