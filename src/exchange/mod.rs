//! The exchange as a client sees it: requests are values, one client sends them, answers come back typed.

mod answer;
pub mod block;
pub mod budget;
pub mod client;
pub mod clock;
pub mod endpoint;
pub mod error;
pub mod payload;
pub mod request;
pub mod sign;
pub mod stats;
mod transfer;

pub use client::Client;
pub use endpoint::Endpoint;
pub use error::{Error, Kind, Unsent};
pub use request::Request;
pub use stats::Stats;
