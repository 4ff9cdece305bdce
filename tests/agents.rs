//! Agent keys (V3) against the demo exchange: what it refuses, and what the exporter makes of an agent.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aster_exporter::check::report;
use aster_exporter::collector::Collector;
use aster_exporter::config::{AccountConfig, Auth, Config, Overrides, load};
use aster_exporter::demo::{Credentials, Effect, Endpoint, Exchange, Fault, Options, Rights};
use aster_exporter::exchange::sign::{Nonces, sign};
use aster_exporter::exchange::{self, Kind, Request};
use aster_exporter::exporter::Exporter;
use aster_exporter::snapshot::view::{AccountView, Moment, View};
use aster_exporter::wallet::{Address, PrivateKey};
use reqwest::Client;
use serde_json::Value;

const LISTED: &str = "/fapi/v3/agent";

async fn exchange() -> Exchange {
    let options = Options {
        speed: 0.0,
        weight_limit: u32::MAX,
        ..Options::default()
    };
    Exchange::start(options, ([127, 0, 0, 1], 0).into())
        .await
        .unwrap()
}

fn keys(exchange: &Exchange, name: &str) -> Credentials {
    let accounts = exchange.accounts();
    accounts.into_iter().find(|a| a.name == name).unwrap()
}

fn auth(keys: &Credentials) -> Auth {
    Auth::V3 {
        user: Address::parse(&keys.user).unwrap(),
        key: PrivateKey::parse(&keys.private_key).unwrap(),
        chain_id: 1666,
    }
}

fn now_us() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u64::try_from(since.as_micros()).unwrap()
}

/// A signed query for the positions of one symbol, made at `at`.
fn signed(auth: &Auth, at: u64) -> String {
    let request = Request::new(exchange::Endpoint::PositionRisk).with("symbol", "BTCUSDT");
    let signed = sign(&request, auth, at, Duration::ZERO, &Nonces::default());
    signed.unwrap().query
}

/// Status and error code of an answer; a list has none.
async fn ask(exchange: &Exchange, path: &str, query: &str) -> (u16, Option<i64>) {
    let client = Client::builder().no_proxy().build().unwrap();
    let url = format!("{}{path}?{query}", exchange.url());
    let response = client.get(url).send().await.unwrap();
    let status = response.status().as_u16();
    let body: Value = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
    (status, body["code"].as_i64())
}

#[tokio::test]
async fn the_exchange_recovers_the_signer_and_refuses_every_other() {
    let exchange = exchange().await;
    let main = keys(&exchange, "main");
    let path = Endpoint::PositionRisk.v3_path();
    let ours = auth(&main);
    let now = now_us();
    let good = |offset: i64| signed(&ours, now.checked_add_signed(offset).unwrap());
    let with = |key: &str, chain_id| Auth::V3 {
        user: Address::parse(&main.user).unwrap(),
        key: PrivateKey::parse(key).unwrap(),
        chain_id,
    };
    let stranger = "4fd0a42218f3eae43a6ce26d22544e986139a01e5b34a62db53757ffca81bae1";
    let first = good(0);
    let small = ours_in_small_letters(&main, now + 1);
    let table = [
        ("good", path, first.clone(), (200, None)),
        ("another nonce", path, good(7), (200, None)),
        ("a smaller nonce", path, good(-7), (200, None)),
        ("the same again", path, first.clone(), (400, Some(-4225))),
        ("too early", path, good(11_000_000), (400, Some(-4225))),
        ("too late", path, good(-11_000_000), (400, Some(-4225))),
        (
            "other chain",
            path,
            signed(&with(&main.private_key, 714), now + 20),
            (400, Some(-1000)),
        ),
        (
            "not its key",
            path,
            signed(&with(stranger, 1666), now + 21),
            (400, Some(-1000)),
        ),
        (
            "changed",
            path,
            good(22).replace("BTCUSDT", "ETHUSDT"),
            (400, Some(-1000)),
        ),
        ("small letters", path, small, (400, Some(-1000))),
        (
            "no signature",
            path,
            good(23).split("&signature").next().unwrap().to_owned(),
            (400, Some(-1000)),
        ),
        (
            "no signer",
            path,
            good(24).replace("&signer=", "&nobody="),
            (400, Some(-1102)),
        ),
        (
            "no user",
            path,
            good(25).replace("&user=", "&nobody="),
            (400, Some(-1102)),
        ),
        (
            "no nonce",
            path,
            good(26).replace("&nonce=", "&number="),
            (400, Some(-1102)),
        ),
        (
            "at the path of API keys",
            Endpoint::PositionRisk.path(),
            good(27),
            (401, Some(-2014)),
        ),
    ];
    for (what, path, query, expected) in table {
        assert_eq!(ask(&exchange, path, &query).await, expected, "{what}");
    }
    let requests = exchange.requests();
    assert_eq!(requests[0].account.as_deref(), Some("main"));
    assert!(
        requests
            .iter()
            .all(|seen| !seen.query.contains("signature"))
    );

    let forbidden = Rights {
        can_read: false,
        ..Rights::READ_ONLY
    };
    let over = Rights {
        expired: 1,
        ..Rights::READ_ONLY
    };
    for (rights, code) in [(Some(forbidden), -2015), (Some(over), -1000), (None, -1000)] {
        exchange.set_agent("main", rights);
        let query = signed(&ours, now_us());
        assert_eq!(ask(&exchange, path, &query).await.1, Some(code));
    }
}

/// A query whose addresses lost their letter case after it was signed.
fn ours_in_small_letters(keys: &Credentials, at: u64) -> String {
    let query = signed(&auth(keys), at);
    let (user, signer) = (keys.user.to_lowercase(), keys.signer.to_lowercase());
    let same = |address: &str| Address::parse(address).unwrap().to_string();
    query
        .replace(&same(&user), &user)
        .replace(&same(&signer), &signer)
}

/// An exporter's configuration with `main` by API key and `hedge` by agent.
fn config(exchange: &Exchange) -> Config {
    let file = tempfile::NamedTempFile::new().unwrap();
    let text = format!(
        "exchange: {{base_url: '{}', request_timeout: 2s}}\naccounts: [{{name: x, api_key: a, api_secret: b}}]\n",
        exchange.url()
    );
    std::fs::write(file.path(), text).unwrap();
    let mut config = load(Some(file.path()), &Overrides::default(), &|_| None).unwrap();
    let account = |name: &str, auth: Auth| AccountConfig {
        name: name.to_owned(),
        auth,
        labels: BTreeMap::new(),
        collectors: BTreeSet::from(Collector::OF_ACCOUNT),
    };
    let main = keys(exchange, "main");
    let hmac = Auth::Hmac {
        api_key: main.api_key.into(),
        api_secret: main.api_secret.into(),
    };
    config.accounts = vec![
        account("main", hmac),
        account("hedge", auth(&keys(exchange, "hedge"))),
    ];
    config
}

/// Everything collected once: what is known, what the page shows, what `check` says.
async fn once(exchange: &Exchange) -> (Arc<View>, String, String) {
    let exporter = Exporter::for_trial(&config(exchange)).unwrap();
    let view = exporter.collect_once().await;
    let page = String::from_utf8(exporter.page().unwrap()).unwrap();
    let report = report(&view, &Moment::now());
    (view, page, report.text)
}

fn hedge(view: &View) -> &AccountView {
    view.accounts.iter().find(|a| a.name == "hedge").unwrap()
}

#[tokio::test]
async fn both_kinds_of_keys_work_side_by_side() {
    let exchange = exchange().await;
    let (view, page, report) = once(&exchange).await;
    assert!(
        view.accounts.iter().all(|a| a.up(&Moment::now())),
        "{report}"
    );
    for line in [
        r#"aster_account_info{account="main",auth="hmac"} 1"#,
        r#"aster_account_info{account="hedge",auth="v3"} 1"#,
        r#"aster_agent_expiry_timestamp_seconds{account="hedge"} 1967945395.04"#,
        r#"aster_agent_permission{account="hedge",permission="read"} 1"#,
        r#"aster_agent_permission{account="hedge",permission="spot_trade"} 0"#,
        r#"aster_agent_permission{account="hedge",permission="perp_trade"} 0"#,
        r#"aster_agent_permission{account="hedge",permission="withdraw"} 0"#,
    ] {
        assert!(page.lines().any(|l| l == line), "{line}\n{page}");
    }
    let agents = page.lines().filter(|l| l.starts_with("aster_agent_"));
    assert_eq!(agents.count(), 5);
    assert!(!report.contains("\"hedge\""), "{report}");
    let of = |name: &str, prefix: &str| {
        let seen = exchange.requests();
        let mut signed = seen.iter().filter(|s| s.account.as_deref() == Some(name));
        signed.all(|seen| seen.status == Some(200) && seen.path.starts_with(prefix))
    };
    assert!(of("hedge", "/fapi/v3/"));
    assert!(of("main", "/fapi/v") && !of("main", "/fapi/v3/"));
}

#[tokio::test]
async fn keys_that_can_do_more_than_read_are_told() {
    let exchange = exchange().await;
    let rights = Rights {
        can_perp_trade: true,
        can_withdraw: true,
        ..Rights::READ_ONLY
    };
    exchange.set_agent("hedge", Some(rights));
    let (_, page, report) = once(&exchange).await;
    assert!(
        page.contains(r#"aster_agent_permission{account="hedge",permission="withdraw"} 1"#),
        "{page}"
    );
    for words in [
        "note: account \"hedge\": the agent may trade perpetuals, withdraw: make an agent for the exporter alone that can only read",
        "note: account \"main\": the exchange says that it can trade and withdraw: use a key for the exporter alone that can only read",
    ] {
        assert!(report.contains(words), "{report}");
    }
    assert!(report.ends_with("all 13 collectors work\n"), "{report}");
}

#[tokio::test]
async fn an_exchange_that_tells_nothing_of_the_agent_takes_nothing_else_away() {
    let exchange = exchange().await;
    let refusal = r#"{"code":-2015,"msg":"Invalid API-key, IP, or permissions for action."}"#;
    let troubles = [
        Fault::reply(404, "{}"),
        Fault::reply(401, refusal),
        Fault::reply(500, "{}"),
        Fault::reply(200, "[]"),
        Fault::reply(200, "no JSON"),
        Fault::new(Effect::Drop),
        Fault::new(Effect::Hang),
    ];
    for trouble in troubles {
        exchange.clear_faults();
        exchange.fault(trouble.clone().on(LISTED));
        let (view, page, report) = once(&exchange).await;
        assert!(
            page.contains("\naster_up{account=\"hedge\"} 1\n"),
            "{trouble:?}\n{report}"
        );
        assert!(!page.contains("aster_agent_"), "{trouble:?}");
        assert!(hedge(&view).agent.as_ref().unwrap().error.is_some());
        assert!(
            report.contains("cannot learn what the agent may do"),
            "{report}"
        );
    }
}

#[tokio::test]
async fn an_agent_that_is_gone_is_told_in_plain_words() {
    let exchange = exchange().await;
    exchange.set_agent("hedge", None);
    let (view, page, report) = once(&exchange).await;
    for collector in &hedge(&view).collectors {
        let error = collector.attempt.as_ref().unwrap().error.as_ref().unwrap();
        assert_eq!(error.kind, Kind::Auth);
        assert!(error.message.contains("knows no such agent"), "{error}");
    }
    assert!(page.contains("\naster_up{account=\"hedge\"} 0\n"));
    assert!(
        page.contains("\naster_up{account=\"main\"} 1\n"),
        "{report}"
    );
}

/// As some endpoints were seen to answer to a key that they do not know: with HTTP 200, and as if all were empty.
fn empty_account(exchange: &Exchange) {
    let zeros = |answer: &mut Value| {
        let fields = answer.as_object_mut().unwrap();
        for (_, value) in fields.iter_mut() {
            match value {
                Value::String(text) => "0.00000000".clone_into(text),
                Value::Array(rows) => rows.clear(),
                _ => {}
            }
        }
    };
    exchange.fault(Fault::edit(zeros).on(Endpoint::Account.v3_path()));
    for endpoint in [
        Endpoint::Balance,
        Endpoint::PositionRisk,
        Endpoint::OpenOrders,
    ] {
        let empty = |answer: &mut Value| answer.as_array_mut().unwrap().clear();
        exchange.fault(Fault::edit(empty).on(endpoint.v3_path()));
    }
}

#[tokio::test]
async fn an_empty_account_is_believed_of_a_known_agent_alone() {
    let exchange = exchange().await;
    empty_account(&exchange);
    let (_, page, report) = once(&exchange).await;
    assert!(
        page.contains("\naster_up{account=\"hedge\"} 1\n"),
        "{report}"
    );
    let zero = "aster_account_margin_balance_usdt{account=\"hedge\"} 0\n";
    assert!(page.contains(zero), "{page}");

    let row = |rights: &str| {
        format!(
            r#"[{{"agentAddress":"{}",{rights}}}]"#,
            keys(&exchange, "hedge").signer
        )
    };
    let over = row(
        r#""expired":1700000000000,"canRead":true,"canSpotTrade":false,"canPerpTrade":false,"canWithdraw":false"#,
    );
    let denials = [
        Fault::reply(200, "[]"),
        Fault::reply(400, r#"{"code":-1000,"msg":"No agent found"}"#),
        Fault::reply(400, r#"{"code":-1000,"msg":"Signature check failed"}"#),
        Fault::reply(200, &over),
    ];
    for denial in denials {
        exchange.clear_faults();
        empty_account(&exchange);
        exchange.fault(denial.clone().on(LISTED));
        let (view, page, report) = once(&exchange).await;
        assert!(
            page.contains("\naster_up{account=\"hedge\"} 0\n"),
            "{report}"
        );
        let shown = page.lines().filter(|line| {
            line.contains("account=\"hedge\"")
                && line.starts_with("aster_a")
                && !line.starts_with("aster_api")
        });
        let shown: Vec<_> = shown
            .filter(|l| !l.contains("_info") && !l.contains("aster_agent"))
            .collect();
        assert_eq!(shown, [""; 0], "{denial:?}");
        let states = hedge(&view).collectors.iter();
        for collector in states.filter(|c| !c.collector.is_history()) {
            let error = collector.attempt.as_ref().unwrap().error.as_ref().unwrap();
            assert_eq!(error.kind, Kind::Auth, "{error}");
            assert!(
                error.message.contains("nothing of it is exposed"),
                "{error}"
            );
        }
    }
    // What says no more than that the question is not allowed takes nothing away.
    exchange.clear_faults();
    empty_account(&exchange);
    exchange.fault(Fault::reply(401, r#"{"code":-2015,"msg":"x"}"#).on(LISTED));
    let (_, page, _) = once(&exchange).await;
    assert!(page.contains(zero), "{page}");
}
