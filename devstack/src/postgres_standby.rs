//! A PostgreSQL server that follows another one, and can be read.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::account::{self, Account};
use crate::postgres::{Postgres, PostgresOptions};
use crate::postgres_template::run;
use crate::psql::{psql, without_pg_variables};

impl Postgres {
    /// Starts a standby of this server, which has what this one has a moment later.
    ///
    /// # Errors
    /// When this server does not run, or the standby does not start.
    pub fn standby(&self, options: PostgresOptions) -> Result<Self> {
        let programs = Some(self.programs.clone());
        let options = PostgresOptions {
            programs,
            ..options
        };
        Self::start_with(options, |data, programs, account| {
            let program = programs.join("pg_basebackup");
            if program.is_file() {
                self.backup_by(&program, data, account)
            } else {
                self.backup_by_copy(data, account)
            }
        })
    }

    fn backup_by(&self, program: &Path, data: &Path, account: Option<Account>) -> Result<()> {
        let mut backup = Command::new(program);
        without_pg_variables(&mut backup);
        backup
            .args(["--dbname", &self.url("postgres")])
            .args(["--checkpoint=fast", "--wal-method=stream", "--no-sync"])
            .args(["--write-recovery-conf", "--pgdata"])
            .arg(data)
            .current_dir("/");
        account::assume(account, &mut backup);
        run(&mut backup)
    }

    /// For versions of which only the server is there: no client copies from one that is newer.
    fn backup_by_copy(&self, data: &Path, account: Option<Account>) -> Result<()> {
        let copy = format!(
            "\\! cp -a '{}' '{}'",
            self.data_dir().display(),
            data.display()
        );
        // One session from start to stop, as the server wants it.
        let output = psql(&self.url("postgres"))?
            .args(["--set", "ON_ERROR_STOP=1", "--output=/dev/null"])
            .args(["--command", "SELECT pg_backup_start('standby', true)"])
            .args(["--command", &copy, "--command", "\\o"])
            .args(["--command", "SELECT labelfile FROM pg_backup_stop(false)"])
            .output()
            .context("starting psql")?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "copying the server's data: {said}");
        fs::write(data.join("backup_label"), output.stdout)?;
        File::create(data.join("standby.signal"))?;
        for file in ["backup_label", "standby.signal"] {
            account::own(account, &data.join(file))?;
        }
        fs::remove_file(data.join("postmaster.pid"))?;
        let settings = data.join("postgresql.auto.conf");
        let mut settings = OpenOptions::new().append(true).open(settings)?;
        writeln!(settings, "primary_conninfo = '{}'", self.url("postgres"))?;
        Ok(())
    }
}
