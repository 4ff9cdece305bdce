//! Starting the exporter's binary, waiting for conditions, asking over HTTP.
#![allow(dead_code, reason = "each test program uses a part of it")]

use std::fmt::Write as _;
use std::future::Future;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use aster_exporter::demo::{Exchange, Options};
use tempfile::TempDir;

/// Nothing that a test waits for takes this long, unless it never comes.
const PATIENCE: Duration = Duration::from_secs(30);

/// Waits until `probe` gives something.
pub async fn eventually<T, F: Future<Output = Option<T>>>(
    what: &str,
    mut probe: impl FnMut() -> F,
) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = probe().await {
            return found;
        }
        assert!(start.elapsed() < PATIENCE, "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A demo exchange with no limit of weight and no past: tests ask often, and wait for no import.
pub async fn exchange() -> Exchange {
    let options = Options {
        weight_limit: u32::MAX,
        history_days: 0,
        surprises: false,
        ..Options::default()
    };
    Exchange::start(options, ([127, 0, 0, 1], 0).into())
        .await
        .unwrap()
}

/// An answer over HTTP.
pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub body: String,
}

pub async fn get(url: &str) -> Answer {
    send(client().get(url)).await.unwrap()
}

pub fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

pub async fn send(request: reqwest::RequestBuilder) -> reqwest::Result<Answer> {
    let response = request.send().await?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Ok(Answer {
        status,
        headers,
        body: response.text().await?,
    })
}

/// A running exporter; killed when dropped.
pub struct Exporter {
    child: Child,
    pub url: String,
    log: Arc<Mutex<String>>,
    _folder: TempDir,
}

/// A configuration file for all accounts of the exchange, with secrets in files.
pub fn configure(folder: &Path, exchange: &Exchange, collection: &str) -> PathBuf {
    configure_agents(folder, exchange, collection, &[])
}

/// The same, with these accounts watched by their agents.
pub fn configure_agents(
    folder: &Path,
    exchange: &Exchange,
    collection: &str,
    by_agent: &[&str],
) -> PathBuf {
    let mut text = format!(
        "exchange: {{base_url: \"{}\", request_timeout: 2s}}\ncollection: {collection}\n\
         ledger: {{path: {}, zero_for: 0s}}\naccounts:\n",
        exchange.url(),
        folder.join("ledger.db").display()
    );
    for account in exchange.accounts() {
        let file = |what: &str, secret: &str| {
            let path = folder.join(format!("{}.{what}", account.name));
            std::fs::write(&path, format!("{secret}\n")).unwrap();
            path.display().to_string()
        };
        let credentials = if by_agent.contains(&account.name.as_str()) {
            format!(
                "auth: v3, user: '{}', signer: '{}', private_key_file: {}",
                account.user,
                account.signer,
                file("agent", &account.private_key)
            )
        } else {
            format!(
                "api_key_file: {}, api_secret_file: {}",
                file("key", &account.api_key),
                file("secret", &account.api_secret)
            )
        };
        let name = &account.name;
        writeln!(
            text,
            "  - {{name: {name}, {credentials}, labels: {{desk: test}}}}"
        )
        .unwrap();
    }
    let path = folder.join("aster.yaml");
    std::fs::write(&path, text).unwrap();
    path
}

/// Every collector several times a second, so that tests don't wait.
pub const FAST: &str = "{stale_after: 10, min_age: 100ms, intervals: {balance: 200ms, account: 200ms, positions: 200ms, orders: 200ms, trades: 1s, income: 1s, market: 200ms}}";

/// The binary, with nothing of this machine's environment that it would read.
pub fn binary() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aster-exporter"));
    for (name, _) in std::env::vars() {
        if name.starts_with("ASTER_") || name.to_lowercase().ends_with("_proxy") {
            command.env_remove(name);
        }
    }
    command
}

impl Exporter {
    pub async fn start(exchange: &Exchange, collection: &str, flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = configure(folder.path(), exchange, collection);
        Self::start_with(&config, flags, folder).await
    }

    /// The same, with these accounts watched by their agents.
    pub async fn start_agents(exchange: &Exchange, collection: &str, by_agent: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = configure_agents(folder.path(), exchange, collection, by_agent);
        Self::start_with(&config, &[], folder).await
    }

    /// The same as [`Exporter::start`], with a budget of its own.
    pub async fn start_within(exchange: &Exchange, collection: &str, weight_budget: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = configure(folder.path(), exchange, collection);
        let text = std::fs::read_to_string(&config).unwrap();
        let budget = format!("request_timeout: 2s, weight_budget: {weight_budget}");
        std::fs::write(&config, text.replace("request_timeout: 2s", &budget)).unwrap();
        Self::start_with(&config, &[], folder).await
    }

    async fn start_with(config: &Path, flags: &[&str], folder: TempDir) -> Self {
        let mut command = binary();
        command.arg(format!("--config.file={}", config.display()));
        command.args(flags);
        Self::spawn(command, folder).await
    }

    pub async fn spawn(mut command: Command, folder: TempDir) -> Self {
        command.arg("--web.listen-address=127.0.0.1:0");
        let mut given = command.get_args().map(|flag| flag.to_string_lossy());
        if !given.any(|flag| flag.starts_with("--log.level")) {
            command.arg("--log.level=debug");
        }
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        let (stderr, sink) = (child.stderr.take().unwrap(), log.clone());
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                let mut log = sink.lock().unwrap();
                log.push_str(&line);
                log.push('\n');
            }
        });
        let mut exporter = Self {
            child,
            url: String::new(),
            log,
            _folder: folder,
        };
        exporter.url = eventually("the exporter to say where it listens", || {
            let log = exporter.log();
            let url = log
                .lines()
                .find_map(|line| line.split_once(" url=")?.1.split_whitespace().next());
            let url = url.and_then(|url| reqwest::Url::parse(url.trim_matches('"')).ok());
            async move { url.map(|url| url.origin().ascii_serialization()) }
        })
        .await;
        exporter
    }

    /// The number of its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it has written to standard error.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    pub async fn get(&self, path: &str) -> Answer {
        get(&format!("{}{path}", self.url)).await
    }

    /// The numbers of a page, by series as written.
    pub async fn series(&self, path: &str) -> Series {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        Series::parse(&answer.body)
    }

    /// Waits until the page satisfies `good`.
    pub async fn until(&self, what: &str, good: impl Fn(&Series) -> bool) -> Series {
        eventually(what, || async {
            let series = self.series("/metrics").await;
            good(&series).then_some(series)
        })
        .await
    }

    pub fn signal(&self, name: &str) {
        let killed = Command::new("kill")
            .args([format!("-{name}"), self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(killed.success());
    }

    pub async fn ended(&mut self) -> ExitStatus {
        let child = &mut self.child;
        eventually("the exporter to end", || {
            let status = child.try_wait().unwrap();
            async move { status }
        })
        .await
    }
}

impl Drop for Exporter {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A page of metrics as numbers in text.
#[derive(Debug)]
pub struct Series(std::collections::BTreeMap<String, String>);

impl Series {
    pub fn parse(page: &str) -> Self {
        let lines = page.lines().filter(|l| !l.starts_with('#'));
        Self(
            lines
                .filter_map(|l| l.rsplit_once(' '))
                .map(|(s, v)| (s.to_owned(), v.to_owned()))
                .collect(),
        )
    }

    /// All of them, as written.
    pub fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(s, v)| (s.as_str(), v.as_str()))
    }

    pub fn value(&self, series: &str) -> Option<f64> {
        self.0.get(series)?.parse().ok()
    }

    pub fn is(&self, series: &str, value: f64) -> bool {
        self.value(series)
            .is_some_and(|v| (v - value).abs() < f64::EPSILON)
    }

    /// The numbers of all series that begin so, together.
    pub fn sum(&self, prefix: &str) -> f64 {
        self.0
            .iter()
            .filter(|(s, _)| s.starts_with(prefix))
            .filter_map(|(_, v)| v.parse::<f64>().ok())
            .sum()
    }

    /// How many series begin so.
    pub fn count(&self, prefix: &str) -> usize {
        self.0.keys().filter(|s| s.starts_with(prefix)).count()
    }
}
