//! The accounts of the configuration file: names, secrets, labels and collectors.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::file::FileConfig;
use super::reader::{Item, Problems, is_word};
use super::{AccountConfig, Auth, Environment, secret};
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
    for item in items {
        let account = read_account(&item, folder, environment, &mut names, problems);
        file.accounts.extend(account);
    }
}

fn read_account(
    item: &Item<'_>,
    folder: &Path,
    environment: Environment<'_>,
    names: &mut BTreeSet<String>,
    problems: &mut Problems,
) -> Option<AccountConfig> {
    let keys = [
        "name",
        "auth",
        "api_key",
        "api_key_file",
        "api_key_env",
        "api_secret",
        "api_secret_file",
        "api_secret_env",
        "labels",
        "collectors",
    ];
    let [
        name,
        auth,
        key,
        key_file,
        key_env,
        secret,
        secret_file,
        secret_env,
        labels,
        collectors,
    ] = item.block(problems, keys)?;
    let name = if let Some(item) = name {
        read_name(&item, names, problems)
    } else {
        item.wrong(
            problems,
            "the key name is missing: what the label account will say",
        );
        None
    };
    if let Some(item) = auth
        && item.text(problems).is_some_and(|auth| auth != "hmac")
    {
        item.wrong(
            problems,
            "expected hmac; this version signs in no other way",
        );
    }
    let source = SecretSource {
        account: item,
        folder,
        environment,
    };
    let api_key = source.read("api_key", [key, key_file, key_env], problems);
    let api_secret = source.read("api_secret", [secret, secret_file, secret_env], problems);
    let labels = labels
        .map(|i| read_labels(&i, problems))
        .unwrap_or_default();
    let collectors = collectors.map_or_else(
        || Collector::OF_ACCOUNT.into(),
        |i| read_collectors(&i, problems),
    );
    let auth = Auth::Hmac {
        api_key: api_key?,
        api_secret: api_secret?,
    };
    Some(AccountConfig {
        name: name?,
        auth,
        labels,
        collectors,
    })
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

struct SecretSource<'s, 'n> {
    account: &'s Item<'n>,
    folder: &'s Path,
    environment: Environment<'s>,
}

impl SecretSource<'_, '_> {
    /// The one way in which `name` is given: itself, `…_file` or `…_env`.
    fn read(
        &self,
        name: &str,
        ways: [Option<Item<'_>>; 3],
        problems: &mut Problems,
    ) -> Option<SecretString> {
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
        let (item, result) = if let Some(item) = inline {
            let text = item.text(problems)?;
            let result = secret::from_text(text).map_err(|what| format!("the value {what}"));
            (item, result)
        } else if let Some(item) = file {
            let name = item.text(problems)?;
            let path: PathBuf = self.folder.join(name);
            // Somebody may have put the secret itself here.
            let shown = if name.split('/').all(is_word) {
                format!("the file {}", path.display())
            } else {
                "this file".to_owned()
            };
            let result = secret::from_file(&path, &shown);
            (item, result)
        } else if let Some(item) = variable {
            let name = item.text(problems)?;
            // Somebody may have put the secret itself here.
            let shown = if is_word(name) {
                format!("the environment variable {name}")
            } else {
                "this environment variable".to_owned()
            };
            let result = (self.environment)(name)
                .ok_or_else(|| format!("{shown} is not set"))
                .and_then(|text| {
                    secret::from_text(&text).map_err(|what| format!("{shown} {what}"))
                });
            (item, result)
        } else {
            return None;
        };
        result.map_err(|what| item.wrong(problems, &what)).ok()
    }
}
