//! The signature of legacy API keys: HMAC-SHA256 of the query string, in hex.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use crate::exchange::error::{Error, Kind};
use crate::exchange::request::Request;

/// What is signed: the request's own parameters, then when it was made and how long it holds.
pub(super) fn text(request: &Request, timestamp_ms: u64, recv_window: Duration) -> String {
    let mut query = request.query();
    if !query.is_empty() {
        query.push('&');
    }
    format!(
        "{query}recvWindow={}&timestamp={timestamp_ms}",
        recv_window.as_millis()
    )
}

/// The signature of `text`, in lower-case hex.
pub(super) fn signature(secret: &SecretString, text: &str) -> Result<String, Error> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes())
        .map_err(|_| Error::new(Kind::Auth, "the API secret cannot be used as an HMAC key"))?;
    mac.update(text.as_bytes());
    Ok(hex::encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_vectors() {
        let vectors: serde_json::Value =
            serde_json::from_str(include_str!("../../../tests/fixtures/signing-vectors.json"))
                .unwrap();
        let hmac = &vectors["hmac"];
        let secret = SecretString::from(hmac["secretKey"].as_str().unwrap());
        let cases = hmac["cases"].as_array().unwrap();
        assert!(!cases.is_empty());
        for case in cases {
            let payload = case["payload"].as_str().unwrap();
            assert_eq!(
                signature(&secret, payload).unwrap(),
                case["hmac_sha256"],
                "{}",
                case["label"]
            );
        }
    }
}
