//! The real binary against the demo exchange, with a real Prometheus that scrapes it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    unreachable_pub
)]

mod abuse;
mod agents;
mod budget;
mod collection;
mod faults;
#[path = "../support/pki.rs"]
mod pki;
mod process;
mod prometheus;
#[path = "../support/promtool.rs"]
mod promtool;
mod reload;
mod scraped;
mod secrets;
mod service;
mod surface;
mod web;
