//! What a session sets at the server: all that the meaning of our statements, and how long others
//! wait for us, depends on, whatever the server, the database or the role have as defaults; and by
//! what others see of which program it is.
//!
//! It travels in the start-up packet, as `options`. A pooler between us and the server may refuse that or drop it, so
//! each session is asked what it lacks, and that alone is set by statements: where several share a session at the
//! server, and the role has all this as its own defaults, nothing of ours stays there for others.
//!
//! Left as they are: `search_path`, by which operators put the tables where they like, and
//! `default_transaction_read_only` of who writes, by which they stop writers.

use std::time::Duration;

use crate::database::locks;

/// What meaning depends on.
const MEANING: [(&str, &str); 6] = [
    ("timezone", "UTC"),
    ("datestyle", "ISO, YMD"),
    ("standard_conforming_strings", "on"),
    ("default_transaction_isolation", "read committed"),
    ("default_transaction_deferrable", "off"),
    ("transform_null_equals", "off"),
];

/// Nobody waits longer for a program that stopped between two statements of a transaction.
pub(crate) const IDLE_LIMIT: Duration = Duration::from_secs(30);

/// Whether the server refuses to write.
const READ_ONLY: (&str, &str) = ("default_transaction_read_only", "on");

/// Searches are short: starting workers or compiling a plan takes longer than they do. So does
/// planning: once for each statement, whatever the values. The statements are such that an index in
/// the order of the answer is always right, and rows are few where tables meet.
const READER: [(&str, &str); 7] = [
    ("max_parallel_workers_per_gather", "0"),
    ("jit", "off"),
    ("plan_cache_mode", "force_generic_plan"),
    ("enable_bitmapscan", "off"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
    ("enable_sort", "off"),
];

/// What we tie to users and packages are messages that we stored or hold.
const WRITER: (&str, &str) = ("archive.ties", "whole");

/// What is acknowledged to the broker is on the disk. Anything but `off` waits for that, and may say
/// what else to wait for.
const DURABLE: &str = "SELECT set_config('synchronous_commit', 'on', false)
    WHERE current_setting('synchronous_commit') = 'off';";

/// It looks whether we are still there, also while a statement runs. Of a Unix socket, it shows none of this.
const WATCHFUL: [(&str, &str); 6] = [
    ("client_connection_check_interval", "1s"),
    ("idle_session_timeout", "0"),
    ("tcp_keepalives_idle", "15"),
    ("tcp_keepalives_interval", "5"),
    ("tcp_keepalives_count", "3"),
    ("tcp_user_timeout", "30s"),
];

/// What not every server has or lets everyone set, so that a session might not begin with it: nothing but
/// `statement_timeout` ends what takes long; triggers fire.
const WANTED: [(&str, &str); 2] = [("transaction_timeout", "0"), TRIGGERS];

/// Whether triggers fire, which count what is stored.
const TRIGGERS: (&str, &str) = ("session_replication_role", "origin");

const LIMIT: &str = "statement_timeout";

/// What sessions of one kind begin with.
#[derive(Default)]
pub(crate) struct Settings {
    /// What others see.
    pub(crate) application_name: Option<&'static str>,
    /// Names and values, as the server shows them.
    travelling: Vec<(&'static str, String)>,
    /// What of that is set later where libpq chooses servers by it.
    chosen_by: Option<&'static str>,
    /// Statements that each session begins with.
    pub(crate) statements: String,
}

impl Settings {
    /// Nothing but these statements.
    pub(crate) fn of_statements(statements: &str) -> Self {
        Self {
            statements: statements.to_owned(),
            ..Self::default()
        }
    }

    /// What our own programs set.
    pub(crate) fn of_program(
        application_name: &'static str,
        statement_timeout: Option<Duration>,
        read_only: bool,
    ) -> Self {
        let mut travelling: Vec<(&'static str, String)> = Vec::new();
        let mut add = |all: &[(&'static str, &str)]| {
            travelling.extend(all.iter().map(|(name, value)| (*name, (*value).to_owned())));
        };
        add(&MEANING);
        add(&WATCHFUL);
        // Locks are not waited for with a limit of their own.
        add(&[("lock_timeout", "0")]);
        let statements = if read_only {
            add(&READER);
            add(&[READ_ONLY]);
            String::new()
        } else {
            add(&[WRITER]);
            let (programs, program) = (locks::PROGRAMS, locks::program());
            format!("{DURABLE} SELECT pg_advisory_lock_shared({programs}, {program});")
        };
        travelling.push(("idle_in_transaction_session_timeout", shown(IDLE_LIMIT)));
        travelling.push((LIMIT, shown(statement_timeout.unwrap_or_default())));
        Self {
            application_name: Some(application_name),
            travelling,
            chosen_by: read_only.then_some(READ_ONLY.0),
            statements,
        }
    }

    /// What the start-up packet has of them, in the words of the server's command line. Where servers are chosen by
    /// whether a session may write, it says nothing of that.
    pub(crate) fn options(&self, chooses: bool) -> String {
        let left_out = |name| chooses && self.chosen_by == Some(name);
        let travelling = self.travelling.iter().filter(|(name, _)| !left_out(*name));
        let options = travelling.map(|(name, value)| format!("-c {name}={}", escaped(value)));
        options.collect::<Vec<_>>().join(" ")
    }

    /// An expression for the names of what a session lacks, with commas between.
    pub(crate) fn lacking(&self) -> String {
        let is_shown = |name: &str| !name.starts_with("tcp_");
        let travelling = self.travelling.iter().filter(|(name, _)| is_shown(name));
        let of_all = travelling
            .map(|(name, value)| (*name, value.as_str()))
            .chain(WANTED.into_iter().filter(|_| !self.travelling.is_empty()));
        let rows: Vec<_> = of_all
            .map(|(name, value)| format!("('{name}', '{value}')"))
            .collect();
        if rows.is_empty() {
            return "''".to_owned();
        }
        // What a server does not have is not lacking, but for ours, which it has once they are set. A role that is
        // given all that travels has one limit for all its sessions.
        let (own, limit) = (WRITER.0, LIMIT);
        format!(
            "coalesce((SELECT string_agg(name, ',' ORDER BY name)
                FROM (VALUES {}) AS wanted (name, value)
                WHERE coalesce(current_setting(name, true), CASE name WHEN '{own}' THEN '' ELSE value END) <> value
                HAVING NOT (string_agg(name, ',') = '{limit}' AND current_setting('{limit}') <> '0')), '')",
            rows.join(", ")
        )
    }

    /// The statements that set what a session lacks, by its names.
    pub(crate) fn setting(&self, lacking: &str) -> String {
        let is_lacking = |name: &str| lacking.split(',').any(|lacking| lacking == name);
        let is_told = |name: &str| is_lacking(name) || name.starts_with("tcp_");
        let optional = |name: &str| {
            WATCHFUL
                .iter()
                .chain(&WANTED)
                .any(|(other, _)| *other == name)
        };
        let all = self.travelling.iter();
        let all = all
            .map(|(name, value)| (*name, value.as_str()))
            .chain(WANTED);
        let (wanted, needed): (Vec<_>, Vec<_>) = all
            .filter(|(name, _)| is_told(name))
            .partition(|(name, _)| optional(name));
        let needed: String = needed
            .iter()
            .map(|(name, value)| format!("SELECT set_config('{name}', '{value}', false); "))
            .collect();
        let wanted: String = wanted
            .iter()
            .map(|(name, value)| {
                format!("BEGIN PERFORM set_config('{name}', '{value}', false); EXCEPTION WHEN OTHERS THEN NULL; END; ")
            })
            .collect();
        format!("{needed} DO $$ BEGIN {wanted} END $$;")
    }

    /// An expression for whether triggers do not fire though that was set; `None` where they did, or nothing is stored.
    pub(crate) fn triggers_that_sleep(&self, lacking: &str) -> Option<String> {
        let (name, _) = TRIGGERS;
        let writes = self.travelling.iter().any(|(name, _)| *name == WRITER.0);
        let lacked = lacking.split(',').any(|lacking| lacking == name);
        (writes && lacked).then(|| format!("current_setting('{name}') = 'replica'"))
    }

    /// Whether some of what a session lacks should have come with the start-up packet.
    pub(crate) fn is_surprised_by(&self, lacking: &str) -> bool {
        let is_expected = |name: &str| {
            Some(name) == self.chosen_by || WANTED.iter().any(|(wanted, _)| *wanted == name)
        };
        !lacking.split(',').all(is_expected)
    }

    /// Whether a server or a pooler that refused a session may have done so for what it was to begin with.
    pub(crate) fn may_be_blamed(&self, refusal: &str) -> bool {
        let names = self.travelling.iter().map(|(name, _)| *name);
        let words = ["startup parameter", "options", "command-line"];
        names.chain(words).any(|word| refusal.contains(word))
    }
}

/// A value on the server's command line.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace(' ', "\\ ")
}

/// A time as the server shows it: in the largest unit that has it whole.
fn shown(time: Duration) -> String {
    const UNITS: [(u128, &str); 4] = [
        (86_400_000, "d"),
        (3_600_000, "h"),
        (60_000, "min"),
        (1_000, "s"),
    ];
    let ms = time.as_millis();
    if ms == 0 {
        return "0".to_owned();
    }
    let unit = UNITS.iter().find(|(unit, _)| ms.is_multiple_of(*unit));
    unit.map_or_else(
        || format!("{ms}ms"),
        |(unit, name)| format!("{}{name}", ms / unit),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_the_server_shows_them() {
        let of = |ms| shown(Duration::from_millis(ms));
        assert_eq!(of(0), "0");
        assert_eq!(of(1_500), "1500ms");
        assert_eq!(of(30_000), "30s");
        assert_eq!(of(300_000), "5min");
        assert_eq!(of(7_200_000), "2h");
    }

    #[test]
    fn where_servers_are_chosen_by_whether_they_take_writes_the_packet_does_not_decide_that() {
        let settings = Settings::of_program("test", None, true);
        let says = |chooses| {
            settings
                .options(chooses)
                .contains("default_transaction_read_only=on")
        };
        assert!(says(false) && !says(true));
        assert!(
            settings
                .options(true)
                .contains("-c default_transaction_isolation=read\\ committed")
        );
    }
}
