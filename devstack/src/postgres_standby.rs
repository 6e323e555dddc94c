//! A PostgreSQL server that follows another one, and can be read.

use std::process::Command;

use anyhow::Result;

use crate::account;
use crate::postgres::{Postgres, PostgresOptions};
use crate::postgres_template::run;
use crate::psql::without_pg_variables;

impl Postgres {
    /// Starts a standby of this server, which has what this one has a moment later.
    ///
    /// # Errors
    /// When this server does not run, or the standby does not start.
    pub fn standby(&self, options: PostgresOptions) -> Result<Self> {
        Self::start_with(options, |data, programs, account| {
            let mut backup = Command::new(programs.join("pg_basebackup"));
            without_pg_variables(&mut backup);
            backup
                .args(["--dbname", &self.url("postgres")])
                .args(["--checkpoint=fast", "--wal-method=stream", "--no-sync"])
                .args(["--write-recovery-conf", "--pgdata"])
                .arg(data)
                .current_dir("/");
            account::assume(account, &mut backup);
            run(&mut backup)
        })
    }
}
