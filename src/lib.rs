//! aster-exporter: Prometheus metrics of Aster DEX futures accounts.
#![forbid(unsafe_code)]

pub mod collector;
pub mod config;
pub mod demo;
pub mod exchange;
