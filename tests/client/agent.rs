//! Agent keys (V3): the paths, the nonces, and what follows their refusals.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use aster_exporter::config::{AccountConfig, Auth};
use aster_exporter::exchange::{Endpoint, Error, Kind, Request};
use aster_exporter::wallet::{Address, PrivateKey};
use futures_util::future::join_all;

use crate::server::{self, Seen, Server, answer, json};
use crate::{LONG, Rig};

/// The key that the exchange shows in its documents.
const PRIVATE_KEY: &str = "4fd0a42218f3eae43a6ce26d22544e986139a01e5b34a62db53757ffca81bae1";
const USER: &str = "0x63DD5aCC6b1aa0f563956C0e534DD30B6dcF7C4e";
const SIGNER: &str = "0x21cF8Ae13Bb72632562c6Fff438652Ba1a151bb0";
const EXPIRED: &str = r#"{"code":-4225,"msg":"Nonce Expired"}"#;

fn auth() -> Auth {
    Auth::V3 {
        user: Address::parse(USER).unwrap(),
        key: PrivateKey::parse(PRIVATE_KEY).unwrap(),
        chain_id: 1666,
    }
}

fn rig(server: &Server) -> Rig {
    let mut rig = Rig::new(&server.url);
    rig.account.auth = auth();
    rig
}

async fn ask(rig: &Rig, endpoint: Endpoint) -> Result<bytes::Bytes, Error> {
    let request = Request::new(endpoint);
    rig.client.fetch(Some(&rig.account), &request, LONG).await
}

fn nonce(seen: &Seen) -> u64 {
    let (_, rest) = seen.query.split_once("nonce=").unwrap();
    rest.split_once('&').unwrap().0.parse().unwrap()
}

/// The signed requests, by path.
fn paths(server: &Server) -> Vec<String> {
    let seen = server.seen().into_iter().map(|seen| seen.path);
    seen.filter(|path| path != "/fapi/v1/time").collect()
}

#[tokio::test]
async fn a_request_carries_nonce_user_signer_and_signature_and_nothing_else() {
    let server = crate::server(|_| json("[]")).await;
    let rig = rig(&server);
    let request = Request::new(Endpoint::OpenOrders).with("symbol", "币安人生USDT");
    let before = u64::try_from(server::now_ms()).unwrap() * 1000;
    let body = rig.client.fetch(Some(&rig.account), &request, LONG).await;
    assert_eq!(body.unwrap(), "[]");
    let seen = server.seen().pop().unwrap();
    assert_eq!(seen.path, "/fapi/v3/openOrders");
    assert!(!seen.headers.contains_key("x-mbx-apikey"));
    let nonce = nonce(&seen);
    assert!(
        nonce.abs_diff(before) < 60_000_000,
        "{nonce} is no time in microseconds"
    );
    let text = format!(
        "symbol=%E5%B8%81%E5%AE%89%E4%BA%BA%E7%94%9FUSDT&nonce={nonce}&user={USER}&signer={SIGNER}"
    );
    let (signed, signature) = seen.query.split_once("&signature=0x").unwrap();
    assert_eq!(signed, text);
    assert_eq!(signature.len(), 130);
    assert!(signature.ends_with("1b") || signature.ends_with("1c"));
}

#[tokio::test]
async fn accounts_that_share_a_signer_share_no_nonce() {
    let server = crate::server(|_| json("[]")).await;
    let rig = rig(&server);
    let other = AccountConfig {
        name: "other".to_owned(),
        ..rig.account.clone()
    };
    let request = Request::new(Endpoint::Balance);
    let both = [&rig.account, &other].into_iter().cycle().take(60);
    let all = both.map(|account| rig.client.fetch(Some(account), &request, LONG));
    assert!(join_all(all).await.iter().all(Result::is_ok));
    let signed = server.seen();
    let nonces: Vec<u64> = signed
        .iter()
        .filter(|seen| seen.path == "/fapi/v3/balance")
        .map(nonce)
        .collect();
    assert_eq!(nonces.len(), 60);
    assert_eq!(nonces.iter().collect::<BTreeSet<_>>().len(), 60);
}

#[tokio::test]
async fn after_a_refused_nonce_the_clock_is_read_and_one_new_nonce_tried() {
    let refusals = Arc::new(AtomicUsize::new(1));
    let left = refusals.clone();
    let server = crate::server(move |_| {
        match left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1)) {
            Ok(_) => answer(400, &[], EXPIRED),
            Err(_) => json("[]"),
        }
    })
    .await;
    let rig = rig(&server);
    assert_eq!(ask(&rig, Endpoint::Balance).await.unwrap(), "[]");
    let seen = server.seen();
    let order: Vec<&str> = seen.iter().map(|seen| seen.path.as_str()).collect();
    let (time, balance) = ("/fapi/v1/time", "/fapi/v3/balance");
    assert_eq!(order, [time, balance, time, balance]);
    assert!(nonce(&seen[3]) > nonce(&seen[1]));

    refusals.store(usize::MAX, Ordering::SeqCst);
    let error = ask(&rig, Endpoint::Balance).await.unwrap_err();
    assert_eq!((error.kind, error.code), (Kind::Clock, Some(-4225)));
    assert!(error.message.contains("uses this agent"), "{error}");
    assert_eq!(paths(&server).len(), 4, "each time one repetition at most");
}

#[tokio::test]
async fn nonces_come_back_after_the_clock_was_an_hour_ahead() {
    let ahead = Arc::new(AtomicI64::new(3_600_000));
    let (offset, time) = (ahead.clone(), ahead.clone());
    let server = Server::start(move |seen| {
        let told = server::now_ms() + time.load(Ordering::SeqCst);
        if seen.path == "/fapi/v1/time" {
            return json(&format!(r#"{{"serverTime":{told}}}"#));
        }
        let now_us = u64::try_from(told).unwrap() * 1000;
        if nonce(seen).abs_diff(now_us) > 10_000_000 {
            return answer(400, &[], EXPIRED);
        }
        json("[]")
    })
    .await;
    let rig = rig(&server);
    rig.client.sync_clock().await;
    offset.store(0, Ordering::SeqCst);
    assert_eq!(ask(&rig, Endpoint::Balance).await.unwrap(), "[]");
    // The right time it keeps: no more repetitions.
    assert_eq!(ask(&rig, Endpoint::Balance).await.unwrap(), "[]");
    assert_eq!(paths(&server).len(), 3);
}

#[tokio::test]
async fn the_accounts_path_falls_back_to_its_old_name_on_404_alone() {
    const NEW: &str = "/fapi/v3/accountWithJoinMargin";
    const OLD: &str = "/fapi/v3/account";
    let known = Arc::new(std::sync::Mutex::new(OLD));
    let serves = known.clone();
    let server = crate::server(move |seen| {
        if seen.path == *serves.lock().unwrap() {
            json("{}")
        } else {
            answer(404, &[], r#"{"code":-5000,"msg":"Path is invalid"}"#)
        }
    })
    .await;
    let rig = rig(&server);
    for _ in 0..2 {
        assert_eq!(ask(&rig, Endpoint::Account).await.unwrap(), "{}");
    }
    assert_eq!(paths(&server), [NEW, OLD, OLD], "it remembers");
    *known.lock().unwrap() = NEW;
    for _ in 0..2 {
        assert_eq!(ask(&rig, Endpoint::Account).await.unwrap(), "{}");
    }
    assert_eq!(paths(&server)[3..], [OLD, NEW, NEW], "and unlearns");
    let error = ask(&rig, Endpoint::Balance).await.unwrap_err();
    assert_eq!(error.status, Some(404));
    assert_eq!(paths(&server).len(), 7, "others have no other name");
}

#[tokio::test]
async fn no_other_refusal_tries_another_path() {
    for status in [400, 401, 410, 500, 503] {
        let server = crate::server(move |_| answer(status, &[], "{}")).await;
        let rig = rig(&server);
        ask(&rig, Endpoint::Account).await.unwrap_err();
        assert_eq!(paths(&server).len(), 1, "{status}");
    }
    let server = crate::server(|_| answer(404, &[], "{}")).await;
    let rig = Rig::new(&server.url);
    ask(&rig, Endpoint::Account).await.unwrap_err();
    assert_eq!(paths(&server), ["/fapi/v4/account"]);
}

#[tokio::test]
async fn what_the_exchange_repeats_of_a_signed_request_is_not_shown() {
    let server = crate::server(|seen| {
        let body = format!(
            r#"{{"code":-1000,"msg":"Signature check failed {}"}}"#,
            seen.query
        );
        answer(400, &[], body)
    })
    .await;
    let rig = rig(&server);
    let error = ask(&rig, Endpoint::Balance).await.unwrap_err();
    assert_eq!(error.kind, Kind::Auth);
    let seen = server.seen().pop().unwrap();
    let (_, signature) = seen.query.split_once("signature=0x").unwrap();
    let shown = format!("{error} {error:?} {:?}", rig.account);
    assert!(!shown.contains(&signature[..40]), "{shown}");
    assert!(!shown.contains(&PRIVATE_KEY[..20]), "{shown}");
}
