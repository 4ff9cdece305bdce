//! What an answer means: pure. An HTTP status, a body, and what one can do about it.

use std::fmt::Write as _;

use serde_json::Value;

use super::block::{Hints, Refusal, banned_until_ms};
use super::error::{Error, Kind};

/// The longest part of the exchange's own message that is shown.
const MESSAGE_LENGTH: usize = 200;

/// A refused request, and whether it stops all others.
#[derive(Debug)]
pub struct Failed {
    /// For the caller.
    pub error: Error,
    /// For the process.
    pub stop: Option<(Refusal, Option<i64>)>,
}

impl Failed {
    /// What it says of when requests may go on.
    #[must_use]
    pub fn hints(&self, retry_after: Option<std::time::Duration>) -> Option<(Refusal, Hints)> {
        let (refusal, banned_until_ms) = self.stop?;
        Some((
            refusal,
            Hints {
                retry_after,
                banned_until_ms,
            },
        ))
    }
}

/// Whether `body` came as an answer to be read, or what is wrong. `secrets` never appear in the message.
///
/// # Errors
/// For every status but 200, for the exchange's own errors (also with status 200), and for what is no JSON.
pub fn judge(status: u16, body: &[u8], secrets: &[&str]) -> Result<(), Failed> {
    let said = own_error(body);
    let (kind, stop) = match (status, said.as_ref().map(|s| s.code)) {
        (429, _) => (Kind::RateLimit, Some(Refusal::RateLimit)),
        (418, _) => (Kind::Banned, Some(Refusal::Ban)),
        (_, Some(-1003)) => match said.as_ref().and_then(|s| banned_until_ms(&s.message)) {
            Some(_) => (Kind::Banned, Some(Refusal::Ban)),
            None => (Kind::RateLimit, Some(Refusal::RateLimit)),
        },
        (_, Some(code)) => (kind_of_code(code, status), None),
        (200, None) => return looks_like_json(body),
        (401, _) => (Kind::Auth, None),
        (403, _) => (Kind::Firewall, Some(Refusal::Firewall)),
        (500.., _) => (Kind::Server, None),
        _ => (Kind::Request, None),
    };
    let banned_until = said.as_ref().and_then(|s| banned_until_ms(&s.message));
    let mut message = format!("HTTP {status}");
    // Writing to a string cannot fail.
    if let Some(said) = &said {
        let _ = write!(
            message,
            ", code {}: {}",
            said.code,
            shown(&said.message, secrets)
        );
    }
    let _ = write!(
        message,
        "; {}",
        mend(kind, status, said.as_ref().map(|s| s.code))
    );
    let code = said.map(|s| s.code);
    let error = Error {
        status: Some(status),
        code,
        ..Error::new(kind, message)
    };
    Err(Failed {
        error,
        stop: stop.map(|refusal| (refusal, banned_until)),
    })
}

struct Said {
    code: i64,
    message: String,
}

/// `{"code": -1021, "msg": "…"}` with a negative code, whatever the HTTP status.
fn own_error(body: &[u8]) -> Option<Said> {
    // Large answers are data; parsing them here as well would be work done twice.
    let head = body.trim_ascii_start();
    if !head.starts_with(b"{") || body.len() > 16 * 1024 {
        return None;
    }
    let answer: Value = serde_json::from_slice(body).ok()?;
    let code = match answer.get("code")? {
        Value::String(text) => text.parse().ok()?,
        other => other.as_i64()?,
    };
    let message = answer
        .get("msg")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    (code < 0).then_some(Said { code, message })
}

const fn kind_of_code(code: i64, status: u16) -> Kind {
    match code {
        -1021 | -4225 => Kind::Clock,
        -1022 | -2014 | -2015 | -1002 | -5050 => Kind::Auth,
        -1000 | -1001 | -1006 | -1007 | -1016 => Kind::Server,
        _ => match status {
            401 => Kind::Auth,
            500.. => Kind::Server,
            _ => Kind::Request,
        },
    }
}

fn mend(kind: Kind, status: u16, code: Option<i64>) -> &'static str {
    match (kind, status, code) {
        (Kind::RateLimit, ..) => "this IP has used up its limit; no request is sent until it may",
        (Kind::Banned, ..) => "this IP is banned; no request is sent until the ban ends",
        (Kind::Firewall, ..) => {
            "the exchange's firewall refuses this IP; no request is sent for a while; some data centres are refused for good"
        }
        (Kind::Clock, ..) => "this machine's clock differs from the exchange's; set it by NTP",
        (Kind::Auth, _, Some(-1022)) => {
            "the signature does not fit; check that the secret belongs to the key"
        }
        (Kind::Auth, _, Some(-2014)) => {
            "the key is not of the exchange's form; check that the file holds the key alone"
        }
        (Kind::Auth, _, Some(-2015)) => {
            "check the key, that it may read futures accounts, and that this machine's IP is on its list"
        }
        (Kind::Auth, ..) => "check the key, its secret and its rights",
        (Kind::Server, ..) => "the exchange's own trouble; it is tried again at the next interval",
        (Kind::Request, 404, _) => {
            "the exchange does not know this endpoint; check exchange.base_url"
        }
        (Kind::Request, 300..=399, _) => {
            "a redirect, which is never followed; check exchange.base_url"
        }
        _ => {
            "the exchange did not accept the request; check exchange.base_url and for a newer version of the exporter"
        }
    }
}

/// Cuts what somebody else wrote to something that can stand in a log line.
fn shown(message: &str, secrets: &[&str]) -> String {
    let clean = secrets
        .iter()
        .filter(|secret| !secret.is_empty())
        .fold(message.to_owned(), |text, secret| {
            text.replace(secret, "[redacted]")
        });
    clean
        .chars()
        .filter(|c| !c.is_control())
        .take(MESSAGE_LENGTH)
        .collect()
}

/// A quick look: data begins with a bracket. The rest is for who reads it.
fn looks_like_json(body: &[u8]) -> Result<(), Failed> {
    let what = match body.trim_ascii_start() {
        [b'{' | b'[', ..] => return Ok(()),
        [] => "an empty answer",
        [b'<', ..] => "an HTML page instead of JSON",
        _ => "something that is not JSON",
    };
    let message = format!(
        "HTTP 200 with {what}; check exchange.base_url, and what stands between here and the exchange"
    );
    let error = Error {
        status: Some(200),
        ..Error::new(Kind::Decode, message)
    };
    Err(Failed { error, stop: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_has_a_kind_and_few_stop_everything() {
        let cases: &[(u16, &str, Option<(Kind, Option<Refusal>)>)] = &[
            (200, "[]", None),
            (200, " {}", None),
            (200, r#"{"code":200,"msg":"success"}"#, None),
            (
                200,
                r#"{"code":-2015,"msg":"Invalid API-key"}"#,
                Some((Kind::Auth, None)),
            ),
            (
                200,
                r#"{"code":"-1021","msg":"Timestamp"}"#,
                Some((Kind::Clock, None)),
            ),
            (200, "<html></html>", Some((Kind::Decode, None))),
            (200, "", Some((Kind::Decode, None))),
            (200, "null", Some((Kind::Decode, None))),
            (302, "", Some((Kind::Request, None))),
            (
                400,
                r#"{"code":-1022,"msg":"Signature"}"#,
                Some((Kind::Auth, None)),
            ),
            (
                400,
                r#"{"code":-1102,"msg":"Mandatory"}"#,
                Some((Kind::Request, None)),
            ),
            (
                400,
                r#"{"code":-4225,"msg":"nonce"}"#,
                Some((Kind::Clock, None)),
            ),
            (
                400,
                r#"{"code":-1003,"msg":"many"}"#,
                Some((Kind::RateLimit, Some(Refusal::RateLimit))),
            ),
            (
                400,
                r#"{"code":-1003,"msg":"IP banned until 1700000000000."}"#,
                Some((Kind::Banned, Some(Refusal::Ban))),
            ),
            (401, "", Some((Kind::Auth, None))),
            (
                403,
                "<html>denied</html>",
                Some((Kind::Firewall, Some(Refusal::Firewall))),
            ),
            (403, r#"{"code":-2015,"msg":""}"#, Some((Kind::Auth, None))),
            (404, "nginx", Some((Kind::Request, None))),
            (
                418,
                r#"{"code":-1003,"msg":"x"}"#,
                Some((Kind::Banned, Some(Refusal::Ban))),
            ),
            (429, "", Some((Kind::RateLimit, Some(Refusal::RateLimit)))),
            (
                500,
                r#"{"code":-1000,"msg":"unknown"}"#,
                Some((Kind::Server, None)),
            ),
            (502, "<html>", Some((Kind::Server, None))),
            (503, r#"{"code":-9999}"#, Some((Kind::Server, None))),
        ];
        for (status, body, expected) in cases {
            let got = judge(*status, body.as_bytes(), &[]).err();
            let got = got.map(|f| (f.error.kind, f.stop.map(|(refusal, _)| refusal)));
            assert_eq!(got, *expected, "{status} {body}");
        }
    }

    #[test]
    fn messages_are_short_clean_and_without_secrets() {
        let body = format!(
            r#"{{"code":-1022,"msg":"bad\u001b[31m signature=abc123 key=K3Y {}"}}"#,
            "x".repeat(500)
        );
        let failed = judge(400, body.as_bytes(), &["abc123", "K3Y", ""]).expect_err("an error");
        let message = failed.error.to_string();
        assert!(
            !message.contains("abc123") && !message.contains("K3Y"),
            "{message}"
        );
        assert!(
            message.contains("[redacted]") && !message.contains('\u{1b}'),
            "{message}"
        );
        assert!(message.len() < 400, "{message}");
        assert!(
            !judge(403, b"<html>https://x/?signature=1</html>", &[])
                .expect_err("an error")
                .error
                .message
                .contains("signature")
        );
    }
}
