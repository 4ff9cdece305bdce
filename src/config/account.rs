//! The accounts of the configuration file: names, secrets, labels and collectors.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::credentials::{KEYS, Source, Values};
use super::file::FileConfig;
use super::reader::{Item, Problems};
use super::{AccountConfig, Auth, Environment, base_url_of, chain_id};
use crate::collector::Collector;

const LONGEST_NAME: usize = 64;

/// Reads the list of accounts into `file`.
pub(super) fn read_accounts(
    item: &Item<'_>,
    folder: &Path,
    environment: Environment<'_>,
    file: &mut FileConfig,
    problems: &mut Problems,
) {
    let Some(items) = item.list(problems) else {
        return;
    };
    if items.is_empty() {
        item.wrong(problems, "the list is empty: there is nothing to watch");
    }
    let mut names = BTreeSet::new();
    let url = file.base_url.clone().or_else(|| base_url_of(environment));
    for item in items {
        let source = Source {
            account: &item,
            folder,
            environment,
            chain_id: chain_id(url.as_deref().unwrap_or_default()),
        };
        let account = read_account(&source, &mut names, problems);
        file.accounts.extend(account);
    }
}

fn read_account(
    source: &Source<'_, '_>,
    names: &mut BTreeSet<String>,
    problems: &mut Problems,
) -> Option<AccountConfig> {
    let item = source.account;
    let ([name, labels, collectors], credentials) = read_block(item, problems)?;
    let name = if let Some(item) = name {
        read_name(&item, names, problems)
    } else {
        item.wrong(
            problems,
            "the key name is missing: what the label account will say",
        );
        None
    };
    let auth = source.read(credentials, problems);
    let labels = labels
        .map(|i| read_labels(&i, problems))
        .unwrap_or_default();
    let collectors = collectors.map_or_else(
        || Collector::OF_ACCOUNT.into(),
        |i| read_collectors(&i, problems),
    );
    let (name, auth) = (name?, auth?);
    problems.warn(master_key(&name, &auth));
    Some(AccountConfig {
        name,
        auth,
        labels,
        collectors,
    })
}

/// Takes the block of an account apart: what it is called and has, and its credentials.
fn read_block<'n>(
    item: &Item<'n>,
    problems: &mut Problems,
) -> Option<([Option<Item<'n>>; 3], Values<'n>)> {
    let mut keys = [""; KEYS.len() + 3];
    keys[0] = "name";
    keys[1..=KEYS.len()].copy_from_slice(&KEYS);
    keys[KEYS.len() + 1..].copy_from_slice(&["labels", "collectors"]);
    let mut values = item.block(problems, keys)?.into_iter();
    let name = values.next()?;
    let mut credentials = [const { None }; KEYS.len()];
    for (place, value) in credentials.iter_mut().zip(values.by_ref()) {
        *place = value;
    }
    Some(([name, values.next()?, values.next()?], credentials))
}

/// What to say of a main wallet that signs for itself.
pub(super) fn master_key(account: &str, auth: &Auth) -> Option<String> {
    match auth {
        Auth::V3 { user, key, .. } if *user == key.address() => Some(format!(
            "account {account:?}: the signer is the main wallet itself, whose key can do everything; make an agent for the exporter alone that can only read"
        )),
        _ => None,
    }
}

fn read_name(
    item: &Item<'_>,
    names: &mut BTreeSet<String>,
    problems: &mut Problems,
) -> Option<String> {
    let name = item.text(problems)?;
    if let Err(what) = account_name(name) {
        item.wrong(problems, &what);
        return None;
    }
    if !names.insert(name.to_owned()) {
        item.wrong(
            problems,
            &format!("there is already an account named {name:?}; each needs a name of its own"),
        );
        return None;
    }
    Some(name.to_owned())
}

/// Whether an account can be called so.
pub(super) fn account_name(name: &str) -> Result<(), String> {
    if name.chars().count() > LONGEST_NAME || name.chars().any(is_invisible) {
        return Err(format!(
            "expected a name of at most {LONGEST_NAME} printable characters"
        ));
    }
    Ok(())
}

/// Whether a character leaves no trace, or turns the text around it: two names could look alike.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn read_labels(item: &Item<'_>, problems: &mut Problems) -> BTreeMap<String, String> {
    let mut labels = BTreeMap::new();
    for (name, item) in item.entries(problems).unwrap_or_default() {
        let mut letters = name.chars();
        let named = letters
            .next()
            .is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
            && letters.all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !named || name.starts_with("__") {
            item.wrong(problems, "a label's name has letters, digits and underscores, and begins with no digit and no two underscores");
        } else if ["account", "auth", "le", "quantile", "job", "instance"].contains(&name) {
            item.wrong(problems, "this label name is taken; choose another");
        } else if let Some(text) = item.text(problems)
            && labels.insert(name.to_owned(), text.to_owned()).is_some()
        {
            item.wrong(problems, "this label is given twice");
        }
    }
    labels
}

fn read_collectors(item: &Item<'_>, problems: &mut Problems) -> BTreeSet<Collector> {
    let known = Collector::OF_ACCOUNT.map(Collector::name).join(", ");
    let mut collectors = BTreeSet::new();
    let Some(items) = item.list(problems) else {
        return collectors;
    };
    if items.is_empty() {
        item.wrong(problems, "the list is empty: there is nothing to collect");
    }
    for item in items {
        let Some(name) = item.text(problems) else {
            continue;
        };
        match Collector::from_name(name) {
            Some(Collector::Market) => item.wrong(
                problems,
                "market runs once for all accounts; switch it off with --no-collector.market",
            ),
            Some(collector) => {
                collectors.insert(collector);
            }
            None => item.wrong(
                problems,
                &format!("unknown collector; expected one of {known}"),
            ),
        }
    }
    collectors
}
