//! aster-exporter: Prometheus metrics of Aster DEX futures accounts.
//!
//! Data flows one way: [`config`] → [`exchange`] (sign, limit, send) → payloads → [`snapshot`] (pure, exact),
//! history by way of the [`ledger`], → [`metrics`] → [`http`]. The [`poller`] says when; [`exporter`] puts the parts together; [`demo`] is a
//! simulated exchange that shares no code with the client. `ARCHITECTURE.md` says why it is so.

pub mod check;
pub mod cli;
pub mod collector;
pub mod config;
pub mod demo;
pub mod demo_command;
pub mod exchange;
pub mod exporter;
pub mod healthcheck;
pub mod http;
pub mod ledger;
pub mod ledger_command;
pub mod listen;
pub mod logging;
pub mod metrics;
pub mod poller;
pub mod reload;
pub mod shutdown;
pub mod snapshot;
pub mod systemd;
pub mod version;
pub mod wallet;
