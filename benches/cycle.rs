//! One collection of one account against the demo exchange: its collectors at once, beside the same
//! requests one after another. Each answer takes 20 ms, as over a network.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a benchmark stops at the first mistake"
)]

use std::time::Duration;

use aster_exporter::collector::Collector;
use aster_exporter::config::load;
use aster_exporter::demo::{Effect, Exchange, Fault, Options};
use aster_exporter::exchange::{Client, Stats};
use aster_exporter::poller::Poller;
use aster_exporter::snapshot::view::Selection;
use criterion::{Criterion, criterion_group, criterion_main};
use tokio::runtime::Runtime;
use tokio::time::Instant;

const ANSWER: Duration = Duration::from_millis(20);
const LIMIT: Duration = Duration::from_secs(5);

fn poller(exchange: &Exchange) -> Poller {
    let account = exchange.accounts().remove(0);
    let environment = |name: &str| match name {
        "ASTER_API_KEY" => Some(account.api_key.clone()),
        "ASTER_API_SECRET" => Some(account.api_secret.clone()),
        "ASTER_BASE_URL" => Some(exchange.url()),
        _ => None,
    };
    let mut config = load(
        None,
        &aster_exporter::config::Overrides::default(),
        &environment,
    )
    .unwrap();
    config.collection.min_age = Duration::ZERO;
    Poller::new(
        &config,
        &Client::new(&config.exchange, std::sync::Arc::new(Stats::default())).unwrap(),
        None,
    )
}

fn cycle(c: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let options = Options {
        weight_limit: u32::MAX,
        ..Options::default()
    };
    let exchange = runtime
        .block_on(Exchange::start(options, ([127, 0, 0, 1], 0).into()))
        .unwrap();
    exchange.fault(Fault::new(Effect::Delay(ANSWER)));
    let poller = poller(&exchange);
    let collect = async |collectors: Option<Collector>| {
        let selection = Selection {
            account: None,
            collectors: collectors.map(|collector| [collector].into()),
        };
        poller.refresh(&selection, Instant::now() + LIMIT).await;
    };
    let mut group = c.benchmark_group("one account, five requests of 20 ms");
    group.sample_size(20);
    group.bench_function("at once", |b| b.to_async(&runtime).iter(|| collect(None)));
    group.bench_function("one after another", |b| {
        b.to_async(&runtime).iter(|| async {
            for collector in Collector::ALL {
                collect(Some(collector)).await;
            }
        });
    });
    group.finish();
}

criterion_group!(benches, cycle);
criterion_main!(benches);
