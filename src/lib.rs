//! aster-exporter: Prometheus metrics of Aster DEX futures accounts.

pub mod collector;
pub mod config;
pub mod exchange;
pub mod metrics;
pub mod snapshot;
