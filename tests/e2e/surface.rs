//! The HTTP surface over a socket.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use aster_exporter::demo::Exchange;

use super::process::{Exporter, FAST, client, exchange, send};
use super::promtool::check_metrics;

async fn running() -> (Exchange, Exporter) {
    let exchange = exchange().await;
    let exporter = Exporter::start(&exchange, FAST, &[]).await;
    let up = ["main", "hedge", "trouble"].map(|a| format!("aster_up{{account=\"{a}\"}}"));
    let market = "aster_collector_success{account=\"\",collector=\"market\"}";
    exporter
        .until("all of it", |s| {
            s.is(market, 1.0) && up.iter().all(|up| s.is(up, 1.0))
        })
        .await;
    (exchange, exporter)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_path_answers_as_it_should() {
    let (_exchange, exporter) = running().await;
    let cases = [
        (
            "GET",
            "/metrics",
            200,
            "text/plain; version=0.0.4; charset=utf-8",
        ),
        (
            "HEAD",
            "/metrics",
            200,
            "text/plain; version=0.0.4; charset=utf-8",
        ),
        (
            "GET",
            "/metrics?account=main",
            200,
            "text/plain; version=0.0.4; charset=utf-8",
        ),
        (
            "GET",
            "/metrics?account=nobody",
            400,
            "text/plain; charset=utf-8",
        ),
        (
            "GET",
            "/metrics?collect[]=nothing",
            400,
            "text/plain; charset=utf-8",
        ),
        (
            "GET",
            "/metrics?collect[]=orders&exclude[]=market",
            400,
            "text/plain; charset=utf-8",
        ),
        (
            "GET",
            "/probe?target=hedge",
            200,
            "text/plain; version=0.0.4; charset=utf-8",
        ),
        (
            "GET",
            "/probe?target=nobody",
            404,
            "text/plain; charset=utf-8",
        ),
        ("GET", "/probe", 400, "text/plain; charset=utf-8"),
        ("GET", "/", 200, "text/html; charset=utf-8"),
        ("GET", "/-/healthy", 200, "text/plain; charset=utf-8"),
        ("GET", "/-/ready", 200, "text/plain; charset=utf-8"),
        ("GET", "/nothing", 404, "text/plain; charset=utf-8"),
        ("POST", "/metrics", 405, "text/plain; charset=utf-8"),
        ("DELETE", "/", 405, "text/plain; charset=utf-8"),
    ];
    for (method, path, status, content_type) in cases {
        let method = method.parse().unwrap();
        let url = format!("{}{path}", exporter.url);
        let answer = send(client().request(method, url)).await.unwrap();
        assert_eq!(answer.status, status, "{path}: {}", answer.body);
        assert_eq!(answer.headers["content-type"], content_type, "{path}");
        if status >= 400 {
            assert!(!answer.body.trim().is_empty(), "{path} says nothing");
        }
    }
    let unknown = exporter.get("/metrics?account=nobody").await.body;
    assert!(unknown.contains("main, hedge, trouble"), "{unknown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_of_the_page() {
    let (_exchange, exporter) = running().await;
    let whole = exporter.series("/metrics").await;
    assert!(whole.count("process_") > 3 && whole.count("aster_symbol_mark_price") > 0);
    let one = exporter.series("/metrics?account=main").await;
    assert!(one.count("aster_position_size{account=\"main\"") > 0);
    assert_eq!(one.count("aster_position_size{account=\"hedge\""), 0);
    assert_eq!(one.count("aster_up"), 1);
    let some = exporter
        .series("/metrics?exclude[]=balance&exclude[]=market")
        .await;
    assert_eq!(
        some.count("aster_asset_wallet_balance") + some.count("aster_symbol_"),
        0
    );
    assert_eq!(some.count("aster_collector_success"), 15);
    let market = exporter.series("/metrics?collect[]=market").await;
    assert!(market.count("aster_symbol_mark_price") > 0);
    // The exporter's own numbers belong to the page of the process, not to that of a target.
    let target = exporter.series("/probe?target=main").await;
    assert_eq!(
        target.count("process_") + target.count("aster_exporter_"),
        0
    );
    assert!(target.is("aster_up{account=\"main\"}", 1.0), "{target:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_is_clean_and_the_same_packed() {
    let (exchange, exporter) = running().await;
    exchange.freeze();
    let url = format!("{}/metrics", exporter.url);
    // A client that leaves the packing to us.
    let raw = reqwest::Client::builder()
        .no_proxy()
        .no_gzip()
        .build()
        .unwrap();
    let gzip = raw
        .get(&url)
        .header("accept-encoding", "gzip")
        .send()
        .await
        .unwrap();
    assert_eq!(gzip.headers()["content-encoding"], "gzip");
    let packed = gzip.bytes().await.unwrap();
    let mut unpacked = String::new();
    // One member alone, as browsers read it.
    flate2::read::GzDecoder::new(&packed[..])
        .read_to_string(&mut unpacked)
        .unwrap();
    let plain = send(client().get(&url).header("accept-encoding", "identity"))
        .await
        .unwrap();
    assert!(plain.headers.get("content-encoding").is_none());
    let names = |page: &str| -> Vec<String> {
        page.lines()
            .filter(|l| l.starts_with("# TYPE"))
            .map(str::to_owned)
            .collect()
    };
    assert_eq!(names(&unpacked), names(&plain.body));
    assert!(names(&unpacked).len() > 60);

    assert_eq!(check_metrics(&plain.body), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_landing_page_says_how_each_collector_is() {
    let (exchange, exporter) = running().await;
    let page = exporter.get("/").await.body;
    for part in [
        "main",
        "hedge",
        "positions",
        ">good<",
        "href=\"/metrics\"",
        "Age of data",
        "Request weight of this IP in the running minute, by everybody: ",
        "This exporter allows itself 2147483647 in any minute.",
    ] {
        assert!(page.contains(part), "{part} is missing in {page}");
    }
    exchange.stop().await;
    super::process::eventually("the failure on the page", || async {
        let page = exporter.get("/").await.body;
        (page.contains(">network<")
            && page.contains("check the network")
            && page.contains("not shown"))
        .then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_on_the_port_harms_nobody() {
    let (_exchange, exporter) = running().await;
    let address = exporter.url.trim_start_matches("http://").to_owned();
    let raw = |bytes: Vec<u8>| {
        let address = address.clone();
        tokio::task::spawn_blocking(move || {
            let mut stream = TcpStream::connect(address).unwrap();
            let mut answer = Vec::new();
            let _ = stream
                .write_all(&bytes)
                .and_then(|()| stream.read_to_end(&mut answer));
            String::from_utf8_lossy(&answer).into_owned()
        })
    };
    let huge = format!(
        "GET / HTTP/1.1\r\nHost: x\r\nX-Big: {}\r\n\r\n",
        "y".repeat(100_000)
    );
    assert!(
        raw(huge.into_bytes())
            .await
            .unwrap()
            .starts_with("HTTP/1.1 431")
    );
    assert!(
        raw(b"\x16\x03\x01 not http\r\n\r\n".to_vec())
            .await
            .unwrap()
            .starts_with("HTTP/1.1 400")
    );
    // Connections that say nothing don't keep others out.
    let silent: Vec<_> = (0..50)
        .map(|_| TcpStream::connect(&address).unwrap())
        .collect();
    assert_eq!(exporter.get("/-/healthy").await.status, 200);
    assert_eq!(exporter.get("/metrics").await.status, 200);
    drop(silent);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_ends_it_well() {
    for signal in ["TERM", "INT"] {
        let (_exchange, mut exporter) = running().await;
        exporter.signal(signal);
        assert_eq!(exporter.ended().await.code(), Some(0));
        assert!(exporter.log().contains("stopping"));
    }
}
