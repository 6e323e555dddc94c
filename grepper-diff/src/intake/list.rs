//! A list of requests: one a line, such as `/raw?user=ralph`, `HEAD /id?id=x` or `/raw Accept: text/html`.

use anyhow::{Context, Result, bail};

use crate::question::{Method, Question};
use crate::target::Target;

/// The request of a line, with `accept` unless the line has an own one; `None` of blank lines and comments, which begin with `#`.
///
/// Behind the path there may be headers, with tabs between several. Without a value, a header is not sent.
pub fn parse(line: &str, accept: Option<&str>) -> Result<Option<Question>> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let (method, rest) = match line.split_once(' ') {
        Some((word, rest)) if !word.starts_with('/') => {
            let method =
                Method::parse(word).with_context(|| format!("{word:?} is neither GET nor HEAD"))?;
            (method, rest.trim_start())
        }
        _ => (Method::Get, line),
    };
    let end = rest.find([' ', '\t']).unwrap_or(rest.len());
    let (path, headers) = rest.split_at(end);
    if !path.starts_with('/') {
        bail!("{path:?} is no path: it begins with / and is relative to the services' addresses");
    }
    let mut question = Question {
        method,
        target: Target::new(path),
        accept: accept.map(str::to_owned),
        origin: None,
    };
    for header in headers
        .split('\t')
        .map(str::trim)
        .filter(|header| !header.is_empty())
    {
        let (name, value) = header
            .split_once(':')
            .with_context(|| format!("{header:?} is no header such as Accept: text/html"))?;
        let value = Some(value.trim().to_owned()).filter(|value| !value.is_empty());
        match name.to_ascii_lowercase().as_str() {
            "accept" => question.accept = value,
            "origin" => question.origin = value,
            _ => bail!("the header {name} is none that services look at: Accept and Origin are"),
        }
    }
    Ok(Some(question))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_paths_with_what_else_matters() {
        let read = |line| parse(line, Some("*/*")).expect("read").expect("a request");
        let plain = read("/raw?user=ralph\n");
        assert_eq!(
            (plain.to_string(), plain.accept.as_deref()),
            ("GET /raw?user=ralph".to_owned(), Some("*/*"))
        );
        let full = read("HEAD /id?id=x Accept: text/html, */*;q=0.1\tOrigin: https://example.org");
        assert_eq!(full.to_string(), "HEAD /id?id=x");
        assert_eq!(full.accept.as_deref(), Some("text/html, */*;q=0.1"));
        assert_eq!(full.origin.as_deref(), Some("https://example.org"));
        assert_eq!(read("/raw\tAccept:").accept, None);
        assert!(parse("  # nothing", None).expect("read").is_none());
    }

    #[test]
    fn mistakes_say_what_is_allowed() {
        for (line, said) in [
            ("POST /raw", "\"POST\" is neither GET nor HEAD"),
            ("GET raw", "\"raw\" is no path"),
            ("raw", "\"raw\" is no path"),
            ("/raw text/html", "no header such as"),
            ("/raw Cookie: a", "none that services look at"),
        ] {
            let error = parse(line, None).expect_err(line).to_string();
            assert!(error.contains(said), "{line}: {error}");
        }
    }
}
