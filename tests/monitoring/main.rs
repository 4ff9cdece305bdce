//! What people look at and what wakes them, with real components: the exporter at the demo exchange, Prometheus with the
//! rules loaded, Alertmanager with a webhook, Chromium.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    unreachable_pub
)]

mod alertmanager;
mod alerts;
#[path = "../../grafana/src/mod.rs"]
mod grafana;
mod landing;
#[path = "../e2e/process.rs"]
mod process;
#[path = "../e2e/prometheus.rs"]
mod prometheus;
mod queries;
mod webhook;
mod world;
