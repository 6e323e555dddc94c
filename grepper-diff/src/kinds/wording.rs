//! Filters that the services understand in different ways, put so that both understand the same.

use crate::comparison::lists;
use crate::comparison::spot::Case;
use crate::json::Json;
use crate::kinds::kind::Targets;
use crate::kinds::messages;
use crate::target::{Endpoint, Target};

/// Neither is asked for a form.
pub fn named_format(_: &Case, targets: &Targets) -> Option<Targets> {
    let has_forms = |target: &Target| {
        target.is_search() || target.is_by_id() || target.endpoint() == Endpoint::Chart
    };
    let format = targets.new.first("format").unwrap_or_default();
    (has_forms(&targets.new) && !format.is_empty())
        .then(|| targets.map(|target| target.without("format")))
}

/// Neither is asked for agents.
pub fn agent_ignored(case: &Case, targets: &Targets) -> Option<Targets> {
    let arguments = case.old_member("arguments")?;
    let filtered = targets.new.has("agent") || targets.new.has("not_agent");
    (filtered && arguments.get("agents").is_none())
        .then(|| targets.map(|target| target.without("agent").without("not_agent")))
}

/// Where agents can be seen.
pub fn not_agent(_: &Case, targets: &Targets) -> Option<Targets> {
    let target = &targets.new;
    let hidden = target.is_search() && target.has("not_agent") && !messages::shows_agents(target);
    hidden.then(|| {
        targets.map(|target| {
            target
                .at("/raw")
                .without("page")
                .without("callback")
                .with("rows_per_page", "100")
        })
    })
}

/// The moment of the message that grepper found: if datagrepper has it, too, it could have found it.
pub fn id_twice(case: &Case, targets: &Targets) -> Option<Targets> {
    let (old, new) = (case.old_json.as_ref()?, case.new_json.as_ref()?);
    let same =
        targets.old.is_by_id() && lists::id(old).is_some() && lists::id(old) == lists::id(new);
    let (before, after) = (lists::moment(old)?, lists::moment(new)?);
    let topic = new.get("topic").and_then(Json::text)?;
    (same && before < after).then(|| {
        let search = Target::new("/raw")
            .and("topic", topic)
            .and("rows_per_page", "100");
        let second = search
            .and("start", &format!("{:.1}", after - 1.0))
            .and("end", &format!("{:.1}", after + 1.0));
        Targets::both(second)
    })
}

/// As datagrepper must be asked for what grepper takes literally.
pub fn literal(_: &Case, targets: &Targets) -> Option<Targets> {
    let wanted = targets.old.all("contains");
    let patterns = wanted.iter().map(|text| pattern(text));
    let plain = targets.old.without("contains");
    let old = patterns.fold(plain, |target, pattern| target.and("contains", &pattern));
    let changed = wanted.iter().any(|text| pattern(text) != *text);
    (targets.old.has_times() && changed).then(|| Targets {
        old,
        new: targets.new.clone(),
    })
}

/// The pattern of SQL that matches the text as it is stored, where all beyond ASCII is escaped.
fn pattern(text: &str) -> String {
    let mut stored = String::new();
    pythonic::json::push_ascii(&mut stored, text);
    stored
        .replace('\\', r"\\")
        .replace('%', r"\%")
        .replace('_', r"\_")
}
