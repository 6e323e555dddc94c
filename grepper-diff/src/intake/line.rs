//! The request in a line of an access log.
//!
//! Apache (common, combined, with a virtual host before it), nginx and HAProxy, of which the routers of OpenShift are made, agree in
//! one thing: the request line stands in quotes. That is all that is looked for, so that other columns may be as they like.

/// A request as a line tells it.
#[derive(Debug, Eq, PartialEq)]
pub struct Logged {
    pub method: String,
    /// What the client asked for, percent-encoded: an absolute path and a query.
    pub target: String,
    /// Whether grepper-diff or nommer sent it, by another field of the line, the `User-Agent`.
    pub is_own: bool,
}

/// How programs of ours call themselves.
const OWN: [&[u8]; 2] = [b"grepper-diff/", b"nommer/"];

/// The request of a line; `None` where there is no whole one.
pub fn parse(line: &[u8]) -> Option<Logged> {
    let quotes = (0..line.len()).filter(|at| line[*at] == b'"');
    quotes.into_iter().find_map(|at| request(line, at + 1))
}

/// Whether a field has a name of our programs: one in quotes, or one that HAProxy captured, as in `{host|agent}`.
fn names_us(fields: &[u8]) -> bool {
    let starts = (0..fields.len()).filter(|at| matches!(fields[*at], b'"' | b'{' | b'|'));
    let mut texts = starts.map(|at| &fields[at + 1..]);
    texts.any(|text| OWN.iter().any(|name| text.starts_with(name)))
}

/// What stands behind the opening quote, at `start`.
fn request(line: &[u8], start: usize) -> Option<Logged> {
    let (inner, length) = unquoted(&line[start..])?;
    let method = inner.iter().position(|byte| *byte == b' ')?;
    let (method, rest) = (&inner[..method], &inner[method + 1..]);
    if !(3..=10).contains(&method.len()) || !method.iter().all(u8::is_ascii_uppercase) {
        return None;
    }
    let version = rest.windows(6).rposition(|bytes| bytes == b" HTTP/");
    let target = without_authority(&rest[..version.unwrap_or(rest.len())]);
    target.starts_with(b"/").then(|| Logged {
        method: String::from_utf8_lossy(method).into_owned(),
        target: encoded(target),
        is_own: names_us(&line[..start - 1]) || names_us(&line[start + length + 1..]),
    })
}

/// What stands before the closing quote, without escapes: `\"`, `\\` and `\xhh`; and how long it is with them. A line that was cut
/// off has no such quote.
fn unquoted(text: &[u8]) -> Option<(Vec<u8>, usize)> {
    let mut inner = Vec::new();
    let mut at = 0;
    loop {
        match (text.get(at)?, text.get(at + 1)) {
            (b'"', _) => return Some((inner, at)),
            (b'\\', Some(b'x')) => {
                let digits = std::str::from_utf8(text.get(at + 2..at + 4)?).ok()?;
                inner.push(u8::from_str_radix(digits, 16).ok()?);
                at += 4;
            }
            (b'\\', Some(escaped)) => {
                inner.push(*escaped);
                at += 2;
            }
            (byte, _) => {
                inner.push(*byte);
                at += 1;
            }
        }
    }
}

/// Proxies are asked for whole addresses.
fn without_authority(target: &[u8]) -> &[u8] {
    let text = [&b"http://"[..], b"https://"];
    let rest = text.iter().find_map(|start| target.strip_prefix(*start));
    rest.map_or(target, |rest| {
        let path = rest.iter().position(|byte| *byte == b'/');
        &rest[path.unwrap_or(rest.len())..]
    })
}

/// With `%hh` for what may not stand in an address, as careful clients send it.
fn encoded(target: &[u8]) -> String {
    let mut text = String::with_capacity(target.len());
    for byte in target {
        match byte {
            b'!' | b'$'..=b';' | b'=' | b'?'..=b'[' | b']' | b'_' | b'a'..=b'z' | b'~' => {
                text.push(char::from(*byte));
            }
            other => text += &format!("%{other:02X}"),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, method: &str, target: &str) {
        let logged = parse(line.as_bytes()).unwrap_or_else(|| panic!("nothing in {line}"));
        assert_eq!(
            (&*logged.method, &*logged.target),
            (method, target),
            "{line}"
        );
    }

    #[test]
    fn requests_are_found_in_the_lines_of_each_server() {
        let target = "/datagrepper/raw?user=ralph&delta=300";
        for line in [
            // Apache: common, combined, and with its virtual host.
            r#"192.0.2.7 - - [25/Nov/2026:03:12:01 +0000] "GET /datagrepper/raw?user=ralph&delta=300 HTTP/1.1" 200 5123"#,
            r#"192.0.2.7 - ralph [25/Nov/2026:03:12:01 +0000] "GET /datagrepper/raw?user=ralph&delta=300 HTTP/1.1" 200 5123 "-" "GET /x""#,
            r#"apps.example.org:443 192.0.2.7 - - [25/Nov/2026:03:12:01 +0000] "GET /datagrepper/raw?user=ralph&delta=300 HTTP/1.1" 200 5123 "-" "curl/8""#,
            // nginx, of HTTP/2, and with what is often added behind.
            r#"192.0.2.7 - - [25/Nov/2026:03:12:01 +0000] "GET /datagrepper/raw?user=ralph&delta=300 HTTP/2.0" 200 5123 "https://example.org/" "Mozilla/5.0 (X11)" "10.0.0.1" rt=0.3"#,
            // The router of OpenShift: HAProxy's httplog.
            r#"2026-11-25T03:12:01.123456+00:00 router haproxy[33]: 192.0.2.7:43210 [25/Nov/2026:03:12:01.456] fe_sni~ be_edge_http:datagrepper:datagrepper/pod:datagrepper-1:datagrepper:8080-tcp:10.1.2.3:8080 0/0/1/312/313 200 5123 - - --VN 5/5/0/0/0 0/0 "GET /datagrepper/raw?user=ralph&delta=300 HTTP/1.1""#,
            r#"proxy - - [25/Nov/2026:03:12:01 +0000] "GET https://apps.example.org/datagrepper/raw?user=ralph&delta=300 HTTP/1.1" 200 1"#,
        ] {
            check(line, "GET", target);
        }
        check(
            r#"h - - [d] "POST /datagrepper/raw HTTP/1.1" 405 1"#,
            "POST",
            "/datagrepper/raw",
        );
        check(r#"h - - [d] "HEAD /" 200 1"#, "HEAD", "/");
    }

    #[test]
    fn our_own_programs_are_known_by_what_they_call_themselves() {
        let is_own = |line: &str| parse(line.as_bytes()).expect(line).is_own;
        for line in [
            r#"h - - [d] "GET /raw HTTP/1.1" 200 1 "-" "grepper-diff/0.1.0""#,
            r#"h - - [d] "GET /raw?a=\"b HTTP/1.1" 200 1 "-" "nommer/0.1.0" rt=1"#,
            r#"haproxy[1]: 0/0 5/5 {apps.example.org|nommer/0.1.0} "GET /raw HTTP/1.1""#,
            r#"haproxy[1]: 0/0 5/5 {nommer/0.1.0} "GET /raw HTTP/1.1""#,
        ] {
            assert!(is_own(line), "{line}");
        }
        for line in [
            r#"h - - [d] "GET /raw HTTP/1.1" 200 1 "-" "curl/8""#,
            r#"h - - [d] "GET /raw?contains=\"nommer/ HTTP/1.1" 200 1 "-" "curl/8""#,
            r#"h - - [d] "GET /raw HTTP/1.1" 200 1 "https://h/nommer/" "My grepper-diff/1""#,
            r#"h - - [d] "GET /nommer/raw HTTP/1.1" 200"#,
        ] {
            assert!(!is_own(line), "{line}");
        }
    }

    #[test]
    fn what_was_escaped_is_asked_for_percent_encoded() {
        check(
            r#"h - - [d] "GET /raw?contains=\"a\x22b\\c&user=\xc3\xa9<x> HTTP/1.1" 400 0"#,
            "GET",
            "/raw?contains=%22a%22b%5Cc&user=%C3%A9%3Cx%3E",
        );
        check(
            r#"h - - [d] "GET /raw?a=b c HTTP/1.1" 400 0"#,
            "GET",
            "/raw?a=b%20c",
        );
        check(
            r#"h "GET /raw?topic=a%2Fb#top HTTP/1.0" 200"#,
            "GET",
            "/raw?topic=a%2Fb%23top",
        );
    }

    #[test]
    fn lines_without_a_whole_request_are_none() {
        for line in [
            "",
            r#"h - - [d] "-" 408 0"#,
            r#"h - - [d] "\x16\x03\x01" 400 0"#,
            r#"h - - [d] "GET /raw?user=cut-off-by-the-log"#,
            r#"h - - [d] "OPTIONS * HTTP/1.1" 200 0"#,
            r#"h - - [d] "get /raw HTTP/1.1" 200 0"#,
            r#"haproxy[1]: Proxy fe_sni started "x y""#,
            r#"h "GET /\xzz HTTP/1.1""#,
        ] {
            assert_eq!(parse(line.as_bytes()), None, "{line}");
        }
    }
}
