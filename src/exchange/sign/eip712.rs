//! The signature of agent keys (V3): EIP-712 typed data whose one field is the query string.

use crate::exchange::request::Request;
use crate::wallet::{Address, PrivateKey, keccak};

const DOMAIN_TYPE: &str =
    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)";
const MESSAGE_TYPE: &str = "Message(string msg)";
const DOMAIN_NAME: &str = "AsterSignTransaction";
const DOMAIN_VERSION: &str = "1";

/// What is signed: the request's own parameters, then nonce and addresses.
pub(super) fn text(request: &Request, nonce: u64, user: Address, signer: Address) -> String {
    let mut query = request.query();
    if !query.is_empty() {
        query.push('&');
    }
    format!("{query}nonce={nonce}&user={user}&signer={signer}")
}

/// The signature of `text`: r, s and v in hex, as the exchange takes it.
pub(super) fn signature(key: &PrivateKey, chain_id: u64, text: &str) -> String {
    format!("0x{}", hex::encode(key.sign(&digest(chain_id, text))))
}

/// What EIP-712 makes of the typed data.
fn digest(chain_id: u64, text: &str) -> [u8; 32] {
    hash(&[
        &[0x19, 0x01],
        &domain_separator(chain_id),
        &struct_hash(text),
    ])
}

fn domain_separator(chain_id: u64) -> [u8; 32] {
    let verifying_contract = [0; 32];
    hash(&[
        &keccak(DOMAIN_TYPE.as_bytes()),
        &keccak(DOMAIN_NAME.as_bytes()),
        &keccak(DOMAIN_VERSION.as_bytes()),
        &word(chain_id),
        &verifying_contract,
    ])
}

fn struct_hash(text: &str) -> [u8; 32] {
    hash(&[&keccak(MESSAGE_TYPE.as_bytes()), &keccak(text.as_bytes())])
}

/// A number as the 32 bytes of a `uint256`.
fn word(number: u64) -> [u8; 32] {
    let mut word = [0; 32];
    word[24..].copy_from_slice(&number.to_be_bytes());
    word
}

fn hash(parts: &[&[u8]]) -> [u8; 32] {
    keccak(&parts.concat())
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::exchange::endpoint::Endpoint;

    fn vectors() -> Value {
        serde_json::from_str(include_str!("../../../tests/fixtures/signing-vectors.json")).unwrap()
    }

    fn hexed(bytes: [u8; 32]) -> String {
        format!("0x{}", hex::encode(bytes))
    }

    #[test]
    fn independent_vectors() {
        let vectors = vectors();
        let key = PrivateKey::parse(vectors["private_key"].as_str().unwrap()).unwrap();
        assert_eq!(key.address().to_string(), vectors["signer"]);
        let types = &vectors["type_hashes"];
        assert_eq!(hexed(keccak(DOMAIN_TYPE.as_bytes())), types["EIP712Domain"]);
        assert_eq!(hexed(keccak(MESSAGE_TYPE.as_bytes())), types["Message"]);
        let cases = vectors["eip712"].as_array().unwrap();
        assert!(!cases.is_empty());
        for case in cases {
            let chain_id = case["chainId"].as_u64().unwrap();
            let text = case["msg"].as_str().unwrap();
            assert_eq!(
                hexed(domain_separator(chain_id)),
                case["domain_separator"],
                "{case}"
            );
            assert_eq!(hexed(struct_hash(text)), case["struct_hash"], "{case}");
            assert_eq!(hexed(digest(chain_id, text)), case["digest"], "{case}");
            assert_eq!(signature(&key, chain_id, text), case["signature"], "{case}");
        }
    }

    #[test]
    fn the_text_is_that_of_the_vector() {
        let vectors = vectors();
        let address = |name: &str| Address::parse(vectors[name].as_str().unwrap()).unwrap();
        let request = Request::new(Endpoint::PositionRisk).with("symbol", "BTCUSDT");
        let text = text(
            &request,
            1_748_310_859_508_867,
            address("user"),
            address("signer"),
        );
        let cases = vectors["eip712"].as_array().unwrap();
        assert!(cases.iter().any(|case| case["msg"] == text), "{text}");
    }
}
