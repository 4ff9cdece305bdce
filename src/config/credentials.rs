//! The credentials of an account in the configuration file: which kind they are, and where each secret comes from.

use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretString};

use super::reader::{Item, Problems, is_word};
use super::{Auth, Environment, secret};
use crate::wallet::{Address, PrivateKey};

/// The keys of an account that say how its requests are signed.
pub(super) const KEYS: [&str; 13] = [
    "auth",
    "api_key",
    "api_key_file",
    "api_key_env",
    "api_secret",
    "api_secret_file",
    "api_secret_env",
    "user",
    "signer",
    "private_key",
    "private_key_file",
    "private_key_env",
    "chain_id",
];

/// The values of [`KEYS`], in their order.
pub(super) type Values<'n> = [Option<Item<'n>>; KEYS.len()];

/// A secret given itself, as a file's name, or as a variable's.
type Ways<'n> = [Option<Item<'n>>; 3];

/// What is known where the credentials of an account are read.
pub(super) struct Source<'s, 'n> {
    pub(super) account: &'s Item<'n>,
    /// Where relative names of files begin.
    pub(super) folder: &'s Path,
    pub(super) environment: Environment<'s>,
    /// The chain of agent keys when the file does not say.
    pub(super) chain_id: u64,
}

impl Source<'_, '_> {
    /// The credentials, or `None` where something is wrong with them.
    pub(super) fn read(&self, values: Values<'_>, problems: &mut Problems) -> Option<Auth> {
        let [
            auth,
            key,
            key_file,
            key_env,
            secret,
            secret_file,
            secret_env,
            user,
            signer,
            private,
            private_file,
            private_env,
            chain_id,
        ] = values;
        let (key, secret) = ([key, key_file, key_env], [secret, secret_file, secret_env]);
        let private = [private, private_file, private_env];
        let kind = auth.as_ref().map(|item| item.text(problems));
        match kind {
            None | Some(Some("hmac")) => {
                let misplaced = private.iter().chain([&user, &signer, &chain_id]);
                refuse(misplaced, "v3", "hmac", problems);
                self.hmac(key, secret, problems)
            }
            Some(Some("v3")) => {
                refuse(key.iter().chain(&secret), "hmac", "v3", problems);
                self.v3([user, signer, chain_id], private, problems)
            }
            Some(other) => {
                if let (Some(item), Some(_)) = (auth, other) {
                    item.wrong(problems, "expected hmac or v3");
                }
                None
            }
        }
    }

    fn hmac(&self, key: Ways<'_>, secret: Ways<'_>, problems: &mut Problems) -> Option<Auth> {
        let api_key = self.secret("api_key", key, problems, Ok);
        let api_secret = self.secret("api_secret", secret, problems, Ok);
        Some(Auth::Hmac {
            api_key: api_key?,
            api_secret: api_secret?,
        })
    }

    fn v3(
        &self,
        [user, signer, chain_id]: [Option<Item<'_>>; 3],
        private: Ways<'_>,
        problems: &mut Problems,
    ) -> Option<Auth> {
        let user = self.address("user", "the address of your main wallet", user, problems);
        let signer = self.address("signer", "the address of the agent", signer, problems);
        let key = self.secret("private_key", private, problems, |text| {
            PrivateKey::parse(text.expose_secret())
        });
        let chain_id = chain_id.map_or(Some(self.chain_id), |item| {
            item.whole(problems, 1, u32::MAX).map(u64::from)
        });
        let (user, signer, key) = (user?, signer?, key?);
        if let Err(what) = belongs(&key, signer) {
            self.account.wrong(problems, &what);
            return None;
        }
        Some(Auth::V3 {
            user,
            key,
            chain_id: chain_id?,
        })
    }

    fn address(
        &self,
        name: &str,
        meaning: &str,
        item: Option<Item<'_>>,
        problems: &mut Problems,
    ) -> Option<Address> {
        let Some(item) = item else {
            self.account
                .wrong(problems, &format!("{name} is missing: {meaning}"));
            return None;
        };
        Address::parse(item.text(problems)?)
            .map_err(|what| item.wrong(problems, &what))
            .ok()
    }

    /// The one way in which `name` is given: itself, `…_file` or `…_env`.
    fn secret<T>(
        &self,
        name: &str,
        ways: Ways<'_>,
        problems: &mut Problems,
        parse: impl Fn(SecretString) -> Result<T, String>,
    ) -> Option<T> {
        let given = ways.iter().flatten().count();
        if given != 1 {
            let what = if given == 0 {
                "is missing"
            } else {
                "is given in more than one way"
            };
            let message = format!("{name} {what}; give one of {name}_file, {name}_env or {name}");
            self.account.wrong(problems, &message);
            return None;
        }
        let [inline, file, variable] = ways;
        let (item, shown, result) = if let Some(item) = inline {
            problems.holds_a_secret();
            let result = secret::from_text(item.text(problems)?);
            (item, "the value".to_owned(), result)
        } else if let Some(item) = file {
            let name = item.text(problems)?;
            let path: PathBuf = self.folder.join(name);
            // Somebody may have put the secret itself here.
            let shown = if name.split('/').all(is_word) {
                format!("the file {}", path.display())
            } else {
                "this file".to_owned()
            };
            match secret::from_file(&path, &shown) {
                Ok((secret, exposed)) => {
                    problems.warn(exposed);
                    (item, shown, Ok(secret))
                }
                Err(what) => {
                    item.wrong(problems, &what);
                    return None;
                }
            }
        } else {
            let item = variable?;
            let name = item.text(problems)?;
            // Somebody may have put the secret itself here.
            let shown = if is_word(name) {
                format!("the environment variable {name}")
            } else {
                "this environment variable".to_owned()
            };
            let result = (self.environment)(name)
                .ok_or_else(|| "is not set".to_owned())
                .and_then(|text| secret::from_text(&text));
            (item, shown, result)
        };
        result
            .and_then(parse)
            .map_err(|what| item.wrong(problems, &format!("{shown} {what}")))
            .ok()
    }
}

/// Whether `key` is that of `signer`.
pub(super) fn belongs(key: &PrivateKey, signer: Address) -> Result<(), String> {
    let address = key.address();
    if address == signer {
        return Ok(());
    }
    Err(format!(
        "the private key belongs to {address}, not to the signer {signer}; give the key of the agent, or mend signer"
    ))
}

/// Names keys that belong to the other kind of credentials.
fn refuse<'i, 'n: 'i>(
    items: impl Iterator<Item = &'i Option<Item<'n>>>,
    theirs: &str,
    ours: &str,
    problems: &mut Problems,
) {
    for item in items.flatten() {
        item.wrong(
            problems,
            &format!("this key belongs to auth: {theirs}, and this account has auth: {ours}"),
        );
    }
}
