//! Legacy keys: HMAC-SHA256 over the query string as it is sent, appended as its last parameter.

use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;

use super::query_string;

/// A query string with its signature.
pub struct Signed {
    /// What follows the question mark.
    pub query: String,
    /// The signature alone, so that it can be kept out of messages.
    pub signature: String,
}

/// Signs `parameters` at `timestamp` (ms since the epoch, by the exchange's clock).
///
/// Source: "Signed endpoint examples" in the futures API documents.
#[must_use]
pub fn sign(
    parameters: &[(&str, &str)],
    secret: &SecretString,
    timestamp: i64,
    recv_window: Duration,
) -> Signed {
    let (window, timestamp) = (recv_window.as_millis().to_string(), timestamp.to_string());
    let timing = [
        ("recvWindow", window.as_str()),
        ("timestamp", timestamp.as_str()),
    ];
    let query = query_string(&[parameters, &timing].concat());
    let signature = signature(&query, secret);
    Signed {
        query: format!("{query}&signature={signature}"),
        signature,
    }
}

fn signature(text: &str, secret: &SecretString) -> String {
    // A key of any length is allowed: the error of the constructor cannot occur.
    Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes())
        .map(|mut mac| {
            mac.update(text.as_bytes());
            hex::encode(mac.finalize().into_bytes())
        })
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn published_and_independent_vectors() {
        let vectors: Value =
            serde_json::from_str(include_str!("../../../tests/fixtures/signing-vectors.json"))
                .expect("JSON");
        let hmac = &vectors["hmac"];
        let secret = SecretString::from(hmac["secretKey"].as_str().expect("a secret"));
        let cases = hmac["cases"].as_array().expect("cases");
        assert!(cases.len() >= 7);
        for case in cases {
            let text = case["payload"].as_str().expect("a text");
            assert_eq!(
                signature(text, &secret),
                case["hmac_sha256"],
                "{}",
                case["label"]
            );
        }
    }

    #[test]
    fn the_query_as_it_is_sent() {
        let secret =
            SecretString::from("2b5eb11e18796d12d88f13dc27dbbd02c2cc51ff7059765ed9821957d82bb4d9");
        let window = Duration::from_secs(5);
        let signed = sign(&[], &secret, 1_591_702_613_943, window);
        assert_eq!(
            signed.query,
            "recvWindow=5000&timestamp=1591702613943\
             &signature=5581570ecf76b9b74c6f1a66ef6520c2959a75c32641affb2634d655d6e64db8"
        );
        let signed = sign(
            &[("symbol", "币安人生USDT"), ("limit", "1000")],
            &secret,
            1_591_702_613_943,
            window,
        );
        assert_eq!(
            signed.query,
            "symbol=%E5%B8%81%E5%AE%89%E4%BA%BA%E7%94%9FUSDT&limit=1000&recvWindow=5000&timestamp=1591702613943\
             &signature=7228e0f97be5cdff24173d3d7e47e2bef1e6bbcd6bb157e5278c73d599d87a5d"
        );
    }
}
