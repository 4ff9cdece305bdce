//! The refusals of the exchange: HTTP status, error code and message.

use serde_json::{Value, json};

/// Why a request is not answered with what it asked for.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: i32,
    pub(crate) message: String,
    /// Seconds after which one may ask again.
    pub(crate) retry_after: Option<u64>,
}

impl Refusal {
    fn new(status: u16, code: i32, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            retry_after: None,
        }
    }

    /// The error body.
    pub(crate) fn body(&self) -> Value {
        json!({"code": self.code, "msg": self.message})
    }

    pub(crate) fn unknown_path(method: &str, path: &str) -> Self {
        let message = format!("Path {path}, Method {method} is invalid");
        Self::new(404, -5000, message)
    }

    pub(crate) fn wrong_method() -> Self {
        Self::new(405, -1020, "This operation is not supported.")
    }

    pub(crate) fn key_format() -> Self {
        Self::new(401, -2014, "API-key format invalid.")
    }

    pub(crate) fn unknown_key() -> Self {
        let message = "Invalid API-key, IP, or permissions for action.";
        Self::new(401, -2015, message)
    }

    pub(crate) fn missing(parameter: &str) -> Self {
        let message = format!(
            "Mandatory parameter '{parameter}' was not sent, was empty/null, or malformed."
        );
        Self::new(400, -1102, message)
    }

    pub(crate) fn invalid(parameter: &str) -> Self {
        let message = format!("Data sent for parameter '{parameter}' is not valid.");
        Self::new(400, -1130, message)
    }

    pub(crate) fn duplicate() -> Self {
        Self::new(400, -1101, "Duplicate values for a parameter detected.")
    }

    pub(crate) fn illegal_characters() -> Self {
        Self::new(400, -1100, "Illegal characters found in a parameter.")
    }

    pub(crate) fn bad_signature() -> Self {
        Self::new(400, -1022, "Signature for this request is not valid.")
    }

    pub(crate) fn no_agent() -> Self {
        Self::new(400, -1000, "No agent found")
    }

    pub(crate) fn signature_check() -> Self {
        Self::new(400, -1000, "Signature check failed")
    }

    pub(crate) fn nonce() -> Self {
        Self::new(400, -4225, "Nonce Expired")
    }

    pub(crate) fn outside_window() -> Self {
        let message = "Timestamp for this request is outside of the recvWindow.";
        Self::new(400, -1021, message)
    }

    pub(crate) fn ahead_of_time() -> Self {
        let message = "Timestamp for this request was 1000ms ahead of the server's time.";
        Self::new(400, -1021, message)
    }

    pub(crate) fn bad_symbol() -> Self {
        Self::new(400, -1121, "Invalid symbol.")
    }

    pub(crate) fn bad_combination() -> Self {
        Self::new(400, -1128, "Combination of optional parameters invalid.")
    }

    pub(crate) fn interval_too_big(hours: u32) -> Self {
        let message = format!("More than {hours} hours between startTime and endTime.");
        Self::new(400, -1127, message)
    }

    pub(crate) fn over_limit(limit: u32, retry_after: u64) -> Self {
        let message = format!(
            "Too many requests; current limit is {limit} requests per minute. \
             Please use the websocket for live updates to avoid polling the API."
        );
        Self {
            retry_after: Some(retry_after),
            ..Self::new(429, -1003, message)
        }
    }

    pub(crate) fn banned(until: i64, retry_after: u64) -> Self {
        let message = format!(
            "Way too many requests; IP banned until {until}. \
             Please use the websocket for live updates to avoid bans."
        );
        Self {
            retry_after: Some(retry_after),
            ..Self::new(418, -1003, message)
        }
    }
}
