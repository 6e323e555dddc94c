//! Encryption, by the certificates that the machine trusts and the cryptography that the bus has, too.

use std::fmt;
use std::sync::Arc;

use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// The machine has no certificates that it trusts; why, in a few words.
#[derive(Debug)]
pub struct NoCertificates(String);

impl fmt::Display for NoCertificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(reason) = self;
        write!(
            f,
            "cannot read the certificates that this machine trusts: {reason}"
        )
    }
}

impl std::error::Error for NoCertificates {}

/// The settings of encryption. Some certificates may be broken, as long as there are others.
pub fn config() -> Result<TlsConfig, NoCertificates> {
    let found = rustls_native_certs::load_native_certs();
    if found.certs.is_empty() {
        let error = found.errors.first();
        let reason = error.map_or_else(|| "there are none".to_owned(), ToString::to_string);
        return Err(NoCertificates(reason));
    }
    let roots: Vec<Certificate<'static>> = found
        .certs
        .iter()
        .map(|certificate| Certificate::from_der(certificate).to_owned())
        .collect();
    Ok(TlsConfig::builder()
        .root_certs(RootCerts::Specific(Arc::new(roots)))
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build())
}
