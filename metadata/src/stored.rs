//! What is archived in place of what was received.

use std::borrow::Cow;

use indexmap::IndexMap;
use serde_json::value::RawValue;

use crate::json;
use crate::meaning::Stored;
use crate::reading::Reading;
use crate::source::Part;

impl Reading<'_> {
    /// What must be archived in place of what was received: nothing, mostly.
    pub fn stored(&self) -> Option<Stored> {
        let program = self.program()?;
        let source = program.source;
        let received = self.message().body;
        let unwrap = source.unwrap.as_deref();
        let mut body = unwrap
            .and_then(|member| json::member(received, member))
            .map(str::to_owned);
        if !source.without_mail.is_empty() {
            let current = body.as_deref().unwrap_or(received);
            body = without_mail(current, &source.without_mail).or(body);
        }
        let priority = if program.speaks_of(Part::Priority) {
            self.priority()
        } else {
            None
        };
        (body.is_some() || priority.is_some()).then_some(Stored { body, priority })
    }
}

/// The body with the mail addresses cut out of some of its members, which are
/// texts that hold JSON; nothing when there were none.
fn without_mail(body: &str, members: &[String]) -> Option<String> {
    let mut object: IndexMap<Cow<str>, Cow<RawValue>> = serde_json::from_str(body).ok()?;
    let mut changed = false;
    for member in members {
        let Some(value) = object.get_mut(member.as_str()) else {
            continue;
        };
        let Some(text) = pythonic::json::text(value.get()) else {
            continue;
        };
        let cut = cut_mail(&text);
        if cut != text {
            *value = Cow::Owned(serde_json::value::to_raw_value(&cut).ok()?);
            changed = true;
        }
    }
    changed
        .then(|| serde_json::to_string(&object).ok())
        .flatten()
}

/// Cuts out every `, "mail": [` up to the next `]`.
fn cut_mail(text: &str) -> String {
    const START: &str = ", \"mail\": [";
    let mut rest = text;
    let mut kept = String::with_capacity(text.len());
    while let Some(start) = rest.find(START) {
        let Some(length) = rest[start..].find(']') else {
            break;
        };
        kept.push_str(&rest[..start]);
        rest = &rest[start + length + 1..];
    }
    kept + rest
}

#[cfg(test)]
mod tests {
    use super::{cut_mail, without_mail};

    #[test]
    fn cuts_mail_addresses_and_nothing_else() {
        let text = r#"{"uid": "ann", "mail": ["a@b.c", "d@e.f"], "x": [1], "mail": []}"#;
        assert_eq!(cut_mail(text), r#"{"uid": "ann", "x": [1]}"#);
        assert_eq!(cut_mail(r#", "mail": [open"#), r#", "mail": [open"#);
    }

    #[test]
    fn keeps_everything_else_as_it_was() {
        let body = r#"{"z":1.0,"M":"{\"a\": 1, \"mail\": [\"x@y.z\"]}","a":{"b" : null}}"#;
        let cut = without_mail(body, &["M".into(), "absent".into()]).unwrap();
        assert_eq!(cut, r#"{"z":1.0,"M":"{\"a\": 1}","a":{"b" : null}}"#);
        assert_eq!(without_mail(body, &["z".into()]), None);
        assert_eq!(without_mail("[]", &["z".into()]), None);
    }
}
