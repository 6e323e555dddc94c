//! TLS as the settings say: whom we trust, and who we are.

use std::path::Path;

use lapin::tcp::{RustlsConnector, RustlsConnectorConfig};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use service::error_chain;

use crate::config::settings::{Broker, Tls};

/// Checks the files for TLS without connecting.
pub fn check(broker: &Broker) -> Result<(), String> {
    if broker.is_encrypted() {
        connector(&broker.tls).map(drop)
    } else {
        Ok(())
    }
}

/// What connects as the settings say.
pub(super) fn connector(tls: &Tls) -> Result<RustlsConnector, String> {
    let trust = match &tls.ca_cert {
        Some(path) => {
            let authorities = certificates("tls.ca_cert", path)?;
            RustlsConnectorConfig::default().with_parsable_certificates(authorities)
        }
        None => RustlsConnectorConfig::new_with_native_certs().map_err(|error| {
            format!("no authorities of the platform to trust, set tls.ca_cert: {error}")
        })?,
    };
    let connector = match (&tls.certfile, &tls.keyfile) {
        (Some(certificate), Some(key)) => {
            let chain = certificates("tls.certfile", certificate)?;
            let key = PrivateKeyDer::from_pem_file(key)
                .map_err(|error| format!("tls.keyfile: {}: {error}", key.display()))?;
            trust.connector_with_single_cert(chain, key)
        }
        _ => trust.connector_with_no_client_auth(),
    };
    connector.map_err(|error| format!("tls: {}", error_chain(&error)))
}

/// The certificates in the file that the key of the settings names, of which there is one at least.
pub(super) fn certificates(key: &str, path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let read = || CertificateDer::pem_file_iter(path)?.collect::<Result<Vec<_>, _>>();
    match read() {
        Ok(certificates) if certificates.is_empty() => Err(format!(
            "{key}: {}: there is no certificate",
            path.display()
        )),
        Ok(certificates) => Ok(certificates),
        Err(error) => Err(format!("{key}: {}: {error}", path.display())),
    }
}
