//! What becomes of answers that are no data: the kind, what is counted, and that no message gives anything away.

use std::io::Write;
use std::time::Duration;

use aster_exporter::exchange::stats::Outcome;
use aster_exporter::exchange::{Endpoint, Error, Kind};
use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::net::TcpListener;

use crate::server::{Reply, Seen, answer, json, response};
use crate::{KEY, Rig, SECRET, server};

const GZIP: (&str, &str) = ("content-encoding", "gzip");

#[tokio::test]
async fn gzip_is_read() {
    let server = server(|_| answer(200, &[GZIP], gzip(b"[1]"))).await;
    assert_eq!(Rig::new(&server.url).balance().await.unwrap(), "[1]");
}

#[tokio::test]
async fn large_bodies_are_read_up_to_a_bound() {
    let server = server(|_| Reply::Stream(15)).await;
    let body = Rig::new(&server.url).balance().await.unwrap();
    assert_eq!(body.len(), (15 << 20) + 1);
}

#[tokio::test]
async fn bodies_over_the_bound() {
    let bomb = gzip(&vec![b'['; 64 << 20]);
    assert!(bomb.len() < 1 << 20);
    for reply in [Reply::Stream(20), answer(200, &[GZIP], bomb)] {
        let error = fails_as(reply, Kind::Decode, Outcome::Body).await;
        assert_eq!(
            error.message,
            "the answer is larger than 16 MiB and was not read on"
        );
    }
}

#[tokio::test]
async fn broken_bodies() {
    let length = ("content-length", "1000");
    let half = Reply::Half(response(200, &[length], "[1,"));
    let error = fails_as(half, Kind::Network, Outcome::Body).await;
    assert!(
        error.message.starts_with("the connection broke: "),
        "{error}"
    );

    let half = Reply::Half(response(200, &[length, GZIP], gzip(b"[1]")[..12].to_vec()));
    fails_as(half, Kind::Network, Outcome::Body).await;

    let corrupt = answer(200, &[GZIP], "[not gzip at all]");
    let error = fails_as(corrupt, Kind::Decode, Outcome::Body).await;
    assert!(
        error
            .message
            .starts_with("the answer cannot be decompressed: "),
        "{error}"
    );

    let half = Reply::Half(response(502, &[length], "<html>"));
    fails_as(half, Kind::Server, Outcome::Status(502)).await;
}

#[tokio::test]
async fn answers_that_do_not_come() {
    let head = Reply::Headless(response(200, &[], ""));
    for reply in [Reply::Hang, head] {
        let error = fails_as(reply, Kind::Timeout, Outcome::Timeout).await;
        assert!(
            error.message.starts_with("no whole answer after 1."),
            "{error}"
        );
    }
}

#[tokio::test]
async fn nobody_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let rig = Rig::new(&url);
    let error = rig.balance().await.unwrap_err();
    assert_eq!(error.kind, Kind::Network);
    assert!(error.message.contains("Connection refused"), "{error}");
    assert_eq!(rig.counted("main", Endpoint::Balance, Outcome::Connect), 1);
    assert!(rig.snapshot().weight.is_empty());
    assert_clean(&error, "");
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let other = server(|_| json("[]")).await;
    let location = format!("{}/x?signature=abc", other.url);
    let reply = answer(302, &[("location", &location)], "");
    let error = fails_as(reply, Kind::Request, Outcome::Status(302)).await;
    assert_eq!(
        error.message,
        "redirected to 127.0.0.1: redirects are not followed, check base_url"
    );
    assert!(other.seen().is_empty());
}

#[tokio::test]
async fn errors_with_status_200() {
    for body in [r#"{"code":-2015,"msg":"x"}"#, r#"{"code":"-2015"}"#] {
        let error = fails_as(json(body), Kind::Auth, Outcome::Status(200)).await;
        assert_eq!((error.status, error.code), (Some(200), Some(-2015)));
    }
    for body in ["", "<html>", "maintenance"] {
        fails_as(json(body), Kind::Decode, Outcome::Status(200)).await;
    }
}

#[tokio::test]
async fn no_error_gives_anything_away() {
    let echo = |seen: &Seen| {
        let text = format!("{}?{} {KEY} {SECRET}", seen.path, seen.query);
        let mut msg = String::new();
        for c in text.chars() {
            msg.push(c);
            msg.push('\u{200b}');
        }
        format!(r#"{{"code":-1121,"msg":"{text} {msg}"}}"#)
    };
    for status in [200, 302, 400, 401, 403, 404, 418, 429, 500, 503] {
        for html in [false, true] {
            let server = server(move |seen| {
                let location = ("location", &*format!("http://127.0.0.1:1/?{}", seen.query));
                let body = if html {
                    "<html>".to_owned()
                } else {
                    String::new()
                } + &echo(seen);
                answer(status, &[location], body)
            })
            .await;
            let rig = Rig::new(&server.url);
            let error = rig.balance().await.unwrap_err();
            assert_clean(&error, &server.seen().pop().unwrap().query);
        }
    }
}

/// Asks a server that gives `reply` within 1 s, and expects it to fail and be counted so.
async fn fails_as(reply: Reply, kind: Kind, outcome: Outcome) -> Error {
    let reply = std::sync::Mutex::new(Some(reply));
    let server = server(move |_| reply.lock().unwrap().take().unwrap()).await;
    let rig = Rig::new(&server.url);
    let limit = match outcome {
        Outcome::Timeout => Duration::from_secs(1),
        _ => crate::LONG,
    };
    let error = rig.balance_within(limit).await.unwrap_err();
    assert_eq!(error.kind, kind, "{error}");
    assert_eq!(
        rig.counted("main", Endpoint::Balance, outcome),
        1,
        "{error}"
    );
    let errors = rig.snapshot().errors;
    assert_eq!(errors[&("main".into(), Endpoint::Balance, kind)], 1);
    assert_clean(&error, &server.seen().pop().unwrap().query);
    error
}

fn assert_clean(error: &Error, query: &str) {
    let shown = format!("{error} {error:?} {error:#?}");
    let signature = query.rsplit('=').next().unwrap_or_default();
    for secret in [SECRET, KEY, query, signature, "http://", "recvWindow"] {
        let hidden = secret.is_empty() || !shown.contains(secret);
        assert!(hidden, "{secret} in {shown}");
    }
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}
