//! The configuration as users write it: what is good, what is wrong, and what is said of it.
//!
//! `tests/config/NAME.yaml` holds a bad file and `NAME.txt` what must be said; `UPDATE_GOLDEN=1` writes the latter.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use aster_exporter::collector::Collector;
use aster_exporter::config::{Auth, Config, LedgerConfig, Mode, Overrides, load};
use secrecy::ExposeSecret as _;
use tempfile::TempDir;

/// What every secret of these tests holds, and nothing else may.
const MARK: &str = "s3cr3t";
const KEY: &str = "s3cr3t-key-in-a-file";
const SECRET: &str = "s3cr3t-secret-in-a-file";
const IN_ENVIRONMENT: &str = "s3cr3t-in-the-environment";
/// The private key that the exchange shows in its documents.
const PRIVATE_KEY: &str = "0x4fd0a42218f3eae43a6ce26d22544e986139a01e5b34a62db53757ffca81bae1";
/// Secrets that carry no mark, because they must look like numbers.
const NUMBERS: [&str; 3] = [
    "1234567890123456",
    "123456789012345678901234567890",
    "4fd0a42218f3eae4",
];

const ACCOUNT: &str =
    "accounts:\n  - name: main\n    api_key_file: key\n    api_secret_file: secret\n";

fn environment(name: &str) -> Option<String> {
    let value = match name {
        "GOOD" => IN_ENVIRONMENT,
        "EMPTY" => "  ",
        "WORDS" => "s3cr3t word",
        _ => return None,
    };
    Some(value.to_owned())
}

/// A folder with secrets of all kinds.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &[u8]| fs::write(folder.path().join(name), content).unwrap();
    write("key", KEY.as_bytes());
    write("secret", SECRET.as_bytes());
    write("private", format!("{PRIVATE_KEY}\n").as_bytes());
    write("ends", format!("{SECRET}\n\n").as_bytes());
    write("crlf", format!("{SECRET}\r\n").as_bytes());
    write("empty", b"");
    write("newline", b"\n");
    write("large", MARK.repeat(20_000).as_bytes());
    write("words", format!("{MARK} {MARK}\n").as_bytes());
    write("binary", b"s3cr3t\xff\xfe");
    fs::create_dir(folder.path().join("folder")).unwrap();
    folder
}

fn in_folder(folder: &Path, content: &[u8]) -> PathBuf {
    let path = folder.join("aster.yaml");
    fs::write(&path, content).unwrap();
    path
}

fn secrets(config: &Config, account: usize) -> (String, String) {
    let Auth::Hmac {
        api_key,
        api_secret,
    } = &config.accounts[account].auth
    else {
        panic!("{:?}", config.accounts[account]);
    };
    (
        api_key.expose_secret().to_owned(),
        api_secret.expose_secret().to_owned(),
    )
}

fn assert_no_secret(text: &str) {
    assert!(!text.contains(MARK), "a secret is shown: {text}");
    for number in NUMBERS {
        assert!(!text.contains(number), "a secret is shown: {text}");
    }
}

/// Loads `content` as a file of [`folder`]; the file's folder is left out of what is wrong.
fn try_load(content: &[u8], overrides: &Overrides) -> Result<Config, String> {
    let folder = folder();
    let path = in_folder(folder.path(), content);
    let loaded = load(Some(&path), overrides, &environment);
    if let Ok(config) = &loaded {
        assert_no_secret(&format!("{config:?} {config:#?}"));
    }
    loaded.map_err(|error| {
        assert_no_secret(&format!("{error} {error:?}"));
        error
            .to_string()
            .replace(&format!("{}/", folder.path().display()), "")
    })
}

fn good(content: &str) -> Config {
    try_load(content.as_bytes(), &Overrides::default())
        .unwrap_or_else(|error| panic!("{content}\n{error}"))
}

fn bad(content: impl AsRef<[u8]>) -> String {
    try_load(content.as_ref(), &Overrides::default()).expect_err("this must be refused")
}

/// The yaml block of a document that begins with `start`.
fn block(document: &str, start: &str) -> String {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(document)).unwrap();
    let block = text
        .split("```yaml\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap())
        .find(|block| block.starts_with(start));
    block
        .unwrap_or_else(|| panic!("{document} has no such block"))
        .to_owned()
}

#[test]
fn every_bad_file_is_refused_with_the_text_beside_it() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/config");
    let mut wrong = String::new();
    let mut count = 0;
    for entry in fs::read_dir(&cases).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "yaml") {
            let yaml = path.with_extension("yaml");
            assert!(yaml.exists(), "{} belongs to no case", path.display());
            continue;
        }
        count += 1;
        let told = match try_load(&fs::read(&path).unwrap(), &Overrides::default()) {
            Ok(_) => {
                writeln!(wrong, "{}: accepted", path.display()).unwrap();
                continue;
            }
            Err(told) => told + "\n",
        };
        let golden = path.with_extension("txt");
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(&golden, &told).unwrap();
        }
        let expected = fs::read_to_string(&golden).unwrap_or_default();
        if told != expected {
            writeln!(wrong, "{}:\n{told}expected:\n{expected}", path.display()).unwrap();
        }
    }
    assert!(count > 50, "only {count} cases were found");
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn little_is_needed_and_the_rest_has_defaults() {
    let config = good(ACCOUNT);
    assert_eq!(config.exchange.base_url, "https://fapi.asterdex.com");
    assert_eq!(config.exchange.recv_window, Duration::from_secs(5));
    assert_eq!(config.exchange.request_timeout, Duration::from_secs(10));
    assert_eq!(config.collection.mode, Mode::Interval);
    assert_eq!(config.collection.stale_after, 3);
    assert_eq!(config.collection.min_age, Duration::from_secs(5));
    assert!(config.collection.market);
    assert!(!config.collection.all_symbols && !config.collection.all_assets);
    let seconds = Collector::ALL.map(|c| config.collection.interval(c).as_secs());
    assert_eq!(seconds, [30, 10, 10, 30, 60, 60, 30]);
    assert_eq!(config.ledger, LedgerConfig::default());
    assert_eq!(config.ledger.path, Path::new("data/ledger.db"));
    assert_eq!(config.ledger.history, Duration::from_hours(30 * 24));
    assert_eq!(config.web.listen, [([127, 0, 0, 1], 10099).into()]);
    assert_eq!(config.web.telemetry_path, "/metrics");
    assert_eq!(config.web.max_requests, 40);
    assert_eq!(config.accounts.len(), 1);
    assert_eq!(config.accounts[0].name, "main");
    assert_eq!(
        config.accounts[0].collectors,
        BTreeSet::from(Collector::OF_ACCOUNT)
    );
    assert_eq!(secrets(&config, 0), (KEY.to_owned(), SECRET.to_owned()));
}

#[test]
fn everything_that_can_be_said_is_heard() {
    let config = good(
        "exchange: {base_url: 'https://fapi.example.com/', recv_window: 60s, request_timeout: 100ms}
collection:
  mode: scrape
  intervals: {balance: 1s, account: 2s, positions: 3s, orders: 1h, trades: 4s, income: 5s, market: 1m 5s}
  stale_after: 1000
  min_age: 0s
  all_symbols: true
  all_assets: true
ledger: {path: /var/lib/aster/l.db, history: 365days, overlap: 1m, zero_for: 0s}
web: {listen_addresses: ['127.0.0.1:1', '[::1]:2', ':3'], telemetry_path: /m, max_requests: 0}
accounts:
  - name: ' main '
    auth: hmac
    api_key: s3cr3t-inline
    api_secret_env: GOOD
    labels: {desk: delta, _a1: 'true'}
    collectors: [orders, balance, orders]
  - {name: 'Zweites Konto ü', api_key_file: key, api_secret_file: crlf}
",
    );
    assert_eq!(config.exchange.base_url, "https://fapi.example.com");
    assert_eq!(config.exchange.recv_window, Duration::from_mins(1));
    assert_eq!(config.exchange.request_timeout, Duration::from_millis(100));
    assert_eq!(config.collection.mode, Mode::Scrape);
    let seconds = Collector::ALL.map(|c| config.collection.interval(c).as_secs());
    assert_eq!(seconds, [1, 2, 3, 3600, 4, 5, 65]);
    let ledger = LedgerConfig {
        path: "/var/lib/aster/l.db".into(),
        history: Duration::from_hours(365 * 24),
        overlap: Duration::from_mins(1),
        zero_for: Duration::ZERO,
    };
    assert_eq!(config.ledger, ledger);
    assert_eq!(
        config.collection.max_age(Collector::Orders),
        Duration::from_hours(1000)
    );
    assert_eq!(config.collection.min_age, Duration::ZERO);
    assert!(config.collection.all_symbols && config.collection.all_assets);
    let listen: Vec<String> = config.web.listen.iter().map(ToString::to_string).collect();
    assert_eq!(listen, ["127.0.0.1:1", "[::1]:2", "[::]:3"]);
    assert_eq!(config.web.telemetry_path, "/m");
    assert_eq!(config.web.max_requests, 0);
    let [first, second] = config.accounts.as_slice() else {
        panic!("two accounts");
    };
    assert_eq!(
        (first.name.as_str(), second.name.as_str()),
        ("main", "Zweites Konto ü")
    );
    let labels = [("_a1", "true"), ("desk", "delta")].map(|(k, v)| (k.to_owned(), v.to_owned()));
    assert_eq!(first.labels, BTreeMap::from(labels));
    assert_eq!(
        first.collectors,
        BTreeSet::from([Collector::Balance, Collector::Orders])
    );
    assert_eq!(
        secrets(&config, 0),
        ("s3cr3t-inline".to_owned(), IN_ENVIRONMENT.to_owned())
    );
    assert_eq!(secrets(&config, 1), (KEY.to_owned(), SECRET.to_owned()));
}

#[test]
fn line_ends_after_a_secret_do_not_count() {
    for file in ["secret", "ends", "crlf"] {
        let config = good(&ACCOUNT.replace("_file: secret", &format!("_file: {file}")));
        assert_eq!(secrets(&config, 0).1, SECRET, "{file}");
    }
}

#[test]
fn a_secret_file_may_be_named_from_the_root() {
    let elsewhere = folder();
    let path = elsewhere.path().join("secret");
    let config = good(&ACCOUNT.replace("_file: secret", &format!("_file: {}", path.display())));
    assert_eq!(secrets(&config, 0).1, SECRET);
}

#[test]
fn windows_editors_are_no_obstacle() {
    let text = ACCOUNT.replace('\n', "\r\n");
    assert_eq!(good(&text).accounts[0].name, "main");
    assert_eq!(good(&format!("\u{feff}{text}")).accounts[0].name, "main");
}

#[test]
fn http_is_for_this_machine_alone_where_intervals_may_be_short() {
    for host in [
        "127.0.0.1:8080",
        "127.8.8.8",
        "localhost:80",
        "LOCALHOST",
        "[::1]:8080",
    ] {
        let config = good(&format!(
            "exchange: {{base_url: 'http://{host}/'}}\ncollection: {{intervals: {{orders: 100ms}}}}\n{ACCOUNT}"
        ));
        assert_eq!(config.exchange.base_url, format!("http://{host}"));
        assert_eq!(
            config.collection.interval(Collector::Orders),
            Duration::from_millis(100)
        );
    }
    for host in [
        "example.com",
        "localhost.example.com",
        "[::2]",
        "10.0.0.1",
        "0.0.0.0",
    ] {
        let told = bad(format!(
            "exchange: {{base_url: 'http://{host}'}}\n{ACCOUNT}"
        ));
        assert!(told.contains("exchange.base_url: expected https"), "{told}");
    }
}

#[test]
fn the_example_of_the_readme_works() {
    let folder = folder();
    for name in ["aster_key", "aster_secret"] {
        fs::write(folder.path().join(name), format!("{MARK}-{name}\n")).unwrap();
    }
    fs::write(folder.path().join("aster_agent"), PRIVATE_KEY).unwrap();
    let path = in_folder(folder.path(), block("README.md", "accounts:").as_bytes());
    let config = load(Some(&path), &Overrides::default(), &|_| None).unwrap();
    let auths: Vec<_> = config.accounts.iter().map(|a| a.auth.name()).collect();
    assert_eq!(auths, ["v3", "hmac"]);
    assert_eq!(config.accounts[0].name, "main");
    assert_eq!(config.accounts[0].labels["desk"], "delta-neutral");
    assert_eq!(secrets(&config, 1).0, format!("{MARK}-aster_key"));
}

#[test]
fn the_example_of_the_documentation_works_and_shows_the_defaults() {
    let folder = folder();
    let example = block("docs/configuration.md", "exchange:").replace("/run/secrets/", "");
    for name in ["aster_key", "aster_secret"] {
        fs::write(folder.path().join(name), MARK).unwrap();
    }
    fs::write(folder.path().join("aster_agent"), PRIVATE_KEY).unwrap();
    let path = in_folder(folder.path(), example.as_bytes());
    let environment = |name: &str| name.starts_with("HEDGE_").then(|| MARK.to_owned());
    let config = load(Some(&path), &Overrides::default(), &environment).unwrap();
    let names: Vec<&str> = config.accounts.iter().map(|a| a.name.as_str()).collect();
    assert_eq!(names, ["main", "old", "hedge"]);
    let defaults = good(ACCOUNT);
    assert_eq!(
        format!("{:?}", config.exchange),
        format!("{:?}", defaults.exchange)
    );
    assert_eq!(format!("{:?}", config.web), format!("{:?}", defaults.web));
    for collector in Collector::ALL {
        let of = |config: &Config| config.collection.interval(collector);
        assert_eq!(of(&config), of(&defaults), "{collector:?}");
    }
    let rest = |mut config: Config| {
        config.collection.intervals.clear();
        format!("{:?}", config.collection)
    };
    assert_eq!(rest(config), rest(defaults));
}

/// Every key the reader knows, as it says itself when it meets one that it does not know.
fn known_keys() -> BTreeSet<String> {
    let told = bad(
        "nokey: 1\nexchange: {nokey: 1}\ncollection: {nokey: 1, intervals: {nokey: 1}}\nledger: {nokey: 1}\nweb: {nokey: 1}\naccounts: [{nokey: 1}]\n",
    );
    let lists: Vec<&str> = told
        .lines()
        .filter_map(|line| Some(line.split_once("the keys here are ")?.1))
        .collect();
    assert_eq!(lists.len(), 7, "{told}");
    lists
        .iter()
        .flat_map(|list| list.split(", "))
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_documentation_names_every_key_and_none_besides() {
    let text =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/configuration.md"))
            .unwrap();
    let keys = known_keys();
    assert!(keys.len() > 25, "{keys:?}");
    for key in &keys {
        assert!(text.contains(&format!("`{key}`")), "{key} is not named");
    }
    let rows = text
        .split("\n## ")
        .filter(|part| part.starts_with("The file"))
        .flat_map(str::lines)
        .filter_map(|line| line.strip_prefix("| `"));
    let mut count = 0;
    for row in rows {
        let key = row.split('`').next().unwrap();
        assert!(keys.contains(key), "{key} is no key");
        count += 1;
    }
    assert!(count > 20, "the tables of keys were not found");
}

#[test]
fn all_mistakes_are_told_at_once() {
    let told = bad(
        "exchange: {recv_window: 0s}\ncollection: {stale_after: 0}\nweb: {max_requests: x}\naccounts: [{name: 5}]\n",
    );
    for part in [
        "aster.yaml:1:25: exchange.recv_window: ",
        "collection.stale_after: ",
        "web.max_requests: ",
        "accounts[0].name: ",
        "accounts[0]: api_key is missing",
        "accounts[0]: api_secret is missing",
    ] {
        assert!(told.contains(part), "{part} is not in\n{told}");
    }
    assert_eq!(told.lines().count(), 6, "{told}");
}

#[test]
fn a_file_that_is_none_is_refused() {
    let folder = folder();
    let missing = folder.path().join("missing.yaml");
    let refused = |path: &Path| {
        load(Some(path), &Overrides::default(), &environment)
            .expect_err("this must be refused")
            .to_string()
    };
    let told = refused(&missing);
    assert_eq!(
        told,
        format!(
            "cannot read the configuration file {}: No such file or directory (os error 2)",
            missing.display()
        )
    );
    assert!(refused(folder.path()).contains("Is a directory"));
    // It has the length 0 and never ends.
    assert!(refused(Path::new("/dev/zero")).contains("larger than 16 MiB"));
    let large = "# s3cr3t\n".repeat(17 * 1024 * 1024 / 9) + ACCOUNT;
    assert!(bad(large).contains("larger than 16 MiB"));
    assert!(bad(b"accounts: \xff\xfe s3cr3t").contains("no UTF-8 text"));
}

/// What becomes of `content` on a thread with the stack of any other; in vain after a while.
fn in_time(content: String) -> Result<Config, String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let _ = sender.send(try_load(content.as_bytes(), &Overrides::default()));
    });
    receiver
        .recv_timeout(Duration::from_secs(30))
        .expect("the file is read in time")
}

#[test]
fn a_file_that_is_made_to_hurt_does_not() {
    let mut laughs = "a0: &a0 [s3cr3t, s3cr3t, s3cr3t, s3cr3t, s3cr3t, s3cr3t]\n".to_owned();
    for level in 1..40 {
        let alias = format!("*a{}, ", level - 1).repeat(9);
        writeln!(laughs, "a{level}: &a{level} [{alias}]").unwrap();
    }
    in_time(laughs + ACCOUNT).expect_err("a billion laughs");
    in_time("a: &a [*a]\n".to_owned() + ACCOUNT).expect_err("an alias of itself");
    in_time("[".repeat(1_000_000)).expect_err("deep lists");
    in_time("{a: ".repeat(250_000)).expect_err("deep blocks");
    in_time("- ".repeat(500_000)).expect_err("deep items");
    let deep = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
    in_time(format!("accounts: {deep}")).expect_err("deep and closed");
    let many = (0..20_000).fold(String::new(), |mut text, n| {
        writeln!(text, "key{n}: 1").unwrap();
        text
    });
    in_time(many + ACCOUNT).expect_err("many keys");
    in_time("accounts: \"".to_owned() + &"\\u0041".repeat(100_000) + "\"")
        .expect_err("a long text");
}

/// Loads without a file.
fn from_environment(variables: &[(&str, &str)], overrides: &Overrides) -> Result<Config, String> {
    let look_up = |name: &str| {
        variables
            .iter()
            .find(|(n, _)| *n == name)
            .map(|(_, v)| (*v).to_owned())
    };
    let loaded = load(None, overrides, &look_up);
    if let Ok(config) = &loaded {
        assert_no_secret(&format!("{config:?}"));
    }
    loaded.map_err(|error| {
        assert_no_secret(&format!("{error} {error:?}"));
        error.to_string()
    })
}

const BOTH: [(&str, &str); 2] = [
    ("ASTER_API_KEY", "s3cr3t-key"),
    ("ASTER_API_SECRET", " s3cr3t-secret\n"),
];

#[test]
fn one_account_may_come_from_the_environment() {
    let config = from_environment(&BOTH, &Overrides::default()).unwrap();
    assert_eq!(config.accounts.len(), 1);
    assert_eq!(config.accounts[0].name, "default");
    assert_eq!(
        secrets(&config, 0),
        ("s3cr3t-key".to_owned(), "s3cr3t-secret".to_owned())
    );
    assert_eq!(config.exchange.base_url, "https://fapi.asterdex.com");
}

#[test]
fn the_environment_names_account_and_exchange() {
    let with =
        |more: &[(&str, &str)]| from_environment(&[&BOTH, more].concat(), &Overrides::default());
    let config = with(&[
        ("ASTER_ACCOUNT_NAME", " main "),
        ("ASTER_BASE_URL", "http://127.0.0.1:8080/"),
    ])
    .unwrap();
    assert_eq!(config.accounts[0].name, "main");
    assert_eq!(config.exchange.base_url, "http://127.0.0.1:8080");
    let empty = with(&[("ASTER_ACCOUNT_NAME", ""), ("ASTER_BASE_URL", "")]).unwrap();
    assert_eq!(empty.accounts[0].name, "default");
    assert_eq!(empty.exchange.base_url, "https://fapi.asterdex.com");
    let told = with(&[
        ("ASTER_ACCOUNT_NAME", "a\u{7}b"),
        ("ASTER_BASE_URL", "http://s3cr3t@example.com"),
    ])
    .unwrap_err();
    assert_eq!(
        told,
        "the environment variable ASTER_ACCOUNT_NAME: expected a name of at most 64 printable characters\n\
         environment variable ASTER_BASE_URL: expected scheme and host alone, such as https://fapi.asterdex.com"
    );
}

#[test]
fn half_an_account_in_the_environment_is_refused() {
    let told = |variables: &[(&str, &str)]| {
        from_environment(variables, &Overrides::default()).unwrap_err()
    };
    assert_eq!(
        told(&BOTH[..1]),
        "the environment variable ASTER_API_SECRET is not set"
    );
    assert_eq!(
        told(&BOTH[1..]),
        "the environment variable ASTER_API_KEY is not set"
    );
    assert_eq!(
        told(&[("ASTER_API_KEY", ""), ("ASTER_API_SECRET", "s3cr3t two")]),
        "the environment variable ASTER_API_KEY is empty\n\
         the environment variable ASTER_API_SECRET holds more than one word, or characters that no key has"
    );
    let nothing = told(&[]);
    assert_eq!(nothing.lines().count(), 1);
    for way in ["--config.file=FILE", "ASTER_API_KEY", "aster-exporter demo"] {
        assert!(nothing.contains(way), "{nothing}");
    }
}

#[test]
fn the_environment_names_the_exchange_of_a_file_that_does_not() {
    let look_up = |name: &str| (name == "ASTER_BASE_URL").then(|| "http://[::1]:9".to_owned());
    let folder = folder();
    let path = in_folder(
        folder.path(),
        format!("collection: {{intervals: {{orders: 200ms}}}}\n{ACCOUNT}").as_bytes(),
    );
    let config = load(Some(&path), &Overrides::default(), &look_up).unwrap();
    assert_eq!(config.exchange.base_url, "http://[::1]:9");
    let path = in_folder(
        folder.path(),
        format!("exchange: {{base_url: 'https://a.example'}}\n{ACCOUNT}").as_bytes(),
    );
    let config = load(Some(&path), &Overrides::default(), &look_up).unwrap();
    assert_eq!(config.exchange.base_url, "https://a.example");
}

#[test]
fn blanks_around_the_exchange_of_the_environment_do_not_count() {
    let folder = folder();
    let content = format!("collection: {{intervals: {{balance: 200ms}}}}\n{ACCOUNT}");
    let path = in_folder(folder.path(), content.as_bytes());
    let environment =
        |name: &str| (name == "ASTER_BASE_URL").then(|| " http://127.0.0.1:9 \n".to_owned());
    let config = load(Some(&path), &Overrides::default(), &environment).unwrap();
    assert_eq!(config.exchange.base_url, "http://127.0.0.1:9");
    assert_eq!(
        config.collection.interval(Collector::Balance),
        Duration::from_millis(200)
    );
}

#[test]
fn flags_win_over_the_file() {
    let file = format!(
        "collection: {{mode: scrape, all_symbols: false}}
ledger: {{path: file.db, history: 2h}}
web: {{listen_addresses: ['127.0.0.1:1'], telemetry_path: /file, max_requests: 7}}
{ACCOUNT}    collectors: [balance, account]\n"
    );
    let listen: SocketAddr = ([127, 0, 0, 1], 2).into();
    let overrides = Overrides {
        listen: vec![listen],
        telemetry_path: Some("/flag".to_owned()),
        max_requests: Some(9),
        systemd_socket: true,
        web_config_file: Some("web.yml".into()),
        disable_exporter_metrics: true,
        timeout_offset: Duration::from_secs(1),
        mode: Some(Mode::Interval),
        collectors: BTreeMap::from([
            (Collector::Balance, false),
            (Collector::Orders, true),
            (Collector::Market, false),
        ]),
        all_symbols: true,
        all_assets: true,
        ledger_path: Some("flag.db".into()),
        shard: Some("0/1".parse().unwrap()),
    };
    let config = try_load(file.as_bytes(), &overrides).unwrap();
    assert_eq!(config.web.listen, [listen]);
    assert_eq!(config.web.telemetry_path, "/flag");
    assert_eq!(config.web.max_requests, 9);
    assert_eq!(config.web.config_file, Some("web.yml".into()));
    assert_eq!(config.ledger.path, Path::new("flag.db"));
    assert_eq!(config.ledger.history, Duration::from_hours(2));
    assert!(config.web.systemd_socket && config.web.disable_exporter_metrics);
    assert_eq!(config.web.timeout_offset, Duration::from_secs(1));
    assert_eq!(config.collection.mode, Mode::Interval);
    assert!(config.collection.all_symbols && config.collection.all_assets);
    assert!(!config.collection.market);
    assert_eq!(
        config.accounts[0].collectors,
        BTreeSet::from([Collector::Account, Collector::Orders])
    );
    let file = good(&file);
    assert_eq!(file.web.listen, [([127, 0, 0, 1], 1).into()]);
    assert_eq!(file.web.telemetry_path, "/file");
    assert_eq!(file.web.max_requests, 7);
    assert_eq!(file.collection.mode, Mode::Scrape);
}

#[test]
fn shards_part_the_accounts_among_them() {
    let secrets = "api_key_file: key, api_secret_file: secret";
    let accounts: Vec<String> = (0..20)
        .map(|i| format!("{{name: account-{i}, {secrets}}}"))
        .collect();
    let file = format!("accounts: [{}]", accounts.join(", "));
    let mut found = BTreeSet::new();
    for index in 0..3 {
        let overrides = Overrides {
            shard: Some(format!("{index}/3").parse().unwrap()),
            ..Overrides::default()
        };
        let config = try_load(file.as_bytes(), &overrides).unwrap();
        assert_eq!(config.accounts.len() + config.elsewhere, 20);
        for account in config.accounts {
            assert!(found.insert(account.name), "no account is watched twice");
        }
    }
    assert_eq!(found.len(), 20, "every account is watched");
}

#[test]
fn nothing_left_to_collect_is_refused() {
    let overrides = Overrides {
        collectors: Collector::ALL.map(|c| (c, false)).into(),
        ..Overrides::default()
    };
    let told = try_load(ACCOUNT.as_bytes(), &overrides).unwrap_err();
    assert_eq!(
        told,
        "every collector of account \"main\" is switched off: there is nothing to watch"
    );
    assert_eq!(
        from_environment(&BOTH, &overrides).unwrap_err(),
        told.replace("main", "default")
    );
}
