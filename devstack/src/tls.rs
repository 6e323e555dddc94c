//! A certificate authority of our own, for tests of TLS.
//!
//! Made by the `openssl` command line, which `./install` provides: tests need it
//! a few times, which justifies no further crate.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

/// Extensions; the name is chosen by `-extensions`. Nothing of the system's
/// openssl.cnf is used.
const CONFIGURATION: &str = "\
[req]
distinguished_name = name
[name]
[ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = DNS:localhost, IP:127.0.0.1
[client]
basicConstraints = CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = clientAuth
";

/// How many days certificates are valid.
const LONG: u32 = 60;

const KEY_TYPE: [&str; 4] = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];

/// A certificate and its private key.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The certificate, a PEM file.
    pub certificate: PathBuf,
    /// The unencrypted key, a PEM file in PKCS #8.
    pub key: PathBuf,
}

/// A certificate authority that nobody but the test trusts.
#[derive(Debug)]
pub struct PrivateCa {
    folder: PathBuf,
    ca: Identity,
}

impl PrivateCa {
    /// Makes a CA, valid for sixty days as all that it signs, whose files are in `folder`, which exists.
    ///
    /// # Errors
    /// When openssl is not installed or `folder` cannot be written to.
    pub fn new(folder: impl Into<PathBuf>) -> Result<Self> {
        let folder = folder.into();
        let ca = identity(&folder, "ca");
        let this = Self { folder, ca };
        let configuration = this.configuration();
        fs::write(&configuration, CONFIGURATION)
            .with_context(|| format!("writing {}", configuration.display()))?;
        let mut request = this.request("devstack CA", &this.ca.key);
        request.args(["-x509", "-extensions", "ca", "-days"]);
        request.arg(LONG.to_string());
        run(request.arg("-out").arg(&this.ca.certificate))?;
        Ok(this)
    }

    /// The CA's certificate, a PEM file.
    pub fn certificate(&self) -> &Path {
        &self.ca.certificate
    }

    /// Makes a certificate for a server on localhost or 127.0.0.1.
    ///
    /// # Errors
    /// When openssl fails.
    pub fn server(&self) -> Result<Identity> {
        self.issue("localhost", "server", LONG)
    }

    /// Makes a certificate for a client. The common name names the files, too.
    ///
    /// # Errors
    /// When openssl fails.
    pub fn client(&self, common_name: &str) -> Result<Identity> {
        self.issue(common_name, "client", LONG)
    }

    /// Makes a certificate for a client that is valid for so many days.
    ///
    /// # Errors
    /// When openssl fails.
    pub fn client_for(&self, common_name: &str, days: u32) -> Result<Identity> {
        self.issue(common_name, "client", days)
    }

    fn issue(&self, common_name: &str, role: &str, days: u32) -> Result<Identity> {
        let issued = identity(&self.folder, &format!("{role}-{common_name}"));
        let request = issued.certificate.with_extension("csr");
        run(self
            .request(common_name, &issued.key)
            .arg("-out")
            .arg(&request))?;
        let mut sign = Command::new("openssl");
        sign.args(["x509", "-req", "-extensions", role, "-days"]);
        sign.arg(days.to_string());
        sign.arg("-extfile").arg(self.configuration());
        sign.arg("-in").arg(&request);
        sign.arg("-CA").arg(&self.ca.certificate);
        sign.arg("-CAkey").arg(&self.ca.key).arg("-CAcreateserial");
        sign.arg("-out").arg(&issued.certificate);
        run(&mut sign)?;
        Ok(issued)
    }

    fn configuration(&self) -> PathBuf {
        self.folder.join("openssl.cnf")
    }

    /// The beginning of `openssl req`, which makes a new key.
    fn request(&self, common_name: &str, key: &Path) -> Command {
        let mut request = Command::new("openssl");
        request.arg("req").arg("-config").arg(self.configuration());
        request.args([
            "-new",
            "-nodes",
            "-sha256",
            "-subj",
            &format!("/CN={common_name}"),
        ]);
        request.args(KEY_TYPE).arg("-keyout").arg(key);
        request
    }
}

fn identity(folder: &Path, name: &str) -> Identity {
    Identity {
        certificate: folder.join(format!("{name}.pem")),
        key: folder.join(format!("{name}.key.pem")),
    }
}

fn run(openssl: &mut Command) -> Result<()> {
    let output = openssl
        .output()
        .context("starting openssl (`./install` installs it)")?;
    if !output.status.success() {
        bail!(
            "openssl failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(())
}
