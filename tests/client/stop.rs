//! After a refusal nobody sends anything until the stop ends.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use aster_exporter::exchange::stats::Outcome;
use aster_exporter::exchange::{Endpoint, Kind, Request};

use crate::server::{Reply, answer, json, response};
use crate::{LONG, Rig, server};

#[tokio::test]
async fn after_429_nothing_is_sent_until_the_time_is_over() {
    let tries = AtomicUsize::new(0);
    let server = server(move |_| match tries.fetch_add(1, Ordering::Relaxed) {
        0 => answer(
            429,
            &[("retry-after", "1")],
            r#"{"code":-1003,"msg":"Too many requests"}"#,
        ),
        _ => json("[]"),
    })
    .await;
    let rig = Rig::new(&server.url);
    let started = Instant::now();
    let error = rig.balance().await.unwrap_err();
    assert_eq!((error.kind, error.status), (Kind::RateLimit, Some(429)));
    assert_eq!(error.unsent, None, "this one was sent");
    assert!(rig.snapshot().blocked_until.is_some());

    let held = loop {
        let sent = server.seen().len();
        match rig.balance().await {
            Ok(_) => break started.elapsed(),
            Err(error) => {
                assert_eq!(error.kind, Kind::RateLimit);
                assert!(error.unsent.is_some());
                assert!(error.message.starts_with("not sent: "), "{error}");
                assert_eq!(server.seen().len(), sent, "a request went out");
            }
        }
        let market = Request::new(Endpoint::PremiumIndex);
        let other = rig.client.fetch(None, &market, LONG).await;
        assert!(other.is_ok() || other.is_err_and(|e| e.unsent.is_some()));
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert!(held >= Duration::from_secs(1), "{held:?}");
    assert_eq!(rig.snapshot().blocked_until, None);
    assert_eq!(
        rig.counted("main", Endpoint::Balance, Outcome::Status(429)),
        1
    );
    let errors = rig.snapshot().errors;
    assert_eq!(
        errors[&("main".into(), Endpoint::Balance, Kind::RateLimit)],
        1
    );
}

#[tokio::test]
async fn every_refusal_stops_everything() {
    let ban = r#"{"code":-1003,"msg":"Way too many requests; IP banned until 99999999999999"}"#;
    #[rustfmt::skip]
    let cases: [(u16, &str, Kind); 6] = [
        (418, "",                Kind::Banned),
        (418, ban,               Kind::Banned),
        (429, ban,               Kind::Banned),
        (200, ban,               Kind::Banned),
        (200, r#"{"code":-1003,"msg":"Too many"}"#, Kind::RateLimit),
        (403, "<html>forbidden", Kind::Firewall),
    ];
    for (status, body, kind) in cases {
        let server = server(move |_| answer(status, &[], body)).await;
        let rig = Rig::new(&server.url);
        let error = rig.balance().await.unwrap_err();
        assert_eq!(error.kind, kind, "{status} {body}");
        let sent = server.seen().len();
        let held = rig.balance().await.unwrap_err();
        assert_eq!(held.kind, kind);
        assert!(held.unsent.is_some());
        rig.client.sync_clock().await;
        assert_eq!(server.seen().len(), sent, "{status} {body}");
    }
}

#[tokio::test]
async fn a_refusal_counts_even_when_its_body_never_comes() {
    let server = server(|_| Reply::Headless(response(418, &[("retry-after", "60")], ""))).await;
    let rig = Rig::new(&server.url);
    let error = rig.balance().await.unwrap_err();
    assert_eq!(error.kind, Kind::Banned);
    assert!(rig.balance().await.unwrap_err().unsent.is_some());
}

#[tokio::test]
async fn a_refused_key_stops_nobody_else() {
    let server = server(|_| answer(403, &[], r#"{"code":-2015,"msg":"no"}"#)).await;
    let rig = Rig::new(&server.url);
    for _ in 0..2 {
        let error = rig.balance().await.unwrap_err();
        assert_eq!((error.kind, error.unsent), (Kind::Auth, None));
    }
    assert_eq!(
        rig.counted("main", Endpoint::Balance, Outcome::Status(403)),
        2
    );
}
