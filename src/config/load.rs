//! Putting a configuration together: flags win over the file, the file over the environment and the defaults.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{File, Metadata};
use std::io::Read as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use zeroize::Zeroizing;

use super::file::{FileConfig, read};
use super::reader::{Item, Problems};
use super::shard::Shard;
use super::{
    CollectionConfig, Config, DEFAULT_PORT, Environment, ExchangeConfig, LedgerConfig, Mode,
    WebConfig, base_url, base_url_of, environment, exposed, yaml,
};
use crate::collector::Collector;

/// No configuration is larger: tens of thousands of accounts.
const LARGEST_FILE: u64 = 16 * 1024 * 1024;
const DEFAULT_BASE_URL: &str = "https://fapi.asterdex.com";

/// What flags say; `None` where they leave it to the file.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs, reason = "the names are those of the flags")]
pub struct Overrides {
    pub listen: Vec<SocketAddr>,
    pub telemetry_path: Option<String>,
    pub max_requests: Option<usize>,
    pub systemd_socket: bool,
    pub web_config_file: Option<PathBuf>,
    pub disable_exporter_metrics: bool,
    pub timeout_offset: Duration,
    pub mode: Option<Mode>,
    /// Collectors that are switched on or off for all accounts.
    pub collectors: BTreeMap<Collector, bool>,
    pub all_symbols: bool,
    pub all_assets: bool,
    pub ledger_path: Option<PathBuf>,
    pub shard: Option<Shard>,
}

/// Everything that is wrong with a configuration, a line each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError(pub(super) Vec<String>);

impl ConfigError {
    /// One thing that is wrong.
    #[must_use]
    pub fn one(told: String) -> Self {
        Self(vec![told])
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for ConfigError {}

/// Reads the configuration from `path`, or without one an account from the environment.
///
/// # Errors
/// All that is wrong with it, each with file, line, key and what is expected; never a secret.
pub fn load(
    path: Option<&Path>,
    overrides: &Overrides,
    variables: Environment<'_>,
) -> Result<Config, ConfigError> {
    let mut problems = Problems::new(&path.map(|p| p.display().to_string()).unwrap_or_default());
    let mut file = match path {
        Some(path) => from_file(path, variables, &mut problems),
        None => environment::read(variables, &mut problems),
    };
    if file.base_url.is_none()
        && let Some(url) = base_url_of(variables)
    {
        match base_url(&url) {
            Ok(url) => file.base_url = Some(url),
            Err(what) => problems.general(format!("environment variable ASTER_BASE_URL: {what}")),
        }
    }
    let mut config = complete(file, overrides);
    if problems.is_empty() {
        for account in config.accounts.iter().filter(|a| a.collectors.is_empty()) {
            problems.general(format!(
                "every collector of account {:?} is switched off: there is nothing to watch",
                account.name
            ));
        }
    }
    config.warnings = problems.take_warnings();
    let lines = problems.into_lines();
    if lines.is_empty() {
        Ok(config)
    } else {
        Err(ConfigError(lines))
    }
}

fn from_file(path: &Path, variables: Environment<'_>, problems: &mut Problems) -> FileConfig {
    let (text, metadata) = match read_bounded(path) {
        Ok(read) => read,
        Err(error) => {
            problems.general(format!(
                "cannot read the configuration file {}: {error}",
                path.display()
            ));
            return FileConfig::default();
        }
    };
    let folder = path.parent().map(PathBuf::from).unwrap_or_default();
    let file = match yaml::parse(&text) {
        Ok(root) => read(&Item::root(&root), &folder, variables, problems),
        Err((line, column, what)) => {
            problems.at((line, column), "", &what);
            FileConfig::default()
        }
    };
    if problems.has_inline_secret() {
        let name = format!("the configuration file {}", path.display());
        problems.warn(exposed::warning(path, &metadata, &name));
    }
    file
}

/// Reads a text file, or a pipe, of bounded length.
pub(super) fn read_bounded(path: &Path) -> std::io::Result<(Zeroizing<String>, Metadata)> {
    let (bytes, metadata) = read_bytes(path)?;
    let text =
        String::from_utf8(bytes).map_err(|_| std::io::Error::other("it is no UTF-8 text"))?;
    Ok((Zeroizing::new(text), metadata))
}

/// Reads a file, or a pipe, of bounded length.
pub(super) fn read_bytes(path: &Path) -> std::io::Result<(Vec<u8>, Metadata)> {
    let mut bytes = Vec::new();
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    let length = file.take(LARGEST_FILE + 1).read_to_end(&mut bytes)? as u64;
    if length > LARGEST_FILE {
        return Err(std::io::Error::other("it is larger than 16 MiB"));
    }
    Ok((bytes, metadata))
}

fn complete(file: FileConfig, overrides: &Overrides) -> Config {
    let on = |collector| overrides.collectors.get(&collector).copied();
    let (ours, others): (Vec<_>, Vec<_>) = file
        .accounts
        .into_iter()
        .partition(|a| overrides.shard.is_none_or(|shard| shard.keeps(&a.name)));
    let accounts = ours.into_iter().map(|mut account| {
        let wanted = |c: &Collector| on(*c).unwrap_or_else(|| account.collectors.contains(c));
        account.collectors = Collector::OF_ACCOUNT.into_iter().filter(wanted).collect();
        account
    });
    let listen = match overrides.listen.as_slice() {
        [] => file
            .listen
            .filter(|l| !l.is_empty())
            .unwrap_or_else(|| vec![([127, 0, 0, 1], DEFAULT_PORT).into()]),
        flags => flags.to_vec(),
    };
    let ledger = LedgerConfig::default();
    Config {
        exchange: ExchangeConfig {
            base_url: file.base_url.unwrap_or_else(|| DEFAULT_BASE_URL.to_owned()),
            recv_window: file.recv_window.unwrap_or(Duration::from_secs(5)),
            request_timeout: file.request_timeout.unwrap_or(Duration::from_secs(10)),
            weight_budget: file.weight_budget,
        },
        collection: CollectionConfig {
            mode: overrides.mode.or(file.mode).unwrap_or(Mode::Interval),
            intervals: file.intervals,
            stale_after: file.stale_after.unwrap_or(3),
            min_age: file.min_age.unwrap_or(Duration::from_secs(5)),
            market: on(Collector::Market).unwrap_or(true),
            all_symbols: overrides.all_symbols || file.all_symbols.unwrap_or(false),
            all_assets: overrides.all_assets || file.all_assets.unwrap_or(false),
        },
        accounts: accounts.collect(),
        elsewhere: others.len(),
        ledger: LedgerConfig {
            path: overrides
                .ledger_path
                .clone()
                .or(file.ledger_path)
                .unwrap_or(ledger.path),
            history: file.ledger_history.unwrap_or(ledger.history),
            overlap: file.ledger_overlap.unwrap_or(ledger.overlap),
            zero_for: file.ledger_zero_for.unwrap_or(ledger.zero_for),
        },
        web: WebConfig {
            listen,
            systemd_socket: overrides.systemd_socket,
            config_file: overrides.web_config_file.clone(),
            telemetry_path: overrides
                .telemetry_path
                .clone()
                .or(file.telemetry_path)
                .unwrap_or_else(|| "/metrics".to_owned()),
            max_requests: overrides.max_requests.or(file.max_requests).unwrap_or(40),
            disable_exporter_metrics: overrides.disable_exporter_metrics,
            timeout_offset: overrides.timeout_offset,
        },
        warnings: Vec::new(),
    }
}
