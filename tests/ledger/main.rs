//! The ledger of the real binary: nothing lost, nothing counted twice, nothing that goes back, whatever happens.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    dead_code,
    unreachable_pub
)]

mod backfill;
mod crash;
mod export;
mod file;
mod history;
mod increase;
#[path = "../e2e/process.rs"]
mod process;
#[path = "../e2e/prometheus.rs"]
mod prometheus;
mod shards;
mod transfer;
mod trouble;
mod truth;
mod world;
