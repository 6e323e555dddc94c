//! Archives with holes, as sites that are compared.

use std::collections::BTreeSet;

use devstack::{Database, Postgres};
use serde_json::Value;

use crate::support::programs::Grepper;
use crate::support::rows;
use crate::typed::{Ended, migrated, run};

/// Two days of messages, 20 an hour and 450 in one of them, of five topics; some with a time that no header tells, some of
/// the ZeroMQ age.
const MESSAGES: &str = r#"
    INSERT INTO messages (msg_id, i, topic, "timestamp", certificate, signature, category, agent_name, crypto, source_name,
                          source_version, msg, headers)
    SELECT 'm' || hour || '-' || n, CASE WHEN old THEN n ELSE 0 END, 'org.fedoraproject.prod.' || topic, at,
           CASE WHEN old THEN 'LS0t' || n END, CASE WHEN old THEN 'c2ln' END, split_part(topic, '.', 1),
           CASE WHEN n % 3 = 0 THEN 'bob' END, CASE WHEN old THEN 'x509' END, 'datanommer', CASE WHEN old THEN '0.2.0' ELSE '1.4.0' END,
           format('{"n": %s, "price": 1.50, "text": "\u00e9"}', n)::json,
           CASE WHEN old THEN NULL WHEN n % 7 = 1 THEN '{"fedora_messaging_severity": 20}'::jsonb
                ELSE jsonb_build_object('sent-at', to_char(at, 'YYYY-MM-DD"T"HH24:MI:SS.US+00:00'), 'priority', 3) END
    FROM generate_series(0, 47) AS hour, generate_series(1, CASE WHEN hour = 30 THEN 450 ELSE 20 END) AS n,
         LATERAL (SELECT n % 7 = 0 AS old, (ARRAY['git.receive', 'git.branch', 'bodhi.update.edit', 'bodhi.comment', 'buildsys.build'])[n % 5 + 1] AS topic,
                         timestamp '2026-11-20' + hour * interval '1 hour' + n * interval '7.25 seconds' AS at) AS m;
    INSERT INTO users (name) VALUES ('bob'), ('eve');
    INSERT INTO packages (name) VALUES ('zsh');
    INSERT INTO users_messages SELECT users.id, messages.id, "timestamp" FROM users, messages WHERE messages.id % 3 = 0;
    INSERT INTO packages_messages SELECT packages.id, messages.id, "timestamp" FROM packages, messages WHERE messages.id % 4 = 0"#;

/// Rows as they are, but for their keys.
const ROWS: &str = r#"
    SELECT to_jsonb(m) - 'id' - 'msg', m.msg::text,
           (SELECT string_agg(name, ' ' ORDER BY name) FROM users JOIN users_messages t ON t.user_id = users.id
            WHERE t.msg_id = m.id AND t.msg_timestamp = m."timestamp"),
           (SELECT string_agg(name, ' ' ORDER BY name) FROM packages JOIN packages_messages t ON t.package_id = packages.id
            WHERE t.msg_id = m.id AND t.msg_timestamp = m."timestamp")
    FROM messages m ORDER BY m."timestamp", m.msg_id"#;

/// An archive that is served.
pub struct Site {
    pub postgres: &'static Postgres,
    pub database: Database,
    pub grepper: Grepper,
}

impl Site {
    /// With all messages but those in a hole.
    pub fn with_hole(hole: &str) -> Self {
        let (postgres, database) = migrated();
        for sql in [MESSAGES, hole] {
            postgres.run_sql(&database.name, sql).expect(sql);
        }
        let grepper = Grepper::start(&database.url, &[]);
        Self {
            postgres,
            database,
            grepper,
        }
    }

    pub fn ids(&self) -> BTreeSet<String> {
        let sql = "SELECT msg_id FROM messages";
        rows(self.postgres, &self.database.name, sql)
            .into_iter()
            .collect()
    }

    pub fn rows(&self) -> Vec<String> {
        rows(self.postgres, &self.database.name, ROWS)
    }

    pub fn audit(&self, peer: &str, arguments: &[&str]) -> Ended {
        run(&self.database.url, &typed(peer, arguments))
    }
}

/// An audit of these two days that does not wait between its requests.
pub fn typed<'a>(peer: &'a str, arguments: &[&'a str]) -> Vec<&'a str> {
    let quick = ["nommer", "audit", "--peer", peer, "--rate", "1000"];
    let time = [
        "--since",
        "2026-11-20",
        "--until",
        "2026-11-22",
        "--settle",
        "0s",
    ];
    [&quick, &time, arguments].concat()
}

/// The gaps that an audit told as JSON, and its last line.
pub fn told(ended: &Ended) -> (Vec<Value>, Value) {
    let lines = ended.text().lines();
    let mut told: Vec<Value> = lines
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    let sums = told.pop().unwrap_or_else(|| panic!("{ended:?}"));
    (told, sums)
}
