//! The configuration file: its keys, what each may be, and every mistake in it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::account::read_accounts;
use super::reader::{Item, Problems};
use super::{AccountConfig, Environment, MOST_REQUESTS, Mode, base_url, base_url_of, is_loopback};
use crate::collector::Collector;

/// The dearest request must fit into the share of the budget that its kind may use.
const SMALLEST_BUDGET: u32 = 60;
const LARGEST_BUDGET: u32 = 1_000_000;
const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);
/// Against an exchange on this machine there is no limit to respect.
const SHORTEST_LOCAL_INTERVAL: Duration = Duration::from_millis(100);

/// What a file says; `None` where it leaves the default.
#[derive(Debug, Default)]
pub(super) struct FileConfig {
    pub(super) base_url: Option<String>,
    pub(super) recv_window: Option<Duration>,
    pub(super) request_timeout: Option<Duration>,
    pub(super) weight_budget: Option<u64>,
    pub(super) mode: Option<Mode>,
    pub(super) intervals: BTreeMap<Collector, Duration>,
    pub(super) stale_after: Option<u32>,
    pub(super) min_age: Option<Duration>,
    pub(super) all_symbols: Option<bool>,
    pub(super) all_assets: Option<bool>,
    pub(super) ledger_path: Option<PathBuf>,
    pub(super) ledger_history: Option<Duration>,
    pub(super) ledger_overlap: Option<Duration>,
    pub(super) ledger_zero_for: Option<Duration>,
    pub(super) listen: Option<Vec<SocketAddr>>,
    pub(super) telemetry_path: Option<String>,
    pub(super) max_requests: Option<usize>,
    pub(super) accounts: Vec<AccountConfig>,
}

/// Reads the tree of a file. `folder` is where relative names of secret files begin.
pub(super) fn read(
    root: &Item<'_>,
    folder: &Path,
    environment: Environment<'_>,
    problems: &mut Problems,
) -> FileConfig {
    let mut file = FileConfig::default();
    let keys = ["exchange", "collection", "ledger", "web", "accounts"];
    let Some([exchange, collection, ledger, web, accounts]) = root.block(problems, keys) else {
        return file;
    };
    if let Some(item) = exchange {
        read_exchange(&item, &mut file, problems);
    }
    let given = file.base_url.clone().or_else(|| base_url_of(environment));
    let local = given.is_some_and(|url| is_loopback(&url));
    if let Some(item) = collection {
        read_collection(&item, local, &mut file, problems);
    }
    if let Some(item) = ledger {
        read_ledger(&item, &mut file, problems);
    }
    if let Some(item) = web {
        read_web(&item, &mut file, problems);
    }
    match accounts {
        Some(item) => read_accounts(&item, folder, environment, &mut file, problems),
        None => root.wrong(
            problems,
            "the key accounts is missing: a list of accounts, each with a name and a key",
        ),
    }
    file
}

fn read_exchange(item: &Item<'_>, file: &mut FileConfig, problems: &mut Problems) {
    let keys = [
        "base_url",
        "recv_window",
        "request_timeout",
        "weight_budget",
    ];
    let Some([url, window, timeout, budget]) = item.block(problems, keys) else {
        return;
    };
    if let Some(item) = url
        && let Some(text) = item.text(problems)
    {
        match base_url(text) {
            Ok(url) => file.base_url = Some(url),
            Err(what) => item.wrong(problems, &what),
        }
    }
    file.recv_window = window.and_then(|i| i.duration(problems, Duration::from_millis(1), MINUTE));
    file.request_timeout =
        timeout.and_then(|i| i.duration(problems, Duration::from_millis(100), MINUTE));
    file.weight_budget = budget
        .and_then(|i| i.whole(problems, SMALLEST_BUDGET, LARGEST_BUDGET))
        .map(u64::from);
}

fn read_collection(item: &Item<'_>, local: bool, file: &mut FileConfig, problems: &mut Problems) {
    let Some(
        [
            mode,
            intervals,
            stale_after,
            min_age,
            all_symbols,
            all_assets,
        ],
    ) = item.block(
        problems,
        [
            "mode",
            "intervals",
            "stale_after",
            "min_age",
            "all_symbols",
            "all_assets",
        ],
    )
    else {
        return;
    };
    if let Some(item) = mode {
        match item.text(problems) {
            Some("interval") => file.mode = Some(Mode::Interval),
            Some("scrape") => file.mode = Some(Mode::Scrape),
            Some(_) => item.wrong(problems, "expected interval or scrape"),
            None => {}
        }
    }
    let shortest = if local {
        SHORTEST_LOCAL_INTERVAL
    } else {
        SECOND
    };
    let names = Collector::ALL.map(Collector::name);
    if let Some(found) = intervals.and_then(|i| i.block(problems, names)) {
        for (collector, item) in Collector::ALL.into_iter().zip(found) {
            let interval = item.and_then(|i| i.duration(problems, shortest, HOUR));
            file.intervals.extend(interval.map(|i| (collector, i)));
        }
    }
    file.stale_after = stale_after.and_then(|i| i.whole(problems, 1, 1000));
    file.min_age = min_age.and_then(|i| i.duration(problems, Duration::ZERO, HOUR));
    file.all_symbols = all_symbols.and_then(|i| i.flag(problems));
    file.all_assets = all_assets.and_then(|i| i.flag(problems));
}

fn read_ledger(item: &Item<'_>, file: &mut FileConfig, problems: &mut Problems) {
    let Some([path, history, overlap, zero_for]) =
        item.block(problems, ["path", "history", "overlap", "zero_for"])
    else {
        return;
    };
    file.ledger_path = path.and_then(|i| i.text(problems)).map(PathBuf::from);
    file.ledger_history = history.and_then(|i| i.duration(problems, HOUR, 365 * DAY));
    file.ledger_overlap = overlap.and_then(|i| i.duration(problems, MINUTE, DAY));
    file.ledger_zero_for = zero_for.and_then(|i| i.duration(problems, Duration::ZERO, HOUR));
}

fn read_web(item: &Item<'_>, file: &mut FileConfig, problems: &mut Problems) {
    let Some([listen, path, max_requests]) = item.block(
        problems,
        ["listen_addresses", "telemetry_path", "max_requests"],
    ) else {
        return;
    };
    if let Some(item) = listen
        && let Some(items) = item.list(problems)
    {
        if items.is_empty() {
            item.wrong(problems, "the list is empty: there is nowhere to listen");
        }
        let mut addresses = Vec::new();
        for item in items {
            match item.text(problems).map(super::listen_address) {
                Some(Ok(address)) => addresses.push(address),
                Some(Err(what)) => item.wrong(problems, &what),
                None => {}
            }
        }
        file.listen = Some(addresses);
    }
    if let Some(item) = path
        && let Some(text) = item.text(problems)
    {
        match super::telemetry_path(text) {
            Ok(path) => file.telemetry_path = Some(path),
            Err(what) => item.wrong(problems, &what),
        }
    }
    file.max_requests = max_requests
        .and_then(|i| {
            i.whole(
                problems,
                0,
                u32::try_from(MOST_REQUESTS).unwrap_or(u32::MAX),
            )
        })
        .and_then(|n| usize::try_from(n).ok());
}
