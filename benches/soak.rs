//! Ten minutes of 25 accounts on one IP with random faults: the most weight in any 60 seconds, refusals, memory and open files.
//!
//! `cargo bench --bench soak`; `SOAK_SECONDS` makes it shorter or longer.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "a benchmark stops at the first mistake"
)]

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use aster_exporter::demo::{AccountOptions, Effect, Exchange, Fault, Options, Role, Seen};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

const ACCOUNTS: usize = 25;
const BUDGET: u64 = 1_200;
const MINUTE: Duration = Duration::from_mins(1);

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn weight(seen: &Seen) -> u64 {
    match seen.path.rsplit('/').next().unwrap() {
        "openOrders" if seen.query.contains("symbol=") => 1,
        "openOrders" => 40,
        "income" => 30,
        "time" | "exchangeInfo" | "premiumIndex" | "ping" => 1,
        _ => 5,
    }
}

/// The most weight within any 60 seconds.
#[derive(Default)]
struct Window {
    seen: VecDeque<(SystemTime, u64)>,
    sum: u64,
    most: u64,
    last: Option<SystemTime>,
    requests: usize,
    refused: usize,
}

impl Window {
    fn take(&mut self, log: &[Seen]) {
        for seen in log
            .iter()
            .filter(|seen| self.last.is_none_or(|last| seen.at > last))
        {
            self.requests += 1;
            self.refused += usize::from(matches!(seen.status, Some(418 | 429)));
            self.sum += weight(seen);
            self.seen.push_back((seen.at, weight(seen)));
            while let Some((at, weight)) = self.seen.front().copied()
                && seen.at.duration_since(at).unwrap_or_default() >= MINUTE
            {
                self.sum -= weight;
                self.seen.pop_front();
            }
            self.most = self.most.max(self.sum);
        }
        self.last = log.last().map(|seen| seen.at).or(self.last);
    }
}

fn config(exchange: &Exchange, folder: &Path) -> String {
    let mut text = format!(
        "exchange: {{base_url: '{}'}}\nledger: {{path: {}}}\naccounts:\n",
        exchange.url(),
        folder.join("ledger.db").display()
    );
    for account in exchange.accounts() {
        let (name, key, secret) = (account.name, account.api_key, account.api_secret);
        writeln!(
            text,
            "  - {{name: {name}, api_key: '{key}', api_secret: '{secret}'}}"
        )
        .unwrap();
    }
    text
}

fn resident_mib(process: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|l| l.starts_with("VmRSS:")).unwrap();
    line.split_whitespace()
        .nth(1)
        .unwrap()
        .parse::<f64>()
        .unwrap()
        / 1024.0
}

fn open_files(process: u32) -> usize {
    std::fs::read_dir(format!("/proc/{process}/fd"))
        .unwrap()
        .count()
}

fn effect(rng: &mut StdRng) -> Effect {
    let status = |status: u16| Effect::Reply {
        status,
        headers: vec![],
        content_type: "text/html".to_owned(),
        body: "<html>".into(),
    };
    match rng.random_range(0..8) {
        0 => status(500),
        1 => status(502),
        2 => status(503),
        3 => Effect::Hang,
        4 => Effect::Drop,
        5 => Effect::ResetMidBody,
        6 => Effect::Truncate,
        _ => Effect::Endless { bytes: 1 << 20 },
    }
}

async fn soak(seconds: u64) {
    let roles = [Role::Main, Role::Hedge, Role::Trouble];
    let account = |index: usize| AccountOptions {
        name: format!("a{index:02}"),
        role: roles[index % 3],
    };
    let options = Options {
        accounts: (0..ACCOUNTS).map(account).collect(),
        ..Options::default()
    };
    let exchange = Exchange::start(options, ([127, 0, 0, 1], 0).into())
        .await
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("aster.yaml");
    std::fs::write(&file, config(&exchange, folder.path())).unwrap();
    let child = Command::new(env!("CARGO_BIN_EXE_aster-exporter"))
        .arg(format!("--config.file={}", file.display()))
        .args(["--web.listen-address=127.0.0.1:0", "--log.level=error"])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let running = Running(child);
    let process = running.0.id();
    let (mut rng, mut window) = (StdRng::seed_from_u64(6), Window::default());
    let begun = Instant::now();
    let mut told = Instant::now();
    while begun.elapsed() < Duration::from_secs(seconds) {
        let faulty = format!("a{:02}", rng.random_range(0..ACCOUNTS));
        let fault = Fault::new(effect(&mut rng));
        // Now and then it is everybody's.
        let everybody = rng.random_range(0..10) == 0;
        exchange.fault(if everybody { fault } else { fault.of(&faulty) });
        tokio::time::sleep(Duration::from_secs(rng.random_range(2..8))).await;
        if rng.random_range(0..3) == 0 {
            exchange.clear_faults();
        }
        window.take(&exchange.requests());
        if told.elapsed() >= MINUTE {
            told = Instant::now();
            println!(
                "{:>4} s: {} requests, at most {} of {BUDGET} in any 60 s, {} refused, {:.1} MiB, {} open files",
                begun.elapsed().as_secs(),
                window.requests,
                window.most,
                window.refused,
                resident_mib(process),
                open_files(process),
            );
        }
    }
    println!(
        "in {seconds} s: {} requests, at most {} of {BUDGET} in any 60 s, {} refused",
        window.requests, window.most, window.refused
    );
    assert!(window.most <= BUDGET && window.refused == 0);
}

fn main() {
    let seconds = std::env::var("SOAK_SECONDS").map_or(600, |text| text.parse().unwrap());
    tokio::runtime::Runtime::new()
        .unwrap()
        .block_on(soak(seconds));
}
