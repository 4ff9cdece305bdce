//! Accounts shared among exporters, and a shard more: everything is watched, nothing twice, and sums go on.

use std::path::Path;

use aster_exporter::demo::Exchange;
use rand::SeedableRng;
use rand::rngs::StdRng;
use tempfile::TempDir;

use super::process::{Exporter, binary, configure};
use super::truth::until_all_true;
use super::world::{FAST, disturb, exchange, start};

/// Who is watched by this shard, by its own word.
fn here(folder: &Path, exchange: &Exchange, shard: &str) -> Vec<String> {
    let config = configure(folder, exchange, FAST);
    let output = binary()
        .args(["check", "--offline", "--shard", shard, "--config.file"])
        .arg(config)
        .output()
        .unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    let (_, names) = told.split_once("\nhere: ").unwrap();
    let names = names.trim().split(", ").filter(|name| !name.is_empty());
    names.map(str::to_owned).collect()
}

/// One exporter for each folder, which share the accounts.
async fn all(exchange: &Exchange, folders: &[TempDir]) -> Vec<Exporter> {
    let mut shards = Vec::new();
    for (index, folder) in folders.iter().enumerate() {
        let shard = format!("--shard={index}/{}", folders.len());
        shards.push(start(exchange, folder.path(), &[&shard]).await);
    }
    shards
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shard_more_takes_accounts_over_with_their_ledgers() {
    let exchange = exchange().await;
    let mut folders = vec![TempDir::new().unwrap(), TempDir::new().unwrap()];
    let mut rng = StdRng::seed_from_u64(17);
    let two = all(&exchange, &folders).await;
    for round in 0..4 {
        disturb(&exchange, &mut rng, round);
    }
    exchange.freeze();
    until_all_true(&two.iter().collect::<Vec<_>>(), &exchange).await;
    drop(two);

    let before = [0, 1].map(|i| here(folders[i].path(), &exchange, &format!("{i}/2")));
    folders.push(TempDir::new().unwrap());
    let moved = here(folders[2].path(), &exchange, "2/3");
    assert!(!moved.is_empty(), "otherwise nothing is tested");
    for name in moved {
        let owner = before
            .iter()
            .position(|names| names.contains(&name))
            .unwrap();
        let output = binary()
            .args(["ledger", "import", "--account", &name, "--ledger.path"])
            .arg(folders[2].path().join("ledger.db"))
            .arg(folders[owner].path().join("ledger.db"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
    }

    let three = all(&exchange, &folders).await;
    let three: Vec<&Exporter> = three.iter().collect();
    until_all_true(&three, &exchange).await;
    exchange.thaw();
    for round in 4..8 {
        disturb(&exchange, &mut rng, round);
    }
    exchange.freeze();
    until_all_true(&three, &exchange).await;
}
