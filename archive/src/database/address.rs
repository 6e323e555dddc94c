//! Where the database is: what an operator wrote, parsed here and written anew for libpq.
//!
//! libpq's own words about an address that it does not understand may repeat a password, or a part
//! of one whose `@` or `/` was not percent-encoded; so it gets none that we do not understand, and
//! only user, host, port and database are ever shown.

use std::fmt;
use std::time::Duration;

use percent_encoding::percent_decode_str;

/// What libpq knows of a connection.
const KEYWORDS: &str = "application_name channel_binding client_encoding connect_timeout dbname \
    fallback_application_name gssdelegation gssencmode gsslib host hostaddr keepalives keepalives_count \
    keepalives_idle keepalives_interval krbsrvname load_balance_hosts max_protocol_version \
    min_protocol_version options passfile password port replication require_auth requirepeer \
    requiressl scram_client_key scram_server_key service servicefile ssl_max_protocol_version \
    ssl_min_protocol_version sslcert sslcertmode sslcompression sslcrl sslcrldir sslkey sslmode \
    sslnegotiation sslpassword sslrootcert sslsni target_session_attrs tcp_user_timeout user";

/// What is a whole number.
const NUMBERS: [&str; 6] = [
    CONNECT_TIMEOUT,
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    TCP_USER_TIMEOUT,
];

const CONNECT_TIMEOUT: &str = "connect_timeout";
const TCP_USER_TIMEOUT: &str = "tcp_user_timeout";

/// Which of several servers is meant.
const TARGET: &str = "target_session_attrs";

/// How long a server may take to let us in, in seconds, where the operator says nothing; and each of several, where
/// the next one is asked then. libpq takes no less.
const TO_CONNECT: u32 = 5;
const TO_CONNECT_TO_EACH: u32 = 2;

/// Limits on how long a dead server is waited for, where the operator sets none: until the kernel finds that nobody
/// is there any more, and until it confirms what was sent (in milliseconds, the others in seconds).
const LIMITS: [(&str, &str); 4] = [
    ("keepalives_idle", "15"),
    ("keepalives_interval", "5"),
    ("keepalives_count", "3"),
    (TCP_USER_TIMEOUT, "15000"),
];

/// The address of a database. Shown without passwords.
#[derive(Clone)]
pub struct Address {
    /// Keywords of libpq and their values; of several with one keyword, the last counts.
    parameters: Vec<(String, String)>,
}

/// What is wrong with an address, in words that repeat nothing of it.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the database URL {0}")]
pub struct AddressError(String);

fn fault<T>(what: impl Into<String>) -> Result<T, AddressError> {
    Err(AddressError(what.into()))
}

impl Address {
    /// Understands `postgresql://user:password@host:port/database?keyword=value`, where SQLAlchemy
    /// names a driver after a `+`, and libpq's list of `keyword=value`.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let parameters = match text.split_once("://") {
            Some((scheme, rest)) if is_scheme(scheme) => of_url(rest)?,
            None if text.contains('=') => of_list(text)?,
            _ => return fault("must begin with postgresql://"),
        };
        let address = Self { parameters };
        address.check()?;
        Ok(address)
    }

    fn check(&self) -> Result<(), AddressError> {
        for (keyword, value) in &self.parameters {
            let known = KEYWORDS.split(' ').any(|known| known == keyword);
            if !known {
                return fault(
                    "has a parameter that libpq does not know; in a user or a password, percent-encode all but letters and digits",
                );
            }
            if value.contains('\0') {
                return fault(format!("has a NUL in its {keyword}"));
            }
            if NUMBERS.contains(&keyword.as_str()) && value.parse::<u32>().is_err() {
                return fault(format!("must have a whole number as {keyword}"));
            }
            let is_port = |port: &str| port.is_empty() || port.parse::<u16>().is_ok();
            if keyword == "port" && !value.split(',').all(is_port) {
                return fault("must have a number from 1 to 65535 as port");
            }
            // Part of a password that was not encoded, but for the sign of an abstract socket.
            let shown = ["host", "port", "dbname"].contains(&keyword.as_str());
            if shown && value.chars().skip(1).any(|c| c == '@') {
                return fault(format!("has an @ in its {keyword}: percent-encode it"));
            }
        }
        Ok(())
    }

    fn get(&self, keyword: &str) -> Option<&str> {
        let mut all = self.parameters.iter().rev();
        all.find(|(name, _)| name == keyword)
            .map(|(_, value)| value.as_str())
    }

    /// Whether it surely leads to no Unix socket, as it does where libpq takes a host from its
    /// environment or by itself, or is given a path.
    pub(crate) fn is_tcp(&self) -> bool {
        let is_path = |host: &str| host.is_empty() || host.starts_with(['/', '@']);
        match (self.get("hostaddr"), self.get("host")) {
            (Some(addresses), _) => !addresses.split(',').any(str::is_empty),
            (None, Some(hosts)) => !hosts.split(',').any(is_path),
            (None, None) => false,
        }
    }

    /// An address at which no transaction of a session may write unless it says so itself: the server knows
    /// that from the session's first moment.
    pub(crate) fn reading_only(self) -> Self {
        self.with_options("-c default_transaction_read_only=on")
    }

    /// An address whose sessions begin with these options of the server's command line, which go over those that
    /// the address has, or else libpq's environment.
    pub(crate) fn with_options(mut self, options: &str) -> Self {
        let own = self.get("options").map(str::to_owned);
        let own = own.or_else(|| std::env::var("PGOPTIONS").ok());
        let all = own.into_iter().chain([options.to_owned()]);
        let all: Vec<_> = all.filter(|options| !options.is_empty()).collect();
        if !all.is_empty() {
            self.parameters.push(("options".to_owned(), all.join(" ")));
        }
        self
    }

    /// An address whose sessions others see under this name.
    pub(crate) fn named(mut self, application_name: &str) -> Self {
        let name = ("application_name".to_owned(), application_name.to_owned());
        self.parameters.push(name);
        self
    }

    /// Whether libpq chooses among servers by whether a session may write there.
    pub(crate) fn is_chosen_by_writing(&self) -> bool {
        let target = self.get(TARGET).map(str::to_owned);
        let target = target.or_else(|| std::env::var("PGTARGETSESSIONATTRS").ok());
        target.is_some_and(|target| ["read-write", "read-only"].contains(&target.as_str()))
    }

    /// Of several servers the one that takes writes, unless the address or libpq's environment says which.
    pub(crate) fn for_writing(mut self) -> Self {
        let is_list = |keyword| self.get(keyword).is_some_and(|list| list.contains(','));
        let is_said =
            self.get(TARGET).is_some() || std::env::var_os("PGTARGETSESSIONATTRS").is_some();
        if !is_said && (is_list("host") || is_list("hostaddr")) {
            self.parameters
                .push((TARGET.to_owned(), "read-write".to_owned()));
        }
        self
    }

    /// Of several servers the one that is no standby, unless the address or libpq's environment says which. Whether a
    /// session may write there does not matter.
    pub(crate) fn for_reading_the_primary(self) -> Self {
        let before = self.parameters.len();
        let mut address = self.for_writing();
        if let Some((_, target)) = address.parameters.get_mut(before) {
            "primary".clone_into(target);
        }
        address
    }

    /// Host, port and database, as far as they are given.
    pub fn place(&self) -> String {
        let parameters = self.parameters.iter();
        let others = parameters.filter(|(keyword, _)| keyword != "user");
        let address = Self {
            parameters: others.cloned().collect(),
        };
        address.to_string().replacen("postgresql://", "", 1)
    }

    /// The database, if it is given.
    pub(crate) fn database(&self) -> Option<&str> {
        self.get("dbname")
    }

    /// Whether the server surely is on this machine.
    pub(crate) fn is_local(&self) -> bool {
        let is_here = |host: &str| {
            host.is_empty()
                || host.starts_with(['/', '@'])
                || matches!(host, "localhost" | "127.0.0.1" | "::1")
        };
        let place = self.get("hostaddr").or(self.get("host"));
        place.is_none_or(|hosts| hosts.split(',').all(is_here))
    }

    /// How long the kernel waits for the other side to confirm what was sent, in milliseconds; never
    /// 0, which is libpq's word for what Linux does by itself: about a quarter of an hour.
    pub(crate) fn tcp_user_timeout(&self) -> u32 {
        match self.get(TCP_USER_TIMEOUT).map(str::parse) {
            Some(Ok(0)) => 900_000,
            Some(Ok(milliseconds)) => milliseconds,
            _ => 15_000,
        }
    }

    /// How many servers it names.
    fn servers(&self) -> u32 {
        let count = |keyword| self.get(keyword).map_or(1, |list| list.split(',').count());
        count("host").max(count("hostaddr")) as u32
    }

    /// The addresses of its servers one by one, whatever each says of itself, where it leads to the one of several that
    /// takes writes.
    pub(crate) fn each_server(&self) -> Vec<Self> {
        let several = self.servers();
        if several == 1 || !self.is_chosen_by_writing() {
            return Vec::new();
        }
        (0..several)
            .map(|place| self.only(place as usize))
            .collect()
    }

    fn only(&self, place: usize) -> Self {
        let one = |list: &str| {
            let all: Vec<&str> = list.split(',').collect();
            all.get(place)
                .or(all.last())
                .copied()
                .unwrap_or(list)
                .to_owned()
        };
        let parameters = self.parameters.iter().map(|(keyword, value)| {
            let value = match ["host", "hostaddr", "port"].contains(&keyword.as_str()) {
                true => one(value),
                false => value.clone(),
            };
            (keyword.clone(), value)
        });
        let whoever = (TARGET.to_owned(), "any".to_owned());
        Self {
            parameters: parameters.chain([whoever]).collect(),
        }
    }

    /// How long each server may take to let us in, in seconds; 0 is libpq's word for ever.
    fn connect_timeout(&self) -> u32 {
        let own = self.get(CONNECT_TIMEOUT).map(str::parse);
        match (own, self.servers()) {
            (Some(Ok(seconds)), _) => seconds,
            (_, 1) => TO_CONNECT,
            _ => TO_CONNECT_TO_EACH,
        }
    }

    /// How long it may take until libpq comes to the last of several servers, where those before it are silent, as
    /// machines are that are gone or stand still.
    pub(crate) fn time_before_the_last(&self) -> Duration {
        let before = self.servers() - 1;
        Duration::from_secs(u64::from(before) * u64::from(self.connect_timeout()))
    }

    /// What libpq is to connect to, with this `tcp_user_timeout` in milliseconds.
    pub(crate) fn for_libpq(&self, tcp_user_timeout: u32) -> String {
        let quoted = |value: &str| value.replace('\\', "\\\\").replace('\'', "\\'");
        let limits = LIMITS
            .iter()
            .filter(|(keyword, _)| self.get(keyword).is_none());
        let own = self
            .parameters
            .iter()
            .map(|(keyword, value)| (keyword.as_str(), value.as_str()));
        let all = limits
            .copied()
            .chain(own)
            .map(|(keyword, value)| format!("{keyword}='{}' ", quoted(value)));
        let all: String = all.collect();
        let connect_timeout = self.connect_timeout();
        format!(
            "{CONNECT_TIMEOUT}='{connect_timeout}' {all}{TCP_USER_TIMEOUT}='{tcp_user_timeout}'"
        )
    }

    /// All passwords and the like, none of which is empty.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        let is_secret = |keyword: &str| keyword.contains("password") || keyword.contains("scram");
        let secrets = self
            .parameters
            .iter()
            .filter(move |(keyword, value)| is_secret(keyword) && !value.is_empty());
        secrets.map(|(_, value)| value.as_str())
    }

    /// A text of libpq's, without the passwords that it may repeat.
    pub(crate) fn without_secrets(&self, text: &str) -> String {
        let hide = |text: String, secret| text.replace(secret, "***");
        self.secrets().fold(text.to_owned(), hide)
    }
}

/// User, host, port and database, as far as they are given.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "postgresql://")?;
        if let Some(user) = self.get("user") {
            write!(f, "{user}@")?;
        }
        let host = self
            .get("host")
            .or(self.get("hostaddr"))
            .unwrap_or_default();
        // Several hosts may stand there, with a port each or one for all; addresses of version 6 have
        // colons of their own.
        let ports: Vec<&str> = self
            .get("port")
            .map_or(Vec::new(), |ports| ports.split(',').collect());
        for (n, host) in host.split(',').enumerate() {
            let comma = if n > 0 { "," } else { "" };
            if host.contains(':') {
                write!(f, "{comma}[{host}]")?;
            } else {
                write!(f, "{comma}{host}")?;
            }
            match ports.get(n).or(ports.last()) {
                Some(port) if !port.is_empty() => write!(f, ":{port}")?,
                _ => {}
            }
        }
        match self.get("dbname") {
            Some(database) => write!(f, "/{database}"),
            None => Ok(()),
        }
    }
}

/// As it may end in a log.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// A database URL without its passwords, for logs.
pub fn redact(url: &str) -> String {
    match Address::parse(url) {
        Ok(address) => address.to_string(),
        Err(_) => "(a URL that is not understood)".to_owned(),
    }
}

fn is_scheme(scheme: &str) -> bool {
    ["postgresql", "postgres"].contains(&scheme.split('+').next().unwrap_or(scheme))
}

/// The parameters of a URL, from behind its scheme on.
fn of_url(rest: &str) -> Result<Vec<(String, String)>, AddressError> {
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, database) = place.split_once('/').unwrap_or((place, ""));
    let mut parameters = Vec::new();
    let mut add = |keyword: &str, value: &str| {
        if !value.is_empty() {
            let value = decoded(keyword, value)?;
            parameters.push((keyword.to_owned(), value));
        }
        Ok(())
    };
    let (login, servers) = authority.rsplit_once('@').unwrap_or(("", authority));
    let (user, password) = login.split_once(':').unwrap_or((login, ""));
    add("user", user)?;
    add("password", password)?;
    let servers: Vec<_> = servers
        .split(',')
        .map(host_and_port)
        .collect::<Result<_, _>>()?;
    let (hosts, ports): (Vec<_>, Vec<_>) = servers.into_iter().unzip();
    add("host", &hosts.join(","))?;
    if ports.iter().any(|port| !port.is_empty()) {
        add("port", &ports.join(","))?;
    }
    add("dbname", database)?;
    for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
        let Some((keyword, value)) = parameter.split_once('=') else {
            return fault("has a parameter without a value");
        };
        // As JDBC has it, and libpq understands.
        match (keyword, value) {
            ("ssl", "true") => add("sslmode", "require")?,
            _ => add(keyword, value)?,
        }
    }
    Ok(parameters)
}

/// A host and its port, which may be empty; an IPv6 address stands in brackets.
fn host_and_port(server: &str) -> Result<(&str, &str), AddressError> {
    const BRACKETS: &str = "must have an IPv6 address in brackets, such as [::1] or [::1]:5432";
    let Some(rest) = server.strip_prefix('[') else {
        let in_hex = |c: char| c.is_ascii_hexdigit() || matches!(c, ':' | '.' | '%');
        if server.matches(':').count() > 1 && server.chars().all(in_hex) {
            return fault(BRACKETS);
        }
        return Ok(server.split_once(':').unwrap_or((server, "")));
    };
    match rest.split_once(']') {
        Some((address, "")) => Ok((address, "")),
        Some((address, port)) if port.starts_with(':') => Ok((address, &port[1..])),
        _ => fault(BRACKETS),
    }
}

fn decoded(keyword: &str, value: &str) -> Result<String, AddressError> {
    let hex = |at: usize| value.as_bytes().get(at).is_some_and(u8::is_ascii_hexdigit);
    let escapes = value.match_indices('%');
    let whole = escapes
        .into_iter()
        .all(|(at, _)| hex(at + 1) && hex(at + 2));
    match percent_decode_str(value).decode_utf8() {
        Ok(text) if whole => Ok(text.into_owned()),
        // Its name may be a part of a password.
        _ if !KEYWORDS.split(' ').any(|known| known == keyword) => {
            fault("has a % that is no percent-encoding")
        }
        _ => fault(format!(
            "has a % in its {keyword} that is no percent-encoding: write %25"
        )),
    }
}

/// The parameters of a list of `keyword=value`, whose values may stand in quotes.
fn of_list(text: &str) -> Result<Vec<(String, String)>, AddressError> {
    let mut parameters = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let Some((keyword, after)) = rest.split_once('=') else {
            return fault("has a word without a `=`");
        };
        let after = after.trim_start();
        let (value, after) = match after.strip_prefix('\'') {
            Some(quoted) => match value_until(quoted, |c| c == '\'') {
                (value, Some(after)) => (value, after),
                (_, None) => return fault("has a quote without an end"),
            },
            None => {
                let (value, after) = value_until(after, char::is_whitespace);
                (value, after.unwrap_or_default())
            }
        };
        parameters.push((keyword.trim_end().to_owned(), value));
        rest = after.trim_start();
    }
    Ok(parameters)
}

/// A value up to its end, and what stands behind that, if it ends; a backslash takes the next
/// character as it is.
fn value_until(text: &str, is_end: impl Fn(char) -> bool) -> (String, Option<&str>) {
    let mut value = String::new();
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match c {
            '\\' => value.extend(characters.next()),
            c if is_end(c) => return (value, Some(characters.as_str())),
            c => value.push(c),
        }
    }
    (value, None)
}

#[cfg(test)]
mod tests;
