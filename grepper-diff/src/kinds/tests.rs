//! Each kind has an example here, and what is no example of a kind is not taken for one.

mod changes;
mod examples;

use std::path::Path;

use self::examples::*;
use crate::asking::answer::Answer;
use crate::comparison::spot::Case;
use crate::comparison::spots;
use crate::kinds::kind::{Targets, Test};
use crate::kinds::{Completion, KINDS, completed, harmful, rephrased};
use crate::target::Target;
use crate::verdict::explained;

#[test]
fn each_kind_is_seen_in_its_example_and_no_other_is() {
    for (id, made) in examples() {
        let (mut known, unknown) = judged(&made);
        // These two come with another by their nature.
        known.retain(|kind| *kind != "refusal-says-more" || id == *kind);
        let expected: Vec<&str> = Some(id).into_iter().filter(|id| !id.is_empty()).collect();
        let texts = (&made.old.body, &made.new.body);
        assert_eq!(
            (known, unknown),
            (expected, Vec::new()),
            "{id}: {} {texts:?}",
            made.question
        );
    }
}

#[test]
fn messages_of_a_moment_change_places_beside_one_whose_time_is_made_up() {
    let with = |sent_at: &str| {
        let message = message("a", 5, "").replace("2024-05-01T00:00:05+00:00", sent_at);
        message.replace("5.0", "1714521605.0")
    };
    let [b, c] = ["b", "c"].map(|id| message(id, 7, ""));
    let made_up = with("2024-05-01T00:00:05.250000");
    let without = with("").replace(r#""sent-at": """#, "");
    let old = page(&[&*made_up, &*b, &*c].join(","), 3, ECHO);
    let new = page(&[&*without, &*c, &*b].join(","), 3, ECHO);
    let (mut known, unknown) = judged(&made("/raw?meta=date", old, new));
    known.sort_unstable();
    assert_eq!(
        (known, unknown),
        (vec!["meta-sent-at", "tie-order"], Vec::new())
    );
}

#[test]
fn all_kinds_have_examples_and_names_of_their_own() {
    let examples = examples();
    let mut names: Vec<&str> = KINDS.iter().map(|kind| kind.id).collect();
    for kind in KINDS {
        let has_example = match kind.test {
            Test::Explains(_) | Test::Both(..) | Test::Completes(..) => {
                examples.iter().any(|(id, _)| *id == kind.id)
            }
            Test::Rephrases(_) => asked_otherwise().iter().any(|(id, ..)| *id == kind.id),
            Test::Harms(_) => HARMFUL.iter().any(|(id, _)| *id == kind.id),
        };
        assert!(has_example, "{}", kind.id);
        assert!(
            kind.words.contains("; "),
            "{}: what datagrepper does; what grepper does",
            kind.id
        );
    }
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), KINDS.len());
}

const HARMFUL: [(&str, &str); 3] = [
    ("chart-without-span", "/charts/line?start=5&end=5.0"),
    ("chart-too-narrow", "/charts/bar?width=-1"),
    ("rows-without-end", "/v2/search?rows_per_page=0"),
];

#[test]
fn what_would_harm_is_known() {
    for (id, target) in HARMFUL {
        assert_eq!(
            harmful(&Target::new(target)).map(|kind| kind.id),
            Some(id),
            "{target}"
        );
    }
    for target in [
        "/charts/line?start=5&end=6",
        "/charts/line",
        "/charts/bar?width=11",
        "/raw?rows_per_page=1",
        "/raw?start=5&end=5",
    ] {
        assert!(harmful(&Target::new(target)).is_none(), "{target}");
    }
}

/// For each kind that is asked in other words: the question, both answers, and what each service is asked then.
fn asked_otherwise() -> Vec<(&'static str, Made, &'static str, &'static str)> {
    let empty = || page("", 0, ECHO);
    let asked = |target, old: Answer, new: Answer| made(target, old, new);
    let one = |second| answer(200, JSON, &message("a", second, ""));
    let moment = "/raw?topic=a.b.c.d&rows_per_page=100&start=1714521608.0&end=1714521610.0";
    vec![
        (
            "format-ignored",
            asked("/raw?user=u&format=xml", empty(), refusal("format", "xml")),
            "/raw?user=u",
            "/raw?user=u",
        ),
        (
            "agent-ignored",
            asked("/raw?agent=a&user=u", page("", 1, ""), empty()),
            "/raw?user=u",
            "/raw?user=u",
        ),
        (
            "not-agent-without-agent",
            asked("/v2/search?not_agent=a&page=2", empty(), empty()),
            "/raw?not_agent=a&rows_per_page=100",
            "/raw?not_agent=a&rows_per_page=100",
        ),
        (
            "id-twice",
            asked("/id?id=a", one(1), one(9)),
            moment,
            moment,
        ),
        (
            "start-zero",
            asked("/raw?start=0&end=5", empty(), empty()),
            "/raw?end=5&start=0.000001",
            "/raw?end=5&start=0.000001",
        ),
        (
            "end-alone",
            asked(
                "/raw?end=5",
                page("", 1, r#""start": 0, "agents": []"#),
                empty(),
            ),
            "/raw?end=5&start=-62000000000",
            "/raw?end=5&start=-62000000000",
        ),
        (
            "plus-in-time",
            asked("/raw?start=2024-05-01T10:11:12+02:00", empty(), empty()),
            "/raw?start=2024-05-01T10%3A11%3A12%2B02%3A00",
            "/raw?start=2024-05-01T10%3A11%3A12%2B02%3A00",
        ),
        (
            "contains-wildcards",
            asked("/raw?contains=5%25_%C3%A9&category=a", empty(), empty()),
            "/raw?category=a&contains=5%5C%25%5C_%5C%5Cu00e9",
            "/raw?contains=5%25_%C3%A9&category=a",
        ),
        (
            "chart-edges",
            asked("/charts/line?start=100&end=200&N=3", empty(), empty()),
            "/charts/line?N=3&start=100.000317&end=199.000317",
            "/charts/line?N=3&start=100.000317&end=199.000317",
        ),
    ]
}

#[test]
fn what_is_understood_in_two_ways_is_asked_otherwise() {
    for (id, made, old, new) in asked_otherwise() {
        let case = Case::new(&made.question, &made.old, &made.new);
        let (targets, kinds) = rephrased(&case).unwrap_or_else(|| panic!("{id}: nothing"));
        let expected = Targets {
            old: Target::new(old),
            new: Target::new(new),
        };
        assert_eq!(targets, expected, "{id}");
        assert_eq!(kinds.iter().map(|kind| kind.id).collect::<Vec<_>>(), [id]);
    }
    for target in [
        "/raw?user=u&start=1&end=5",
        "/raw?contains=plain&category=a",
        "/id?id=a",
        "/raw?agent=a",
        "/raw?end=5",
    ] {
        let made = made(target, page("", 0, ECHO), page("", 0, ECHO));
        assert!(
            rephrased(&Case::new(&made.question, &made.old, &made.new)).is_none(),
            "{target}"
        );
    }
}

/// What is asked to prove this kind.
fn asked(case: &Case, id: &str) -> Vec<String> {
    let (_, unknown) = explained(case, spots(case));
    let completion = completed(case, &Targets::both(case.question.target.clone()), &unknown);
    let parts = completion.filter(|completion| completion.kind.id == id);
    parts.map_or(Vec::new(), |Completion { parts, .. }| {
        parts.into_iter().map(|part| part.new.to_string()).collect()
    })
}

/// Whether these answers to what was asked beside prove this kind.
fn shows(id: &str, made: &Made, answers: &[Made]) -> bool {
    let kind = KINDS.iter().find(|kind| kind.id == id);
    let Some(Test::Completes(_, proof)) = kind.map(|kind| &kind.test) else {
        panic!("{id}")
    };
    let parts = answers
        .iter()
        .map(|Made { question, old, new }| Case::new(question, old, new));
    let parts: Vec<Case> = parts.collect();
    (proof.shows)(&Case::new(&made.question, &made.old, &made.new), &parts)
}

#[test]
fn times_that_were_made_up_are_proved_by_the_message_as_it_is_stored() {
    let on_bus = |id: &str, second: u32| {
        format!(
            r#"{{"id": "{id}", "topic": "a.b.c.d", "body": {{}}, "headers": {{"sent-at": "2024-05-01T00:00:{second:02}.5+00:00"}}}}"#
        )
    };
    let b = on_bus("b", 1);
    let old = page(&[&*on_bus("u", 5), &*b].join(","), 2, ECHO);
    let new = page(&[&*on_bus("u", 6), &*b].join(","), 2, ECHO);
    let search = made("/v2/search?end=9", old.clone(), new);
    let case = Case::new(&search.question, &search.old, &search.new);
    assert_eq!(asked(&case, "received-at"), ["/id?id=u"]);
    let by_id = |old: &str, new: &str| {
        let [old, new] = [old, new].map(|body| answer(200, JSON, body));
        [made("/id?id=u", old, new)]
    };
    let right = by_id(&untimed("u", 5), &untimed("u", 6));
    assert!(shows("received-at", &search, &right));
    // A sender that gave one, and a message that is nowhere.
    let timed = message("u", 5, "");
    assert!(!shows("received-at", &search, &by_id(&timed, &timed)));
    assert!(!shows("received-at", &search, &by_id("{}", "{}")));
    // More than a day apart.
    let later = on_bus("u", 5).replace("05-01", "05-03");
    let far = made("/v2/search", old, page(&[&*later, &*b].join(","), 2, ECHO));
    let case = Case::new(&far.question, &far.old, &far.new);
    assert!(asked(&case, "received-at").is_empty());
}

#[test]
fn a_message_that_pushes_another_over_the_edge_is_asked_for_and_so_is_the_other() {
    let (b, c) = (message("b", 2, ""), message("c", 1, ""));
    let of = |messages: &[&str]| page(&messages.join(","), 30, ECHO).counting(2);
    let cut = made(
        "/raw?rows_per_page=2",
        of(&[&untimed("u", 3), &b]),
        of(&[&b, &c]),
    );
    let case = Case::new(&cut.question, &cut.old, &cut.new);
    assert_eq!(asked(&case, "received-at"), ["/id?id=u", "/id?id=c"]);
    let by_id = |old: &str, new: &str| {
        let [old, new] = [old, new].map(|body| answer(200, JSON, body));
        made("/id?id=x", old, new)
    };
    let moved = || by_id(&untimed("u", 3), &untimed("u", 0));
    assert!(shows("received-at", &cut, &[moved(), by_id(&c, &c)]));
    assert!(!shows("received-at", &cut, &[by_id(&b, &b), by_id(&c, &c)]));
    // One that is just missing.
    let short = made("/raw?rows_per_page=2", of(&[&b, &c]), of(&[&b]));
    let case = Case::new(&short.question, &short.old, &short.new);
    assert!(asked(&case, "received-at").is_empty());
}

#[test]
fn more_about_a_user_is_proved_by_the_topics_of_what_is_more() {
    let [without, with] = ["[]", r#"["ann"]"#].map(|users| named("a", users, "null"));
    let known = named("b", r#"["ann"]"#, "null");
    let of = |messages: &[&str]| {
        let count = messages.len() as u32;
        page(&messages.join(","), count, ECHO).counting(count)
    };
    let question = "/raw?user=ann&start=1&end=9&meta=date&page=1";
    let more = made(question, of(&[&known]), of(&[&with, &known]));
    let case = Case::new(&more.question, &more.old, &more.new);
    assert_eq!(
        asked(&case, "names-from-rules"),
        ["/raw?start=1&end=9&rows_per_page=100&topic=a.b.c.d"]
    );
    let topic = |old: &str, new: &str| [made("/raw", of(&[old]), of(&[new]))];
    assert!(shows("names-from-rules", &more, &topic(&without, &with)));
    // datanommer knew others, grepper does not know this one, and datanommer has no such message.
    let other = named("a", r#"["bob"]"#, "null");
    assert!(!shows("names-from-rules", &more, &topic(&other, &with)));
    assert!(!shows("names-from-rules", &more, &topic(&without, &other)));
    assert!(!shows("names-from-rules", &more, &topic(&known, &with)));
    // Less, another page, and no question about names.
    for (question, old, new) in [
        (question, of(&[&with, &known]), of(&[&known])),
        ("/raw?user=ann&page=2", of(&[&known]), of(&[&with, &known])),
        ("/raw?category=a", of(&[&known]), of(&[&with, &known])),
    ] {
        let made = made(question, old, new);
        let case = Case::new(&made.question, &made.old, &made.new);
        assert!(asked(&case, "names-from-rules").is_empty(), "{question}");
    }
}

#[test]
fn names_that_differ_otherwise_are_not_taken_for_those_of_rules() {
    let pair = |old: &str, new: &str| made("/raw", page(old, 1, ECHO), page(new, 1, ECHO));
    let ann = |id| named(id, r#"["ann"]"#, "null");
    // Other names, fewer, and of a schema of which the old archive knows names.
    let schema = |message: String| {
        message.replace(
            "\"headers\": {",
            "\"headers\": {\"fedora_messaging_schema\": \"x\", ",
        )
    };
    let both = |message: String| [schema(message), schema(ann("b"))].join(",");
    for (old, new) in [
        (named("a", r#"["bob"]"#, "null"), ann("a")),
        (ann("a"), named("a", "[]", "null")),
        (both(named("a", "[]", "null")), both(ann("a"))),
    ] {
        let (known, unknown) = judged(&pair(&old, &new));
        assert!(known.is_empty() && !unknown.is_empty(), "{old}");
    }
}

#[test]
fn pages_that_are_cut_within_a_moment_are_completed() {
    let page_of = |ids: [&str; 3], seconds: [u32; 3]| {
        let messages = ids
            .iter()
            .zip(seconds)
            .map(|(id, second)| message(id, second, ""));
        page(&messages.collect::<Vec<_>>().join(","), 30, ECHO).counting(3)
    };
    let parts = |old: Answer, new: Answer| -> Vec<String> {
        let made = made("/raw?delta=60&page=2&user=u&end=9", old, new);
        let case = Case::new(&made.question, &made.old, &made.new);
        asked(&case, "tie-order")
    };
    let at = |second: u32| {
        let second = 1_714_521_600 + second;
        format!("/raw?user=u&start={second}.000000&end={second}.999999&rows_per_page=100")
    };
    let old = || page_of(["a", "b", "c"], [1, 2, 2]);
    assert_eq!(parts(old(), page_of(["a", "b", "d"], [1, 2, 2])), [at(2)]);
    assert_eq!(
        parts(old(), page_of(["e", "b", "d"], [1, 2, 2])),
        [at(1), at(2)]
    );
    // Another time, another message in the middle, and one that is just missing.
    assert!(parts(old(), page_of(["a", "b", "d"], [1, 2, 3])).is_empty());
    assert!(
        parts(
            page_of(["a", "b", "c"], [1, 2, 3]),
            page_of(["a", "d", "c"], [1, 2, 3])
        )
        .is_empty()
    );
    assert!(parts(old(), page(&message("a", 1, ""), 30, ECHO)).is_empty());
    assert!(parts(old(), old()).is_empty());
}

#[test]
fn the_documentation_has_this_table() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/grepper-diff.md");
    let text = std::fs::read_to_string(file).expect("the documentation");
    let told: Vec<&str> = text
        .lines()
        .skip_while(|line| {
            *line != "| kind | class | what datagrepper does; and grepper | known by |"
        })
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .collect();
    let known: Vec<String> = KINDS
        .iter()
        .map(|kind| {
            format!(
                "| {} | {} | {} | {} |",
                kind.id,
                kind.class,
                kind.words,
                kind.test.words()
            )
        })
        .collect();
    assert_eq!(told, known);
}
