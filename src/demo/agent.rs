//! Agent keys (V3): recovers the signer of a request and keeps the book of its nonces, as the documents say.

use std::collections::BTreeSet;

use k256::ecdsa::{RecoveryId, Signature, SigningKey, VerifyingKey};
use serde_json::{Value, json};
use sha3::{Digest, Keccak256};

use super::auth::Query;
use super::refusal::Refusal;

/// The chain of the typed data, as on the main net.
const CHAIN_ID: u16 = 1666;
/// How far a nonce may be from the server's time, in microseconds.
const WINDOW_US: u64 = 10_000_000;
/// How many nonces of a signer are kept.
const KEPT: usize = 100;

/// What an agent may do, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are the exchange's own")]
pub struct Rights {
    pub can_read: bool,
    pub can_spot_trade: bool,
    pub can_perp_trade: bool,
    pub can_withdraw: bool,
    /// When it ends, in milliseconds since the epoch.
    pub expired: i64,
}

impl Rights {
    /// An agent that can only read, for a long time.
    pub const READ_ONLY: Self = Self {
        can_read: true,
        can_spot_trade: false,
        can_perp_trade: false,
        can_withdraw: false,
        expired: 1_967_945_395_040,
    };
}

/// A wallet: an address and its private key, both in hexadecimal digits.
pub(crate) struct Wallet {
    pub(crate) address: String,
    pub(crate) private_key: String,
}

impl Wallet {
    /// The wallet of a private key.
    pub(crate) fn of(private_key: String) -> Self {
        let key = hex::decode(&private_key)
            .ok()
            .and_then(|bytes| SigningKey::from_slice(&bytes).ok());
        let address = key.map_or_else(String::new, |key| address(key.verifying_key()));
        Self {
            address,
            private_key,
        }
    }
}

/// The agent of an account, and which nonces it has used.
pub(crate) struct Agent {
    pub(crate) user: String,
    pub(crate) signer: String,
    /// `None` once the agent was taken away.
    pub(crate) rights: Option<Rights>,
    nonces: BTreeSet<u64>,
}

impl Agent {
    pub(crate) fn new(user: String, signer: String) -> Self {
        Self {
            user,
            signer,
            rights: Some(Rights::READ_ONLY),
            nonces: BTreeSet::new(),
        }
    }

    /// Whether a request names this agent.
    pub(crate) fn is_named_in(&self, query: &Query<'_>) -> bool {
        let is = |name: &str, address: &str| {
            query
                .get(name)
                .is_some_and(|given| given.eq_ignore_ascii_case(address))
        };
        is("user", &self.user) && is("signer", &self.signer)
    }

    /// Admits a signed request, or says why not; `now` is the server's time in milliseconds.
    pub(crate) fn admit(&mut self, query: &Query<'_>, now: i64) -> Result<(), Refusal> {
        let rights = self.rights.filter(|rights| now < rights.expired);
        let rights = rights.ok_or_else(Refusal::no_agent)?;
        let nonce = query.get("nonce").and_then(|text| text.parse().ok());
        let nonce = nonce.ok_or_else(|| Refusal::missing("nonce"))?;
        if recover(query.raw).as_deref() != Some(self.signer.as_str()) {
            return Err(Refusal::signature_check());
        }
        self.book(nonce, now)?;
        if rights.can_read {
            Ok(())
        } else {
            Err(Refusal::unknown_key())
        }
    }

    /// Enters a nonce: one that is out of time, was used before, or is older than all that are kept is refused.
    fn book(&mut self, nonce: u64, now: i64) -> Result<(), Refusal> {
        let now_us = u64::try_from(now).unwrap_or_default() * 1000;
        let full = self.nonces.len() == KEPT;
        let too_old = full && self.nonces.first().is_some_and(|oldest| nonce < *oldest);
        if nonce.abs_diff(now_us) > WINDOW_US || self.nonces.contains(&nonce) || too_old {
            return Err(Refusal::nonce());
        }
        if full {
            self.nonces.pop_first();
        }
        self.nonces.insert(nonce);
        Ok(())
    }

    /// The agents of the account: this one, and one of a trading bot.
    pub(crate) fn list(&self) -> Value {
        let row = |name: &str, address: &str, rights: Rights| {
            json!({
                "agentAddress": address,
                "agentName": name,
                "ipWhitelist": "",
                "expired": rights.expired,
                "source": "API",
                "canRead": rights.can_read,
                "canSpotTrade": rights.can_spot_trade,
                "canPerpTrade": rights.can_perp_trade,
                "canWithdraw": rights.can_withdraw,
            })
        };
        let bot = Rights {
            can_perp_trade: true,
            ..Rights::READ_ONLY
        };
        let own = self
            .rights
            .map(|rights| row("exporter", &self.signer, rights));
        let bot = row("bot", &format!("0x{:040x}", 0xb07), bot);
        std::iter::once(bot).chain(own).collect()
    }
}

/// The address that signed a query string, in small letters.
fn recover(raw: &str) -> Option<String> {
    let (text, signature) = raw.rsplit_once("&signature=0x")?;
    let bytes = hex::decode(signature).ok()?;
    let (signature, v) = bytes.split_at_checked(64)?;
    let recovery = match v {
        [27] => RecoveryId::new(false, false),
        [28] => RecoveryId::new(true, false),
        _ => return None,
    };
    let signature = Signature::from_slice(signature).ok()?;
    if signature.normalize_s() != signature {
        return None;
    }
    let key = VerifyingKey::recover_from_prehash(&typed_data(text), &signature, recovery).ok()?;
    Some(address(&key))
}

/// The digest of the typed data, written out byte by byte.
fn typed_data(text: &str) -> [u8; 32] {
    let mut domain = Vec::new();
    domain.extend(keccak(
        b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)",
    ));
    domain.extend(keccak(b"AsterSignTransaction"));
    domain.extend(keccak(b"1"));
    domain.extend([0; 30]);
    domain.extend(CHAIN_ID.to_be_bytes());
    domain.extend([0; 32]);
    let mut message = keccak(b"Message(string msg)").to_vec();
    message.extend(keccak(text.as_bytes()));
    let mut whole = vec![0x19, 0x01];
    whole.extend(keccak(&domain));
    whole.extend(keccak(&message));
    keccak(&whole)
}

fn address(key: &VerifyingKey) -> String {
    let point = key.to_sec1_point(false);
    format!("0x{}", hex::encode(&keccak(&point.as_bytes()[1..])[12..]))
}

fn keccak(bytes: &[u8]) -> [u8; 32] {
    Keccak256::digest(bytes).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_748_310_859_508;
    const NOW_US: u64 = 1_748_310_859_508_000;

    #[test]
    fn the_signer_of_the_independent_vectors_is_recovered() {
        let vectors: Value =
            serde_json::from_str(include_str!("../../tests/fixtures/signing-vectors.json"))
                .unwrap();
        let signer = vectors["signer"].as_str().unwrap().to_lowercase();
        let cases = vectors["eip712"].as_array().unwrap();
        let ours = cases.iter().filter(|c| c["chainId"] == CHAIN_ID);
        assert!(ours.clone().count() > 0);
        for case in ours {
            let [text, signature] = ["msg", "signature"].map(|key| case[key].as_str().unwrap());
            let raw = format!("{text}&signature={signature}");
            assert_eq!(recover(&raw), Some(signer.clone()));
            assert_ne!(
                recover(&raw.replace("nonce=1", "nonce=2")),
                Some(signer.clone())
            );
        }
        let private_key = vectors["private_key"].as_str().unwrap()[2..].to_owned();
        assert_eq!(Wallet::of(private_key).address, signer);
    }

    #[test]
    fn the_book_keeps_a_hundred_nonces() {
        let mut agent = Agent::new(String::new(), String::new());
        for nonce in NOW_US..NOW_US + 100 {
            agent.book(nonce, NOW).unwrap();
        }
        let refused = |agent: &mut Agent, nonce| agent.book(nonce, NOW).unwrap_err().code == -4225;
        assert!(refused(&mut agent, NOW_US), "a second time");
        assert!(
            refused(&mut agent, NOW_US - 1),
            "older than all that are kept"
        );
        assert!(refused(&mut agent, NOW_US + WINDOW_US + 1), "too early");
        assert!(refused(&mut agent, NOW_US - WINDOW_US - 1), "too late");
        agent.book(NOW_US + 200, NOW).unwrap();
        assert!(refused(&mut agent, NOW_US), "forgotten, but too old");
        agent.book(NOW_US + 150, NOW).unwrap();
    }
}
