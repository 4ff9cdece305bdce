//! Wallets of the kind that Ethereum has: addresses, and the private keys they belong to.

use std::fmt;

use k256::ecdsa::{SigningKey, VerifyingKey};
use sha3::{Digest as _, Keccak256};
use zeroize::Zeroizing;

/// The address of a wallet. `Display` writes it with its checksum (EIP-55).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address([u8; 20]);

impl Address {
    /// Reads `0x` and 40 hexadecimal digits; where letter case is mixed, it must be that of the checksum.
    ///
    /// # Errors
    /// What is wrong, in words. They never quote `text`: somebody may have put a private key here.
    pub fn parse(text: &str) -> Result<Self, String> {
        let expected = "expected the address of a wallet: 0x and 40 hexadecimal digits";
        let digits = text.strip_prefix("0x").unwrap_or(text);
        if hex_bytes::<32>(digits).is_some() {
            return Err(format!("{expected}; this looks like a private key"));
        }
        let bytes = hex_bytes(digits).filter(|_| text.starts_with("0x"));
        let address = Self(*bytes.ok_or(expected)?);
        let mixed = digits.bytes().any(|b| b.is_ascii_lowercase())
            && digits.bytes().any(|b| b.is_ascii_uppercase());
        if mixed && address.to_string() != text {
            return Err(format!(
                "the checksum of this address is wrong, so a digit may be too: copy it again (with these digits it would be {address})"
            ));
        }
        Ok(address)
    }

    fn of(key: &VerifyingKey) -> Self {
        let point = key.to_sec1_point(false);
        // The hash is over the two coordinates, without the byte that says that there are two.
        let hash = keccak(&point.as_bytes()[1..]);
        let mut address = [0; 20];
        address.copy_from_slice(&hash[12..]);
        Self(address)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = hex::encode(self.0);
        let hash = keccak(digits.as_bytes());
        f.write_str("0x")?;
        for (index, digit) in digits.chars().enumerate() {
            let nibble = hash[index / 2] >> (4 * (1 - index % 2)) & 0xf;
            let digit = if nibble >= 8 {
                digit.to_ascii_uppercase()
            } else {
                digit
            };
            write!(f, "{digit}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A private key and its address. `Debug` shows the address alone; the key is wiped when it is dropped.
#[derive(Clone)]
pub struct PrivateKey {
    key: SigningKey,
    address: Address,
}

impl PrivateKey {
    /// Reads 64 hexadecimal digits, with or without `0x`.
    ///
    /// # Errors
    /// When they are no key, in words that do not quote them.
    pub fn parse(text: &str) -> Result<Self, String> {
        let digits = text.strip_prefix("0x").unwrap_or(text);
        let bytes = hex_bytes::<32>(digits).ok_or(
            "is no private key: expected 64 hexadecimal digits, with or without 0x before them",
        )?;
        let key = SigningKey::from_slice(&*bytes)
            .map_err(|_| "is no private key: the number is out of range")?;
        let address = Address::of(key.verifying_key());
        Ok(Self { key, address })
    }

    /// The address that the key belongs to.
    #[must_use]
    pub const fn address(&self) -> Address {
        self.address
    }

    /// Signs a digest: r, s (the lower of the two that fit) and v (27 or 28).
    #[must_use]
    pub fn sign(&self, digest: &[u8; 32]) -> [u8; 65] {
        let (signature, recovery) = self.key.sign_prehash_recoverable(digest);
        let mut bytes = [0; 65];
        bytes[..64].copy_from_slice(&signature.to_bytes());
        bytes[64] = 27 + recovery.to_byte();
        bytes
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey(of {})", self.address)
    }
}

/// The hash of Ethereum: Keccak-256 as it was before it became SHA-3.
#[must_use]
pub fn keccak(bytes: &[u8]) -> [u8; 32] {
    Keccak256::digest(bytes).into()
}

fn hex_bytes<const N: usize>(digits: &str) -> Option<Zeroizing<[u8; N]>> {
    let mut bytes = Zeroizing::new([0; N]);
    hex::decode_to_slice(digits, &mut *bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of EIP-55.
    const CHECKSUMMED: [&str; 4] = [
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
        "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
    ];

    #[test]
    fn addresses_are_read_with_and_without_checksum() {
        for text in CHECKSUMMED {
            let lower = text.to_lowercase();
            let upper = format!("0x{}", text[2..].to_uppercase());
            for spelling in [text, &lower, &upper] {
                assert_eq!(Address::parse(spelling).unwrap().to_string(), text);
            }
        }
    }

    #[test]
    fn a_wrong_checksum_is_refused() {
        let wrong = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD";
        let told = Address::parse(wrong).unwrap_err();
        assert!(told.contains(CHECKSUMMED[0]), "{told}");
    }

    #[test]
    fn what_is_no_address_is_refused_and_not_repeated() {
        let key = "4fd0a42218f3eae43a6ce26d22544e986139a01e5b34a62db53757ffca81bae1";
        let cases = [
            String::new(),
            "0x".to_owned(),
            CHECKSUMMED[0][2..].to_owned(),
            format!("{}0", CHECKSUMMED[0]),
            CHECKSUMMED[0].replace('5', "g"),
            key.to_owned(),
            format!("0x{key}"),
        ];
        for text in cases {
            let told = Address::parse(&text).unwrap_err();
            assert!(told.starts_with("expected the address"), "{told}");
            assert!(!told.contains("4fd0"), "{told}");
            assert_eq!(told.contains("private key"), text.contains(key), "{told}");
        }
    }

    #[test]
    fn keys_are_read_with_and_without_prefix_and_never_shown() {
        let digits = "4fd0a42218f3eae43a6ce26d22544e986139a01e5b34a62db53757ffca81bae1";
        for text in [digits.to_owned(), format!("0x{digits}")] {
            let key = PrivateKey::parse(&text).unwrap();
            assert_eq!(
                key.address().to_string(),
                "0x21cF8Ae13Bb72632562c6Fff438652Ba1a151bb0"
            );
            assert_eq!(
                format!("{key:?} {key:#?}").matches("4fd0").count(),
                0,
                "{key:?}"
            );
        }
        let order = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
        let zero = "0".repeat(64);
        for bad in ["", "0x", &digits[1..], CHECKSUMMED[0], order, &zero, "zz"] {
            let told = PrivateKey::parse(bad).unwrap_err();
            assert!(told.starts_with("is no private key"), "{told}");
            assert!(bad.len() < 3 || !told.contains(&bad[2..]), "{told}");
        }
    }
}
