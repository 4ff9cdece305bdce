//! `--web.config.file` as users write it: what is good, what is wrong, and what is said of it.
//!
//! `tests/web_config/NAME.yml` holds a bad file and `NAME.txt` what must be said; `UPDATE_GOLDEN=1` writes the latter.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    unreachable_pub
)]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use aster_exporter::config::web::{ClientAuth, RateLimit, TlsVersion, WebFile};
use aster_exporter::http::Gate;
use tempfile::TempDir;

#[allow(dead_code, reason = "other tests use the rest")]
#[path = "support/pki.rs"]
mod pki;

/// What every secret of these tests holds, and nothing else may.
const MARK: &str = "s3cr3t";
const HASH: &str = "$2y$10$mDwo.lAisC94iLAyP81MCesa29IzH37oigHC/42V2pdJlUprsJPze";

/// A folder with certificates and keys of all kinds.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &str| fs::write(folder.path().join(name), content).unwrap();
    let authority = pki::Authority::new();
    let (server, other) = (authority.server(), authority.server());
    write("cert.pem", &server.cert);
    write("key.pem", &server.key);
    write("other.key", &other.key);
    write("ca.pem", &authority.pem);
    write("garbage.pem", &format!("{MARK}\n"));
    let broken = server.cert.replacen("MII", "MAA", 1);
    assert_ne!(broken, server.cert);
    write("broken.pem", &broken);
    write("large", &MARK.repeat(3_000_000));
    fs::create_dir(folder.path().join("folder")).unwrap();
    folder
}

fn in_folder(folder: &Path, content: &[u8]) -> PathBuf {
    let path = folder.join("web.yml");
    fs::write(&path, content).unwrap();
    path
}

/// Opens `content` as a file of [`folder`]; the file's folder is left out of what is wrong.
fn try_open(content: &[u8]) -> Result<(), String> {
    let folder = folder();
    let path = in_folder(folder.path(), content);
    Gate::open(Some(&path)).map(drop).map_err(|error| {
        let told = format!("{error}{error:?}");
        assert!(!told.contains(MARK) && !told.contains("BEGIN"), "{told}");
        assert!(!told.contains("mDwo"), "a hash is shown: {told}");
        error
            .to_string()
            .replace(&format!("{}/", folder.path().display()), "")
    })
}

fn read(content: &str) -> WebFile {
    let folder = folder();
    let path = in_folder(folder.path(), content.as_bytes());
    let file = WebFile::read(&path).unwrap_or_else(|error| panic!("{content}\n{error}"));
    Gate::open(Some(&path)).unwrap_or_else(|error| panic!("{content}\n{error}"));
    let shown = format!("{file:?}");
    assert!(
        !shown.contains("mDwo") && !shown.contains("BEGIN"),
        "{shown}"
    );
    file
}

#[test]
fn every_bad_file_is_refused_with_the_text_beside_it() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/web_config");
    let mut wrong = String::new();
    let mut count = 0;
    for entry in fs::read_dir(&cases).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "yml") {
            let yaml = path.with_extension("yml");
            assert!(yaml.exists(), "{} belongs to no case", path.display());
            continue;
        }
        count += 1;
        let Err(told) = try_open(&fs::read(&path).unwrap()) else {
            writeln!(wrong, "{}: accepted", path.display()).unwrap();
            continue;
        };
        let (told, golden) = (told + "\n", path.with_extension("txt"));
        if std::env::var_os("UPDATE_GOLDEN").is_some_and(|v| v == "1") {
            fs::write(&golden, &told).unwrap();
        }
        let expected = fs::read_to_string(&golden).unwrap_or_default();
        if told != expected {
            writeln!(wrong, "{}:\n{told}expected:\n{expected}", path.display()).unwrap();
        }
    }
    assert!(count > 30, "only {count} cases were found");
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn an_absent_file_is_refused() {
    let told = Gate::open(Some(Path::new("/nothing/web.yml"))).unwrap_err();
    assert_eq!(
        told.to_string(),
        "cannot read the web configuration /nothing/web.yml: No such file or directory (os error 2)"
    );
}

#[test]
fn what_is_left_out_has_the_defaults_of_the_toolkit() {
    let file = read("tls_server_config: {cert_file: cert.pem, key_file: key.pem}");
    let tls = file.tls.as_ref().unwrap();
    assert_eq!(tls.client_auth, ClientAuth::NoClientCert);
    assert_eq!(
        (tls.min_version, tls.max_version),
        (TlsVersion::Tls12, TlsVersion::Tls13)
    );
    assert!(tls.prefer_server_cipher_suites && file.http2);
    assert!(tls.cipher_suites.is_empty() && tls.curve_preferences.is_empty());
    assert!(file.users.is_empty() && file.headers.is_empty());
    assert_eq!(file.rate_limit, None);
}

#[test]
fn everything_can_be_said() {
    let pair = pki::Authority::new().server();
    let inline = |pem: &str| pem.replace('\n', "\n      ");
    let content = format!(
        r#"
tls_server_config:
  cert: |
      {}
  key: |
      {}
  client_ca_file: ca.pem
  client_auth_type: RequireAndVerifyClientCert
  client_allowed_sans: [prometheus.example.com, 10.0.0.1, "spiffe://example.com/prometheus"]
  min_version: TLS12
  max_version: TLS13
  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TLS_AES_256_GCM_SHA384]
  prefer_server_cipher_suites: false
  curve_preferences: [CurveP256, X25519]
http_server_config:
  http2: false
  headers:
    Content-Security-Policy: default-src 'self'
    X-Frame-Options: deny
    X-Content-Type-Options: nosniff
    X-XSS-Protection: ""
    Strict-Transport-Security: max-age=31536000; includeSubDomains
basic_auth_users:
  alice: {HASH}
  "bob@example.com": {HASH}
rate_limit: {{interval: 500ms, burst: 20}}
"#,
        inline(&pair.cert),
        inline(&pair.key)
    );
    let file = read(&content);
    let tls = file.tls.as_ref().unwrap();
    assert_eq!(tls.client_auth, ClientAuth::RequireAndVerifyClientCert);
    assert_eq!(tls.client_allowed_sans.len(), 3);
    assert_eq!(tls.curve_preferences, ["CurveP256", "X25519"]);
    assert_eq!(tls.cipher_suites.len(), 2);
    assert!(!tls.prefer_server_cipher_suites && !file.http2);
    let names: Vec<_> = file.headers.iter().map(|(name, _)| *name).collect();
    assert_eq!(
        names,
        [
            "Content-Security-Policy",
            "X-Frame-Options",
            "X-Content-Type-Options",
            "Strict-Transport-Security"
        ]
    );
    assert_eq!(file.users.len(), 2);
    assert_eq!(file.highest_cost(), Some(10));
    let limit = file.rate_limit.unwrap();
    assert_eq!(limit.burst, 20);
    assert_eq!(limit.interval.as_millis(), 500);
}

#[test]
fn the_old_name_of_a_client_auth_type_and_a_limit_of_nothing() {
    let file = read(
        "tls_server_config: {cert_file: cert.pem, key_file: key.pem, client_auth_type: RequireClientCert}\n\
         rate_limit: {interval: 0s, burst: 1}",
    );
    assert_eq!(
        file.tls.unwrap().client_auth,
        ClientAuth::RequireAnyClientCert
    );
    assert_eq!(file.rate_limit, None::<RateLimit>);
}

#[test]
fn a_fingerprint_changes_with_every_file_that_is_named() {
    let folder = folder();
    let content = "tls_server_config: {cert_file: cert.pem, key_file: key.pem, client_ca_file: ca.pem, client_auth_type: RequireAndVerifyClientCert}";
    let path = in_folder(folder.path(), content.as_bytes());
    let fingerprint = || WebFile::read(&path).unwrap().fingerprint;
    let mut seen = vec![fingerprint()];
    assert_eq!(fingerprint(), seen[0]);
    for name in ["web.yml", "cert.pem", "key.pem", "ca.pem"] {
        let file = folder.path().join(name);
        let text = fs::read_to_string(&file).unwrap();
        fs::write(&file, text + "\n").unwrap();
        let now = fingerprint();
        assert!(!seen.contains(&now), "{name}");
        seen.push(now);
    }
}

/// The example of the documentation is what it says.
#[test]
fn the_example_of_the_documentation_is_good() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/web-configuration.md");
    let text = fs::read_to_string(path).unwrap();
    let blocks: Vec<_> = text.split("```yaml\n").skip(1).collect();
    let examples = blocks
        .iter()
        .map(|rest| rest.split("```").next().unwrap())
        .filter(|block| block.starts_with("tls_server_config"));
    assert!(examples.map(read).count() > 0, "no example was found");
    for key in known_keys() {
        assert!(text.contains(&format!("`{key}`")), "{key} is not named");
    }
}

/// Every key that is known, as is said of one that is not.
fn known_keys() -> Vec<String> {
    let told = try_open(
        b"nokey: 1\ntls_server_config: {nokey: 1}\nhttp_server_config: {nokey: 1, headers: {nokey: 1}}\nrate_limit: {nokey: 1}",
    )
    .unwrap_err();
    let keys: Vec<String> = told
        .lines()
        .filter_map(|line| line.split_once("the keys here are "))
        .flat_map(|(_, keys)| keys.split(", "))
        .map(str::to_owned)
        .collect();
    assert!(keys.len() > 20, "{keys:?}");
    keys
}
