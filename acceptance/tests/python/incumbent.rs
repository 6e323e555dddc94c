//! The incumbent's programs as services.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use devstack::{Process, free_port};
use tempfile::NamedTempFile;

use crate::support::{eventually, http};

/// `DEFAULT_QUERY_DELTA` in seconds, as in production.
pub const DEFAULT_SPAN: &str = "86400";

/// A database's URL as SQLAlchemy wants it.
pub fn sqlalchemy_url(database_url: &str) -> String {
    database_url.replacen("postgres://", "postgresql://", 1)
}

/// A running datagrepper.
pub struct Datagrepper {
    /// With the path under which it is mounted.
    pub url: String,
    pub process: Process,
    _settings: NamedTempFile,
}

impl Datagrepper {
    /// On this database, mounted under `path`.
    pub fn start(programs: &Path, database_url: &str, path: &str) -> Self {
        let mut settings = NamedTempFile::with_suffix(".py").expect("a file");
        write!(
            settings,
            "DATANOMMER_SQLALCHEMY_URL = {:?}\nDATAGREPPER_APPROXIMATE_COUNT = False\nDEFAULT_QUERY_DELTA = {DEFAULT_SPAN}\n",
            sqlalchemy_url(database_url)
        )
        .expect("written");
        let address = format!("127.0.0.1:{}", free_port().expect("a port"));
        let mut command = Command::new(programs.join("gunicorn"));
        command
            .args(["--workers", "2", "--timeout", "300", "--bind", &address])
            .arg("datagrepper.app:app")
            .env("TZ", "UTC")
            .env("SCRIPT_NAME", path)
            .env("DATAGREPPER_CONFIG", settings.path());
        let process = Process::spawn(&command).expect("gunicorn");
        eventually("datagrepper listens", Duration::from_secs(60), || {
            std::net::TcpStream::connect(&address).is_ok()
        });
        let url = format!("http://{address}{path}");
        let alive = http::get(&format!("{url}/healthz/live"));
        assert_eq!(alive.status, 200, "{}", process.log().unwrap_or_default());
        Self {
            url,
            process,
            _settings: settings,
        }
    }
}
