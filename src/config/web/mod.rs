//! The file of `--web.config.file`: TLS, users, headers and the rate limit, in the format of Prometheus's exporter-toolkit.

mod tls;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};

pub use self::tls::{CIPHER_SUITES, CURVES, ClientAuth, Pem, TlsFile, TlsVersion, is_tls13};
use super::load::{ConfigError, read_bounded};
use super::reader::{Item, Problems, is_word};
use super::yaml;

/// The response headers that can be set, with the values that are allowed where those are few.
const HEADERS: [(&str, &[&str]); 5] = [
    ("Content-Security-Policy", &[]),
    ("X-Frame-Options", &["deny", "sameorigin"]),
    ("X-Content-Type-Options", &["nosniff"]),
    ("X-XSS-Protection", &[]),
    ("Strict-Transport-Security", &[]),
];
/// The costs of bcrypt that are accepted: below, it is not defined; above, one check takes a minute and more.
const COSTS: std::ops::RangeInclusive<u32> = 4..=18;

/// Who may ask, how connections are protected, and what every answer carries.
#[derive(Debug, Clone)]
pub struct WebFile {
    /// `None`: plain HTTP.
    pub tls: Option<TlsFile>,
    /// Whether HTTP/2 is offered; only over TLS.
    pub http2: bool,
    /// Headers of every answer, by name.
    pub headers: Vec<(&'static str, String)>,
    /// Hashes of bcrypt by user. Empty: nobody is asked for a password.
    pub users: BTreeMap<String, SecretString>,
    /// How many requests are served in a time.
    pub rate_limit: Option<RateLimit>,
    /// A digest of the file and of all files that it names: what changed, if anything.
    pub fingerprint: [u8; 32],
}

/// A bucket of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// One request more is allowed after each of these.
    pub interval: Duration,
    /// So many requests are allowed at once.
    pub burst: u32,
}

impl WebFile {
    /// Reads the file and those that it names.
    ///
    /// # Errors
    /// All that is wrong with it, each with file, line, key and what is expected; never a password, hash or key.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let mut problems = Problems::new(&path.display().to_string());
        let mut digest = Sha256::new();
        let file = read_file(path, &mut digest, &mut problems);
        let lines = problems.into_lines();
        match file {
            Some(file) if lines.is_empty() => Ok(Self {
                fingerprint: digest.finalize().into(),
                ..file
            }),
            _ => Err(ConfigError(lines)),
        }
    }
}

fn read_file(path: &Path, digest: &mut Sha256, problems: &mut Problems) -> Option<WebFile> {
    let (text, _) = read_bounded(path)
        .map_err(|error| {
            let name = path.display();
            problems.general(format!("cannot read the web configuration {name}: {error}"));
        })
        .ok()?;
    digest.update(&text);
    let root = yaml::parse(&text)
        .map_err(|(line, column, what)| problems.at((line, column), "", &what))
        .ok()?;
    let root = Item::root(&root);
    if root.is_blank() {
        // Nothing is more easily emptied by accident, and it would open the port.
        root.wrong(
            problems,
            "the file says nothing; leave out --web.config.file to serve without TLS and passwords",
        );
        return None;
    }
    let [tls, http, users, rate_limit] = root.block(
        problems,
        [
            "tls_server_config",
            "http_server_config",
            "basic_auth_users",
            "rate_limit",
        ],
    )?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut file = WebFile {
        tls: tls.and_then(|item| tls::read(&item, folder, digest, problems)),
        http2: true,
        headers: Vec::new(),
        users: users.map_or_else(BTreeMap::new, |item| read_users(&item, problems)),
        rate_limit: rate_limit.and_then(|item| read_rate_limit(&item, problems)),
        fingerprint: [0; 32],
    };
    if let Some([http2, headers]) = http.and_then(|item| item.block(problems, ["http2", "headers"]))
    {
        file.http2 = http2.and_then(|i| i.flag(problems)).unwrap_or(true);
        file.headers = headers.map_or_else(Vec::new, |item| read_headers(&item, problems));
    }
    Some(file)
}

fn read_headers(item: &Item<'_>, problems: &mut Problems) -> Vec<(&'static str, String)> {
    let Some(found) = item.block(problems, HEADERS.map(|(name, _)| name)) else {
        return Vec::new();
    };
    let mut headers = Vec::new();
    for ((name, allowed), item) in HEADERS.into_iter().zip(found) {
        let Some(item) = item.filter(|i| !i.is_blank()) else {
            continue;
        };
        let Some(value) = item.text(problems) else {
            continue;
        };
        if !allowed.is_empty() && !allowed.contains(&value) {
            item.wrong(problems, &format!("expected {}", allowed.join(" or ")));
        } else if !value.bytes().all(|b| matches!(b, b' '..=b'~')) {
            item.wrong(problems, "a header is one line of ASCII characters");
        } else {
            headers.push((name, value.to_owned()));
        }
    }
    headers
}

fn read_users(item: &Item<'_>, problems: &mut Problems) -> BTreeMap<String, SecretString> {
    let mut users = BTreeMap::new();
    let Some(entries) = item.entries(problems) else {
        return users;
    };
    if entries.is_empty() {
        item.wrong(
            problems,
            "there is nobody; leave the key out to serve without passwords",
        );
    }
    for (name, mut user) in entries {
        // `{alice:HASH}`, without a blank, makes a name of a hash, which must not be shown.
        if !is_word(name) || name.is_empty() {
            user.path.clone_from(&item.path);
        }
        if name.is_empty() || name.contains(':') {
            user.wrong(
                problems,
                "a user's name is not empty and has no colon: it could not be sent",
            );
            continue;
        }
        let Some(hash) = user.text(problems) else {
            continue;
        };
        if cost(hash).is_none_or(|cost| !COSTS.contains(&cost)) {
            user.wrong(
                problems,
                &format!(
                    "expected a hash of bcrypt of cost {} to {}; `htpasswd -nBC 10 \"\" | tr -d ':\\n'` asks for a password and prints one",
                    COSTS.start(),
                    COSTS.end()
                ),
            );
        } else if users.insert(name.to_owned(), hash.into()).is_some() {
            user.wrong(problems, "this user is given twice");
        }
    }
    users
}

/// The cost of a hash of bcrypt: `$2y$10$` and 53 letters of salt and hash.
fn cost(hash: &str) -> Option<u32> {
    let rest = ["$2a$", "$2b$", "$2y$"]
        .iter()
        .find_map(|version| hash.strip_prefix(version))?;
    let (cost, rest) = rest.split_once('$')?;
    let letters = |b: u8| b.is_ascii_alphanumeric() || b == b'.' || b == b'/';
    (cost.len() == 2 && rest.len() == 53 && rest.bytes().all(letters)).then_some(())?;
    cost.parse().ok()
}

impl WebFile {
    /// The highest cost of the users' hashes.
    #[must_use]
    pub fn highest_cost(&self) -> Option<u32> {
        let costs = self.users.values();
        costs.filter_map(|hash| cost(hash.expose_secret())).max()
    }
}

fn read_rate_limit(item: &Item<'_>, problems: &mut Problems) -> Option<RateLimit> {
    let [interval, burst] = item.block(problems, ["interval", "burst"])?;
    let interval = interval.and_then(|i| i.duration(problems, Duration::ZERO, HOUR))?;
    let Some(burst) = burst else {
        item.wrong(
            problems,
            "the key burst is missing: how many requests are allowed at once",
        );
        return None;
    };
    let burst = burst.whole(problems, 1, 1_000_000)?;
    (!interval.is_zero()).then_some(RateLimit { interval, burst })
}

const HOUR: Duration = Duration::from_hours(1);
