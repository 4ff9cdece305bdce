//! From a request and credentials to the query string exactly as it is sent. Nothing here reads a clock or a socket.

mod hmac;

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::error::Error;
use super::request::Request;
use crate::config::Auth;

/// A signed request. It has no `Debug`: the query holds a signature.
pub struct Signed<'a> {
    /// The query string as signed, its signature last.
    pub query: String,
    /// The signature alone.
    pub signature: String,
    /// What goes into the header `X-MBX-APIKEY`.
    pub api_key: &'a SecretString,
}

/// Signs `request` as of `timestamp_ms` (the exchange's time, milliseconds since the epoch).
///
/// `recv_window` is how old the request may be when it reaches the exchange, sent in milliseconds.
///
/// # Errors
/// [`Kind::Auth`](super::error::Kind::Auth) when the credentials cannot be used.
pub fn sign<'a>(
    request: &Request,
    auth: &'a Auth,
    timestamp_ms: i64,
    recv_window: Duration,
) -> Result<Signed<'a>, Error> {
    match auth {
        Auth::Hmac {
            api_key,
            api_secret,
        } => {
            let text = hmac::text(request, timestamp_ms, recv_window);
            let signature = hmac::signature(api_secret, &text)?;
            Ok(Signed {
                query: format!("{text}&signature={signature}"),
                signature,
                api_key,
            })
        }
    }
}

/// What must never be shown of `auth`.
#[must_use]
pub fn secrets(auth: &Auth) -> Vec<&str> {
    match auth {
        Auth::Hmac {
            api_key,
            api_secret,
        } => vec![api_secret.expose_secret(), api_key.expose_secret()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::endpoint::Endpoint;

    fn signed(request: &Request) -> String {
        let auth = Auth::Hmac {
            api_key: "key".into(),
            api_secret: "2b5eb11e18796d12d88f13dc27dbbd02c2cc51ff7059765ed9821957d82bb4d9".into(),
        };
        sign(request, &auth, 1_591_702_613_943, Duration::from_secs(5))
            .unwrap()
            .query
    }

    #[test]
    fn without_parameters() {
        assert_eq!(
            signed(&Request::new(Endpoint::Balance)),
            "recvWindow=5000&timestamp=1591702613943\
             &signature=5581570ecf76b9b74c6f1a66ef6520c2959a75c32641affb2634d655d6e64db8"
        );
    }

    #[test]
    fn a_symbol_is_encoded_before_it_is_signed() {
        let request = Request::new(Endpoint::OpenOrders)
            .with("symbol", "币安人生USDT")
            .with("limit", "1000");
        assert_eq!(
            signed(&request),
            "symbol=%E5%B8%81%E5%AE%89%E4%BA%BA%E7%94%9FUSDT&limit=1000&recvWindow=5000&timestamp=1591702613943\
             &signature=7228e0f97be5cdff24173d3d7e47e2bef1e6bbcd6bb157e5278c73d599d87a5d"
        );
    }
}
