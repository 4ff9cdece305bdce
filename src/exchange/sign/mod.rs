//! From a request and credentials to the query string exactly as it is sent. Nothing here reads a clock or a socket.

mod eip712;
mod hmac;
mod nonce;

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

pub use nonce::Nonces;

use super::error::Error;
use super::request::Request;
use crate::config::Auth;
use crate::wallet::Address;

/// A signed request. It has no `Debug`: the query holds a signature.
pub struct Signed<'a> {
    /// The query string as signed, its signature last.
    pub query: String,
    /// The signature alone.
    pub signature: String,
    /// What goes into the header `X-MBX-APIKEY`; agent keys send none.
    pub api_key: Option<&'a SecretString>,
    /// The signer and the nonce, of agent keys.
    pub nonce: Option<(Address, u64)>,
}

/// Signs `request` as of `server_us` (the exchange's time, microseconds since the epoch).
///
/// `recv_window` is how old the request may be when it reaches the exchange, sent in milliseconds; `nonces` gives agent
/// keys their nonce, and with it how old the request may be.
///
/// # Errors
/// [`Kind::Auth`](super::error::Kind::Auth) when the credentials cannot be used.
pub fn sign<'a>(
    request: &Request,
    auth: &'a Auth,
    server_us: u64,
    recv_window: Duration,
    nonces: &Nonces,
) -> Result<Signed<'a>, Error> {
    match auth {
        Auth::Hmac {
            api_key,
            api_secret,
        } => {
            let text = hmac::text(request, server_us / 1000, recv_window);
            let signature = hmac::signature(api_secret, &text)?;
            Ok(signed(text, signature, Some(api_key), None))
        }
        Auth::V3 {
            user,
            key,
            chain_id,
        } => {
            let signer = key.address();
            let nonce = nonces.next(signer, server_us);
            let text = eip712::text(request, nonce, *user, signer);
            let signature = eip712::signature(key, *chain_id, &text);
            Ok(signed(text, signature, None, Some((signer, nonce))))
        }
    }
}

/// The text that was signed, and its signature last: these bytes are sent.
fn signed(
    text: String,
    signature: String,
    api_key: Option<&SecretString>,
    nonce: Option<(Address, u64)>,
) -> Signed<'_> {
    Signed {
        query: text + "&signature=" + &signature,
        signature,
        api_key,
        nonce,
    }
}

/// What must never be shown of `auth`. The key of an agent is not among it: no text holds it once it is read.
#[must_use]
pub fn secrets(auth: &Auth) -> Vec<&str> {
    match auth {
        Auth::Hmac {
            api_key,
            api_secret,
        } => vec![api_secret.expose_secret(), api_key.expose_secret()],
        Auth::V3 { .. } => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::endpoint::Endpoint;
    use crate::wallet::PrivateKey;

    fn signed(request: &Request) -> String {
        let auth = Auth::Hmac {
            api_key: "key".into(),
            api_secret: "2b5eb11e18796d12d88f13dc27dbbd02c2cc51ff7059765ed9821957d82bb4d9".into(),
        };
        let window = Duration::from_secs(5);
        let at = 1_591_702_613_943_999;
        sign(request, &auth, at, window, &Nonces::default())
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

    #[test]
    fn agent_keys_send_user_signer_and_a_new_nonce_each_time() {
        let auth = Auth::V3 {
            user: Address::parse("0x63DD5aCC6b1aa0f563956C0e534DD30B6dcF7C4e").unwrap(),
            key: PrivateKey::parse(
                "0x4fd0a42218f3eae43a6ce26d22544e986139a01e5b34a62db53757ffca81bae1",
            )
            .unwrap(),
            chain_id: 714,
        };
        let nonces = Nonces::default();
        let request = Request::new(Endpoint::PositionRisk).with("symbol", "BTCUSDT");
        let sign = || {
            let at = 1_748_310_859_508_867;
            sign(&request, &auth, at, Duration::from_secs(5), &nonces).unwrap()
        };
        let first = sign();
        assert_eq!(
            first.query,
            "symbol=BTCUSDT&nonce=1748310859508867&user=0x63DD5aCC6b1aa0f563956C0e534DD30B6dcF7C4e\
             &signer=0x21cF8Ae13Bb72632562c6Fff438652Ba1a151bb0\
             &signature=0x7e861a281c8bbcfb91579915c3fdd4e09b47b210e458080156d6c9c15bb3b0ef\
             340e7b7817bb688c3c0c8077849bf181baf1e7252bbe595462b69445c4b4ac871c"
        );
        assert!(first.api_key.is_none());
        let (signer, nonce) = sign().nonce.unwrap();
        assert_eq!(nonce, 1_748_310_859_508_868);
        assert!(first.query.contains(&format!("signer={signer}&")));
    }
}
