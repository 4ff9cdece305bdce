//! Putting a configuration together: flags win over the file, the file over the environment and the defaults.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::account::account_name;
use super::file::{FileConfig, read};
use super::reader::{Item, Problems};
use super::{
    AccountConfig, Auth, CollectionConfig, Config, DEFAULT_PORT, Environment, ExchangeConfig, Mode,
    WebConfig, base_url, base_url_of, secret, yaml,
};
use crate::collector::Collector;

/// No configuration is larger.
const LARGEST_FILE: u64 = 1024 * 1024;
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
    environment: Environment<'_>,
) -> Result<Config, ConfigError> {
    let mut problems = Problems::new(&path.map(|p| p.display().to_string()).unwrap_or_default());
    let mut file = match path {
        Some(path) => from_file(path, environment, &mut problems),
        None => from_environment(environment, &mut problems),
    };
    if file.base_url.is_none()
        && let Some(url) = base_url_of(environment)
    {
        match base_url(&url) {
            Ok(url) => file.base_url = Some(url),
            Err(what) => problems.general(format!("environment variable ASTER_BASE_URL: {what}")),
        }
    }
    let config = complete(file, overrides);
    if problems.is_empty() {
        for account in config.accounts.iter().filter(|a| a.collectors.is_empty()) {
            problems.general(format!(
                "every collector of account {:?} is switched off: there is nothing to watch",
                account.name
            ));
        }
    }
    let lines = problems.into_lines();
    if lines.is_empty() {
        Ok(config)
    } else {
        Err(ConfigError(lines))
    }
}

fn from_file(path: &Path, environment: Environment<'_>, problems: &mut Problems) -> FileConfig {
    let text = match read_bounded(path) {
        Ok(text) => text,
        Err(error) => {
            problems.general(format!(
                "cannot read the configuration file {}: {error}",
                path.display()
            ));
            return FileConfig::default();
        }
    };
    let folder = path.parent().map(PathBuf::from).unwrap_or_default();
    match yaml::parse(&text) {
        Ok(root) => read(&Item::root(&root), &folder, environment, problems),
        Err((line, column, what)) => {
            problems.at((line, column), "", &what);
            FileConfig::default()
        }
    }
}

/// Reads a text file, or a pipe, of bounded length.
pub(super) fn read_bounded(path: &Path) -> std::io::Result<String> {
    let bytes = read_bytes(path)?;
    String::from_utf8(bytes).map_err(|_| std::io::Error::other("it is no UTF-8 text"))
}

/// Reads a file, or a pipe, of bounded length.
pub(super) fn read_bytes(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut file = File::open(path)?.take(LARGEST_FILE + 1);
    let length = file.read_to_end(&mut bytes)? as u64;
    if length > LARGEST_FILE {
        return Err(std::io::Error::other("it is larger than 1 MiB"));
    }
    Ok(bytes)
}

fn from_environment(environment: Environment<'_>, problems: &mut Problems) -> FileConfig {
    let names = ["ASTER_API_KEY", "ASTER_API_SECRET"];
    let given = names.map(environment);
    if given.iter().all(Option::is_none) {
        problems.general(
            "there is no account to watch: give a file with --config.file=FILE, or set ASTER_API_KEY and ASTER_API_SECRET, \
             or try `aster-exporter demo`, which needs neither"
                .to_owned(),
        );
        return FileConfig::default();
    }
    let mut secret = |name: &str, given: Option<&String>| {
        given
            .ok_or_else(|| "is not set".to_owned())
            .and_then(|text| secret::from_text(text))
            .map_err(|what| problems.general(format!("the environment variable {name} {what}")))
            .ok()
    };
    let [key, secret] = [0, 1].map(|i: usize| secret(names[i], given[i].as_ref()));
    let name = environment("ASTER_ACCOUNT_NAME").map(|name| name.trim().to_owned());
    let name = name
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "default".to_owned());
    if let Err(what) = account_name(&name) {
        problems.general(format!(
            "the environment variable ASTER_ACCOUNT_NAME: {what}"
        ));
    }
    let account = key.zip(secret).map(|(api_key, api_secret)| AccountConfig {
        name,
        auth: Auth::Hmac {
            api_key,
            api_secret,
        },
        labels: BTreeMap::new(),
        collectors: BTreeSet::from(Collector::OF_ACCOUNT),
    });
    FileConfig {
        accounts: account.into_iter().collect(),
        ..FileConfig::default()
    }
}

fn complete(file: FileConfig, overrides: &Overrides) -> Config {
    let on = |collector| overrides.collectors.get(&collector).copied();
    let accounts = file.accounts.into_iter().map(|mut account| {
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
    Config {
        exchange: ExchangeConfig {
            base_url: file.base_url.unwrap_or_else(|| DEFAULT_BASE_URL.to_owned()),
            recv_window: file.recv_window.unwrap_or(Duration::from_secs(5)),
            request_timeout: file.request_timeout.unwrap_or(Duration::from_secs(10)),
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
    }
}
