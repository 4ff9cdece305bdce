//! What an answer means: data, or an error of which kind and what to do about it.

use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use super::block::banned_until;
use super::error::{Error, Kind};

/// How much of the exchange's own words is quoted, in characters.
const LONGEST_QUOTE: usize = 200;

/// An answer whose body was read.
#[derive(Clone, Copy)]
pub(super) struct Answer<'a> {
    /// The HTTP status.
    pub(super) status: u16,
    /// The host to which a redirect points.
    pub(super) redirect: Option<&'a str>,
    /// The body, decompressed.
    pub(super) body: &'a [u8],
}

/// The exchange's own words: `{"code": -1021, "msg": "…"}`.
#[derive(Deserialize)]
struct Raw {
    code: Option<Value>,
    msg: Option<Value>,
}

struct Fault {
    code: i64,
    message: String,
}

impl Answer<'_> {
    /// Whether it is data; `secrets` are never quoted.
    ///
    /// An object with a negative code is an error with HTTP 200 too: read as an empty list it would show an empty
    /// account.
    pub(super) fn check(&self, secrets: &[&str]) -> Result<(), Error> {
        let fault = self.fault();
        let good = (200..300).contains(&self.status);
        let refused = fault.as_ref().filter(|fault| !good || fault.code < 0);
        if good && refused.is_none() {
            return self.check_json();
        }
        let kind = self.kind(refused);
        Err(Error {
            status: Some(self.status),
            code: refused.map(|fault| fault.code),
            ..Error::new(kind, self.describe(kind, refused, secrets))
        })
    }

    fn fault(&self) -> Option<Fault> {
        // Lists are data, and large: do not read them twice.
        if self.first_byte() != Some(b'{') {
            return None;
        }
        let raw: Raw = serde_json::from_slice(self.body).ok()?;
        let code = match raw.code? {
            Value::String(text) => text.trim().parse().ok(),
            number => number.as_i64(),
        };
        let message = match raw.msg {
            Some(Value::String(text)) => text,
            _ => String::new(),
        };
        code.map(|code| Fault { code, message })
    }

    /// A first look at data; whoever needs it parses it.
    fn check_json(&self) -> Result<(), Error> {
        let what = match self.first_byte() {
            Some(b'{' | b'[') => return Ok(()),
            Some(b'<') => "an HTML page instead of JSON",
            Some(_) => "not JSON",
            None => "empty",
        };
        let hint = "check base_url, and that no proxy or portal answers in the exchange's place";
        Err(Error {
            status: Some(self.status),
            ..Error::new(Kind::Decode, format!("the answer is {what}: {hint}"))
        })
    }

    fn first_byte(&self) -> Option<u8> {
        self.body.iter().copied().find(|b| !b.is_ascii_whitespace())
    }

    fn kind(&self, fault: Option<&Fault>) -> Kind {
        let by_code = fault.and_then(Fault::kind);
        let limit = match (self.status, by_code) {
            (418, _) => return Kind::Banned,
            (429, _) | (_, Some(Kind::RateLimit)) => true,
            _ => false,
        };
        if limit {
            let banned = fault.is_some_and(|fault| banned_until(&fault.message).is_some());
            return if banned {
                Kind::Banned
            } else {
                Kind::RateLimit
            };
        }
        match (self.status, by_code) {
            (403, code) if code != Some(Kind::Auth) => Kind::Firewall,
            (_, Some(kind)) => kind,
            (401, None) => Kind::Auth,
            (500.., None) => Kind::Server,
            _ => Kind::Request,
        }
    }

    fn describe(&self, kind: Kind, fault: Option<&Fault>, secrets: &[&str]) -> String {
        let code = fault.map(|fault| fault.code);
        let mut text = match (self.status, kind) {
            (300..400, _) => format!(
                "redirected to {}",
                self.redirect.unwrap_or("an unknown host")
            ),
            (status, _) => match StatusCode::from_u16(status)
                .ok()
                .and_then(|s| s.canonical_reason())
            {
                Some(reason) => format!("the exchange answered HTTP {status} {reason}"),
                None => format!("the exchange answered HTTP {status}"),
            },
        };
        if let Some(fault) = fault {
            text = format!("{text}, code {}", fault.code);
            let words = clean(&fault.message, secrets);
            if !words.is_empty() {
                text = format!("{text} \"{words}\"");
            }
        }
        format!("{text}: {}", mend(kind, self.status, code))
    }
}

impl Fault {
    /// What the code alone says; `None` leaves it to the HTTP status.
    const fn kind(&self) -> Option<Kind> {
        match self.code {
            -1003 => Some(Kind::RateLimit),
            -1021 | -4225 => Some(Kind::Clock),
            -1022 | -2014 | -2015 | -1002 | -5050 => Some(Kind::Auth),
            -1000 | -1001 | -1006 | -1007 | -1016 => Some(Kind::Server),
            _ => None,
        }
    }
}

/// What somebody can do about it.
const fn mend(kind: Kind, status: u16, code: Option<i64>) -> &'static str {
    match (kind, code) {
        (Kind::Auth, Some(-1022)) => "check that the API secret belongs to the API key",
        (Kind::Auth, Some(-2014)) => "check that the API key is complete",
        (Kind::Auth, Some(-5050)) => "deposit into the account first, the exchange asks for it",
        (Kind::Auth, _) => {
            "check that the API key exists, may read futures, and has this machine's IP on its whitelist"
        }
        (Kind::Clock, _) => "check this machine's clock (NTP), or raise recv_window on a slow line",
        (Kind::RateLimit, _) => {
            "this IP is over its limit, all requests pause; lengthen the intervals if this repeats, other programs on \
             this IP count too"
        }
        (Kind::Banned, _) => "this IP is banned for a time, all requests pause until it ends",
        (Kind::Firewall, _) => {
            "the exchange's firewall refuses this IP, all requests pause; check the IP's region and reputation"
        }
        (Kind::Server, _) if status == 503 => {
            "unknown whether it was served; the exchange is busy or down"
        }
        (Kind::Server, _) => "the exchange has trouble of its own; nothing to mend here",
        (Kind::Request, _) if status >= 300 && status < 400 => {
            "redirects are not followed, check base_url"
        }
        (Kind::Request, _) if status == 404 => "check base_url, or the endpoint is gone",
        _ => "the exchange does not accept this request",
    }
}

/// Foreign words fit to be shown: no control characters, no secrets, not long.
pub(super) fn clean(text: &str, secrets: &[&str]) -> String {
    // First the characters, so that none hides a secret; last the length, so that no secret is cut and missed.
    let mut text: String = text.chars().filter(|c| !is_unprintable(*c)).collect();
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        text = text.replace(secret, "[redacted]");
    }
    match text.char_indices().nth(LONGEST_QUOTE) {
        Some((end, _)) => format!("{}…", text[..end].trim()),
        None => text.trim().to_owned(),
    }
}

/// Control characters, and those that reorder, join or break lines without being seen.
fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests;
