//! The roles that use the database: which are missing, what they lack, and the statements that put it right.

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Nullable, Text};

use crate::database::connection::{self, ConnectionOptions, PATIENCE};
use crate::database::grants::{of_people, of_programs, quoted};
use crate::error::StoreError;

/// What is known of the database, and of the role of the session.
const FACTS: &str = "
    SELECT nspname::text AS schema, current_database()::text AS database, current_user::text AS me,
        (SELECT pg_get_userbyid(relowner)::text FROM pg_class WHERE oid = to_regclass('messages')) AS owner,
        (SELECT rolsuper FROM pg_roles JOIN pg_class ON relowner = pg_roles.oid WHERE pg_class.oid = to_regclass('messages'))
            AS is_owned_by_superuser,
        rolsuper OR rolcreaterole AS makes_roles,
        pg_has_role(nspowner, 'USAGE') AS opens_schema,
        pg_has_role(datdba, 'USAGE') AS opens_database,
        rolsuper AS is_superuser
    FROM pg_namespace, pg_database, pg_roles
    WHERE nspname = coalesce(
            (SELECT relnamespace::regnamespace::name FROM pg_class WHERE oid = to_regclass('messages')), current_schema())
        AND datname = current_database() AND rolname = current_user";
/// What is known of roles, in the order of their names in $1, in the schema $2: one that is missing has what PUBLIC has.
const KNOWN: &str = "
    SELECT asked AS name, role.oid IS NOT NULL AS is_there,
        coalesce(has_database_privilege(role.oid, current_database(), 'CONNECT'),
                 has_database_privilege('public', current_database(), 'CONNECT')) AS connects,
        coalesce(has_schema_privilege(role.oid, $2, 'USAGE'), has_schema_privilege('public', $2, 'USAGE')) AS uses,
        coalesce(has_schema_privilege(role.oid, $2, 'CREATE'), has_schema_privilege('public', $2, 'CREATE')) AS creates,
        EXISTS (SELECT FROM pg_namespace, aclexplode(nspacl) WHERE nspname = $2 AND grantee = role.oid
                AND privilege_type = 'CREATE') AS was_given_create,
        coalesce(pg_has_role(role.oid, 'pg_read_all_stats', 'USAGE'), false) AS sees_others,
        coalesce(pg_has_role(role.oid, 'MEMBER'), false) AS can_be_taken
    FROM unnest($1) WITH ORDINALITY AS asked(asked, number) LEFT JOIN pg_roles AS role ON rolname = asked
    ORDER BY number";

/// The names of the roles that use an archive.
#[derive(Clone, Debug)]
pub struct Roles {
    /// Makes the tables and changes them; `None` is who owns them already, and `nommer_owner` where there are none.
    pub owner: Option<String>,
    /// Stores messages.
    pub writer: String,
    /// Answers requests.
    pub reader: String,
    /// Read the tables by other programs.
    pub people: Vec<String>,
}

/// Who owns the tables where nobody says so.
const OWNER: &str = "nommer_owner";

/// What makes the roles and gives them their rights, here and now.
#[derive(Clone, Debug)]
pub struct RolesPlan {
    /// The roles that are missing.
    pub missing: Vec<String>,
    /// All that is to be done, in this order and in one transaction.
    pub statements: Vec<String>,
    /// What only a superuser may do, or who owns the schema or the database.
    pub for_superuser: Vec<String>,
    /// The owner of the tables.
    pub owner: String,
    /// Whether there are tables to give rights to.
    pub has_tables: bool,
    /// Whether these are a superuser's, and nobody asked for that.
    pub is_owned_too_high: bool,
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum RolesError {
    /// The database did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The names do not fit the database or each other, or the role of the session may not do it.
    #[error("{0}")]
    Impossible(String),
}

#[derive(QueryableByName)]
struct RoleFacts {
    #[diesel(sql_type = Text)]
    schema: String,
    #[diesel(sql_type = Text)]
    database: String,
    #[diesel(sql_type = Text)]
    me: String,
    #[diesel(sql_type = Nullable<Text>)]
    owner: Option<String>,
    #[diesel(sql_type = Nullable<Bool>)]
    is_owned_by_superuser: Option<bool>,
    #[diesel(sql_type = Bool)]
    makes_roles: bool,
    #[diesel(sql_type = Bool)]
    opens_schema: bool,
    #[diesel(sql_type = Bool)]
    opens_database: bool,
    #[diesel(sql_type = Bool)]
    is_superuser: bool,
}

#[derive(QueryableByName)]
struct KnownRole {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Bool)]
    is_there: bool,
    #[diesel(sql_type = Bool)]
    connects: bool,
    #[diesel(sql_type = Bool)]
    uses: bool,
    #[diesel(sql_type = Bool)]
    creates: bool,
    #[diesel(sql_type = Bool)]
    was_given_create: bool,
    #[diesel(sql_type = Bool)]
    sees_others: bool,
    #[diesel(sql_type = Bool)]
    can_be_taken: bool,
}

impl Roles {
    /// What is to be done by the role of these connections, or by a superuser. Changes nothing.
    pub fn plan(
        &self,
        options: &ConnectionOptions,
        by_superuser: bool,
    ) -> Result<RolesPlan, RolesError> {
        let look = |connection: &mut PgConnection| {
            let facts = diesel::sql_query(FACTS).get_result::<RoleFacts>(connection);
            let Some(facts) = facts.optional()? else {
                return Ok(None);
            };
            let known: Vec<KnownRole> = diesel::sql_query(KNOWN)
                .bind::<Array<Text>, _>(self.names(&facts))
                .bind::<Text, _>(&facts.schema)
                .load(connection)?;
            Ok(Some((facts, known)))
        };
        let found = connection::run(&options.pool(), "roles", &"", Some(PATIENCE), look)?;
        let (mut facts, known) = found.ok_or_else(|| {
            let why = "no schema of the search_path may be used by this role: run it as a superuser or as the owner";
            RolesError::Impossible(why.to_owned())
        })?;
        if by_superuser {
            facts.is_superuser = true;
            facts.makes_roles = true;
            facts.opens_schema = true;
            facts.opens_database = true;
        }
        self.refuse(&facts, &known)?;
        Ok(self.planned(&facts, &known))
    }

    /// The owner first, then the writer, the reader and people.
    fn names(&self, facts: &RoleFacts) -> Vec<String> {
        let owner = self.owner.as_ref().or(facts.owner.as_ref());
        let owner = owner.map_or(OWNER, String::as_str);
        let mut names = vec![owner.to_owned(), self.writer.clone(), self.reader.clone()];
        names.extend(self.people.iter().cloned());
        names
    }

    fn refuse(&self, facts: &RoleFacts, known: &[KnownRole]) -> Result<(), RolesError> {
        let impossible = |reason: String| Err(RolesError::Impossible(reason));
        for (at, role) in known.iter().enumerate() {
            check_name(&role.name).map_err(RolesError::Impossible)?;
            if known[..at].iter().any(|other| other.name == role.name) {
                let name = &role.name;
                return impossible(format!(
                    "{name} is named twice: each role has rights of its own"
                ));
            }
        }
        let asked = &known[0].name;
        if let Some(owner) = facts.owner.as_ref().filter(|owner| *owner != asked) {
            return impossible(format!("the tables are those of {owner}, not of {asked}"));
        }
        let me = &facts.me;
        let by_whom = "run it as a superuser, or have one run what --print shows";
        if !facts.makes_roles && known.iter().any(|role| !role.is_there) {
            return impossible(format!("{me} may not make roles: {by_whom}"));
        }
        if facts.owner.is_some() && !facts.is_superuser && !known[0].can_be_taken {
            return impossible(format!(
                "{me} may not act as {asked}, the owner of the tables: {by_whom}"
            ));
        }
        Ok(())
    }

    fn planned(&self, facts: &RoleFacts, known: &[KnownRole]) -> RolesPlan {
        let RoleFacts {
            schema, database, ..
        } = facts;
        let missing = known.iter().filter(|role| !role.is_there);
        let missing: Vec<_> = missing.map(|role| role.name.clone()).collect();
        let created = missing
            .iter()
            .map(|name| format!("CREATE ROLE {} LOGIN", quoted(name)));
        let mut statements: Vec<_> = created.collect();
        let mut for_superuser = Vec::new();
        let mut grant = |is_there: bool, may: bool, what: String, to: &str| match (is_there, may) {
            (true, _) => (),
            (false, true) => statements.push(format!("GRANT {what} TO {}", quoted(to))),
            (false, false) => for_superuser.push(format!("GRANT {what} TO {}", quoted(to))),
        };
        for (at, role) in known.iter().enumerate() {
            let connect = format!("CONNECT ON DATABASE {}", quoted(database));
            grant(role.connects, facts.opens_database, connect, &role.name);
            let schema = quoted(schema);
            let (has, rights) = match at {
                0 => (
                    role.uses && role.creates,
                    format!("USAGE, CREATE ON SCHEMA {schema}"),
                ),
                _ => (role.uses, format!("USAGE ON SCHEMA {schema}")),
            };
            grant(has, facts.opens_schema, rights, &role.name);
        }
        let (sees, may) = (known[1].sees_others, facts.is_superuser);
        grant(sees, may, "pg_read_all_stats".to_owned(), &self.writer);
        let taken = create_taken(schema, &known[1..]);
        match facts.opens_schema {
            true => statements.extend(taken),
            false => for_superuser.extend(taken),
        }
        let owner = known[0].name.clone();
        if facts.owner.is_some() {
            statements.extend(self.rights(&owner, schema));
        }
        RolesPlan {
            missing,
            statements,
            for_superuser,
            owner,
            has_tables: facts.owner.is_some(),
            is_owned_too_high: self.owner.is_none() && facts.is_owned_by_superuser == Some(true),
        }
    }

    /// The statements that give rights to tables, as their owner: default privileges are those of whoever gives them.
    fn rights(&self, owner: &str, schema: &str) -> Vec<String> {
        let mut statements = vec![
            format!("SET LOCAL ROLE {}", quoted(owner)),
            format!("SET LOCAL search_path TO {}", quoted(schema)),
            of_programs(schema, &self.writer, &self.reader),
        ];
        statements.extend(self.people.iter().map(|role| of_people(schema, role)));
        statements
    }
}

/// What takes the right to make tables in a schema from roles that were given it.
fn create_taken(schema: &str, roles: &[KnownRole]) -> impl Iterator<Item = String> {
    let given = roles.iter().filter(|role| role.was_given_create);
    given.map(move |role| {
        let (schema, role) = (quoted(schema), quoted(&role.name));
        format!("REVOKE CREATE ON SCHEMA {schema} FROM {role}")
    })
}

impl RolesPlan {
    /// All statements as one script of one transaction.
    #[must_use]
    pub fn script(&self) -> String {
        let mut script = "BEGIN;\n".to_owned();
        for statement in &self.statements {
            script += statement.trim_end().trim_end_matches(';');
            script += ";\n";
        }
        script + "COMMIT;\n"
    }

    /// Does all of it, or nothing.
    pub fn run(&self, options: &ConnectionOptions) -> Result<(), StoreError> {
        let script = self.script();
        let work = |connection: &mut PgConnection| connection.batch_execute(&script);
        connection::run(&options.pool(), "make_roles", &"", Some(PATIENCE), work)
    }
}

/// Fails if a role cannot have this name, or it would have to be written in an unusual way.
fn check_name(name: &str) -> Result<(), String> {
    let is_usual = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let is_first = |c: char| c.is_ascii_alphabetic() || c == '_';
    let is_reserved = name.starts_with("pg_") || ["public", "none"].contains(&name);
    match name.starts_with(is_first) && name.chars().all(is_usual) && name.len() <= 63 {
        true if !is_reserved => Ok(()),
        true => Err(format!(
            "{name:?} is a name that PostgreSQL keeps to itself"
        )),
        false => Err(format!(
            "{name:?} is no name for a role: 1 to 63 letters, digits, _ and -, of which the first is a letter or _"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_roles_are_usual_ones() {
        for name in ["nommer", "data-grepper", "_x", "user", &"a".repeat(63)] {
            assert_eq!(check_name(name), Ok(()), "{name}");
        }
        for name in [
            "", "1a", "-a", "a'b", "a\"b", "a b", "a%b", "a;b", "ü", "public", "pg_x",
        ] {
            assert!(check_name(name).is_err(), "{name}");
        }
        assert!(check_name(&"a".repeat(64)).is_err());
    }
}
