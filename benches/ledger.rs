//! The ledger at size: an import of 250,000 income records from the demo exchange with no limit, and an exporter whose
//! ledger holds a million: how soon it answers the first scrape, what a scrape takes, and how much memory it takes.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "a benchmark stops at the first mistake"
)]

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use aster_exporter::collector::Collector;
use aster_exporter::config::{Config, LedgerConfig, load};
use aster_exporter::demo::{Exchange, IncomeRecord, Options};
use aster_exporter::exchange::{Client, Endpoint, Request, Stats};
use aster_exporter::ledger::Ledger;
use aster_exporter::ledger::import::{IncomeImport, Source};
use rust_decimal::Decimal;

const IMPORTED: i64 = 250_000;
const LARGE: i64 = 1_000_000;
const LIMIT: Duration = Duration::from_mins(1);
const SPAN_MS: i64 = 25 * 86_400_000;

fn records(from: i64, count: i64, start: i64) -> impl Iterator<Item = IncomeRecord> {
    let types = ["COMMISSION", "REALIZED_PNL", "FUNDING_FEE"];
    (from..from + count).map(move |index| IncomeRecord {
        symbol: format!("S{}USDT", index % 40),
        income_type: types[usize::try_from(index % 3).unwrap()].to_owned(),
        income: Decimal::new(index * 7_919 % 1_000_003 - 500_000, 8),
        asset: "USDT".to_owned(),
        time: start + (index - from) * (SPAN_MS / count),
        tran_id: 4_000_000_000_000_000_000 + index,
        trade_id: index.to_string(),
    })
}

fn config(exchange: &Exchange, folder: &Path) -> Config {
    let account = exchange.accounts().remove(0);
    let environment = |name: &str| match name {
        "ASTER_API_KEY" => Some(account.api_key.clone()),
        "ASTER_API_SECRET" => Some(account.api_secret.clone()),
        "ASTER_BASE_URL" => Some(exchange.url()),
        _ => None,
    };
    let mut config = load(
        None,
        &aster_exporter::config::Overrides::default(),
        &environment,
    )
    .unwrap();
    config.exchange.request_timeout = LIMIT;
    config.ledger = LedgerConfig {
        path: folder.join("ledger.db"),
        ..LedgerConfig::default()
    };
    config
}

/// A client that knows that there is no limit to keep to.
async fn client(config: &Config) -> Client {
    let client = Client::new(&config.exchange, Arc::new(Stats::default())).unwrap();
    assert!(client.learn_limit(LIMIT).await);
    client
}

async fn import(config: &Config, ledger: &Ledger) -> u64 {
    let client = client(config).await;
    let import = IncomeImport::new(Source {
        client,
        account: Arc::new(config.accounts[0].clone()),
        ledger: ledger.clone(),
        config: config.ledger.clone(),
        max_age: Duration::from_mins(3),
    });
    import.poll(LIMIT, &|_| {}).await.unwrap().records
}

/// The same pages, asked for and thrown away.
async fn pages(config: &Config, start: i64, end: i64) -> usize {
    let client = client(config).await;
    let (step, mut from, mut bytes) = (SPAN_MS / IMPORTED * 1000, start, 0);
    while from < end {
        let request = Request::new(Endpoint::of(Collector::Income))
            .with("startTime", from.to_string())
            .with("endTime", (from + step - 1).to_string())
            .with("limit", "1000");
        let body = client
            .fetch(Some(&config.accounts[0]), &request, LIMIT)
            .await
            .unwrap();
        bytes += body.len();
        from += step;
    }
    bytes
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn resident_mib(process: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|l| l.starts_with("VmRSS:")).unwrap();
    let kib: f64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kib / 1024.0
}

/// Starts the exporter on the ledger in `folder`: milliseconds to the first answered scrape, to the first that shows
/// the counters, and of the fastest of many; and MiB resident.
async fn exporter(exchange: &Exchange, folder: &Path) -> [f64; 4] {
    let account = exchange.accounts().remove(0);
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let begin = Instant::now();
    let child = Command::new(env!("CARGO_BIN_EXE_aster-exporter"))
        .arg(format!("--web.listen-address=127.0.0.1:{port}"))
        .arg(format!(
            "--ledger.path={}",
            folder.join("ledger.db").display()
        ))
        .arg("--log.level=error")
        .env("ASTER_API_KEY", &account.api_key)
        .env("ASTER_API_SECRET", &account.api_secret)
        .env("ASTER_BASE_URL", exchange.url())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let running = Running(child);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("http://127.0.0.1:{port}/metrics");
    let ms = |since: Instant| since.elapsed().as_secs_f64() * 1000.0;
    let (mut first, mut counters) = (None, None);
    while counters.is_none() {
        if let Ok(answer) = client.get(&url).send().await {
            let page = answer.text().await.unwrap();
            first.get_or_insert(ms(begin));
            counters = page.contains("aster_income_paid_total").then(|| ms(begin));
        }
    }
    let mut fastest = f64::MAX;
    for _ in 0..300 {
        let begin = Instant::now();
        client
            .get(&url)
            .send()
            .await
            .unwrap()
            .bytes()
            .await
            .unwrap();
        fastest = fastest.min(ms(begin));
    }
    [
        first.unwrap(),
        counters.unwrap(),
        fastest,
        resident_mib(running.0.id()),
    ]
}

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let options = Options {
            weight_limit: u32::MAX,
            speed: 0.0,
            ..Options::default()
        };
        let exchange = Exchange::start(options, ([127, 0, 0, 1], 0).into())
            .await
            .unwrap();
        let folder = tempfile::tempdir().unwrap();
        let config = config(&exchange, folder.path());
        let start = exchange.server_ms() - SPAN_MS - 3_600_000;
        exchange.book_income("main", records(0, IMPORTED, start));

        let begin = Instant::now();
        let bytes = pages(&config, start, start + SPAN_MS).await;
        let asking = begin.elapsed();
        let ledger = Ledger::open(&config.ledger).unwrap();
        let begin = Instant::now();
        let kept = import(&config, &ledger).await;
        let importing = begin.elapsed();
        ledger.close();
        let own = importing.saturating_sub(asking).as_secs_f64();
        println!(
            "pages of {IMPORTED} records alone: {asking:.2?}, {} MiB",
            bytes >> 20
        );
        println!(
            "import of {kept} records: {importing:.2?}, {:.0} records/s",
            kept as f64 / importing.as_secs_f64()
        );
        println!(
            "decode, dedupe and commit alone: {:.0} records/s",
            kept as f64 / own
        );

        exchange.book_income("main", records(IMPORTED, LARGE - IMPORTED, start));
        let large = tempfile::tempdir().unwrap();
        let config = self::config(&exchange, large.path());
        let ledger = Ledger::open(&config.ledger).unwrap();
        let kept = import(&config, &ledger).await;
        ledger.close();
        let size = std::fs::metadata(large.path().join("ledger.db"))
            .unwrap()
            .len();
        println!("a ledger of {kept} records: {} MiB on disk", size >> 20);
        let [first, counters, scrape, resident] = exporter(&exchange, large.path()).await;
        println!("first scrape {first:.0} ms after the start, with counters {counters:.0} ms");
        println!("a scrape {scrape:.2} ms, resident {resident:.1} MiB");
    });
}
