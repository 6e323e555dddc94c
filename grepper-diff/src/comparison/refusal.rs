//! Where two refusals of equal status differ.
//!
//! Clients read the status. Of the JSON the members that datagrepper sends must be there, but for those that show its inside.

use crate::comparison::spot::{Case, Spots};
use crate::comparison::tree;
use crate::json::Json;

/// What a refusal says beyond datagrepper's.
pub const MORE: &str = "refusal";
/// Members that only tell of the program.
const INSIDE: [&str; 3] = ["detail", "traceback", "tb"];

/// Keeps the places.
pub fn compare(case: &Case, spots: &mut Spots) {
    match (&case.old_json, &case.new_json) {
        (Some(Json::Object(before)), Some(Json::Object(after))) => {
            for (name, old) in before
                .iter()
                .filter(|(name, _)| !INSIDE.contains(&name.as_str()))
            {
                tree::compare(name, Some(old), after.get(name), spots);
            }
            let more = |(name, value): (&String, &Json)| {
                (!before.contains_key(name)).then(|| (name.clone(), value.clone()))
            };
            let more: std::collections::BTreeMap<String, Json> =
                after.iter().filter_map(more).collect();
            if !more.is_empty() {
                spots.push(MORE, None, Some(Json::Object(more)));
            }
        }
        // A page for one of them: the type tells.
        (Some(_), None) | (None, Some(_)) => {}
        _ => spots.texts(
            "body",
            Some(words(&case.old.body)),
            Some(words(&case.new.body)),
        ),
    }
}

/// What a page says, without its layout.
fn words(body: &str) -> String {
    body.split_whitespace().collect::<Vec<_>>().join(" ")
}
