//! What goes over the wire, and what is counted of it.

use std::time::Duration;

use aster_exporter::config::ExchangeConfig;
use aster_exporter::exchange::sign::{Nonces, sign};
use aster_exporter::exchange::stats::Outcome;
use aster_exporter::exchange::{Client, Endpoint, Kind, Request};

use crate::server::{answer, json};
use crate::{KEY, LONG, Rig, auth, server};

#[tokio::test]
async fn a_signed_request_goes_out_byte_for_byte_as_signed() {
    let server = server(|_| answer(200, &[("X-Mbx-Used-Weight-1M", "77")], "[]")).await;
    let rig = Rig::new(&server.url);
    let request = Request::new(Endpoint::OpenOrders).with("symbol", "币安人生USDT'\"<>#|{}");
    let body = rig.client.fetch(Some(&rig.account), &request, LONG).await;
    assert_eq!(body.unwrap(), "[]");

    let seen = server.seen().pop().unwrap();
    assert_eq!(seen.path, "/fapi/v1/openOrders");
    let (_, rest) = seen.query.split_once("timestamp=").unwrap();
    let (timestamp, _) = rest.split_once('&').unwrap();
    let auth = auth();
    let at = timestamp.parse::<u64>().unwrap() * 1000;
    let window = Duration::from_secs(5);
    let signed = sign(&request, &auth, at, window, &Nonces::default());
    assert_eq!(seen.query, signed.unwrap().query);
    assert_eq!(seen.headers["x-mbx-apikey"], KEY);
    assert_eq!(
        seen.headers["user-agent"],
        concat!("aster-exporter/", env!("CARGO_PKG_VERSION"))
    );
    assert_eq!(seen.headers["accept-encoding"], "gzip");

    let snapshot = rig.snapshot();
    assert_eq!(snapshot.used_weight, Some(77));
    assert_eq!(snapshot.weight[&("main".into(), Endpoint::OpenOrders)], 1);
    assert_eq!(snapshot.durations[&Endpoint::OpenOrders].count, 1);
    assert_eq!(
        rig.counted("main", Endpoint::OpenOrders, Outcome::Status(200)),
        1
    );
    assert!(snapshot.errors.is_empty());
}

#[tokio::test]
async fn an_unsigned_request_carries_no_key_and_no_query() {
    let server = server(|_| json("[]")).await;
    let rig = Rig::new(&format!("{}/", server.url));
    let request = Request::new(Endpoint::PremiumIndex);
    let body = rig.client.fetch(Some(&rig.account), &request, LONG).await;
    assert_eq!(body.unwrap(), "[]");
    let seen = server.seen();
    assert_eq!(seen.len(), 1, "no reading of the clock");
    assert_eq!(seen[0].path, "/fapi/v1/premiumIndex");
    assert_eq!(seen[0].query, "");
    assert!(!seen[0].headers.contains_key("x-mbx-apikey"));
    assert_eq!(
        rig.counted("", Endpoint::PremiumIndex, Outcome::Status(200)),
        1
    );
}

#[tokio::test]
async fn a_signed_endpoint_needs_an_account() {
    let server = server(|_| json("[]")).await;
    let rig = Rig::new(&server.url);
    let error = rig
        .client
        .fetch(None, &Request::new(Endpoint::Balance), LONG)
        .await;
    assert_eq!(error.unwrap_err().kind, Kind::Request);
    assert!(server.seen().is_empty());
}

#[test]
fn a_base_url_that_is_none_is_refused() {
    let config = ExchangeConfig {
        base_url: "fapi".to_owned(),
        recv_window: LONG,
        request_timeout: LONG,
        weight_budget: None,
    };
    let error = Client::new(&config, std::sync::Arc::default())
        .err()
        .unwrap();
    assert_eq!(error.kind, Kind::Request);
    assert!(
        error.message.starts_with("base_url is not a URL: "),
        "{error}"
    );
}
