//! A port that is abused: bounded connections and memory, correct statuses, and a scrape that answers meanwhile.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use aster_exporter::demo::Exchange;

use super::process::{Exporter, client, eventually, exchange, send};

const STEADY: &str = "{stale_after: 20, min_age: 100ms, intervals: {balance: 1s, account: 1s, positions: 1s, orders: 1s, trades: 2s, income: 2s, market: 1s}}";
/// What the exporter has at most open for connections.
const MOST_CONNECTIONS: usize = 512;
const PATIENCE: Duration = Duration::from_mins(1);

async fn running() -> (Exchange, Exporter) {
    let exchange = exchange().await;
    let exporter = Exporter::start(&exchange, STEADY, &[]).await;
    exporter
        .until("numbers", |page| page.count("aster_position_size{") > 0)
        .await;
    (exchange, exporter)
}

fn connect(exporter: &Exporter) -> TcpStream {
    let stream = TcpStream::connect(exporter.url.trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// Everything that comes until the other side hangs up.
fn rest(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Ok(_) => {}
        // Whoever is cut off with unread bytes gets a reset.
        Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
        Err(error) => panic!("the connection stays: {error}"),
    }
    String::from_utf8_lossy(&answer).into_owned()
}

async fn scrape_answers(exporter: &Exporter) {
    let page = tokio::time::timeout(PATIENCE, exporter.get("/metrics")).await;
    let page = page.expect("a scrape answers meanwhile");
    assert_eq!(page.status, 200);
    assert!(page.body.contains("aster_position_size{"));
}

fn proc(exporter: &Exporter, what: &str) -> PathBuf {
    format!("/proc/{}/{what}", exporter.id()).into()
}

fn open_files(exporter: &Exporter) -> usize {
    std::fs::read_dir(proc(exporter, "fd")).unwrap().count()
}

fn resident_kib(exporter: &Exporter) -> u64 {
    let status = std::fs::read_to_string(proc(exporter, "status")).unwrap();
    let line = status.lines().find(|l| l.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn thousands_of_connections_neither_grow_nor_keep_anybody_out() {
    let (_exchange, exporter) = running().await;
    let before = (open_files(&exporter), resident_kib(&exporter));
    let address = exporter.url.trim_start_matches("http://").to_owned();
    let many = tokio::task::spawn_blocking(move || {
        let half = b"GET /metrics HTTP/1.1\r\nHost: x\r\nX-Slow: ";
        let one = |index: usize| {
            let mut stream = TcpStream::connect(&address).ok()?;
            if index.is_multiple_of(2) {
                let _ = stream.write_all(half);
            }
            Some(stream)
        };
        (0..3_000).filter_map(one).collect::<Vec<_>>()
    });
    let many = many.await.unwrap();
    assert!(many.len() > 2 * MOST_CONNECTIONS, "{}", many.len());
    scrape_answers(&exporter).await;
    assert!(open_files(&exporter) <= before.0 + MOST_CONNECTIONS + 16);
    let grown = resident_kib(&exporter).saturating_sub(before.1);
    assert!(grown < 64 << 10, "{grown} KiB");
    drop(many);
    scrape_answers(&exporter).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_never_finishes_its_request_is_cut_off() {
    let (_exchange, exporter) = running().await;
    let mut slow = connect(&exporter);
    slow.write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\n")
        .unwrap();
    let mut trickling = connect(&exporter);
    let trickle = tokio::task::spawn_blocking(move || {
        let begun = Instant::now();
        // A byte now and then is no request either.
        while begun.elapsed() < PATIENCE {
            if trickling.write_all(b"X").is_err() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        false
    });
    scrape_answers(&exporter).await;
    let answer = tokio::task::spawn_blocking(move || rest(slow))
        .await
        .unwrap();
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 408"),
        "{answer}"
    );
    assert!(
        trickle.await.unwrap(),
        "the trickling client was never cut off"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_take_no_answer_hold_no_memory() {
    let (_exchange, exporter) = running().await;
    let before = resident_kib(&exporter);
    let asking = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n".repeat(50);
    let deaf: Vec<_> = (0..200)
        .map(|_| {
            let mut stream = connect(&exporter);
            stream
                .set_write_timeout(Some(Duration::from_millis(50)))
                .unwrap();
            // It stops taking requests when nobody takes its answers.
            let _ = stream.write_all(asking.as_bytes());
            stream
        })
        .collect();
    // At the moment of the rush more is asked for than is served at a time.
    eventually("room for a scrape", || async {
        (exporter.get("/metrics").await.status == 200).then_some(())
    })
    .await;
    scrape_answers(&exporter).await;
    let grown = resident_kib(&exporter).saturating_sub(before);
    assert!(grown < 192 << 10, "{grown} KiB");
    drop(deaf);
    scrape_answers(&exporter).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_sent_ahead_are_answered_one_by_one() {
    let (_exchange, exporter) = running().await;
    let mut stream = connect(&exporter);
    let healthy = "GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n".repeat(30);
    let last = "GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    stream.write_all((healthy + last).as_bytes()).unwrap();
    let answers = tokio::task::spawn_blocking(move || rest(stream))
        .await
        .unwrap();
    assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 30, "{answers}");
    assert_eq!(answers.matches("HTTP/1.1 404 Not Found").count(), 1);
    assert!(answers.rfind("HTTP/1.1 404") > answers.rfind("HTTP/1.1 200"));
}

#[tokio::test(flavor = "multi_thread")]
async fn heads_methods_and_paths_that_nobody_needs_get_their_status() {
    let (_exchange, exporter) = running().await;
    let cases = [
        (
            format!(
                "GET / HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n",
                "y".repeat(40_000)
            ),
            "431",
        ),
        (
            format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "y".repeat(100_000)),
            "4",
        ),
        (
            format!(
                "GET / HTTP/1.1\r\nHost: x\r\n{}\r\n",
                "A: b\r\n".repeat(1_000)
            ),
            "431",
        ),
        (
            "BREW /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_owned(),
            "405",
        ),
        (
            "DELETE / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_owned(),
            "405",
        ),
        (
            "GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_owned(),
            "404",
        ),
        ("GET /metrics HTTP/9.9\r\nHost: x\r\n\r\n".to_owned(), "4"),
        ("\0\0\0\0\r\n\r\n".to_owned(), "400"),
    ];
    for (request, status) in cases {
        let mut stream = connect(&exporter);
        // It may be cut off before all of it was sent.
        let _ = stream.write_all(request.as_bytes());
        let answer = tokio::task::spawn_blocking(move || rest(stream))
            .await
            .unwrap();
        let shown = &request[..request.len().min(60)];
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{shown}: {answer}"
        );
    }
    scrape_answers(&exporter).await;
    let long = "y".repeat(10_000);
    let url = format!("{}/metrics?collect[]={long}", exporter.url);
    assert_eq!(send(client().get(url)).await.unwrap().status, 400);
}
