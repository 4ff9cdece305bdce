//! Exporters that keep their ledger, and an exchange in which much happens.

use std::path::Path;
use std::process::Command;

use aster_exporter::demo::{Exchange, IncomeRecord, Options};
use rand::RngExt;
use rand::rngs::StdRng;
use rust_decimal::Decimal;
use tempfile::TempDir;

use super::process::{Exporter, binary, configure};

/// History alone and what it follows from, several times a second.
pub const FAST: &str = "{stale_after: 100, min_age: 100ms, intervals: {balance: 10s, account: 10s, positions: 200ms, orders: 200ms, trades: 100ms, income: 100ms, market: 10s}}";

/// A demo exchange with no limit of weight, without a past, and with few symbols.
pub async fn exchange() -> Exchange {
    let options = Options {
        weight_limit: u32::MAX,
        history_days: 0,
        symbols: 24,
        ..Options::default()
    };
    Exchange::start(options, ([127, 0, 0, 1], 0).into())
        .await
        .unwrap()
}

/// An exporter whose ledger stays in `folder`.
pub async fn start(exchange: &Exchange, folder: &Path, flags: &[&str]) -> Exporter {
    start_with(exchange, folder, "0s", flags).await
}

/// As [`start`]; new label sets are shown at 0 for so long.
pub async fn start_with(
    exchange: &Exchange,
    folder: &Path,
    zero_for: &str,
    flags: &[&str],
) -> Exporter {
    let config = configure(folder, exchange, FAST);
    let text = std::fs::read_to_string(&config).unwrap();
    let text = text.replace("zero_for: 0s", &format!("zero_for: {zero_for}"));
    std::fs::write(&config, text).unwrap();
    let mut command = binary();
    command.arg(format!("--config.file={}", config.display()));
    command.args(flags);
    Exporter::spawn(command, TempDir::new().unwrap()).await
}

/// Runs `aster-exporter ledger` on the ledger in `folder`; gives its code, output and what it told.
pub fn ledger(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let path = format!("--ledger.path={}", folder.join("ledger.db").display());
    let output = binary()
        .arg("ledger")
        .arg(path)
        .args(arguments)
        .output()
        .unwrap();
    (
        output.status.code(),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

/// What `sqlite3` prints.
pub fn sqlite(ledger: &Path, sql: &str) -> String {
    let output = Command::new("sqlite3")
        .args([ledger.to_str().unwrap(), sql])
        .output()
        .expect("sqlite3 must be installed: tests/all.sh installs it");
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{told}");
    String::from_utf8(output.stdout).unwrap()
}

const SYMBOLS: [&str; 4] = ["BTCUSDT", "ETHUSDT", "币安人生USDT", ""];
const TYPES: [&str; 5] = [
    "COMMISSION",
    "REALIZED_PNL",
    "FUNDING_FEE",
    "TRANSFER",
    "SOME_NEW_REWARD",
];

/// `count` records, spread over the milliseconds from `time` on, with `each` in a millisecond.
pub fn records(rng: &mut StdRng, count: i64, time: i64, each: i64) -> Vec<IncomeRecord> {
    // Ids that no transaction of the exchange itself has.
    let first = rng.random_range(2_000_000_000_000_000_000_i64..9_000_000_000_000_000_000);
    (0..count)
        .map(|index| IncomeRecord {
            symbol: SYMBOLS[rng.random_range(0..SYMBOLS.len())].to_owned(),
            income_type: TYPES[usize::try_from(index % 5).unwrap()].to_owned(),
            income: Decimal::new(rng.random_range(-1_000_000_000..1_000_000_000), 8),
            asset: ["USDT", "ASTER"][rng.random_range(0..2)].to_owned(),
            time: time + index / each,
            // The same transaction under two types.
            tran_id: first + index / 2,
            trade_id: String::new(),
        })
        .collect()
}

/// One of the things that make history hard to read: a burst, late records, a crowded millisecond, a round trip.
pub fn disturb(exchange: &Exchange, rng: &mut StdRng, round: u64) {
    let now = exchange.server_ms();
    match round % 20 {
        0 => exchange.book_income("main", records(rng, 2_500, now - 900, 10)),
        1 | 5 | 9 | 13 => {
            let late = rng.random_range(0..3_000_000);
            exchange.book_income("hedge", records(rng, 40, now - late, 3));
        }
        2 | 6 | 10 | 14 => exchange.round_trip("main", "LINKUSDT", 3),
        3 => exchange.book_income("main", records(rng, 1_500, now - 20, 1_500)),
        _ => exchange.round_trip("trouble", ["XRPUSDT", "ADAUSDT"][rng.random_range(0..2)], 1),
    }
}
