//! A hundred accounts of which thirty hang: the others keep their rhythm.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first mistake"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use aster_exporter::collector::Collector;
use aster_exporter::config::{
    AccountConfig, Auth, CollectionConfig, Config, ExchangeConfig, LedgerConfig, Mode, WebConfig,
};
use aster_exporter::demo::{AccountOptions, Credentials, Effect, Exchange, Fault, Options, Role};
use aster_exporter::exchange::{Client, Stats};
use aster_exporter::poller::Poller;
use aster_exporter::snapshot::view::{Moment, View};

const ACCOUNTS: usize = 100;
const HANGING: usize = 30;
const INTERVAL: Duration = Duration::from_secs(2);
/// Longer than the interval, so that whoever hangs misses its turns.
const TIMEOUT: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_secs(90);

async fn exchange() -> Exchange {
    let account = |index| AccountOptions {
        name: format!("a{index:03}"),
        role: Role::Main,
    };
    let options = Options {
        weight_limit: u32::MAX,
        speed: 0.0,
        symbols: 24,
        history_days: 0,
        surprises: false,
        accounts: (0..ACCOUNTS).map(account).collect(),
        ..Options::default()
    };
    Exchange::start(options, ([127, 0, 0, 1], 0).into())
        .await
        .unwrap()
}

fn config(exchange: &Exchange) -> Config {
    let account = |a: Credentials| AccountConfig {
        name: a.name,
        auth: Auth::Hmac {
            api_key: a.api_key.into(),
            api_secret: a.api_secret.into(),
        },
        labels: BTreeMap::new(),
        collectors: BTreeSet::from([Collector::Account, Collector::Positions]),
    };
    Config {
        exchange: ExchangeConfig {
            base_url: exchange.url(),
            recv_window: Duration::from_secs(30),
            request_timeout: TIMEOUT,
            weight_budget: None,
        },
        collection: CollectionConfig {
            mode: Mode::Interval,
            intervals: Collector::ALL.map(|c| (c, INTERVAL)).into(),
            stale_after: 3,
            min_age: Duration::ZERO,
            market: false,
            all_symbols: false,
            all_assets: false,
        },
        accounts: exchange.accounts().into_iter().map(account).collect(),
        elsewhere: 0,
        ledger: LedgerConfig::default(),
        web: WebConfig {
            config_file: None,
            listen: Vec::new(),
            systemd_socket: false,
            telemetry_path: "/metrics".to_owned(),
            max_requests: 1,
            disable_exporter_metrics: true,
            timeout_offset: Duration::ZERO,
        },
        warnings: Vec::new(),
    }
}

async fn until(poller: &Poller, what: &str, good: impl Fn(&View) -> bool) -> Arc<View> {
    let begun = Instant::now();
    loop {
        let view = poller.view().borrow().clone();
        if good(&view) {
            return view;
        }
        assert!(begun.elapsed() < PATIENCE, "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trouble_of_thirty_accounts_is_not_that_of_seventy() {
    let exchange = exchange().await;
    let config = config(&exchange);
    let client = Client::new(&config.exchange, Arc::new(Stats::default())).unwrap();
    let poller = Poller::new(&config, &client, None);
    let running = poller.clone();
    let timers = tokio::spawn(async move { running.run_timers().await });
    let all_up = |view: &View| view.accounts.iter().all(|a| a.up(&Moment::now()));
    until(&poller, "all up", all_up).await;

    for account in exchange.accounts().iter().take(HANGING) {
        exchange.fault(Fault::new(Effect::Hang).of(&account.name));
    }
    let (ill, well) = (0..HANGING, HANGING..ACCOUNTS);
    let missed = |view: &View, accounts: std::ops::Range<usize>| -> Vec<u64> {
        let of = |a: usize| {
            view.accounts[a]
                .collectors
                .iter()
                .map(|c| c.skipped_overrun)
                .sum()
        };
        accounts.map(of).collect()
    };
    let begun = missed(&poller.view().borrow().clone(), well.clone());
    // Each of them misses turns, over several rounds of everybody else.
    let view = until(&poller, "turns missed by who hangs", |view| {
        missed(view, ill.clone()).iter().all(|n| *n >= 4)
    })
    .await;
    let now = Moment::now();
    assert_eq!(
        missed(&view, well.clone()),
        begun,
        "nobody else missed a turn"
    );
    for account in &view.accounts[well] {
        assert!(account.up(&now), "{}", account.name);
    }
    for account in &view.accounts[ill] {
        assert!(!account.up(&now), "{}", account.name);
    }
    assert_eq!(poller.stalled(now.monotonic), []);

    exchange.clear_faults();
    until(&poller, "recovery", all_up).await;
    // Timers that are gone are told.
    timers.abort();
    assert_eq!(
        poller
            .stalled(now.monotonic + Duration::from_hours(1))
            .len(),
        2 * ACCOUNTS
    );
}
