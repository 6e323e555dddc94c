//! Who may change the tables.

use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::database::connection::{self, ConnectionOptions, PATIENCE};
use crate::database::sql::Sql;

/// What is wrong with the role of the session, as one who changes the tables, or makes them: a row if
/// anything is.
const WRONG_ROLE: &str = "
    SELECT format('the tables are those of %I, and this is %I: run it as %1$I', pg_get_userbyid(relowner), current_user)
    FROM pg_class WHERE oid = to_regclass('messages') AND NOT pg_has_role(relowner, 'USAGE')
    UNION ALL
    SELECT format('the schema %I is that of %I, and this is %I: run it as %2$I, or GRANT CREATE ON SCHEMA %1$I TO %3$I',
        nspname, pg_get_userbyid(CASE pg_get_userbyid(nspowner) WHEN 'pg_database_owner' THEN datdba ELSE nspowner END),
        current_user)
    FROM pg_namespace, pg_database
    WHERE nspname = current_schema() AND datname = current_database() AND to_regclass('messages') IS NULL
      AND NOT has_schema_privilege(pg_namespace.oid, 'CREATE')";

/// Which role should do what the owner of the tables may do, if this one may not; `None` also where the
/// database does not say so.
pub fn wrong_role(options: &ConnectionOptions) -> Option<String> {
    let look = |connection: &mut PgConnection| {
        let sql = Sql::new(WRONG_ROLE).of::<Text>();
        sql.get_result(connection).optional()
    };
    let answer = connection::run(&options.pool(), "wrong_role", &"", Some(PATIENCE), look);
    answer.ok().flatten()
}
