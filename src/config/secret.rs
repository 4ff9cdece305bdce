//! Secrets: from a file, the environment, or the configuration itself; never shown again.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use secrecy::SecretString;
use zeroize::Zeroizing;

use super::exposed;

/// No key or secret is longer.
const LARGEST: usize = 64 * 1024;

/// Reads a secret file; white space at its ends is cut. With it comes a warning, if others can read the file.
///
/// # Errors
/// When it cannot be read, is empty, too large, or no text: in words, with the file's `name`.
pub(super) fn from_file(path: &Path, name: &str) -> Result<(SecretString, Option<String>), String> {
    // As large as it may become: a buffer that grows leaves copies behind.
    let mut text = Zeroizing::new(String::with_capacity(LARGEST + 1));
    let read = File::open(path).and_then(|mut file| {
        let exposed = exposed::warning(path, &file.metadata()?, name);
        file.by_ref()
            .take(LARGEST as u64 + 1)
            .read_to_string(&mut text)
            .map(|length| (length, exposed))
    });
    match read {
        Err(error) => Err(format!("cannot read {name}: {error}")),
        Ok((length, _)) if length > LARGEST => Err(format!("{name} is too large to be a secret")),
        Ok((_, exposed)) => match from_text(&text) {
            Ok(secret) => Ok((secret, exposed)),
            Err(what) => Err(format!("{name} {what}")),
        },
    }
}

/// Takes a secret as it was given; white space at its ends is cut.
///
/// # Errors
/// When nothing is left, or it has characters that no key has.
pub(super) fn from_text(text: &str) -> Result<SecretString, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("is empty".to_owned());
    }
    if !text.bytes().all(|b| b.is_ascii_graphic()) {
        return Err("holds more than one word, or characters that no key has".to_owned());
    }
    Ok(SecretString::from(text))
}
