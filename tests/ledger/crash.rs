//! Killed at any moment, again and again, while records come late and in bursts.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tempfile::TempDir;

use super::truth::{self, until_true};
use super::world::{disturb, exchange, start};

const KILLS: u64 = 100;

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_kills_lose_and_double_nothing() {
    let exchange = exchange().await;
    let folder = TempDir::new().unwrap();
    let mut rng = StdRng::seed_from_u64(7);
    let mut highest = std::collections::BTreeMap::new();
    for round in 0..KILLS {
        let exporter = start(&exchange, folder.path(), &[]).await;
        disturb(&exchange, &mut rng, round);
        // Somewhere between the first request and the commit of the last page.
        tokio::time::sleep(Duration::from_millis(rng.random_range(0..120))).await;
        for (series, value) in truth::shown(&exporter.series("/metrics").await) {
            let before = highest.insert(series.clone(), value).unwrap_or(0.0);
            assert!(value >= before, "{series} went from {before} to {value}");
        }
        exporter.signal("KILL");
        drop(exporter);
    }
    exchange.freeze();
    let exporter = start(&exchange, folder.path(), &[]).await;
    until_true(&exporter, &exchange).await;
    for (series, value) in truth::shown(&exporter.series("/metrics").await) {
        assert!(
            value >= highest.get(&series).copied().unwrap_or(0.0),
            "{series} went back"
        );
    }
}
