//! From parameters to the query string that is sent: pure, one file per kind of key.

mod hmac;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

pub use self::hmac::{Signed, sign};

/// Everything but the unreserved characters of RFC 3986 is escaped.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The parameters as a query string, escaped once.
#[must_use]
pub fn query_string(parameters: &[(&str, &str)]) -> String {
    let pairs: Vec<String> = parameters
        .iter()
        .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, ESCAPED)))
        .collect();
    pairs.join("&")
}

#[cfg(test)]
mod tests {
    use super::*;
    use percent_encoding::percent_decode_str;
    use proptest::prelude::*;

    #[test]
    fn symbols_of_every_script_are_escaped() {
        let query = query_string(&[("symbol", "币安人生USDT"), ("limit", "1000")]);
        assert_eq!(
            query,
            "symbol=%E5%B8%81%E5%AE%89%E4%BA%BA%E7%94%9FUSDT&limit=1000"
        );
        assert_eq!(query_string(&[]), "");
    }

    proptest! {
        #[test]
        fn escaping_loses_nothing_and_leaves_no_separator(value in ".{0,30}") {
            let query = query_string(&[("v", &value)]);
            let escaped = query.strip_prefix("v=").expect("the name");
            prop_assert!(!escaped.contains(['&', '=', ' ', '#', '+']));
            prop_assert_eq!(percent_decode_str(escaped).decode_utf8_lossy(), value);
        }
    }
}
