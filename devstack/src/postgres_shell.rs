//! A shell as whoever administers a PostgreSQL server has it.

use std::env;
use std::ffi::OsString;
use std::process::Command;

use anyhow::Result;

use crate::account;
use crate::postgres::Postgres;
use crate::postgres_template::SUPERUSER;
use crate::psql::without_pg_variables;

impl Postgres {
    /// A shell that runs `script`, as cron would: of the account that runs the server, with
    /// PostgreSQL's programs first in PATH, which connect to this server as its superuser, and its data in PGDATA.
    ///
    /// # Errors
    /// When PATH cannot be made.
    pub fn shell(&self, script: &str) -> Result<Command> {
        let mut shell = Command::new("sh");
        without_pg_variables(&mut shell);
        shell
            .args(["-c", script])
            .env("PATH", self.path()?)
            .env("PGDATA", self.data_dir())
            .env("PGHOST", "127.0.0.1")
            .env("PGPORT", self.port().to_string())
            .env("PGUSER", SUPERUSER)
            .current_dir("/");
        account::assume(self.account, &mut shell);
        Ok(shell)
    }

    fn path(&self) -> Result<OsString> {
        let others = env::var_os("PATH").unwrap_or_default();
        let folders = [self.programs.clone()].into_iter();
        Ok(env::join_paths(folders.chain(env::split_paths(&others)))?)
    }
}
