//! From a view to a page of metrics. The `prometheus` crate is used here and nowhere else.

pub mod backfill;
pub mod catalog;
pub mod data;
pub mod docs;
pub mod exposition;
pub mod family;
pub mod health;
pub mod history;
mod segment;
