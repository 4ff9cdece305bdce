//! `tls_server_config`: certificate, key, clients' certificates, and what TLS may use.

use std::path::Path;

use secrecy::SecretSlice;
use sha2::{Digest as _, Sha256};

use crate::config::load::read_bytes;
use crate::config::reader::{Item, Problems, is_word};

/// The cipher suites that can be chosen, by Go's names.
pub const CIPHER_SUITES: [&str; 9] = [
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
];
/// The curves that can be chosen, by Go's names.
pub const CURVES: [&str; 3] = ["X25519", "CurveP256", "CurveP384"];

/// Whether a cipher suite out of [`CIPHER_SUITES`] is one of TLS 1.3, and not of TLS 1.2.
#[must_use]
pub fn is_tls13(suite: &str) -> bool {
    !suite.contains("_WITH_")
}

/// How TLS is served.
#[derive(Debug, Clone)]
pub struct TlsFile {
    /// The certificate, and those between it and the root.
    pub cert: Pem,
    /// The key of the certificate.
    pub key: Pem,
    /// Whether clients show certificates.
    pub client_auth: ClientAuth,
    /// Who may sign clients' certificates.
    pub client_ca: Option<Pem>,
    /// One of these names must be in the client's certificate; empty: any certificate will do.
    pub client_allowed_sans: Vec<String>,
    /// The oldest version that is served.
    pub min_version: TlsVersion,
    /// The newest version that is served.
    pub max_version: TlsVersion,
    /// Names out of [`CIPHER_SUITES`]; empty: all that are safe.
    pub cipher_suites: Vec<&'static str>,
    /// Whether the server's order of cipher suites counts, or the client's.
    pub prefer_server_cipher_suites: bool,
    /// Names out of [`CURVES`], the best first; empty: all that are safe.
    pub curve_preferences: Vec<&'static str>,
}

/// Something in PEM, from a file or out of the configuration.
#[derive(Debug, Clone)]
pub struct Pem {
    /// File, line and key, to begin a message with.
    pub place: String,
    /// What stands there, not looked into yet.
    pub bytes: SecretSlice<u8>,
}

/// The versions of TLS that can be served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names say it")]
pub enum TlsVersion {
    Tls12,
    Tls13,
}

/// Go's `ClientAuthType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientAuth {
    /// No certificate is asked for.
    NoClientCert,
    /// One is asked for; whether it comes, and who signed it, does not matter.
    RequestClientCert,
    /// One must come; who signed it does not matter.
    RequireAnyClientCert,
    /// One that comes must be signed by the client CA.
    VerifyClientCertIfGiven,
    /// One that is signed by the client CA must come.
    RequireAndVerifyClientCert,
}

impl ClientAuth {
    const NAMES: [(&str, Self); 6] = [
        ("NoClientCert", Self::NoClientCert),
        ("RequestClientCert", Self::RequestClientCert),
        ("RequireAnyClientCert", Self::RequireAnyClientCert),
        ("VerifyClientCertIfGiven", Self::VerifyClientCertIfGiven),
        (
            "RequireAndVerifyClientCert",
            Self::RequireAndVerifyClientCert,
        ),
        // What the exporter-toolkit called the third one before.
        ("RequireClientCert", Self::RequireAnyClientCert),
    ];

    /// Whether a client without a certificate is turned away.
    #[must_use]
    pub const fn requires(self) -> bool {
        matches!(
            self,
            Self::RequireAnyClientCert | Self::RequireAndVerifyClientCert
        )
    }

    /// Whether a certificate must be signed by the client CA.
    #[must_use]
    pub const fn verifies(self) -> bool {
        matches!(
            self,
            Self::VerifyClientCertIfGiven | Self::RequireAndVerifyClientCert
        )
    }
}

/// Reads the block. `folder` is where relative names of files begin; what files hold goes into `digest`.
pub(super) fn read(
    item: &Item<'_>,
    folder: &Path,
    digest: &mut Sha256,
    problems: &mut Problems,
) -> Option<TlsFile> {
    let keys = [
        "cert",
        "cert_file",
        "key",
        "key_file",
        "client_ca",
        "client_ca_file",
        "client_auth_type",
        "client_allowed_sans",
        "min_version",
        "max_version",
        "cipher_suites",
        "prefer_server_cipher_suites",
        "curve_preferences",
    ];
    let [
        cert,
        cert_file,
        key,
        key_file,
        client_ca,
        client_ca_file,
        client_auth,
        client_allowed_sans,
        min_version,
        max_version,
        cipher_suites,
        prefer_server,
        curves,
    ] = item.block(problems, keys)?;
    let mut source = PemSource {
        block: item,
        folder,
        digest,
    };
    let cert = source.read("cert", [cert, cert_file], true, problems);
    let key = source.read("key", [key, key_file], true, problems);
    let named_ca = client_ca.clone().or_else(|| client_ca_file.clone());
    let client_ca = source.read("client_ca", [client_ca, client_ca_file], false, problems);
    let client_auth = client_auth.map_or(Some((ClientAuth::NoClientCert, item.clone())), |item| {
        let names = ClientAuth::NAMES.map(|(name, _)| name);
        let index = choice(&item, &names, &names[..5].join(", "), problems)?;
        Some((ClientAuth::NAMES[index].1, item))
    });
    let sans = client_allowed_sans.map(|item| (read_sans(&item, problems), item));
    if let Some((auth, at)) = &client_auth {
        match &named_ca {
            None if auth.verifies() => at.wrong(
                problems,
                "client_ca_file is missing: who may sign the clients' certificates",
            ),
            Some(ca) if *auth == ClientAuth::NoClientCert => ca.wrong(
                problems,
                "without client_auth_type no client is asked for a certificate; set it to RequireAndVerifyClientCert",
            ),
            _ => {}
        }
        if let Some((_, item)) = &sans
            && !auth.requires()
        {
            item.wrong(problems, "client_auth_type must be RequireAndVerifyClientCert or RequireAnyClientCert: others let clients in without a certificate");
        }
    }
    let min = min_version.map_or(Some(TlsVersion::Tls12), |i| version(&i, problems));
    let max = max_version
        .as_ref()
        .map_or(Some(TlsVersion::Tls13), |i| version(i, problems));
    if min > max
        && max.is_some()
        && let Some(item) = &max_version
    {
        item.wrong(problems, "it is older than min_version");
    }
    let suites = cipher_suites.as_ref().map_or_else(Vec::new, |i| {
        choices(i, &CIPHER_SUITES, "cipher suite", problems)
    });
    if let Some(item) = &cipher_suites
        && max == Some(TlsVersion::Tls12)
        && suites.iter().all(|name| is_tls13(name))
    {
        item.wrong(
            problems,
            "there is none for TLS 1.2, and max_version allows nothing newer",
        );
    }
    Some(TlsFile {
        cipher_suites: suites,
        curve_preferences: curves
            .map_or_else(Vec::new, |i| choices(&i, &CURVES, "curve", problems)),
        prefer_server_cipher_suites: prefer_server.and_then(|i| i.flag(problems)).unwrap_or(true),
        client_auth: client_auth?.0,
        client_ca,
        client_allowed_sans: sans.map(|(sans, _)| sans).unwrap_or_default(),
        min_version: min?,
        max_version: max?,
        cert: cert?,
        key: key?,
    })
}

/// The index of a text among `names`; `told` names those that are recommended.
fn choice(item: &Item<'_>, names: &[&str], told: &str, problems: &mut Problems) -> Option<usize> {
    let text = item.text(problems)?;
    let index = names.iter().position(|name| *name == text);
    if index.is_none() {
        item.wrong(problems, &format!("expected one of {told}"));
    }
    index
}

fn choices(
    item: &Item<'_>,
    known: &[&'static str],
    what: &str,
    problems: &mut Problems,
) -> Vec<&'static str> {
    let told = format!(
        "{}; rustls, which serves TLS here, has no other {what}",
        known.join(", ")
    );
    let items = item.list(problems).unwrap_or_default();
    items
        .iter()
        .filter_map(|item| Some(known[choice(item, known, &told, problems)?]))
        .collect()
}

fn version(item: &Item<'_>, problems: &mut Problems) -> Option<TlsVersion> {
    let told = "TLS12, TLS13; rustls, which serves TLS here, has no older version";
    let index = choice(item, &["TLS12", "TLS13"], told, problems)?;
    Some([TlsVersion::Tls12, TlsVersion::Tls13][index])
}

fn read_sans(item: &Item<'_>, problems: &mut Problems) -> Vec<String> {
    let Some(items) = item.list(problems) else {
        return Vec::new();
    };
    if items.is_empty() {
        item.wrong(problems, "the list is empty: it would let nobody in");
    }
    let mut sans = Vec::new();
    for item in items {
        match item.text(problems) {
            // A URI has a colon before an @.
            Some(san) if san.contains('@') && !san.contains(':') => item.wrong(
                problems,
                "the e-mail addresses of certificates are not looked at here; expected a DNS name, an IP address or a URI",
            ),
            Some(san) => sans.push(san.to_owned()),
            None => {}
        }
    }
    sans
}

struct PemSource<'s, 'n> {
    block: &'s Item<'n>,
    folder: &'s Path,
    digest: &'s mut Sha256,
}

impl PemSource<'_, '_> {
    /// The one way in which `name` is given: itself or `…_file`.
    fn read(
        &mut self,
        name: &str,
        ways: [Option<Item<'_>>; 2],
        required: bool,
        problems: &mut Problems,
    ) -> Option<Pem> {
        let (item, bytes) = match ways {
            [None, None] => {
                if required {
                    let message = format!("{name}_file is missing; give it, or {name} itself");
                    self.block.wrong(problems, &message);
                }
                return None;
            }
            [Some(item), Some(_)] => {
                item.wrong(
                    problems,
                    &format!("{name}_file is given too; give one of them"),
                );
                return None;
            }
            [Some(item), None] => {
                let bytes = item.text(problems)?.as_bytes().to_vec();
                (item, bytes)
            }
            [None, Some(item)] => {
                let file = item.text(problems)?;
                let path = self.folder.join(file);
                // Somebody may have put the key itself here.
                let shown = if file.split('/').all(is_word) {
                    format!("the file {}", path.display())
                } else {
                    "this file".to_owned()
                };
                let (bytes, _) = read_bytes(&path)
                    .map_err(|error| item.wrong(problems, &format!("cannot read {shown}: {error}")))
                    .ok()?;
                (item, bytes)
            }
        };
        self.digest.update(bytes.len().to_be_bytes());
        self.digest.update(&bytes);
        Some(Pem {
            place: problems.place(&item),
            bytes: bytes.into(),
        })
    }
}
