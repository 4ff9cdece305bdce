//! Faults that last: what a failed answer leaves behind, when old data goes, and how soon all is well again.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aster_exporter::collector::Collector;
use aster_exporter::config::{
    AccountConfig, Auth, CollectionConfig, Config, ExchangeConfig, LedgerConfig, Mode, WebConfig,
};
use aster_exporter::demo::{Effect, Exchange, Fault, Options};
use aster_exporter::exchange::{Client, Endpoint, Kind, Stats};
use aster_exporter::poller::Poller;
use aster_exporter::snapshot::view::{CollectorView, Moment, View};
use futures_util::future::join_all;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use tokio::task::JoinHandle;

const INTERVAL: Duration = Duration::from_millis(250);
const STALE_AFTER: u32 = 6;
const LONG: Duration = Duration::from_secs(30);

fn reply(status: u16, headers: &[(&str, &str)], body: &str) -> Effect {
    Effect::Reply {
        status,
        headers: headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        content_type: "text/html".to_owned(),
        body: body.to_owned().into(),
    }
}

fn edit(edit: impl Fn(&mut serde_json::Value) + Send + Sync + 'static) -> Effect {
    Effect::EditJson(Arc::new(edit))
}

fn faults() -> Vec<(&'static str, Kind, Effect)> {
    let object = r#"{"rows":[],"updateTime":1}"#;
    vec![
        ("500", Kind::Server, reply(500, &[], "")),
        ("502", Kind::Server, reply(502, &[], "<html>nginx</html>")),
        (
            "-1000 with 200",
            Kind::Server,
            reply(200, &[], r#"{"code":-1000}"#),
        ),
        (
            "-2014",
            Kind::Auth,
            reply(401, &[], r#"{"code":-2014,"msg":"format"}"#),
        ),
        (
            "-1022",
            Kind::Auth,
            reply(400, &[], r#"{"code":-1022,"msg":"signature"}"#),
        ),
        ("404", Kind::Request, reply(404, &[], "nginx")),
        (
            "302",
            Kind::Request,
            reply(302, &[("Location", "http://127.0.0.1:9/?signature=1")], ""),
        ),
        ("HTML", Kind::Decode, reply(200, &[], "<html></html>")),
        ("empty", Kind::Decode, reply(200, &[], "")),
        ("another object", Kind::Decode, reply(200, &[], object)),
        ("bad rows", Kind::Decode, reply(200, &[], "[1,null,[]]")),
        (
            "no field",
            Kind::Decode,
            edit(|answer| match answer.as_array_mut() {
                Some(rows) => rows.iter_mut().for_each(|row| *row = serde_json::json!({})),
                None => *answer = serde_json::json!({}),
            }),
        ),
        (
            "only nulls",
            Kind::Decode,
            edit(|answer| {
                let rows: Vec<_> = match answer {
                    serde_json::Value::Array(rows) => rows.iter_mut().collect(),
                    one => vec![one],
                };
                for fields in rows.into_iter().filter_map(|row| row.as_object_mut()) {
                    fields
                        .values_mut()
                        .for_each(|value| *value = serde_json::Value::Null);
                }
            }),
        ),
        ("hang", Kind::Timeout, Effect::Hang),
        ("drop", Kind::Network, Effect::Drop),
        ("reset", Kind::Network, Effect::ResetMidBody),
        ("truncate", Kind::Network, Effect::Truncate),
        ("endless", Kind::Decode, Effect::Endless { bytes: 50 << 20 }),
        ("bomb", Kind::Decode, Effect::GzipBomb { bytes: 2 << 30 }),
    ]
}

/// An exchange and what polls it, until dropped.
struct Rig {
    exchange: Exchange,
    client: Client,
    poller: Poller,
    timers: JoinHandle<()>,
}

impl Drop for Rig {
    fn drop(&mut self) {
        self.timers.abort();
    }
}

impl Rig {
    async fn start() -> Self {
        let options = Options {
            speed: 0.0,
            symbols: 24,
            weight_limit: u32::MAX,
            ..Options::default()
        };
        let exchange = Exchange::start(options, ([127, 0, 0, 1], 0).into())
            .await
            .unwrap();
        let config = config(&exchange);
        let client = Client::new(&config.exchange, Arc::new(Stats::default())).unwrap();
        let poller = Poller::new(&config, &client, None);
        let running = poller.clone();
        let timers = tokio::spawn(async move { running.run_timers().await });
        Self {
            exchange,
            client,
            poller,
            timers,
        }
    }

    fn view(&self) -> Arc<View> {
        self.poller.view().borrow().clone()
    }

    fn inject(&self, collector: Collector, effect: Effect) {
        let fault = Fault::new(effect).on(Endpoint::of(collector).path());
        let of_main = collector != Collector::Market;
        self.exchange
            .fault(if of_main { fault.of("main") } else { fault });
    }

    async fn until(&self, what: &str, condition: impl Fn(&View) -> bool) -> Arc<View> {
        let end = Instant::now() + LONG;
        loop {
            let view = self.view();
            if condition(&view) {
                return view;
            }
            assert!(Instant::now() < end, "not in time: {what}: {view:#?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    fn errors(&self, collector: Collector, kind: Kind) -> u64 {
        let errors = self.client.stats().snapshot().errors;
        let key = (owner(collector).into(), Endpoint::of(collector), kind);
        errors.get(&key).copied().unwrap_or_default()
    }

    /// Neither a key, a secret, a signature nor an address is in what errors say.
    fn assert_clean(&self, text: &str) {
        for wrong in ["http://", "signature=", &self.exchange.url()] {
            assert!(!text.contains(wrong), "{wrong} in {text}");
        }
        let requests = self.exchange.requests();
        for account in self.exchange.accounts() {
            assert!(!text.contains(&account.api_key) && !text.contains(&account.api_secret));
            for seen in &requests {
                let mut mac =
                    Hmac::<Sha256>::new_from_slice(account.api_secret.as_bytes()).unwrap();
                mac.update(seen.query.as_bytes());
                let signature = hex::encode(mac.finalize().into_bytes());
                assert!(!text.contains(&signature), "a signature in {text}");
            }
        }
    }
}

fn config(exchange: &Exchange) -> Config {
    let account = |a: &aster_exporter::demo::Credentials| AccountConfig {
        name: a.name.clone(),
        auth: Auth::Hmac {
            api_key: a.api_key.as_str().into(),
            api_secret: a.api_secret.as_str().into(),
        },
        labels: BTreeMap::new(),
        collectors: Collector::OF_ACCOUNT.into(),
    };
    Config {
        exchange: ExchangeConfig {
            base_url: exchange.url(),
            recv_window: Duration::from_secs(5),
            request_timeout: Duration::from_secs(3),
            weight_budget: None,
        },
        collection: CollectionConfig {
            mode: Mode::Interval,
            intervals: Collector::ALL.map(|c| (c, INTERVAL)).into(),
            stale_after: STALE_AFTER,
            min_age: Duration::ZERO,
            market: true,
            all_symbols: false,
            all_assets: false,
        },
        accounts: exchange.accounts()[..2].iter().map(account).collect(),
        elsewhere: 0,
        ledger: LedgerConfig::default(),
        web: WebConfig {
            listen: Vec::new(),
            systemd_socket: false,
            config_file: None,
            telemetry_path: "/metrics".to_owned(),
            max_requests: 1,
            disable_exporter_metrics: true,
            timeout_offset: Duration::ZERO,
        },
        warnings: Vec::new(),
    }
}

fn owner(collector: Collector) -> &'static str {
    if collector == Collector::Market {
        ""
    } else {
        "main"
    }
}

fn of(view: &View, collector: Collector) -> &CollectorView {
    view.collectors()
        .find(|(account, c)| {
            account.unwrap_or_default() == owner(collector) && c.collector == collector
        })
        .unwrap()
        .1
}

/// Whether all but the collector that fails succeeded, with data from after `since`.
fn others_went_on(view: &View, faulty: Collector, since: Instant) -> bool {
    let now = Moment::now();
    view.collectors()
        .filter(|(account, c)| {
            account.unwrap_or_default() != owner(faulty) || c.collector != faulty
        })
        .all(|(_, c)| c.succeeded(&now) && c.data.as_ref().is_some_and(|d| d.at.monotonic > since))
}

fn all_good(view: &View) -> bool {
    let now = Moment::now();
    view.collectors().all(|(_, c)| c.succeeded(&now))
}

async fn every_fault_of(collector: Collector) {
    let rig = Rig::start().await;
    for (name, kind, effect) in faults() {
        let name = format!("{}: {name}", collector.name());
        rig.until(&format!("good before {name}"), all_good).await;
        let counted = rig.errors(collector, kind);
        rig.inject(collector, effect);
        let since = Instant::now();
        let view = rig
            .until(&name, |view| {
                let failed = of(view, collector).attempt.as_ref();
                failed.is_some_and(|a| a.error.is_some()) && others_went_on(view, collector, since)
            })
            .await;
        let failed = of(&view, collector);
        let attempt = failed.attempt.as_ref().unwrap();
        let error = attempt.error.as_ref().unwrap();
        assert_eq!(error.kind, kind, "{name}: {error}");
        assert!(rig.errors(collector, kind) > counted, "{name}");
        assert!(!failed.succeeded(&Moment::now()), "{name}");
        for account in &view.accounts {
            let up = account.name != owner(collector);
            assert_eq!(account.up(&Moment::now()), up, "{name}: {}", account.name);
        }
        // What is shown is still the last good answer.
        let data = failed.data.as_ref().unwrap();
        assert!(data.at.monotonic < attempt.at.monotonic, "{name}");
        rig.assert_clean(&format!("{error} {error:?}"));
        rig.exchange.clear_faults();
        let path = Endpoint::of(collector).path();
        let mine = |seen: &&aster_exporter::demo::Seen| {
            seen.path == path && seen.account.as_deref().unwrap_or_default() == owner(collector)
        };
        let before = rig.exchange.requests().iter().filter(mine).count();
        rig.until(&format!("recovery from {name}"), all_good).await;
        // The first request that the fault no longer meets mends it.
        let after = rig.exchange.requests().iter().filter(mine).count();
        // Orders are asked for symbol by symbol.
        let most = if collector == Collector::Orders {
            2 * 8
        } else {
            2
        };
        assert!(after - before <= most, "{name}: {}", after - before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_harms_its_own_collector_alone_and_ends_with_the_next_good_answer() {
    join_all(Collector::ALL.map(every_fault_of)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn old_data_goes_when_its_time_is_over_and_not_before() {
    let runs = Collector::ALL.map(|collector| async move {
        let rig = Rig::start().await;
        let max_age = INTERVAL * STALE_AFTER;
        rig.until("good", all_good).await;
        rig.inject(collector, reply(200, &[], r#"{"code":-1000,"msg":""}"#));
        let begun = Instant::now();
        let view = rig
            .until("data too old", |view| {
                of(view, collector).fresh(&Moment::now()).is_none()
            })
            .await;
        let data = of(&view, collector).data.as_ref().unwrap();
        let age = data.at.monotonic.elapsed();
        assert!(age >= max_age && age < max_age * 2, "{age:?}");
        assert!(others_went_on(&view, collector, begun), "{collector:?}");
        assert!(!of(&view, collector).succeeded(&Moment::now()));
        rig.exchange.clear_faults();
        rig.until("recovery", all_good).await;
    });
    join_all(runs).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_firewall_stops_every_account_until_its_time_is_over() {
    let runs = Collector::ALL.map(|collector| async move {
        let rig = Rig::start().await;
        rig.until("good", all_good).await;
        rig.inject(collector, reply(403, &[("Retry-After", "2")], "<html>"));
        rig.until("refused", |view| {
            let attempt = of(view, collector).attempt.as_ref();
            attempt.is_some_and(|a| a.error.as_ref().is_some_and(|e| e.kind == Kind::Firewall))
        })
        .await;
        rig.exchange.clear_faults();
        let view = rig
            .until("all too old", |view| {
                let now = Moment::now();
                view.collectors().all(|(_, c)| c.fresh(&now).is_none())
            })
            .await;
        assert!(view.collectors().all(|(_, c)| c.skipped_blocked > 0));
        let requests = rig.exchange.requests();
        let refused = requests.iter().find(|s| s.status == Some(403)).unwrap();
        // What was under way at the moment of the refusal may still arrive.
        let late = requests
            .iter()
            .filter(|s| s.at > refused.at + Duration::from_millis(500))
            .filter(|s| s.at < refused.at + Duration::from_secs(2))
            .count();
        assert_eq!(late, 0, "{collector:?}");
        rig.until("recovery", all_good).await;
    });
    join_all(runs).await;
}
