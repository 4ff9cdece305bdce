//! The one account that the environment can name when there is no file.

use std::collections::{BTreeMap, BTreeSet};

use secrecy::{ExposeSecret as _, SecretString};

use super::account::{account_name, master_key};
use super::credentials::belongs;
use super::file::FileConfig;
use super::reader::Problems;
use super::{AccountConfig, Auth, Environment, base_url_of, chain_id, secret};
use crate::collector::Collector;
use crate::wallet::{Address, PrivateKey};

const HMAC: [&str; 2] = ["ASTER_API_KEY", "ASTER_API_SECRET"];
const V3: [&str; 3] = ["ASTER_USER", "ASTER_SIGNER", "ASTER_SIGNER_PRIVATE_KEY"];

/// Reads the account that the environment names.
pub(super) fn read(environment: Environment<'_>, problems: &mut Problems) -> FileConfig {
    let set = |names: &[&str]| names.iter().any(|name| environment(name).is_some());
    let said = |names: &[&str]| {
        names
            .iter()
            .any(|name| environment(name).is_some_and(|value| !value.trim().is_empty()))
    };
    let auth = match (set(&HMAC), said(&V3)) {
        (false, false) => {
            problems.general(format!(
                "there is no account to watch: give a file with --config.file=FILE, or set {} (an agent key) or {} (an older \
                 API key), or try `aster-exporter demo`, which needs neither",
                listed(&V3),
                listed(&HMAC)
            ));
            return FileConfig::default();
        }
        (true, true) if said(&HMAC) => {
            problems.general(format!(
                "both an agent key ({}) and an older API key ({}) are set: give one of them, or a file with --config.file=FILE",
                listed(&V3),
                listed(&HMAC)
            ));
            return FileConfig::default();
        }
        (_, true) => v3(environment, problems),
        _ => hmac(environment, problems),
    };
    let name = environment("ASTER_ACCOUNT_NAME").map(|name| name.trim().to_owned());
    let name = name
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "default".to_owned());
    if let Err(what) = account_name(&name) {
        problems.general(format!(
            "the environment variable ASTER_ACCOUNT_NAME: {what}"
        ));
    }
    if let Some(auth) = &auth {
        problems.warn(master_key(&name, auth));
    }
    let account = auth.map(|auth| AccountConfig {
        name,
        auth,
        labels: BTreeMap::new(),
        collectors: BTreeSet::from(Collector::OF_ACCOUNT),
    });
    FileConfig {
        accounts: account.into_iter().collect(),
        ..FileConfig::default()
    }
}

fn hmac(environment: Environment<'_>, problems: &mut Problems) -> Option<Auth> {
    let [api_key, api_secret] = HMAC.map(|name| variable(environment, name, problems, Ok));
    Some(Auth::Hmac {
        api_key: api_key?,
        api_secret: api_secret?,
    })
}

fn v3(environment: Environment<'_>, problems: &mut Problems) -> Option<Auth> {
    let [user, signer, private_key] = V3;
    let mut address = |name| {
        variable(environment, name, problems, |text| {
            Address::parse(text.expose_secret()).map_err(|what| format!("is wrong: {what}"))
        })
    };
    let (user, signer) = (address(user), address(signer));
    let key = variable(environment, private_key, problems, |text| {
        PrivateKey::parse(text.expose_secret())
    });
    let (user, signer, key) = (user?, signer?, key?);
    if let Err(what) = belongs(&key, signer) {
        problems.general(format!("the environment variable {private_key}: {what}"));
        return None;
    }
    let chain_id = chain_id(&base_url_of(environment).unwrap_or_default());
    Some(Auth::V3 {
        user,
        key,
        chain_id,
    })
}

/// The value of a variable; people put secrets into the wrong one, so none is shown.
fn variable<T>(
    environment: Environment<'_>,
    name: &str,
    problems: &mut Problems,
    parse: impl Fn(SecretString) -> Result<T, String>,
) -> Option<T> {
    environment(name)
        .ok_or_else(|| "is not set".to_owned())
        .and_then(|text| secret::from_text(&text))
        .and_then(parse)
        .map_err(|what| problems.general(format!("the environment variable {name} {what}")))
        .ok()
}

/// `A, B and C`.
fn listed(names: &[&str]) -> String {
    match names {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        _ => names.concat(),
    }
}
