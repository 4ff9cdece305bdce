//! The client against the demo exchange with many requests at once, and against a server of bytes that
//! breaks off where no HTTP library would.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use aster_exporter::config::{AccountConfig, Auth, ExchangeConfig};
use aster_exporter::demo::{self, Effect, Exchange, Fault, Options, Seen};
use aster_exporter::exchange::{Client, Endpoint, Error, Kind, Request, Stats, Unsent};
use bytes::Bytes;
use futures_util::future::join_all;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

const LIMIT: Duration = Duration::from_millis(600);
const LONG: Duration = Duration::from_secs(20);
const KEY: &str = "k3y-of-the-test+/=";
const SECRET: &str = "s3cret-of-the-test";

// The server of bytes.

/// What the server does with a request: its head, how many came before it, and where to write.
type Script = dyn Fn(&str, usize, &mut Wire) -> io::Result<()> + Send + Sync;

struct Wire {
    stream: TcpStream,
    written: Arc<AtomicU64>,
}

impl Wire {
    fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)?;
        self.written
            .fetch_add(bytes.len() as u64, Ordering::Relaxed);
        Ok(())
    }

    fn answer(&mut self, status: &str, headers: &str, body: &[u8]) -> io::Result<()> {
        let length = body.len();
        let head = format!("HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\n\r\n");
        self.send(head.as_bytes())?;
        self.send(body)
    }

    fn chunk(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.send(format!("{:x}\r\n", bytes.len()).as_bytes())?;
        self.send(bytes)?;
        self.send(b"\r\n")
    }

    /// The connection ends with a reset or in order, and nothing more is sent.
    fn close(&mut self) -> io::Result<()> {
        self.stream.shutdown(Shutdown::Both)?;
        Err(io::ErrorKind::ConnectionAborted.into())
    }

    /// Holds the connection until the other side gives up.
    fn hold(&mut self) -> io::Result<()> {
        let _ = self.stream.read(&mut [0; 1]);
        Err(io::ErrorKind::ConnectionAborted.into())
    }
}

struct Raw {
    url: String,
    heads: Arc<Mutex<Vec<String>>>,
    connections: Arc<AtomicUsize>,
    written: Arc<AtomicU64>,
}

impl Raw {
    /// `/time` is answered as it should be; `script` answers the rest.
    fn start(
        script: impl Fn(&str, usize, &mut Wire) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        Self::start_all(move |head, nth, wire| {
            if head.starts_with("GET /fapi/v1/time ") {
                let body = format!(r#"{{"serverTime":{}}}"#, unix_ms());
                return wire.answer("200 OK", "", body.as_bytes());
            }
            script(head, nth, wire)
        })
    }

    fn start_all(
        script: impl Fn(&str, usize, &mut Wire) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let raw = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            heads: Arc::default(),
            connections: Arc::default(),
            written: Arc::default(),
        };
        let script: Arc<Script> = Arc::new(script);
        let (heads, connections) = (raw.heads.clone(), raw.connections.clone());
        let written = raw.written.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { return };
                connections.fetch_add(1, Ordering::Relaxed);
                let (script, heads, written) = (script.clone(), heads.clone(), written.clone());
                std::thread::spawn(move || {
                    // A client that goes away is no trouble of the server.
                    let _ = converse(&*script, &heads, Wire { stream, written });
                });
            }
        });
        raw
    }

    /// The heads of the requests other than for the time.
    fn heads(&self) -> Vec<String> {
        let heads = self.heads.lock().unwrap();
        heads
            .iter()
            .filter(|head| !head.contains("/time "))
            .cloned()
            .collect()
    }
}

fn converse(script: &Script, heads: &Mutex<Vec<String>>, mut wire: Wire) -> io::Result<()> {
    loop {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            if wire.stream.read(&mut byte)? == 0 {
                return Ok(());
            }
            head.push(byte[0]);
        }
        let head = String::from_utf8(head).unwrap();
        let nth = {
            let mut heads = heads.lock().unwrap();
            heads.push(head.clone());
            heads.len() - 1
        };
        script(&head, nth, &mut wire)?;
    }
}

// What the tests share.

fn unix_ms() -> i64 {
    let passed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(passed.as_millis()).unwrap()
}

fn client(url: &str, request_timeout: Duration) -> Client {
    let config = ExchangeConfig {
        base_url: url.to_owned(),
        recv_window: Duration::from_secs(5),
        request_timeout,
        weight_budget: None,
    };
    Client::new(&config, Arc::new(Stats::default())).unwrap()
}

async fn fetch(
    client: &Client,
    account: Option<&AccountConfig>,
    endpoint: Endpoint,
) -> Result<Bytes, Error> {
    client.fetch(account, &Request::new(endpoint), LONG).await
}

fn account(name: &str, key: &str, secret: &str) -> AccountConfig {
    AccountConfig {
        name: name.to_owned(),
        auth: Auth::Hmac {
            api_key: key.into(),
            api_secret: secret.into(),
        },
        labels: BTreeMap::new(),
        collectors: BTreeSet::new(),
    }
}

fn test_account() -> AccountConfig {
    account("test", KEY, SECRET)
}

async fn exchange() -> (Exchange, Vec<AccountConfig>) {
    let options = Options {
        speed: 0.0,
        symbols: 24,
        ..Options::default()
    };
    let exchange = Exchange::start(options, ([127, 0, 0, 1], 0).into())
        .await
        .unwrap();
    let accounts = exchange
        .accounts()
        .iter()
        .map(|a| account(&a.name, &a.api_key, &a.api_secret))
        .collect();
    (exchange, accounts)
}

fn signature(query: &str, secret: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(query.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
}

fn query(head: &str) -> &str {
    let target = head.split(' ').nth(1).unwrap();
    target.split_once('?').map_or("", |(_, query)| query)
}

/// What was counted for the test's account: statuses, and kinds of errors.
type Counted = (Vec<(String, u64)>, Vec<(Kind, u64)>);

fn counted(client: &Client) -> Counted {
    let stats = client.stats().snapshot();
    let requests = stats.requests.into_iter();
    let errors = stats.errors.into_iter();
    (
        requests
            .filter(|((account, ..), _)| &**account == "test")
            .map(|((_, _, status), n)| (status.to_string(), n))
            .collect(),
        errors
            .filter(|((account, ..), n)| &**account == "test" && *n > 0)
            .map(|((_, _, kind), n)| (kind, n))
            .collect(),
    )
}

fn assert_clean(error: &Error, url: &str, heads: &[String]) {
    for text in [error.to_string(), format!("{error:?}")] {
        for secret in [KEY, SECRET, url, "http://", "signature="] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
        for head in heads {
            let (_, signature) = query(head).split_once("&signature=").unwrap();
            assert!(!text.contains(signature), "a signature in {text}");
        }
    }
}

async fn until(what: &str, condition: impl Fn() -> bool) {
    let end = Instant::now() + LONG;
    while !condition() {
        assert!(Instant::now() < end, "not in time: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Requests of these accounts go on being wanted until one for each is answered; what they met.
async fn ask_until_answered(client: &Client, accounts: &[AccountConfig]) -> Vec<Error> {
    let (end, mut met) = (Instant::now() + LONG, Vec::new());
    for account in accounts.iter().cycle() {
        assert!(Instant::now() < end, "still refused: {:?}", met.last());
        match fetch(client, Some(account), Endpoint::Balance).await {
            Ok(_) if account.name == accounts[accounts.len() - 1].name => break,
            Ok(_) => {}
            Err(error) => met.push(error),
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    met
}

fn paths(seen: &[Seen], path: &str) -> usize {
    seen.iter().filter(|seen| seen.path == path).count()
}

const TIME: &str = "/fapi/v1/time";
const BALANCE: &str = "/fapi/v2/balance";

// What goes out.

#[tokio::test]
async fn what_is_signed_is_what_is_sent() {
    let raw = Raw::start(|_, _, wire| wire.answer("200 OK", "", b"[]"));
    let client = client(&raw.url, LONG);
    let before = unix_ms();
    let endpoints = [
        (Endpoint::Balance, "/fapi/v2/balance"),
        (Endpoint::Account, "/fapi/v4/account"),
        (Endpoint::PositionRisk, "/fapi/v2/positionRisk"),
        (Endpoint::OpenOrders, "/fapi/v1/openOrders"),
    ];
    for (endpoint, _) in endpoints {
        let body = fetch(&client, Some(&test_account()), endpoint).await;
        assert_eq!(body.unwrap(), "[]");
    }
    let heads = raw.heads();
    assert_eq!(heads.len(), endpoints.len());
    for ((_, path), head) in endpoints.iter().zip(&heads) {
        assert!(head.starts_with(&format!("GET {path}?")), "{head}");
        assert!(head.contains(" HTTP/1.1\r\n"), "{head}");
        let (signed, sent) = query(head).rsplit_once("&signature=").unwrap();
        assert_eq!(sent, signature(signed, SECRET), "{head}");
        let (window, timestamp) = signed.split_once("&timestamp=").unwrap();
        assert_eq!(window, "recvWindow=5000");
        let timestamp: i64 = timestamp.parse().unwrap();
        assert!((before - 1_000..unix_ms() + 1_000).contains(&timestamp));
        assert_eq!(header(head, "x-mbx-apikey"), Some(KEY));
        assert!(header(head, "accept-encoding").unwrap().contains("gzip"));
        assert!(
            header(head, "user-agent")
                .unwrap()
                .starts_with("aster-exporter/")
        );
        assert!(!head.contains(SECRET));
    }
    // One connection carries them all, that for the time too.
    assert_eq!(raw.connections.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn unsigned_requests_carry_no_key() {
    let raw = Raw::start(|_, _, wire| wire.answer("200 OK", "", b"[]"));
    let client = client(&raw.url, LONG);
    fetch(&client, None, Endpoint::PremiumIndex).await.unwrap();
    let heads = raw.heads.lock().unwrap().clone();
    assert_eq!(heads.len(), 1, "no clock is needed: {heads:?}");
    assert!(heads[0].starts_with("GET /fapi/v1/premiumIndex HTTP/1.1\r\n"));
    assert_eq!(header(&heads[0], "x-mbx-apikey"), None);
}

#[tokio::test]
async fn packed_answers_are_unpacked() {
    let plain = format!("[{}1]", "1,".repeat(5_000));
    let packed = gzip(plain.as_bytes());
    let raw =
        Raw::start(move |_, _, wire| wire.answer("200 OK", "content-encoding: gzip\r\n", &packed));
    let body = fetch(
        &client(&raw.url, LONG),
        Some(&test_account()),
        Endpoint::Balance,
    )
    .await;
    assert_eq!(body.unwrap(), plain);
    assert!(raw.written.load(Ordering::Relaxed) < 1_000);
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let other = Raw::start_all(|_, _, wire| wire.answer("200 OK", "", b"[]"));
    let location = format!("location: {}{BALANCE}\r\n", other.url);
    let raw = Raw::start(move |_, nth, wire| {
        let status = ["301 Moved", "302 Found", "307 Go", "308 Go"][nth % 4];
        wire.answer(status, &location, b"")
    });
    let client = client(&raw.url, LONG);
    for _ in 0..4 {
        let error = fetch(&client, Some(&test_account()), Endpoint::Balance)
            .await
            .unwrap_err();
        assert_eq!(error.kind, Kind::Request);
        assert!(error.to_string().contains("redirect"), "{error}");
        assert_clean(&error, &raw.url, &raw.heads());
        assert!(!error.to_string().contains(&other.url), "{error}");
    }
    assert_eq!(raw.heads().len(), 4);
    assert_eq!(other.connections.load(Ordering::Relaxed), 0);
}

// What comes back.

struct Case {
    name: &'static str,
    kind: Kind,
    status: &'static str,
    says: &'static str,
    script: Arc<Script>,
}

fn case(
    name: &'static str,
    kind: Kind,
    status: &'static str,
    says: &'static str,
    script: impl Fn(&str, usize, &mut Wire) -> io::Result<()> + Send + Sync + 'static,
) -> Case {
    Case {
        name,
        kind,
        status,
        says,
        script: Arc::new(script),
    }
}

fn cases() -> Vec<Case> {
    let half = |wire: &mut Wire| wire.send(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n[1,2");
    let packed = gzip(format!("[{}1]", "1,2,3,5,7,".repeat(9_000)).as_bytes());
    let half_packed = move |wire: &mut Wire| {
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
            packed.len()
        );
        wire.send(head.as_bytes())?;
        wire.send(&packed[..packed.len() / 2])?;
        wire.close()
    };
    vec![
        case(
            "no answer",
            Kind::Timeout,
            "timeout",
            "request_timeout",
            |_, _, wire| wire.hold(),
        ),
        case(
            "headers drip",
            Kind::Timeout,
            "timeout",
            "no whole answer",
            |_, _, wire| {
                wire.send(b"HTTP/1.1 200 OK\r\n")?;
                drip(wire, b"x-a: b\r\n")
            },
        ),
        case(
            "body drips",
            Kind::Timeout,
            "timeout",
            "no whole answer",
            |_, _, wire| {
                wire.send(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n[")?;
                drip(wire, b" ")
            },
        ),
        case(
            "half a body, then closed",
            Kind::Network,
            "body",
            "broke",
            move |_, _, wire| {
                half(wire)?;
                wire.close()
            },
        ),
        case(
            "half a packed body",
            Kind::Network,
            "body",
            "broke",
            move |_, _, wire| half_packed(wire),
        ),
        case(
            "closed in a chunk",
            Kind::Network,
            "body",
            "broke",
            |_, _, wire| {
                wire.send(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n[")?;
                wire.close()
            },
        ),
        case(
            "closed at once",
            Kind::Network,
            "body",
            "broke",
            |_, _, wire| wire.close(),
        ),
        case("no HTTP", Kind::Network, "body", "broke", |_, _, wire| {
            wire.send(b"SSH-2.0-OpenSSH_9.9\r\n\r\n")?;
            wire.close()
        }),
        case(
            "bad packing",
            Kind::Decode,
            "body",
            "decompressed",
            |_, _, wire| {
                wire.answer(
                    "200 OK",
                    "content-encoding: gzip\r\n",
                    b"{\"this is\":\"no gzip\"}",
                )
            },
        ),
        case(
            "an own error with 200",
            Kind::Auth,
            "200",
            "-2015",
            |_, _, wire| {
                wire.answer(
                    "200 OK",
                    "",
                    br#"{"code":-2015,"msg":"Invalid API-key, IP"}"#,
                )
            },
        ),
        case(
            "the request echoed",
            Kind::Auth,
            "400",
            "[redacted]",
            |head, _, wire| {
                let body = serde_json::json!({"code": -1022, "msg": format!("bad: {}", query(head).split_once("signature=").unwrap().1), "key": header(head, "x-mbx-apikey")});
                wire.answer("400 Bad", "", body.to_string().as_bytes())
            },
        ),
        case(
            "the key echoed",
            Kind::Request,
            "400",
            "[redacted]",
            |head, _, wire| {
                let key = header(head, "x-mbx-apikey").unwrap();
                let body = serde_json::json!({"code": "-1102", "msg": key});
                wire.answer("400 Bad", "", body.to_string().as_bytes())
            },
        ),
        case(
            "HTML with 200",
            Kind::Decode,
            "200",
            "HTML",
            |_, _, wire| {
                wire.answer(
                    "200 OK",
                    "content-type: text/html\r\n",
                    b"\n<!doctype html>",
                )
            },
        ),
        case(
            "nothing with 200",
            Kind::Decode,
            "200",
            "empty",
            |_, _, wire| wire.answer("200 OK", "", b""),
        ),
        case(
            "HTML with 502",
            Kind::Server,
            "502",
            "trouble",
            |_, _, wire| wire.answer("502 Bad Gateway", "", b"<html>nginx</html>"),
        ),
    ]
}

fn drip(wire: &mut Wire, drop: &[u8]) -> io::Result<()> {
    loop {
        wire.send(drop)?;
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[tokio::test]
async fn every_bad_answer_is_counted_by_its_cause() {
    let runs = cases().into_iter().map(|case| async move {
        let Case {
            name,
            kind,
            status,
            says,
            script,
        } = case;
        let raw = Raw::start(move |head, nth, wire| script(head, nth, wire));
        let client = client(&raw.url, LIMIT);
        let begun = Instant::now();
        let error = fetch(&client, Some(&test_account()), Endpoint::Balance)
            .await
            .expect_err(name);
        assert!(begun.elapsed() < LIMIT * 3, "{name}: {:?}", begun.elapsed());
        assert_eq!(error.kind, kind, "{name}: {error}");
        assert!(error.to_string().contains(says), "{name}: {error}");
        assert_eq!(error.unsent, None, "{name}");
        let expected = (vec![(status.to_owned(), 1)], vec![(kind, 1)]);
        assert_eq!(counted(&client), expected, "{name}: {error}");
        assert_eq!(raw.heads().len(), 1, "{name}: sent once");
        assert_clean(&error, &raw.url, &raw.heads());
    });
    join_all(runs).await;
}

#[tokio::test]
async fn large_answers_are_not_read_to_their_end() {
    const SIZE: usize = 512 * 1024 * 1024;
    let endless = |wire: &mut Wire| {
        wire.send(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")?;
        let block = vec![b' '; 65_536];
        for _ in 0..SIZE / block.len() {
            wire.chunk(&block)?;
        }
        wire.send(b"0\r\n\r\n")
    };
    let raw = Raw::start(move |_, _, wire| endless(wire));
    let client_a = client(&raw.url, LONG);
    let error = fetch(&client_a, Some(&test_account()), Endpoint::Balance)
        .await
        .unwrap_err();
    assert_eq!((error.kind, error.status), (Kind::Decode, None), "{error}");
    assert!(error.to_string().contains("16 MiB"), "{error}");
    assert_eq!(counted(&client_a).0, [("body".to_owned(), 1)]);
    // Beyond the limit there may be what fits into the buffers of the connection.
    let written = raw.written.load(Ordering::Relaxed);
    assert!(written < 40 * 1024 * 1024, "{written}");

    let (exchange, accounts) = exchange().await;
    let client_b = client(&exchange.url(), LONG);
    for effect in [
        Effect::Endless { bytes: 20 << 20 },
        Effect::GzipBomb { bytes: 20 << 30 },
    ] {
        exchange.fault(Fault::new(effect.clone()).on(BALANCE).times(1));
        let begun = Instant::now();
        let fetched = fetch(&client_b, Some(&accounts[0]), Endpoint::Balance);
        assert_eq!(fetched.await.unwrap_err().kind, Kind::Decode, "{effect:?}");
        // All of the bomb would take minutes.
        assert!(begun.elapsed() < Duration::from_secs(10), "{effect:?}");
        let fetched = fetch(&client_b, Some(&accounts[0]), Endpoint::Balance);
        assert!(fetched.await.is_ok());
    }
}

#[tokio::test]
async fn what_cannot_be_reached_is_told_so() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let refused = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    for (url, says) in [
        (refused.as_str(), "refused"),
        ("https://nowhere.invalid", "dns"),
    ] {
        let client = client(url, Duration::from_secs(5));
        let error = fetch(&client, Some(&test_account()), Endpoint::Balance)
            .await
            .unwrap_err();
        let text = error.to_string();
        assert_eq!(error.kind, Kind::Network, "{text}");
        assert!(text.to_lowercase().contains(says), "{text}");
        assert!(text.contains("base_url"), "{text}");
        assert_clean(&error, url, &[]);
        assert_eq!(counted(&client).0, [("connect".to_owned(), 1)]);
    }
}

#[tokio::test]
async fn requests_run_beside_each_other() {
    const DELAY: Duration = Duration::from_millis(300);
    let (exchange, accounts) = exchange().await;
    let client = client(&exchange.url(), LONG);
    exchange.fault(Fault::new(Effect::Delay(DELAY)).on(BALANCE));
    let begun = Instant::now();
    let many = (0..20).map(|n| fetch(&client, Some(&accounts[n % 3]), Endpoint::Balance));
    assert!(join_all(many).await.into_iter().all(|r| r.is_ok()));
    assert!(begun.elapsed() < DELAY * 10, "{:?}", begun.elapsed());
    assert_eq!(paths(&exchange.requests(), TIME), 1);
}

// Refusals.

struct Stop {
    name: &'static str,
    kind: Kind,
    reply: fn(i64) -> Fault,
    least: Duration,
}

fn refusal(status: u16, retry_after: Option<&str>, body: &str) -> Fault {
    let headers = retry_after.map(|v| ("Retry-After".to_owned(), v.to_owned()));
    Fault::new(Effect::Reply {
        status,
        headers: headers.into_iter().collect(),
        content_type: "text/plain".to_owned(),
        body: body.to_owned().into(),
    })
}

#[tokio::test]
async fn after_a_refusal_nothing_is_sent_until_the_time_is_over() {
    const SECOND: Duration = Duration::from_secs(1);
    let stops = [
        Stop {
            name: "429 with Retry-After",
            kind: Kind::RateLimit,
            reply: |_| refusal(429, Some("1"), r#"{"code":-1003,"msg":"many"}"#),
            least: SECOND,
        },
        Stop {
            name: "429 alone: the minute of the exchange's clock",
            kind: Kind::RateLimit,
            reply: |_| refusal(429, None, ""),
            least: SECOND,
        },
        Stop {
            name: "-1003 with 400",
            kind: Kind::RateLimit,
            reply: |_| refusal(400, Some("1"), r#"{"code":-1003,"msg":"many"}"#),
            least: SECOND,
        },
        Stop {
            name: "418 with its end",
            kind: Kind::Banned,
            reply: |now| {
                let end = now + 1_500;
                let body =
                    format!(r#"{{"code":-1003,"msg":"IP banned until {end}. Use streams."}}"#);
                refusal(418, None, &body)
            },
            least: Duration::from_millis(1_200),
        },
        Stop {
            name: "418 with a date",
            kind: Kind::Banned,
            reply: |now| {
                let now = UNIX_EPOCH + Duration::from_millis(u64::try_from(now).unwrap());
                refusal(418, Some(&httpdate::fmt_http_date(now + SECOND * 3)), "")
            },
            least: Duration::from_millis(1_800),
        },
        Stop {
            name: "403",
            kind: Kind::Firewall,
            reply: |_| refusal(403, Some("1"), "<html>denied</html>"),
            least: SECOND,
        },
    ];
    let runs = stops.into_iter().map(|stop| async move {
        let (exchange, accounts) = exchange().await;
        // The server's clock is 1.5 to 2.5 s before a full minute, and far from ours.
        exchange.set_clock_offset(57_500 - unix_ms().rem_euclid(60_000) + 3_600_000);
        let server_now = unix_ms() + 57_500 - unix_ms().rem_euclid(60_000) + 3_600_000;
        let client = client(&exchange.url(), LONG);
        fetch(&client, None, Endpoint::PremiumIndex).await.unwrap();
        exchange.fault((stop.reply)(server_now).on(BALANCE).times(1));
        let met = ask_until_answered(&client, &accounts).await;
        let name = stop.name;
        assert_eq!(met[0].kind, stop.kind, "{name}: {}", met[0]);
        assert_eq!(met[0].unsent, None, "{name}");
        assert!(met.len() > 10, "{name}: asked on: {}", met.len());
        assert!(met[1..].iter().all(|e| e.unsent.is_some()), "{name}");
        let seen = exchange.requests();
        let balances: Vec<_> = seen.iter().filter(|s| s.path == BALANCE).collect();
        let pause = balances[1].at.duration_since(balances[0].at).unwrap();
        assert!(pause >= stop.least, "{name}: {pause:?}");
        assert!(pause < stop.least + LONG / 4, "{name}: {pause:?}");
        let between = seen
            .iter()
            .filter(|s| s.at > balances[0].at && s.at < balances[1].at)
            .count();
        assert_eq!(between, 0, "{name}");
        assert!(balances[1..].iter().all(|s| s.status == Some(200)));
    });
    join_all(runs).await;
}

#[tokio::test]
async fn a_firewall_stops_all_for_a_minute_and_a_ban_for_two() {
    for (status, seconds) in [(403, 60), (418, 120)] {
        let (exchange, accounts) = exchange().await;
        let client = client(&exchange.url(), LONG);
        fetch(&client, Some(&accounts[0]), Endpoint::Balance)
            .await
            .unwrap();
        exchange.fault(refusal(status, None, "<html>denied</html>").on(BALANCE));
        // Those that are under way at the same time are refused together.
        let many = accounts
            .iter()
            .map(|a| fetch(&client, Some(a), Endpoint::Balance));
        for refused in join_all(many).await {
            assert!(refused.is_err());
        }
        let sent = exchange.requests().len();
        for endpoint in [Endpoint::PremiumIndex, Endpoint::Account] {
            let account = endpoint.signed().then_some(&accounts[1]);
            let error = fetch(&client, account, endpoint).await.unwrap_err();
            let Some(Unsent::Blocked(until)) = error.unsent else {
                panic!("it was sent: {error}");
            };
            let left = until.duration_since(SystemTime::now());
            let left = left.unwrap().as_secs();
            assert!((seconds - 5..=seconds).contains(&left), "{status}: {left}");
        }
        assert_eq!(exchange.requests().len(), sent);
    }
}

#[tokio::test]
async fn a_refusal_whose_body_never_comes_stops_all_the_same() {
    let raw = Raw::start(|_, _, wire| {
        wire.send(b"HTTP/1.1 429 No\r\nretry-after: 30\r\ncontent-length: 10\r\n\r\n{")?;
        wire.hold()
    });
    let client = client(&raw.url, LIMIT);
    let fetch = || async {
        fetch(&client, Some(&test_account()), Endpoint::Balance)
            .await
            .unwrap_err()
    };
    assert_eq!(fetch().await.kind, Kind::RateLimit);
    assert!(fetch().await.unsent.is_some());
    assert_eq!(raw.heads().len(), 1);
    assert_eq!(counted(&client).0, [("429".to_owned(), 1)]);
}

// The clock.

#[tokio::test]
async fn clocks_may_differ_and_jump() {
    for offset in [90_000, -90_000] {
        let (exchange, accounts) = exchange().await;
        exchange.set_clock_offset(offset);
        let client = client(&exchange.url(), LONG);
        let ask = |n: usize| fetch(&client, Some(&accounts[n]), Endpoint::Balance);
        ask(0).await.unwrap();
        assert_eq!(paths(&exchange.requests(), BALANCE), 1);
        let known = client.stats().snapshot().clock_offset_ms.unwrap();
        assert!((known - offset).abs() < 1_000, "{known}");

        exchange.set_clock_offset(-offset);
        ask(1).await.unwrap();
        let seen = exchange.requests();
        let order: Vec<_> = seen[2..]
            .iter()
            .map(|s| (s.path.as_str(), s.status))
            .collect();
        let refused = (BALANCE, Some(400));
        assert_eq!(order, [refused, (TIME, Some(200)), (BALANCE, Some(200))]);
        let known = client.stats().snapshot().clock_offset_ms.unwrap();
        assert!((known + offset).abs() < 1_000, "{known}");

        // A jump that many requests meet at once is measured once.
        exchange.set_clock_offset(offset);
        let many = (0..12).map(|n| ask(n % 3));
        assert!(join_all(many).await.into_iter().all(|r| r.is_ok()));
        assert_eq!(paths(&exchange.requests(), TIME), 3);
    }
}

#[tokio::test]
async fn a_time_that_is_always_refused_is_tried_twice() {
    let (exchange, accounts) = exchange().await;
    let client = client(&exchange.url(), LONG);
    exchange.fault(Fault::reply(400, r#"{"code":-1021,"msg":"outside"}"#).on(BALANCE));
    let fetched = fetch(&client, Some(&accounts[0]), Endpoint::Balance);
    assert_eq!(fetched.await.unwrap_err().kind, Kind::Clock);
    let seen = exchange.requests();
    let order: Vec<_> = seen.iter().map(|s| s.path.as_str()).collect();
    assert_eq!(order, [TIME, BALANCE, TIME, BALANCE]);
}

#[tokio::test]
async fn a_clock_that_cannot_be_read_stops_nobody_and_is_not_hammered() {
    let faults = [
        Effect::Hang,
        Effect::Drop,
        reply(500, "<html>"),
        reply(200, "{}"),
        reply(200, r#"{"serverTime":0}"#),
        reply(200, r#"{"serverTime":-9223372036854775808}"#),
    ];
    let runs = faults.map(|effect| async move {
        let (exchange, accounts) = exchange().await;
        let client = client(&exchange.url(), LIMIT * 3);
        exchange.fault(Fault::new(effect.clone()).on(TIME));
        for _ in 0..3 {
            let many = (0..12).map(|n| fetch(&client, Some(&accounts[n % 3]), Endpoint::Balance));
            for fetched in join_all(many).await {
                assert!(fetched.is_ok(), "{effect:?}: {fetched:?}");
            }
        }
        assert_eq!(paths(&exchange.requests(), TIME), 1, "{effect:?}");
        let errors = client.stats().snapshot().errors;
        let time = errors.iter().filter(|((_, e, _), _)| *e == Endpoint::Time);
        assert_eq!(time.map(|(_, n)| n).sum::<u64>(), 1, "{effect:?}");

        // With a clock that really differs the requests fail, but are neither doubled nor do they ask on.
        exchange.set_clock_offset(90_000);
        let before = exchange.requests().len();
        let fetched = fetch(&client, Some(&accounts[0]), Endpoint::Balance);
        assert_eq!(fetched.await.unwrap_err().kind, Kind::Clock, "{effect:?}");
        assert_eq!(exchange.requests().len(), before + 1, "{effect:?}");
    });
    join_all(runs).await;
}

fn reply(status: u16, body: &str) -> Effect {
    Effect::Reply {
        status,
        headers: Vec::new(),
        content_type: "application/json".to_owned(),
        body: body.to_owned().into(),
    }
}

#[tokio::test]
async fn no_secret_of_any_account_is_shown() {
    let (exchange, accounts) = exchange().await;
    let client = client(&exchange.url(), LIMIT);
    let keys: Vec<demo::Credentials> = exchange.accounts();
    let swapped = account("main", &keys[0].api_key, &keys[1].api_secret);
    let unknown = account("main", &keys[0].api_secret, &keys[0].api_secret);
    let mut texts = vec![format!("{client:?} {accounts:?}")];
    for wrong in [swapped, unknown] {
        let error = fetch(&client, Some(&wrong), Endpoint::Account)
            .await
            .unwrap_err();
        assert_eq!(error.kind, Kind::Auth);
        texts.push(format!("{error} {error:?} {wrong:?}"));
    }
    until("both arrived", || exchange.requests().len() == 3).await;
    texts.push(format!("{:?}", client.stats().snapshot()));
    for text in texts {
        for keys in &keys {
            assert!(!text.contains(&keys.api_key) && !text.contains(&keys.api_secret));
            for seen in exchange.requests() {
                assert!(!text.contains(&signature(&seen.query, &keys.api_secret)));
            }
        }
    }
}
