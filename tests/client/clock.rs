//! The exchange's clock: read once before the first signed request, and again when the exchange says so.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aster_exporter::exchange::stats::Outcome;
use aster_exporter::exchange::{Endpoint, Kind};

use crate::server::{Reply, Server, answer, json, now_ms};
use crate::{Rig, server};

const TIME: &str = "/fapi/v1/time";
const BALANCE: &str = "/fapi/v2/balance";
const TOO_LATE: &str =
    r#"{"code":-1021,"msg":"Timestamp for this request is outside of the recvWindow."}"#;

#[tokio::test]
async fn requests_are_dated_by_the_exchange_s_clock() {
    const HOUR_MS: i64 = 3_600_000;
    let server = Server::start(|seen| match seen.path.as_str() {
        TIME => json(&format!(r#"{{"serverTime":{}}}"#, now_ms() + HOUR_MS)),
        _ => json("[]"),
    })
    .await;
    let rig = Rig::new(&server.url);
    rig.balance().await.unwrap();
    let query = server.seen().pop().unwrap().query;
    let (_, rest) = query.split_once("timestamp=").unwrap();
    let timestamp: i64 = rest.split('&').next().unwrap().parse().unwrap();
    assert!((timestamp - now_ms() - HOUR_MS).abs() < 10_000);
    let offset = rig.snapshot().clock_offset_ms.unwrap();
    assert!((offset - HOUR_MS).abs() < 10_000);
}

#[tokio::test]
async fn many_first_requests_read_it_once() {
    let server = server(|_| json("[]")).await;
    let rig = Rig::new(&server.url);
    let all = futures_util::future::join_all((0..8).map(|_| rig.balance())).await;
    assert!(all.iter().all(Result::is_ok));
    let paths = server.paths();
    assert_eq!(paths.len(), 9);
    assert_eq!(paths.iter().filter(|path| *path == TIME).count(), 1);
    assert_eq!(paths[0], TIME);
}

#[tokio::test]
async fn without_it_requests_go_on_with_ours() {
    let server = Server::start(|seen| match seen.path.as_str() {
        TIME => Reply::Hang,
        _ => json("[]"),
    })
    .await;
    let rig = Rig::new(&server.url);
    rig.balance_within(Duration::from_secs(1)).await.unwrap();
    rig.balance().await.unwrap();
    assert_eq!(
        server.paths(),
        [TIME, BALANCE, BALANCE],
        "not tried again at once"
    );
    assert_eq!(rig.counted("", Endpoint::Time, Outcome::Timeout), 1);
    assert_eq!(rig.snapshot().clock_offset_ms, None);
}

#[tokio::test]
async fn a_wrong_time_is_mended_and_the_request_repeated() {
    let tries = AtomicUsize::new(0);
    let server = server(move |_| match tries.fetch_add(1, Ordering::Relaxed) {
        0 => answer(400, &[], TOO_LATE),
        _ => json("[]"),
    })
    .await;
    let rig = Rig::new(&server.url);
    rig.balance().await.unwrap();
    assert_eq!(server.paths(), [TIME, BALANCE, TIME, BALANCE]);
    assert_eq!(
        rig.counted("main", Endpoint::Balance, Outcome::Status(400)),
        1
    );
    assert_eq!(
        rig.counted("main", Endpoint::Balance, Outcome::Status(200)),
        1
    );
}

#[tokio::test]
async fn it_is_repeated_exactly_once() {
    let server = server(|_| answer(400, &[], TOO_LATE)).await;
    let rig = Rig::new(&server.url);
    let error = rig.balance().await.unwrap_err();
    assert_eq!(error.kind, Kind::Clock);
    assert_eq!(error.code, Some(-1021));
    assert_eq!(server.paths(), [TIME, BALANCE, TIME, BALANCE]);
    let errors = rig.snapshot().errors;
    assert_eq!(errors[&("main".into(), Endpoint::Balance, Kind::Clock)], 2);
}

#[tokio::test]
async fn it_can_be_read_on_demand() {
    let server = server(|_| json("[]")).await;
    let rig = Rig::new(&server.url);
    rig.client.sync_clock().await;
    rig.client.sync_clock().await;
    rig.balance().await.unwrap();
    assert_eq!(server.paths(), [TIME, TIME, BALANCE]);
}
