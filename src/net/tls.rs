//! Whom we trust: the usual roots, a root of the hospital's own, or exactly one certificate. Never everybody.

use super::Error;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::path::PathBuf;
use std::sync::Arc;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{
    self, CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
};

/// How a connection is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Security {
    /// TLS from the first byte.
    #[default]
    Tls,
    /// TLS after a word in the clear; without it nothing else is said.
    StartTls,
    /// None; only within this machine.
    None,
}

/// Whose certificate is believed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trust {
    /// A file of further roots (PEM).
    pub roots: Option<PathBuf>,
    /// SHA-256 of the one certificate that is believed, whoever signed it.
    pub fingerprint: Option<[u8; 32]>,
}

impl Trust {
    /// Reads a fingerprint of 64 hexadecimal digits, with or without colons.
    pub fn parse_fingerprint(text: &str) -> Option<[u8; 32]> {
        let digits: Vec<u8> = text
            .bytes()
            .filter(|b| *b != b':' && *b != b' ')
            .map(|b| char::from(b).to_digit(16).map(|d| d as u8))
            .collect::<Option<_>>()?;
        let bytes: Vec<u8> =
            digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect();
        if digits.len() == 64 { bytes.try_into().ok() } else { None }
    }

    /// Roots and pins made ready; an error when the file of roots cannot be used.
    pub fn connector(&self) -> Result<TlsConnector, Error> {
        let provider = Arc::new(ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .map_err(|_| Error::Tls)?;
        let config = match self.fingerprint {
            Some(expected) => builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(Pinned { expected, provider }))
                .with_no_client_auth(),
            None => builder.with_root_certificates(self.root_store()?).with_no_client_auth(),
        };
        Ok(TlsConnector::from(Arc::new(config)))
    }

    fn root_store(&self) -> Result<RootCertStore, Error> {
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        if let Some(path) = &self.roots {
            let before = roots.len();
            for certificate in CertificateDer::pem_file_iter(path).map_err(|_| Error::Roots)? {
                roots.add(certificate.map_err(|_| Error::Roots)?).map_err(|_| Error::Roots)?;
            }
            if roots.len() == before {
                return Err(Error::Roots);
            }
        }
        Ok(roots)
    }
}

/// Believes exactly one certificate.
#[derive(Debug)]
struct Pinned {
    expected: [u8; 32],
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if Sha256::digest(end_entity.as_ref())[..] == self.expected {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(rustls::Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure))
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Sorts a failed handshake into what a person can act on.
pub(super) fn reason(error: &std::io::Error) -> Error {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match inner {
        Some(rustls::Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure)) => {
            Error::WrongFingerprint
        }
        Some(rustls::Error::InvalidCertificate(_)) => Error::Untrusted,
        Some(_) => Error::Tls,
        None => Error::Lost,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_are_64_digits() {
        let plain = "00ff".repeat(16);
        let colons = plain.as_bytes().chunks(2).map(|c| std::str::from_utf8(c).unwrap()).collect::<Vec<_>>().join(":");
        let expected = Trust::parse_fingerprint(&plain).unwrap();
        assert_eq!(&expected[..4], [0, 0xff, 0, 0xff]);
        assert_eq!(Trust::parse_fingerprint(&colons.to_uppercase()), Some(expected));
        assert_eq!(Trust::parse_fingerprint("00ff"), None);
        assert_eq!(Trust::parse_fingerprint(&"0g".repeat(32)), None);
    }

    #[test]
    fn a_file_without_a_certificate_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("roots.pem");
        let trust = Trust { roots: Some(path.clone()), fingerprint: None };
        assert_eq!(trust.connector().err(), Some(Error::Roots));
        std::fs::write(&path, "no certificate").unwrap();
        assert_eq!(trust.connector().err(), Some(Error::Roots));
        assert!(Trust::default().connector().is_ok());
    }
}
