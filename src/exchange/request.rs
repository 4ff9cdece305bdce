//! A request as a value: what is asked, before anybody signs or sends it.

use std::time::Instant;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::endpoint::Endpoint;

/// Everything but RFC 3986's unreserved characters is escaped, so no URL parser on the way finds anything to rewrite
/// and the bytes that were signed are the bytes that are sent.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// One call of an endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// What is called.
    pub endpoint: Endpoint,
    /// The parameters in the order in which they are sent, not yet encoded.
    pub params: Vec<(&'static str, String)>,
    /// Since when what it asks for is waited for: of requests that wait for the budget the oldest goes first.
    pub since: Option<Instant>,
}

impl Request {
    /// A call without parameters.
    #[must_use]
    pub const fn new(endpoint: Endpoint) -> Self {
        Self {
            endpoint,
            params: Vec::new(),
            since: None,
        }
    }

    /// The same call with one more parameter.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.params.push((name, value.into()));
        self
    }

    /// The same call, waited for since then.
    #[must_use]
    pub const fn since(mut self, since: Option<Instant>) -> Self {
        self.since = since;
        self
    }

    /// What the call costs of the minute's weight.
    #[must_use]
    pub fn weight(&self) -> u64 {
        let one_symbol = self.params.iter().any(|(name, _)| *name == "symbol");
        self.endpoint.weight(one_symbol)
    }

    /// The query string of the parameters, percent-encoded once; empty without parameters.
    #[must_use]
    pub fn query(&self) -> String {
        let pairs: Vec<String> = self
            .params
            .iter()
            .map(|(name, value)| format!("{name}={}", encode(value)))
            .collect();
        pairs.join("&")
    }
}

/// `value` with everything but unreserved characters escaped as UTF-8.
fn encode(value: &str) -> String {
    utf8_percent_encode(value, ESCAPED).to_string()
}

#[cfg(test)]
mod tests {
    use percent_encoding::percent_decode_str;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn queries() {
        let plain = Request::new(Endpoint::Balance);
        assert_eq!(plain.query(), "");
        let symbol = Request::new(Endpoint::OpenOrders).with("symbol", "币安人生USDT");
        assert_eq!(
            symbol.query(),
            "symbol=%E5%B8%81%E5%AE%89%E4%BA%BA%E7%94%9FUSDT"
        );
        let hostile = symbol.with("x", "a b+c&d=e'\"#%~-._/?");
        assert!(
            hostile
                .query()
                .ends_with("&x=a%20b%2Bc%26d%3De%27%22%23%25~-._%2F%3F")
        );
    }

    #[test]
    fn open_orders_of_one_symbol_are_cheap() {
        assert_eq!(Request::new(Endpoint::OpenOrders).weight(), 40);
        let one = Request::new(Endpoint::OpenOrders).with("symbol", "BTCUSDT");
        assert_eq!(one.weight(), 1);
        assert_eq!(Request::new(Endpoint::Account).weight(), 5);
    }

    proptest! {
        #[test]
        fn decoding_gives_back_what_was_encoded(value in any::<String>()) {
            let encoded = encode(&value);
            prop_assert!(encoded.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~%".contains(&b)));
            prop_assert_eq!(percent_decode_str(&encoded).decode_utf8().unwrap(), value);
        }

        #[test]
        fn url_parsers_leave_a_query_alone(value in any::<String>()) {
            let query = Request::new(Endpoint::OpenOrders).with("symbol", value).query();
            let url = reqwest::Url::parse(&format!("https://host/path?{query}")).unwrap();
            prop_assert_eq!(url.query(), Some(query.as_str()));
        }
    }
}
