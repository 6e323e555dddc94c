//! A statement that tells in few bytes which messages match, whatever their order and their keys here.

use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::database::sql::Sql;
use crate::query::matching::{LeadValues, TimeSource};
use crate::query::plan::Plan;

/// The sum, modulo 2^56, of the first seven bytes of the SHA-256 of each message's id, a blank, and the second when it
/// was sent. Not one of PostgreSQL's own hashes, which need not be equal in all its versions; and seconds, as `/raw`
/// tells no more of a time.
const DIGEST: &str = r#"lpad(to_hex(mod(coalesce(sum(('x' || encode(substr(sha256(convert_to(
    coalesce(m.msg_id, '') || ' ' || floor(extract(epoch FROM m."timestamp"))::bigint, 'UTF8')), 1, 7), 'hex'))::bit(56)::bigint), 0),
    72057594037927936)::bigint), 14, '0')"#;

impl Plan {
    /// How many match, counted row by row, and their digest.
    pub(crate) fn digest(&self, connection: &mut PgConnection) -> QueryResult<(u64, String)> {
        let mut sql = Sql::new("SELECT count(*), ");
        sql.push(DIGEST);
        self.push_matching(&mut sql, LeadValues::Any, TimeSource::Plan);
        let (count, digest): (i64, String) = sql.of::<(BigInt, Text)>().get_result(connection)?;
        Ok((count.unsigned_abs(), digest))
    }
}
