//! A full disk, refusals, broken answers, clocks that jump: the counters are right as soon as the trouble is over.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use aster_exporter::demo::{Effect, Endpoint, Exchange, Fault};
use bytes::Bytes;
use rand::SeedableRng;
use rand::rngs::StdRng;
use tempfile::TempDir;

use super::process::{Exporter, binary, configure, eventually};
use super::truth::{expected, shown, until_true};
use super::world::{FAST, disturb, exchange, records, start};

const INCOME_FAILS: &str = "aster_collector_success{account=\"main\",collector=\"income\"}";
const ACCOUNT_WORKS: &str = "aster_collector_success{account=\"main\",collector=\"account\"}";

/// An exporter whose ledger lies on a file system of its own, of eight megabytes.
async fn on_a_small_disk(exchange: &Exchange, folder: &Path) -> Exporter {
    let config = configure(folder, exchange, FAST);
    let disk = folder.join("disk");
    fs::create_dir(&disk).unwrap();
    let script = "mount -t tmpfs -o size=8m tmpfs \"$1\" && shift && exec \"$@\"";
    let mut command = Command::new("unshare");
    // Mounted in a namespace of its own, so that it is gone with the process.
    if !is_root() {
        command.arg("--map-root-user");
    }
    command.args(["--mount", "sh", "-c", script, "sh"]);
    command.arg(&disk).arg(binary().get_program());
    command.arg(format!("--config.file={}", config.display()));
    command.arg(format!(
        "--ledger.path={}",
        disk.join("ledger.db").display()
    ));
    Exporter::spawn(command, TempDir::new().unwrap()).await
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout == b"0\n"
}

/// A path as the exporter sees it.
fn inside(exporter: &Exporter, path: &Path) -> PathBuf {
    let path = path.strip_prefix("/").unwrap();
    Path::new(&format!("/proc/{}/root", exporter.id())).join(path)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_stops_the_sums_and_nothing_else() {
    let exchange = exchange().await;
    exchange.freeze();
    let folder = tempfile::tempdir().unwrap();
    let exporter = on_a_small_disk(&exchange, folder.path()).await;
    until_true(&exporter, &exchange).await;
    let before = shown(&exporter.series("/metrics").await);

    let filler = inside(&exporter, &folder.path().join("disk/filler"));
    let written = fs::write(&filler, vec![1; 9_000_000]);
    assert!(written.is_err(), "the disk is full now");
    let mut rng = StdRng::seed_from_u64(5);
    let now = exchange.server_ms();
    exchange.book_income("main", records(&mut rng, 900, now, 5));
    let page = exporter
        .until("income to fail", |s| {
            s.is(INCOME_FAILS, 0.0) && s.is(ACCOUNT_WORKS, 1.0)
        })
        .await;
    assert!(
        exporter.log().contains("ledger cannot be read or written"),
        "{}",
        exporter.log()
    );
    for (series, value) in shown(&page) {
        assert_eq!(
            Some(&value),
            before.get(&series),
            "{series}: what is not kept is not shown"
        );
    }
    fs::remove_file(&filler).unwrap();
    until_true(&exporter, &exchange).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_in_the_middle_of_an_import_loses_nothing() {
    let exchange = exchange().await;
    exchange.freeze();
    let week_ago = exchange.server_ms() - 600_000_000;
    let mut rng = StdRng::seed_from_u64(6);
    exchange.book_income("main", records(&mut rng, 6_500, week_ago, 1));
    let refused = Effect::Reply {
        status: 429,
        headers: vec![("Retry-After".to_owned(), "1".to_owned())],
        content_type: "application/json".to_owned(),
        body: Bytes::from_static(b"{\"code\":-1003,\"msg\":\"Too many requests.\"}"),
    };
    let folder = tempfile::tempdir().unwrap();
    let exporter = start(&exchange, folder.path(), &[]).await;
    for _ in 0..3 {
        exchange.fault(
            Fault::new(refused.clone())
                .on(Endpoint::Income.path())
                .of("main")
                .times(1),
        );
        exporter
            .until("a refusal", |s| {
                s.count("aster_api_blocked_until_timestamp_seconds") == 1
            })
            .await;
        exporter
            .until("its end", |s| {
                s.count("aster_api_blocked_until_timestamp_seconds") == 0
            })
            .await;
    }
    until_true(&exporter, &exchange).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_answers_count_nothing() {
    let exchange = exchange().await;
    exchange.freeze();
    let folder = tempfile::tempdir().unwrap();
    let exporter = start(&exchange, folder.path(), &[]).await;
    until_true(&exporter, &exchange).await;
    let mut rng = StdRng::seed_from_u64(8);
    let broken = [
        Effect::Truncate,
        Effect::Drop,
        Effect::Reply {
            status: 200,
            headers: Vec::new(),
            content_type: "application/json".to_owned(),
            body: Bytes::from_static(b"[]"),
        },
    ];
    for (round, effect) in broken.into_iter().enumerate() {
        let before = exchange.requests().len();
        for path in [Endpoint::Income.path(), Endpoint::UserTrades.path()] {
            exchange.fault(Fault::new(effect.clone()).on(path));
        }
        disturb(&exchange, &mut rng, 1);
        disturb(&exchange, &mut rng, 2 + 4 * round as u64);
        eventually("requests that are answered so", || async {
            let requests = exchange.requests();
            let later = requests.get(before..).unwrap_or_default();
            (later
                .iter()
                .filter(|r| r.path == Endpoint::Income.path())
                .count()
                > 6)
            .then_some(())
        })
        .await;
        exchange.clear_faults();
        until_true(&exporter, &exchange).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_cannot_be_read_is_not_left_out() {
    let exchange = exchange().await;
    exchange.freeze();
    let folder = tempfile::tempdir().unwrap();
    let exporter = start(&exchange, folder.path(), &[]).await;
    until_true(&exporter, &exchange).await;
    let due = expected(&exchange);
    exchange.fault(
        Fault::edit(|rows| {
            if let Some(row) = rows.get_mut(0) {
                row["income"] = "NaN".into();
            }
        })
        .on(Endpoint::Income.path())
        .of("main"),
    );
    let page = exporter
        .until("income to fail", |s| s.is(INCOME_FAILS, 0.0))
        .await;
    // What was known stays, nothing of the answer was taken.
    assert_eq!(
        super::truth::difference(&super::truth::shown(&page), &due),
        None
    );
    assert!(
        exporter.log().contains("income is not a decimal number"),
        "{}",
        exporter.log()
    );
    exchange.clear_faults();
    exporter
        .until("income to work", |s| s.is(INCOME_FAILS, 1.0))
        .await;
    until_true(&exporter, &exchange).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_jumps_by_a_day_and_back_loses_nothing() {
    const DAY: i64 = 86_400_000;
    let exchange = exchange().await;
    exchange.freeze();
    let folder = tempfile::tempdir().unwrap();
    let mut rng = StdRng::seed_from_u64(9);
    let mut exporter = start(&exchange, folder.path(), &[]).await;
    until_true(&exporter, &exchange).await;
    for offset in [DAY, 0, -DAY, 0] {
        exchange.set_clock_offset(offset);
        disturb(&exchange, &mut rng, 1);
        disturb(&exchange, &mut rng, 2);
        until_true(&exporter, &exchange).await;
        // What is booked while nobody looks is found, too, whatever the clock said before.
        exporter.signal("KILL");
        drop(exporter);
        let now = exchange.server_ms();
        exchange.book_income("main", records(&mut rng, 50, now, 1));
        exchange.round_trip("main", "LINKUSDT", 1);
        exporter = start(&exchange, folder.path(), &[]).await;
        until_true(&exporter, &exchange).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn more_in_one_millisecond_than_can_be_told_is_said() {
    let exchange = exchange().await;
    exchange.freeze();
    let now = exchange.server_ms() - 60_000;
    let mut rng = StdRng::seed_from_u64(10);
    let mut crowd = records(&mut rng, 1_200, now, 1_200);
    for record in &mut crowd {
        record.income_type = "FUNDING_FEE".to_owned();
        record.symbol = String::new();
    }
    for (index, record) in (0..).zip(&mut crowd) {
        record.tran_id += index;
    }
    exchange.book_income("main", crowd);
    // By symbol it gets through.
    let by_symbol = records(&mut rng, 3_000, now + 5_000, 3_000);
    exchange.book_income("hedge", by_symbol);
    let folder = tempfile::tempdir().unwrap();
    let exporter = start(&exchange, folder.path(), &[]).await;
    let page = exporter
        .until("the gap to be told", |s| {
            s.is("aster_ledger_income_gaps{account=\"main\"}", 1.0)
                && s.is("aster_ledger_income_gaps{account=\"hedge\"}", 0.0)
        })
        .await;
    assert!(page.count("aster_income_records_total{account=\"hedge\"") > 10);
    assert!(
        exporter.log().contains("missing from the sums"),
        "{}",
        exporter.log()
    );
    // What follows is read nevertheless.
    exchange.book_income("main", records(&mut rng, 5, exchange.server_ms(), 1));
    let transfers = "aster_income_records_total{account=\"main\",income_type=\"TRANSFER\"";
    let before = page.sum(transfers);
    exporter
        .until("later records", |s| s.sum(transfers) > before)
        .await;
}
