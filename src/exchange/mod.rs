//! The exchange as a client sees it: requests are values, one client sends them, answers come back typed.

pub mod error;
pub mod payload;
