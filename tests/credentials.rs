//! Agent keys in the configuration, and who else can read the files that hold secrets.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use aster_exporter::config::{Auth, Config, Overrides, load};
use tempfile::TempDir;

/// The key and the addresses that the exchange shows in its documents.
const PRIVATE_KEY: &str = "0x4fd0a42218f3eae43a6ce26d22544e986139a01e5b34a62db53757ffca81bae1";
const USER: &str = "0x63DD5aCC6b1aa0f563956C0e534DD30B6dcF7C4e";
const SIGNER: &str = "0x21cF8Ae13Bb72632562c6Fff438652Ba1a151bb0";

const FILES: &str = "    private_key_file: agent\n";

fn account(rest: &str) -> String {
    format!(
        "accounts:\n  - name: main\n    auth: v3\n    user: \"{USER}\"\n    signer: \"{SIGNER}\"\n{rest}"
    )
}

/// A folder that everybody may enter, with a configuration and the key, both for the owner alone.
fn folder(text: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("aster.yaml"), text).unwrap();
    fs::write(folder.path().join("agent"), format!("{PRIVATE_KEY}\n")).unwrap();
    mode(folder.path(), 0o755);
    mode(&folder.path().join("aster.yaml"), 0o600);
    mode(&folder.path().join("agent"), 0o600);
    folder
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn load_from(folder: &Path) -> Config {
    let environment = |name: &str| (name == "AGENT_KEY").then(|| format!(" {PRIVATE_KEY}\n"));
    let path = folder.join("aster.yaml");
    load(Some(&path), &Overrides::default(), &environment).unwrap_or_else(|e| panic!("{e}"))
}

/// User, signer and chain of the one account.
fn agent(config: &Config) -> (String, String, u64) {
    match &config.accounts[0].auth {
        Auth::V3 {
            user,
            key,
            chain_id,
        } => (user.to_string(), key.address().to_string(), *chain_id),
        Auth::Hmac { .. } => panic!("{config:?}"),
    }
}

#[test]
fn an_agent_key_is_given_in_any_way_and_shown_in_none() {
    let inline = format!("    private_key: \"{PRIVATE_KEY}\"\n");
    let plain = format!("    private_key: \"{}\"\n", &PRIVATE_KEY[2..]);
    for way in [FILES, "    private_key_env: AGENT_KEY\n", &inline, &plain] {
        let config = load_from(folder(&account(way)).path());
        let (user, signer, chain_id) = agent(&config);
        assert_eq!((user.as_str(), signer.as_str()), (USER, SIGNER));
        assert_eq!(chain_id, 1666);
        assert_eq!(config.accounts[0].auth.name(), "v3");
        assert_eq!(config.warnings, [""; 0]);
        let shown = format!("{config:?} {config:#?}");
        assert!(!shown.contains(&PRIVATE_KEY[2..20]), "{shown}");
    }
}

#[test]
fn addresses_need_no_checksum() {
    let text = account(FILES).replace(USER, &USER.to_lowercase());
    let text = text.replace(SIGNER, &format!("0x{}", SIGNER[2..].to_uppercase()));
    let (user, signer, _) = agent(&load_from(folder(&text).path()));
    assert_eq!((user.as_str(), signer.as_str()), (USER, SIGNER));
}

#[test]
fn the_test_network_has_a_chain_of_its_own() {
    let chain = |head: &str, rest: &str| {
        let text = format!("{head}{}", account(&format!("{FILES}{rest}")));
        agent(&load_from(folder(&text).path())).2
    };
    let testnet = "exchange: {base_url: \"https://fapi.asterdex-testnet.com\"}\n";
    assert_eq!(chain("", ""), 1666);
    assert_eq!(chain(testnet, ""), 714);
    assert_eq!(chain(testnet, "    chain_id: 1666\n"), 1666);
    assert_eq!(chain("", "    chain_id: 714\n"), 714);
}

#[test]
fn a_main_wallet_that_signs_for_itself_gets_a_warning() {
    let text = account(FILES).replace(USER, SIGNER);
    let warnings = load_from(folder(&text).path()).warnings;
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("\"main\""), "{warnings:?}");
    assert!(warnings[0].contains("an agent for the exporter alone that can only read"));
}

/// Loads without a file.
fn from_environment(variables: &[(&str, &str)]) -> Result<Config, String> {
    let environment = |name: &str| {
        let found = variables.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    load(None, &Overrides::default(), &environment).map_err(|error| {
        let told = error.to_string();
        assert!(!told.contains(&PRIVATE_KEY[2..20]), "{told}");
        told
    })
}

#[test]
fn an_agent_may_come_from_the_environment() {
    let all = [
        ("ASTER_USER", USER),
        ("ASTER_SIGNER", SIGNER),
        ("ASTER_SIGNER_PRIVATE_KEY", PRIVATE_KEY),
    ];
    let config = from_environment(&all).unwrap();
    assert_eq!(agent(&config), (USER.to_owned(), SIGNER.to_owned(), 1666));
    let testnet = ("ASTER_BASE_URL", "https://fapi.asterdex-testnet.com");
    let config = from_environment(&[&all[..], &[testnet]].concat()).unwrap();
    assert_eq!(agent(&config).2, 714);
    // A variable that a container sets to nothing is no key.
    let empty = [("ASTER_API_KEY", ""), ("ASTER_API_SECRET", "")];
    from_environment(&[&all[..], &empty].concat()).unwrap();

    let refused = |variables: &[(&str, &str)]| from_environment(variables).unwrap_err();
    assert_eq!(
        refused(&all[..1]),
        "the environment variable ASTER_SIGNER is not set\n\
         the environment variable ASTER_SIGNER_PRIVATE_KEY is not set"
    );
    let both = refused(&[&all[..], &[("ASTER_API_KEY", "key")]].concat());
    assert!(both.starts_with("both an agent key"), "{both}");
    let swapped = refused(&[
        ("ASTER_USER", PRIVATE_KEY),
        ("ASTER_SIGNER", USER),
        ("ASTER_SIGNER_PRIVATE_KEY", SIGNER),
    ]);
    assert_eq!(swapped.lines().count(), 2, "{swapped}");
    assert!(swapped.contains("ASTER_USER is wrong"), "{swapped}");
    assert!(
        swapped.contains("ASTER_SIGNER_PRIVATE_KEY is no private key"),
        "{swapped}"
    );
    let others = refused(&[
        ("ASTER_USER", SIGNER),
        ("ASTER_SIGNER", USER),
        ("ASTER_SIGNER_PRIVATE_KEY", PRIVATE_KEY),
    ]);
    assert!(
        others.contains(&format!("belongs to {SIGNER}, not to the signer {USER}")),
        "{others}"
    );
}

#[test]
fn a_secret_file_that_others_can_read_gets_a_warning_with_the_mend() {
    let folder = folder(&account(FILES));
    let key = folder.path().join("agent");
    for (bits, told) in [
        (0o600, false),
        (0o640, false),
        (0o400, false),
        (0o604, true),
        (0o644, true),
    ] {
        mode(&key, bits);
        let warnings = load_from(folder.path()).warnings;
        assert_eq!(warnings.len(), usize::from(told), "{bits:o} {warnings:?}");
        if told {
            assert!(warnings[0].contains(key.to_str().unwrap()), "{warnings:?}");
            assert!(warnings[0].contains("chmod 600"), "{warnings:?}");
        }
    }
    // Nobody else comes to the file.
    mode(folder.path(), 0o700);
    assert_eq!(load_from(folder.path()).warnings, [""; 0]);
}

#[test]
fn a_configuration_that_holds_a_secret_is_such_a_file() {
    let inline = format!("    private_key: \"{PRIVATE_KEY}\"\n");
    for (way, told) in [(inline.as_str(), true), (FILES, false)] {
        let folder = folder(&account(way));
        mode(&folder.path().join("aster.yaml"), 0o644);
        let warnings = load_from(folder.path()).warnings;
        assert_eq!(warnings.len(), usize::from(told), "{warnings:?}");
        assert!(!told || warnings[0].contains("aster.yaml"), "{warnings:?}");
    }
}

#[test]
fn what_kubernetes_mounts_works_as_it_is_and_without_a_warning() {
    let text = account("    private_key_file: secrets/agent\n");
    let folder = folder(&text);
    // As the kubelet does it: the file is a link into a folder that it can exchange at once.
    let mounted = folder.path().join("secrets");
    let version = mounted.join("..2026_11_23_12_00_00.1234567890");
    fs::create_dir_all(&version).unwrap();
    fs::write(version.join("agent"), PRIVATE_KEY).unwrap();
    mode(&version.join("agent"), 0o644);
    mode(&version, 0o755);
    mode(&mounted, 0o777);
    symlink(version.file_name().unwrap(), mounted.join("..data")).unwrap();
    symlink("..data/agent", mounted.join("agent")).unwrap();
    let config = load_from(folder.path());
    assert_eq!(agent(&config).1, SIGNER);
    assert_eq!(config.warnings, [""; 0]);
}

#[test]
fn what_systemd_hands_over_works_as_it_is_and_without_a_warning() {
    // $CREDENTIALS_DIRECTORY: a folder and files that only the service can read.
    let credentials = folder("");
    let key = credentials.path().join("agent");
    let way = format!("    private_key_file: {}\n", key.display());
    let folder = folder(&account(&way));
    mode(&key, 0o400);
    mode(credentials.path(), 0o500);
    let config = load_from(folder.path());
    assert_eq!(agent(&config).1, SIGNER);
    assert_eq!(config.warnings, [""; 0]);
    mode(credentials.path(), 0o700);
}
