//! Verifies a signed request as strictly as the exchange does.

use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::percent_decode_str;
use sha2::Sha256;

use super::refusal::Refusal;

/// How long a request is valid unless it says otherwise, in milliseconds.
const DEFAULT_WINDOW: i64 = 5_000;
/// The longest a request may be valid.
const LONGEST_WINDOW: i64 = 60_000;
/// How far a request's time may be ahead of the server's.
const AHEAD: i64 = 1_000;

/// A query string as it was sent, and its parameters decoded.
pub(crate) struct Query<'a> {
    pub(crate) raw: &'a str,
    parameters: Vec<(String, String)>,
}

impl<'a> Query<'a> {
    /// Splits a raw query string; text that is no UTF-8, or a name given twice, is refused.
    pub(crate) fn parse(raw: &'a str) -> Result<Self, Refusal> {
        let mut parameters: Vec<(String, String)> = Vec::new();
        for pair in raw.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decode(name)?;
            if parameters.iter().any(|(known, _)| *known == name) {
                return Err(Refusal::duplicate());
            }
            parameters.push((name, decode(value)?));
        }
        Ok(Self { raw, parameters })
    }

    /// The decoded value of a parameter.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.parameters
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// Checks time window and signature; `now` is the server's time in milliseconds.
    pub(crate) fn verify(&self, secret: &str, now: i64) -> Result<(), Refusal> {
        let timestamp = self
            .get("timestamp")
            .and_then(|text| text.parse::<i64>().ok())
            .ok_or_else(|| Refusal::missing("timestamp"))?;
        let window = self.window()?;
        if !self.is_signed_with(secret) {
            return Err(Refusal::bad_signature());
        }
        if timestamp >= now.saturating_add(AHEAD) {
            return Err(Refusal::ahead_of_time());
        }
        if now.saturating_sub(timestamp) > window {
            return Err(Refusal::outside_window());
        }
        Ok(())
    }

    fn window(&self) -> Result<i64, Refusal> {
        let Some(text) = self.get("recvWindow") else {
            return Ok(DEFAULT_WINDOW);
        };
        text.parse()
            .ok()
            .filter(|window| (0..=LONGEST_WINDOW).contains(window))
            .ok_or_else(|| Refusal::invalid("recvWindow"))
    }

    /// The signature must be the last parameter; it covers every byte before it.
    fn is_signed_with(&self, secret: &str) -> bool {
        let Some((signed, signature)) = self.raw.rsplit_once("&signature=") else {
            return false;
        };
        let (Ok(claimed), Ok(mut mac)) = (
            hex::decode(signature),
            Hmac::<Sha256>::new_from_slice(secret.as_bytes()),
        ) else {
            return false;
        };
        mac.update(signed.as_bytes());
        mac.verify_slice(&claimed).is_ok()
    }
}

fn decode(text: &str) -> Result<String, Refusal> {
    percent_decode_str(text)
        .decode_utf8()
        .map(std::borrow::Cow::into_owned)
        .map_err(|_| Refusal::illegal_characters())
}

/// The query string without its signature, for the log.
pub(crate) fn without_signature(raw: &str) -> String {
    raw.split('&')
        .filter(|pair| !pair.starts_with("signature="))
        .collect::<Vec<_>>()
        .join("&")
}
