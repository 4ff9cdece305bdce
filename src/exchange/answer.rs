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
    /// Whether it answers a request that an agent key signed.
    pub(super) by_agent: bool,
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
        format!("{text}: {}", self.mend(kind, fault))
    }
}

impl Fault {
    /// What the code says; `None` leaves it to the HTTP status.
    fn kind(&self) -> Option<Kind> {
        match self.code {
            -1003 => Some(Kind::RateLimit),
            -1021 | -4225 => Some(Kind::Clock),
            -1022 | -2014 | -2015 | -1002 | -5050 => Some(Kind::Auth),
            -1000 if self.knows_no_agent() || self.doubts_signature() => Some(Kind::Auth),
            -1000 | -1001 | -1006 | -1007 | -1016 => Some(Kind::Server),
            _ => None,
        }
    }

    /// The exchange has no code of its own for this: `-1000 "No agent found"`.
    fn knows_no_agent(&self) -> bool {
        self.message.to_ascii_lowercase().contains("no agent")
    }

    /// Nor for this where agent keys are used: `-1000 "Signature check failed"`.
    fn doubts_signature(&self) -> bool {
        self.code == -1022
            || self
                .message
                .to_ascii_lowercase()
                .contains("signature check")
    }
}

impl Answer<'_> {
    /// What somebody can do about it.
    fn mend(&self, kind: Kind, fault: Option<&Fault>) -> &'static str {
        let code = fault.map(|fault| fault.code);
        match kind {
            Kind::Auth if code == Some(-5050) => {
                "deposit into the account first: the exchange answers agent keys only after a deposit"
            }
            Kind::Auth if self.by_agent => mend_agent(fault),
            Kind::Auth if code == Some(-1022) => "check that the API secret belongs to the API key",
            Kind::Auth if code == Some(-2014) => "check that the API key is complete",
            Kind::Clock if self.by_agent => {
                "check this machine's clock (NTP), and that no other program uses this agent"
            }
            _ => mend(kind, self.status),
        }
    }
}

/// What to do when the exchange refuses an agent key.
fn mend_agent(fault: Option<&Fault>) -> &'static str {
    match fault {
        Some(fault) if fault.knows_no_agent() => {
            "the exchange knows no such agent of this account: check user and signer, and in its API wallet page that the \
             agent is there and has not expired"
        }
        Some(fault) if fault.doubts_signature() => {
            "check that user is the main wallet that approved this agent, and chain_id (1666, on the testnet 714)"
        }
        _ => {
            "check in the exchange's API wallet page that the agent is there, may read, has not expired, and has this \
             machine's IP on its whitelist"
        }
    }
}

/// What to do whoever asked.
const fn mend(kind: Kind, status: u16) -> &'static str {
    match kind {
        Kind::Auth => {
            "check that the API key exists, may read futures, and has this machine's IP on its whitelist"
        }
        Kind::Clock => "check this machine's clock (NTP), or raise recv_window on a slow line",
        Kind::RateLimit => {
            "this IP is over its limit, all requests pause; lengthen the intervals if this repeats, other programs on \
             this IP count too"
        }
        Kind::Banned => "this IP is banned for a time, all requests pause until it ends",
        Kind::Firewall => {
            "the exchange's firewall refuses this IP, all requests pause; check the IP's region and reputation"
        }
        Kind::Server if status == 503 => {
            "unknown whether it was served; the exchange is busy or down"
        }
        Kind::Server => "the exchange has trouble of its own; nothing to mend here",
        Kind::Request if status >= 300 && status < 400 => {
            "redirects are not followed, check base_url"
        }
        Kind::Request if status == 404 => "check base_url, or the endpoint is gone",
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
