//! The exchange as a client sees it: requests are values, one client sends them, answers come back typed.

pub mod answer;
pub mod block;
pub mod client;
pub mod clock;
pub mod endpoint;
pub mod error;
pub mod payload;
pub mod sign;
pub mod stats;
