//! `nommer roles`

use archive::{Roles, RolesError, RolesPlan, migration};
use clap::Args;
use service::say;

use crate::config::settings::Config;
use crate::database;
use crate::exit::Exit;

/// Which roles there should be.
#[derive(Debug, Args)]
pub struct RolesOptions {
    /// The owner of the tables, for `nommer migrate` [default: who owns them, or nommer_owner where there are none].
    #[arg(long, value_name = "NAME")]
    owner: Option<String>,
    /// Who stores messages, for `nommer consume`.
    #[arg(long, value_name = "NAME", default_value = "nommer")]
    writer: String,
    /// Who answers requests, for grepper.
    #[arg(long, value_name = "NAME", default_value = "grepper")]
    reader: String,
    /// People who read the tables by other programs; may be given several times.
    #[arg(long, value_name = "NAME")]
    people: Vec<String>,
    /// Show the SQL that a superuser would run, instead of running it.
    #[arg(long)]
    print: bool,
}

/// Makes the roles that are missing and gives all what they need and no more, or shows how.
pub fn run(config: &Config, asked: &RolesOptions) -> Result<(), Exit> {
    let options = database::options(config)?;
    let roles = Roles {
        owner: asked.owner.clone(),
        writer: asked.writer.clone(),
        reader: asked.reader.clone(),
        people: asked.people.clone(),
    };
    let plan = roles
        .plan(&options, asked.print)
        .map_err(|error| match error {
            RolesError::Store(error) => Exit::from(error),
            error @ RolesError::Impossible(_) => Exit::Config(error.to_string()),
        })?;
    if asked.print {
        say(plan.script().trim_end());
        return Ok(());
    }
    if plan.has_tables {
        // The rights are those to the tables of this version.
        migration::check(&options)?;
    }
    plan.run(&options)?;
    tell(&plan);
    Ok(())
}

fn tell(plan: &RolesPlan) {
    for name in &plan.missing {
        say(format_args!(
            "made the role {name}, without a password: psql's \\password {name} sets one"
        ));
    }
    for statement in &plan.for_superuser {
        say(format_args!("a superuser has to run: {statement};"));
    }
    if plan.is_owned_too_high {
        let owner = &plan.owner;
        say(format_args!(
            "the tables are those of {owner}, a superuser, as whom they were made: `nommer migrate` has to go on as {owner}"
        ));
    }
    if plan.has_tables {
        say("the roles have their rights");
    } else {
        let owner = &plan.owner;
        say(format_args!(
            "there are no tables yet: run `nommer migrate` as {owner}, and this again after that"
        ));
    }
}
