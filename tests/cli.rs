//! The command as users run it: flags, exit codes, what it prints and what it logs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    unreachable_pub
)]

#[path = "support/promtool.rs"]
mod promtool;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use aster_exporter::demo::{Endpoint, Exchange, Fault, Options};
use serde_json::Value;
use tempfile::TempDir;

/// Nothing that a test waits for takes this long, unless it never comes.
const PATIENCE: Duration = Duration::from_secs(30);

/// The binary, with nothing of this machine's environment that it would read.
fn binary(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aster-exporter"));
    for (name, _) in std::env::vars() {
        if name.starts_with("ASTER_") || name.to_lowercase().ends_with("_proxy") {
            command.env_remove(name);
        }
    }
    command.stdin(Stdio::null()).args(arguments);
    command
}

struct Ended {
    code: Option<i32>,
    out: String,
    err: String,
}

fn ended(output: Output) -> Ended {
    Ended {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn run(arguments: &[&str]) -> Ended {
    ended(binary(arguments).output().unwrap())
}

/// Waits until `probe` gives something.
fn eventually<T>(what: &str, mut probe: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = probe() {
            return found;
        }
        assert!(start.elapsed() < PATIENCE, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Writes a file with secrets: nobody else may read it.
fn write_private(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

/// A configuration that is good, of an exchange at which nobody listens.
fn good_file() -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("aster.yaml");
    let text = "exchange: {base_url: 'http://127.0.0.1:1', request_timeout: 1s}\n\
                ledger: {path: LEDGER}\n\
                accounts: [{name: main, api_key: s3cr3t-key, api_secret: s3cr3t-secret}]\n";
    let ledger = folder.path().join("ledger.db");
    write_private(&path, &text.replace("LEDGER", ledger.to_str().unwrap()));
    let flag = format!("--config.file={}", path.display());
    (folder, flag)
}

/// Every long flag of a help text.
fn flags(help: &str) -> Vec<String> {
    help.lines()
        .filter_map(|line| {
            let line = line.trim_start();
            let long = line.strip_prefix("-h, ").or(line.strip_prefix("-V, "));
            let flag = long.unwrap_or(line);
            let end = flag.find(' ').unwrap_or(flag.len());
            flag.starts_with("--").then(|| flag[..end].to_owned())
        })
        .collect()
}

#[test]
fn help_lists_every_flag() {
    let help = run(&["--help"]);
    assert_eq!(help.code, Some(0));
    let found = flags(&help.out);
    let mut expected: Vec<String> = [
        "--config.file",
        "--config.check",
        "--web.listen-address",
        "--web.telemetry-path",
        "--web.config.file",
        "--web.enable-lifecycle",
        "--web.max-requests",
        "--web.systemd-socket",
        "--web.disable-exporter-metrics",
        "--timeout-offset",
        "--collection.mode",
        "--collector.positions.all-symbols",
        "--collector.balance.all-assets",
        "--shard",
        "--ledger.path",
        "--log.level",
        "--log.format",
        "--help",
        "--version",
    ]
    .map(str::to_owned)
    .into();
    for collector in [
        "balance",
        "account",
        "positions",
        "orders",
        "trades",
        "income",
        "market",
    ] {
        expected.push(format!("--collector.{collector}"));
        expected.push(format!("--no-collector.{collector}"));
    }
    for flag in &expected {
        assert!(found.contains(flag), "{flag} is missing in\n{}", help.out);
    }
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for command in ["demo", "check", "once", "healthcheck", "ledger"] {
        assert!(help.out.contains(&format!("\n  {command} ")), "{command}");
    }
    assert!(
        !help.out.to_lowercase().contains("--api"),
        "no flag takes a secret"
    );
}

#[test]
fn the_documentation_names_every_flag_and_none_besides() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/configuration.md");
    let text = fs::read_to_string(path).unwrap();
    let mut known = Vec::new();
    for command in [
        &["--help"] as &[&str],
        &["demo", "--help"],
        &["check", "--help"],
        &["ledger", "export", "--help"],
    ] {
        known.extend(flags(&run(command).out));
    }
    assert!(known.len() > 25, "{known:?}");
    for flag in &known {
        let named = ["`", "=", " "]
            .iter()
            .any(|end| text.contains(&format!("`{flag}{end}")));
        assert!(named, "{flag} is not named");
    }
    for part in text.split("`--").skip(1) {
        let end = part.find(['`', '=', ' ']).unwrap();
        let flag = format!("--{}", &part[..end]);
        let pattern = flag.contains(".X");
        assert!(pattern || known.contains(&flag), "{flag} is no flag");
    }
    for variable in [
        "ASTER_CONFIG_FILE",
        "ASTER_SHARD",
        "ASTER_HEALTHCHECK_URL",
        "ASTER_API_KEY",
        "ASTER_API_SECRET",
        "ASTER_ACCOUNT_NAME",
        "ASTER_BASE_URL",
    ] {
        assert!(text.contains(&format!("`{variable}`")), "{variable}");
    }
}

#[test]
fn the_version_is_told() {
    let version = run(&["--version"]);
    assert_eq!(version.code, Some(0));
    let start = concat!("aster-exporter ", env!("CARGO_PKG_VERSION"), " (revision ");
    assert!(version.out.starts_with(start), "{}", version.out);
}

#[test]
fn a_wrong_flag_is_named() {
    for arguments in [
        &["--web.listen-adress=:1"] as &[&str],
        &["check", "--web.listen-adress=:1"],
        &["demo", "--web.listen-adress=:1"],
    ] {
        let ended = run(arguments);
        assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""));
        assert!(ended.err.contains("--web.listen-adress"), "{}", ended.err);
    }
    assert_eq!(run(&["chekc"]).code, Some(2));
}

#[test]
fn a_wrong_value_is_told_with_what_is_expected() {
    for (flag, expected) in [
        (
            "--web.listen-address=localhost",
            "expected an address with a port",
        ),
        (
            "--web.listen-address=:65536",
            "expected an address with a port",
        ),
        (
            "--web.telemetry-path=metrics",
            "expected a path such as /metrics",
        ),
        ("--web.telemetry-path=/probe", "other than /, /probe"),
        (
            "--web.max-requests=-1",
            "expected a whole number from 0 to 100000",
        ),
        (
            "--web.max-requests=18446744073709551615",
            "expected a whole number from 0 to 100000",
        ),
        (
            "--timeout-offset=-1",
            "expected a number of seconds from 0 to 60",
        ),
        (
            "--timeout-offset=NaN",
            "expected a number of seconds from 0 to 60",
        ),
        (
            "--timeout-offset=1e300",
            "expected a number of seconds from 0 to 60",
        ),
        (
            "--collection.mode=both",
            "possible values: interval, scrape",
        ),
        (
            "--log.level=loud",
            "possible values: error, warn, info, debug, trace",
        ),
        ("--log.format=xml", "possible values: logfmt, json"),
    ] {
        let ended = run(&[flag]);
        assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""), "{flag}");
        assert!(ended.err.contains(expected), "{flag}: {}", ended.err);
        let name = flag.split('=').next().unwrap();
        assert!(ended.err.contains(name), "{flag}: {}", ended.err);
    }
    for flag in ["--port=70000", "--speed=-1", "--speed=NaN", "--seed=x"] {
        assert_eq!(run(&["demo", flag]).code, Some(2), "{flag}");
    }
}

#[test]
fn a_bad_configuration_ends_it_before_anything_starts() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("aster.yaml");
    fs::write(&path, "web: {port: 1}\naccounts: []\n").unwrap();
    let file = path.display();
    let flag = format!("--config.file={file}");
    let expected = format!(
        "{file}:1:7: web.port: unknown key; the keys here are listen_addresses, telemetry_path, max_requests\n\
         {file}:2:11: accounts: the list is empty: there is nothing to watch\n"
    );
    for arguments in [
        &[flag.as_str()] as &[&str],
        &["check", &flag],
        &["check", "--offline", &flag],
        &["once", &flag],
        &["--config.check", &flag],
    ] {
        let ended = run(arguments);
        assert_eq!(ended.err, expected);
        assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""));
    }
    let mut by_environment = binary(&["--config.check"]);
    by_environment.env("ASTER_CONFIG_FILE", &path);
    assert_eq!(ended(by_environment.output().unwrap()).err, expected);
}

#[test]
fn a_good_configuration_is_told_so_and_nothing_is_sent() {
    // The exchange of this file does not exist.
    let (_folder, file) = good_file();
    for arguments in [
        &["--config.check", &file] as &[&str],
        &["--config.check", "check", &file],
        &["check", "--config.check", &file],
        &["--config.check", "once", &file],
        &[&file, "check", "--offline"],
        &["check", "--offline", &file],
    ] {
        let ended = run(arguments);
        assert_eq!(
            ended.out, "the configuration is good: 1 account(s)\n",
            "{arguments:?}"
        );
        assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
    }
}

#[test]
fn without_any_configuration_it_says_how_to_start() {
    for command in [&[] as &[&str], &["check"], &["once"]] {
        let ended = run(command);
        assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""));
        assert_eq!(ended.err.lines().count(), 1, "{}", ended.err);
        for way in [
            "--config.file=FILE",
            "ASTER_API_KEY and ASTER_API_SECRET",
            "aster-exporter demo",
        ] {
            assert!(ended.err.contains(way), "{}", ended.err);
        }
    }
}

#[test]
fn a_variable_that_is_no_text_is_refused_as_such() {
    let mut command = binary(&["--config.check"]);
    command.env("ASTER_API_KEY", "s3cr3t");
    command.env("ASTER_API_SECRET", OsStr::from_bytes(b"s3cr3t\xff"));
    let ended = ended(command.output().unwrap());
    assert_eq!(
        ended.err,
        "the environment variable ASTER_API_SECRET holds more than one word, or characters that no key has\n"
    );
    assert_eq!(ended.code, Some(2));
}

#[test]
fn a_port_in_use_is_told_with_address_and_flag() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let (_folder, file) = good_file();
    let ended = run(&[&file, &format!("--web.listen-address={address}")]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""));
    for part in [&address.to_string(), "--web.listen-address", "in use"] {
        assert!(ended.err.contains(part), "{part}: {}", ended.err);
    }
    let ended = run(&["demo", &format!("--port={}", address.port())]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""));
    for part in [&address.to_string(), "--port", "in use"] {
        assert!(ended.err.contains(part), "{part}: {}", ended.err);
    }
    assert!(
        !ended.err.contains("--web.listen-address"),
        "the demo has no such flag: {}",
        ended.err
    );
}

#[test]
fn of_the_flags_of_a_collector_the_last_one_counts() {
    let (_folder, file) = good_file();
    let others = [
        "--no-collector.balance",
        "--no-collector.account",
        "--no-collector.positions",
        "--no-collector.trades",
        "--no-collector.income",
    ];
    let code = |before: &[&str], after: &[&str]| {
        let arguments = [&others, before, &["check", "--offline", &file], after].concat();
        let ended = run(&arguments);
        if ended.code == Some(2) {
            assert!(
                ended
                    .err
                    .contains("every collector of account \"main\" is switched off"),
                "{}",
                ended.err
            );
        }
        ended.code
    };
    let (on, off) = ("--collector.orders", "--no-collector.orders");
    assert_eq!(code(&[], &[]), Some(0));
    assert_eq!(code(&[off], &[]), Some(2));
    assert_eq!(code(&[], &[off]), Some(2));
    assert_eq!(code(&[off, on], &[]), Some(0));
    assert_eq!(code(&[on, off], &[]), Some(2));
    assert_eq!(code(&[], &[off, on]), Some(0));
    assert_eq!(code(&[], &[on, off, off]), Some(2));
    assert_eq!(code(&[off], &[on]), Some(0));
    assert_eq!(code(&[on], &[off]), Some(2));
}

/// A demo exchange with no limit of weight and no past: tests ask often, and wait for no import.
async fn exchange() -> Exchange {
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

/// Every collector several times a second.
const FAST: &str = "stale_after: 20, intervals: {balance: 200ms, account: 200ms, positions: 200ms, orders: 200ms, trades: 200ms, income: 200ms, market: 200ms}";

/// A configuration file of all accounts of the exchange; that of `wrong` gets a wrong secret.
fn configure(folder: &Path, exchange: &Exchange, collection: &str, wrong: &str) -> PathBuf {
    let mut text = format!(
        "exchange: {{base_url: '{}', request_timeout: 5s}}\ncollection: {{{collection}}}\nledger: {{path: {}}}\naccounts:\n",
        exchange.url(),
        folder.join("ledger.db").display()
    );
    for account in exchange.accounts() {
        let secret = if account.name == wrong {
            "0".repeat(64)
        } else {
            account.api_secret
        };
        writeln!(
            text,
            "  - {{name: {}, api_key: '{}', api_secret: '{secret}'}}",
            account.name, account.api_key
        )
        .unwrap();
    }
    let path = folder.join("aster.yaml");
    write_private(&path, &text);
    path
}

fn of_exchange(command: &str, exchange: &Exchange, wrong: &str) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    let path = configure(folder.path(), exchange, "", wrong);
    let ended = run(&[command, &format!("--config.file={}", path.display())]);
    for account in exchange.accounts() {
        for secret in [&account.api_key, &account.api_secret] {
            assert!(!ended.out.contains(secret.as_str()), "{}", ended.out);
            assert!(!ended.err.contains(secret.as_str()), "{}", ended.err);
        }
    }
    ended
}

/// The rows of the table of `check`: account, collector, result, what to do.
fn rows(table: &str) -> Vec<[String; 4]> {
    let mut lines = table.lines();
    let header: Vec<&str> = lines.next().unwrap().split_whitespace().collect();
    assert_eq!(
        header,
        ["ACCOUNT", "COLLECTOR", "RESULT", "TOOK", "WHAT", "TO", "DO"]
    );
    lines
        .take_while(|line| !line.is_empty())
        .map(|line| {
            let cells: Vec<&str> = line.split_whitespace().collect();
            assert_eq!(cells[4], "ms", "{line}");
            [
                cells[0].into(),
                cells[1].into(),
                cells[2].into(),
                cells[5..].join(" "),
            ]
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn check_passes_when_everything_works() {
    let exchange = exchange().await;
    let ended = of_exchange("check", &exchange, "");
    assert_eq!(ended.code, Some(0), "{}{}", ended.out, ended.err);
    let rows = rows(&ended.out);
    assert_eq!(rows.len(), 19);
    for [account, collector, result, mend] in &rows {
        assert_eq!(
            (result.as_str(), mend.as_str()),
            ("ok", ""),
            "{account} {collector}"
        );
    }
    assert!(
        ended.out.ends_with("\nall 19 collectors work\n"),
        "{}",
        ended.out
    );
    assert_eq!(ended.err, "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn check_tells_a_wrong_secret_of_one_account_from_the_others() {
    let exchange = exchange().await;
    let ended = of_exchange("check", &exchange, "hedge");
    assert_eq!(ended.code, Some(1), "{}{}", ended.out, ended.err);
    let rows = rows(&ended.out);
    assert_eq!(rows.len(), 19);
    for [account, collector, result, mend] in &rows {
        if account == "hedge" {
            assert_eq!(result, "FAILED", "{collector}");
            assert!(mend.starts_with("auth: "), "{mend}");
            assert!(mend.contains("secret"), "{mend}");
        } else {
            assert_eq!(result, "ok", "{account} {collector}: {mend}");
        }
    }
    assert!(
        ended.out.ends_with("\n6 of 19 collectors failed\n"),
        "{}",
        ended.out
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn check_says_when_the_exchange_is_down() {
    let exchange = exchange().await;
    exchange.stop().await;
    let ended = of_exchange("check", &exchange, "");
    assert_eq!(ended.code, Some(1), "{}{}", ended.out, ended.err);
    for [account, collector, result, mend] in rows(&ended.out) {
        assert_eq!(result, "FAILED", "{account} {collector}");
        assert!(mend.starts_with("network: "), "{mend}");
        assert!(mend.contains("connect"), "{mend}");
    }
    assert!(
        ended.out.ends_with("\n19 of 19 collectors failed\n"),
        "{}",
        ended.out
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn check_fails_when_one_endpoint_does() {
    let exchange = exchange().await;
    exchange.fault(
        Fault::reply(500, "{}")
            .on(Endpoint::OpenOrders.path())
            .of("main"),
    );
    let ended = of_exchange("check", &exchange, "");
    assert_eq!(ended.code, Some(1), "{}", ended.out);
    let failed: Vec<_> = rows(&ended.out)
        .into_iter()
        .filter(|row| row[2] != "ok")
        .map(|row| (row[0].clone(), row[1].clone()))
        .collect();
    assert_eq!(failed, [("main".to_owned(), "orders".to_owned())]);
    assert!(
        ended.out.ends_with("\n1 of 19 collectors failed\n"),
        "{}",
        ended.out
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn once_prints_a_page_that_promtool_accepts() {
    let exchange = exchange().await;
    let ended_once = of_exchange("once", &exchange, "");
    assert_eq!((ended_once.code, ended_once.err.as_str()), (Some(0), ""));
    for account in ["main", "hedge", "trouble"] {
        let up = format!("\naster_up{{account=\"{account}\"}} 1\n");
        assert!(ended_once.out.contains(&up), "{}", ended_once.out);
    }
    assert_eq!(promtool::check_metrics(&ended_once.out), "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_who_leaves_early_is_no_failure() {
    let exchange = exchange().await;
    let folder = tempfile::tempdir().unwrap();
    let path = configure(folder.path(), &exchange, "", "");
    let file = format!("--config.file={}", path.display());
    for arguments in [
        &["once", &file] as &[&str],
        &["check", &file],
        &["check", "--offline", &file],
    ] {
        let mut child = binary(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let ended = ended(child.wait_with_output().unwrap());
        assert_eq!(
            (ended.code, ended.err.as_str()),
            (Some(0), ""),
            "{arguments:?}"
        );
    }
    // A full disk is one.
    let full = fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let output = binary(&["once", &file]).stdout(full).output().unwrap();
    let ended = ended(output);
    assert_eq!(ended.code, Some(1));
    assert!(
        ended.err.starts_with("cannot write to standard output: "),
        "{}",
        ended.err
    );
}

/// A running exporter; killed when dropped.
struct Exporter {
    child: Child,
    address: String,
    log: Arc<Mutex<Vec<String>>>,
    _folder: TempDir,
}

impl Exporter {
    fn start(exchange: &Exchange, flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = configure(folder.path(), exchange, FAST, "");
        let mut child = binary(flags)
            .arg(format!("--config.file={}", path.display()))
            .arg("--web.listen-address=127.0.0.1:0")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = Arc::new(Mutex::new(Vec::new()));
        let (stderr, lines) = (child.stderr.take().unwrap(), Arc::clone(&log));
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                lines.lock().unwrap().push(line);
            }
        });
        let mut exporter = Self {
            child,
            address: String::new(),
            log,
            _folder: folder,
        };
        exporter.address = eventually("where it listens", || {
            let lines = exporter.lines();
            let line = lines.iter().find(|line| line.contains("listening"))?;
            let start = line.find("127.0.0.1:")?;
            let rest = &line[start..];
            Some(rest[..rest.find(['"', ' ', ','])?].to_owned())
        });
        exporter
    }

    fn lines(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    /// The page of metrics, over a connection of its own.
    fn page(&self) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
            .write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            .unwrap();
        let mut page = String::new();
        stream.read_to_string(&mut page).unwrap();
        page
    }

    fn terminate(&mut self, signal: &str) -> ExitStatus {
        let killed = Command::new("kill")
            .args([signal, &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(killed.success());
        let child = &mut self.child;
        let status = eventually("the end", || child.try_wait().unwrap());
        eventually("the line of the signal", || {
            let lines = self.lines();
            lines
                .iter()
                .any(|l| l.contains("received, stopping"))
                .then_some(())
        });
        status
    }
}

impl Drop for Exporter {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until everything was collected, and then again at least `times` for each account.
fn collected(exporter: &Exporter, exchange: &Exchange, times: usize) {
    eventually("every collector to succeed", || {
        let page = exporter.page();
        let good =
            |line: &&str| line.starts_with("aster_collector_success{") && line.ends_with(" 1");
        (page.lines().filter(good).count() == 19).then_some(())
    });
    let answered = || {
        exchange
            .requests()
            .iter()
            .filter(|r| r.status == Some(200))
            .count()
    };
    let before = answered();
    eventually("more collections", || {
        (answered() >= before + 13 * times).then_some(())
    });
}

/// A line of logfmt as pairs; anything else fails the test.
fn logfmt(line: &str) -> BTreeMap<String, String> {
    let mut pairs = BTreeMap::new();
    let mut rest = line;
    while !rest.is_empty() {
        let (key, after) = rest
            .split_once('=')
            .unwrap_or_else(|| panic!("no pair: {line}"));
        let named = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        assert!(
            !key.is_empty() && key.chars().all(named),
            "{key:?} in {line}"
        );
        let length = if let Some(quoted) = after.strip_prefix('"') {
            let mut escaped = false;
            let end = quoted.find(|c| {
                let ends = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                ends
            });
            end.unwrap_or_else(|| panic!("an open quote: {line}")) + 2
        } else {
            after.find(' ').unwrap_or(after.len())
        };
        let (value, after) = after.split_at(length);
        let bare = !value.starts_with('"') && value.contains(['"', '=']);
        assert!(!bare, "{value:?} needs quotes: {line}");
        let known = pairs.insert(key.to_owned(), value.trim_matches('"').to_owned());
        assert_eq!(known, None, "{key} twice: {line}");
        assert!(after.is_empty() || after.starts_with(' '), "{line}");
        rest = after.trim_start();
    }
    pairs
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_healthy_exporter_is_silent() {
    let exchange = exchange().await;
    let mut exporter = Exporter::start(&exchange, &[]);
    collected(&exporter, &exchange, 2);
    let lines = exporter.lines();
    assert_eq!(lines.len(), 2, "{lines:#?}");
    assert_eq!(exporter.terminate("-TERM").code(), Some(0));
    let lines = exporter.lines();
    assert_eq!(lines.len(), 3, "{lines:#?}");
    let messages = ["starting", "listening", "SIGTERM received, stopping"];
    for (line, message) in lines.iter().zip(messages) {
        let pairs = logfmt(line);
        assert_eq!(pairs["level"], "info", "{line}");
        assert_eq!(pairs.get("message").or(pairs.get("msg")).unwrap(), message);
        assert!(pairs.contains_key("ts"), "{line}");
    }
    assert_eq!(logfmt(&lines[0])["accounts"], "3");
    assert_eq!(logfmt(&lines[0])["exchange"], exchange.url());
    assert_eq!(logfmt(&lines[1])["address"], exporter.address);
}

/// Makes trouble of several kinds, so that there is something to log, and waits until it is told.
fn trouble(exporter: &Exporter, exchange: &Exchange) {
    let text = r#"{"code":-1, "msg":"a \"quoted\" text = two\nlines \u001b[31m"}"#;
    exchange.fault(Fault::reply(500, text).of("main"));
    exchange.fault(Fault::reply(200, "no json").of("hedge"));
    exchange.fault(
        Fault::reply(401, r#"{"code":-2014,"msg":"API-key format invalid."}"#).of("trouble"),
    );
    for account in ["main", "hedge", "trouble"] {
        eventually("a warning", || {
            let told = |line: &String| line.contains("collection failed") && line.contains(account);
            exporter.lines().iter().any(told).then_some(())
        });
    }
    exchange.clear_faults();
    eventually("everything to be well again", || {
        let lines = exporter.lines();
        (lines
            .iter()
            .filter(|l| l.contains("collected again"))
            .count()
            >= 3)
            .then_some(())
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_line_of_the_log_is_logfmt_and_none_tells_a_secret() {
    let exchange = exchange().await;
    let mut exporter = Exporter::start(&exchange, &["--log.level=trace"]);
    collected(&exporter, &exchange, 1);
    trouble(&exporter, &exchange);
    assert_eq!(exporter.terminate("-INT").code(), Some(0));
    let lines = exporter.lines();
    assert!(lines.len() > 30, "{lines:#?}");
    for line in &lines {
        let pairs = logfmt(line);
        assert!(pairs.contains_key("level"), "{line}");
        assert!(!line.contains('\u{1b}'), "{line:?}");
        assert_tells_no_secret(line, &exchange);
    }
    assert!(
        lines.iter().any(|l| l.contains("level=debug")),
        "it was at trace"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_line_of_the_log_is_json_and_none_tells_a_secret() {
    let exchange = exchange().await;
    let mut exporter = Exporter::start(&exchange, &["--log.level=trace", "--log.format=json"]);
    collected(&exporter, &exchange, 1);
    trouble(&exporter, &exchange);
    assert_eq!(exporter.terminate("-TERM").code(), Some(0));
    let lines = exporter.lines();
    assert!(lines.len() > 30, "{lines:#?}");
    for line in &lines {
        let event: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        for key in ["timestamp", "level", "message"] {
            assert!(event[key].is_string(), "{key}: {line}");
        }
        assert_tells_no_secret(line, &exchange);
    }
}

fn assert_tells_no_secret(line: &str, exchange: &Exchange) {
    assert!(!line.contains("signature="), "{line}");
    for account in exchange.accounts() {
        assert!(!line.contains(&account.api_key), "{line}");
        assert!(!line.contains(&account.api_secret), "{line}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_error_nothing_less_is_logged() {
    let exchange = exchange().await;
    let folder = tempfile::tempdir().unwrap();
    let path = configure(folder.path(), &exchange, FAST, "");
    let address = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let mut child = binary(&["--log.level=error"])
        .arg(format!("--config.file={}", path.display()))
        .arg(format!("--web.listen-address={address}"))
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let connected = eventually("it to listen", || TcpStream::connect(address).ok());
    drop(connected);
    let kill = Command::new("kill")
        .arg(child.id().to_string())
        .status()
        .unwrap();
    assert!(kill.success());
    let mut told = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut told)
        .unwrap();
    assert_eq!(told, "");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_open_connection_does_not_keep_it_from_ending() {
    let exchange = exchange().await;
    let mut exporter = Exporter::start(&exchange, &[]);
    let mut idle = BufReader::new(TcpStream::connect(&exporter.address).unwrap());
    idle.get_ref().set_read_timeout(Some(PATIENCE)).unwrap();
    idle.get_mut()
        .write_all(b"GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n")
        .unwrap();
    let mut status = String::new();
    idle.read_line(&mut status).unwrap();
    assert_eq!(status, "HTTP/1.1 200 OK\r\n");
    let start = Instant::now();
    assert_eq!(exporter.terminate("-TERM").code(), Some(0));
    // Requests under way would be given five seconds; there is none.
    assert!(
        start.elapsed() < Duration::from_secs(4),
        "{:?}",
        start.elapsed()
    );
    let mut rest = Vec::new();
    idle.read_to_end(&mut rest).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_nobody_reads_does_not_stop_it() {
    let exchange = exchange().await;
    for format in ["--log.format=json", "--log.format=logfmt"] {
        let folder = tempfile::tempdir().unwrap();
        let path = configure(folder.path(), &exchange, FAST, "");
        let address = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let mut child = binary(&["--log.level=trace", format])
            .arg(format!("--config.file={}", path.display()))
            .arg(format!("--web.listen-address={address}"))
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stderr.take());
        let before = exchange.requests().len();
        eventually("it to collect", || {
            assert_eq!(child.try_wait().unwrap(), None, "{format}");
            (exchange.requests().len() > before + 50).then_some(())
        });
        let kill = Command::new("kill")
            .arg(child.id().to_string())
            .status()
            .unwrap();
        assert!(kill.success());
        assert_eq!(child.wait().unwrap().code(), Some(0), "{format}");
    }
}

#[test]
fn the_demo_says_what_to_open_and_serves_it() {
    let mut child = binary(&["demo", "--port=0", "--seed=7"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let said: Vec<String> = lines.by_ref().take(4).map(Result::unwrap).collect();
    drop(lines);
    let address = said[2]
        .strip_prefix("Metrics          http://")
        .and_then(|rest| rest.strip_suffix("/metrics"))
        .unwrap_or_else(|| panic!("{said:?}"));
    assert_eq!(said[1], format!("Overview         http://{address}/"));
    assert_eq!(said[3], "Stop with Ctrl-C.");
    let page = eventually("every account to be up", || {
        let mut stream = TcpStream::connect(address).ok()?;
        stream.write_all(b"GET /metrics HTTP/1.0\r\n\r\n").unwrap();
        let mut page = String::new();
        stream.read_to_string(&mut page).unwrap();
        let up = |line: &&str| line.starts_with("aster_up{") && line.ends_with(" 1");
        (page.lines().filter(up).count() == 3).then_some(page)
    });
    assert!(page.contains("aster_position_size{"), "{page}");
    let kill = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(kill.success());
    let ended = ended(child.wait_with_output().unwrap());
    assert_eq!(ended.code, Some(0), "{}", ended.err);
}
