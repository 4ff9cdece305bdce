//! TLS as the web configuration wants it; the only user of rustls.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{
    CryptoProvider, SupportedKxGroup, WebPkiSupportedAlgorithms, aws_lc_rs, verify_tls12_signature,
    verify_tls13_signature,
};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, RootCertStore, ServerConfig,
    SignatureScheme, SupportedProtocolVersion, version,
};
use secrecy::ExposeSecret as _;
use tokio_rustls::TlsAcceptor;
use webpki::EndEntityCert;

use crate::config::web::{ClientAuth, Pem, TlsFile, TlsVersion, is_tls13};

/// The name of HTTP/2 in a TLS handshake.
pub(super) const H2: &[u8] = b"h2";

/// What serves TLS by `file`.
///
/// # Errors
/// What is wrong with certificate, key or client CA, with file, line and key; never what they hold.
pub(super) fn acceptor(file: &TlsFile, http2: bool) -> Result<TlsAcceptor, String> {
    let provider = Arc::new(provider(file));
    let versions: Vec<&'static SupportedProtocolVersion> = [
        (TlsVersion::Tls12, &version::TLS12),
        (TlsVersion::Tls13, &version::TLS13),
    ]
    .into_iter()
    .filter(|(name, _)| (file.min_version..=file.max_version).contains(name))
    .map(|(_, version)| version)
    .collect();
    let place = &file.cert.place;
    let builder = ServerConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&versions)
        .map_err(|error| format!("{place}: {error}"))?
        .with_client_cert_verifier(verifier(file, &provider)?);
    let chain = certificates(&file.cert)?;
    let key = PrivateKeyDer::from_pem_slice(file.key.bytes.expose_secret()).map_err(|_| {
        let place = &file.key.place;
        format!("{place}: expected a private key in PEM, not encrypted")
    })?;
    let mut config = builder
        .with_single_cert(chain, key)
        .map_err(|error| match error {
            Error::InconsistentKeys(_) => {
                format!("{}: the key is not that of the certificate", file.key.place)
            }
            Error::InvalidCertificate(_) => format!("{place}: the certificate cannot be read"),
            _ => format!("{}: the key cannot be used", file.key.place),
        })?;
    config.ignore_client_order = file.prefer_server_cipher_suites;
    config.alpn_protocols = [(http2, H2), (true, b"http/1.1")]
        .into_iter()
        .filter(|(offered, _)| *offered)
        .map(|(_, name)| name.to_vec())
        .collect();
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn certificates(pem: &Pem) -> Result<Vec<CertificateDer<'static>>, String> {
    let found: Result<Vec<_>, _> =
        CertificateDer::pem_slice_iter(pem.bytes.expose_secret()).collect();
    found
        .ok()
        .filter(|found| !found.is_empty())
        .ok_or_else(|| format!("{}: expected a certificate in PEM", pem.place))
}

/// Ciphers and curves, narrowed to those that were chosen.
fn provider(file: &TlsFile) -> CryptoProvider {
    let mut provider = aws_lc_rs::default_provider();
    // A version of which no suite is named keeps its own: TLS 1.3 has none that is unsafe.
    let named = |tls13: bool| {
        let chosen = file.cipher_suites.iter();
        chosen
            .filter(|name| is_tls13(name) == tls13)
            .copied()
            .collect::<Vec<_>>()
    };
    let (old, new) = (named(false), named(true));
    if !file.cipher_suites.is_empty() {
        provider.cipher_suites.retain(|suite| {
            let name = go_name(suite.suite());
            if is_tls13(&name) {
                new.is_empty() || new.contains(&name.as_str())
            } else {
                old.contains(&name.as_str())
            }
        });
        let rank = |name: &str| file.cipher_suites.iter().position(|n| *n == name);
        provider
            .cipher_suites
            .sort_by_key(|suite| rank(&go_name(suite.suite())));
    }
    if !file.curve_preferences.is_empty() {
        provider.kx_groups = file.curve_preferences.iter().map(|n| curve(n)).collect();
    }
    provider
}

/// `TLS_AES_128_GCM_SHA256`, as Go and everybody but rustls calls it.
fn go_name(suite: rustls::CipherSuite) -> String {
    format!("{suite:?}").replace("TLS13_", "TLS_")
}

fn curve(name: &str) -> &'static dyn SupportedKxGroup {
    match name {
        "CurveP256" => aws_lc_rs::kx_group::SECP256R1,
        "CurveP384" => aws_lc_rs::kx_group::SECP384R1,
        _ => aws_lc_rs::kx_group::X25519,
    }
}

fn verifier(
    file: &TlsFile,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, String> {
    let auth = file.client_auth;
    let chain: Arc<dyn ClientCertVerifier> = match &file.client_ca {
        Some(ca) if auth.verifies() => {
            let wrong = |_| format!("{}: expected certificates of a CA in PEM", ca.place);
            let mut roots = RootCertStore::empty();
            for certificate in certificates(ca)? {
                roots.add(certificate).map_err(wrong)?;
            }
            let mut builder =
                WebPkiClientVerifier::builder_with_provider(roots.into(), provider.clone());
            if !auth.requires() {
                builder = builder.allow_unauthenticated();
            }
            builder
                .build()
                .map_err(|_| format!("{}: the client CA cannot be used", ca.place))?
        }
        _ if auth == ClientAuth::NoClientCert => WebPkiClientVerifier::no_client_auth(),
        _ => Arc::new(AnyCertificate {
            required: auth.requires(),
            algorithms: provider.signature_verification_algorithms,
        }),
    };
    if file.client_allowed_sans.is_empty() {
        return Ok(chain);
    }
    Ok(Arc::new(Named {
        chain,
        names: file.client_allowed_sans.clone(),
    }))
}

/// Takes every certificate whose key the client has, whoever signed it.
#[derive(Debug)]
struct AnyCertificate {
    required: bool,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ClientCertVerifier for AnyCertificate {
    fn client_auth_mandatory(&self) -> bool {
        self.required
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// Of the certificates that `chain` takes, those with one of these names.
struct Named {
    chain: Arc<dyn ClientCertVerifier>,
    names: Vec<String>,
}

impl fmt::Debug for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Named").field(&self.names).finish()
    }
}

impl ClientCertVerifier for Named {
    fn client_auth_mandatory(&self) -> bool {
        self.chain.client_auth_mandatory()
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.chain.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let verified = self
            .chain
            .verify_client_cert(end_entity, intermediates, now)?;
        let certificate = EndEntityCert::try_from(end_entity)
            .map_err(|_| Error::InvalidCertificate(CertificateError::BadEncoding))?;
        if self.names.iter().any(|name| has_name(&certificate, name)) {
            return Ok(verified);
        }
        Err(CertificateError::ApplicationVerificationFailure.into())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chain.verify_tls12_signature(message, cert, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chain.verify_tls13_signature(message, cert, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.chain.supported_verify_schemes()
    }
}

/// Whether a certificate has exactly this name: DNS, URI or IP address. A wildcard stands for itself alone.
fn has_name(certificate: &EndEntityCert<'_>, name: &str) -> bool {
    if let Ok(address) = name.parse::<IpAddr>() {
        let address = ServerName::from(address);
        return certificate
            .verify_is_valid_for_subject_name(&address)
            .is_ok();
    }
    certificate.valid_dns_names().any(|dns| dns == name)
        || certificate.valid_uri_names().any(|uri| uri == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::web::{CIPHER_SUITES, CURVES};

    #[test]
    fn every_name_of_the_configuration_is_one_of_rustls() {
        let provider = aws_lc_rs::default_provider();
        let mut suites: Vec<_> = provider
            .cipher_suites
            .iter()
            .map(|s| go_name(s.suite()))
            .collect();
        suites.sort();
        let mut known = CIPHER_SUITES.map(str::to_owned);
        known.sort();
        assert_eq!(suites, known);
        let curves = CURVES.map(|name| format!("{:?}", curve(name).name()));
        assert_eq!(curves, ["X25519", "secp256r1", "secp384r1"]);
    }
}
