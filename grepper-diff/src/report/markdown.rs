//! The report as Markdown, to go into a ticket.

use std::fmt::Write as _;

use crate::report::amounts;
use crate::report::tally::{Example, Tally};
use crate::report::text::{answers, conclusion, requests};

/// The whole report.
pub fn report(tally: &Tally) -> String {
    let mut text = "# Answers of two services compared\n\n".to_owned();
    let _ = writeln!(
        text,
        "- old: {}\n- new: {}\n",
        tally.about.old.shown, tally.about.new.shown
    );
    for line in requests(tally) {
        text += &line;
        text.push('\n');
    }
    text += "\n| requests | |\n| ---: | --- |\n";
    for (count, words) in answers(tally) {
        let _ = writeln!(text, "| {count} | {words} |");
    }
    let _ = writeln!(text, "\n**{}**", conclusion(tally));
    unknown(tally, &mut text);
    known(tally, &mut text);
    latency(tally, &mut text);
    text
}

fn unknown(tally: &Tally, text: &mut String) {
    if tally.is_clean() {
        return;
    }
    *text += "\n## Differences that are not known\n";
    for setting in &tally.about.settings {
        let _ = writeln!(
            text,
            "\n- {} is `{}` and `{}`",
            setting.name, setting.old, setting.new
        );
    }
    for (name, group) in &tally.unknown {
        let _ = writeln!(
            text,
            "\n### {name}\n\n{} requests, seen {} times.",
            group.requests, group.times
        );
        for example in &group.examples {
            example_lines(example, text);
        }
    }
    for (_, _, words) in amounts::told(tally) {
        let _ = writeln!(text, "\n{words}");
    }
    if let Some(words) = tally.not_looked_at() {
        let _ = writeln!(text, "\n{words}");
    }
    if let Some(words) = tally.curl_lacks() {
        let _ = writeln!(text, "\n{words}");
    }
}

fn example_lines(example: &Example, text: &mut String) {
    let mut lines = format!("{}\n", example.request);
    for (place, old, new) in &example.places {
        let _ = writeln!(lines, "  {place}\n    old  {old}\n    new  {new}");
    }
    if example.more > 0 {
        let _ = writeln!(lines, "  and {} places more", example.more);
    }
    for curl in &example.curl {
        let _ = writeln!(lines, "{curl}");
    }
    // A fence that no answer closes.
    let _ = writeln!(
        text,
        "\n~~~~~~\n{}~~~~~~",
        lines.replace("~~~~~~", "~~~~ ~~")
    );
}

fn known(tally: &Tally, text: &mut String) {
    if tally.kinds.is_empty() {
        return;
    }
    *text += "\n## Known differences\n\n| requests | class | kind | what datagrepper does; and grepper | such as |\n| ---: | --- | --- | --- | --- |\n";
    for (kind, seen) in tally.seen() {
        let example = seen.example.replace('|', "%7C").replace('`', "%60");
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | `{example}` |",
            seen.requests, kind.class, kind.id, kind.words
        );
    }
}

fn latency(tally: &Tally, text: &mut String) {
    let Some((old, new)) = tally.latency.figures() else {
        return;
    };
    *text += "\n## Milliseconds until the whole answer was there\n\n| | median | 95 % | slowest |\n| --- | ---: | ---: | ---: |\n";
    for (name, figures) in [("old", old), ("new", new)] {
        let _ = writeln!(
            text,
            "| {name} | {:.1} | {:.1} | {:.1} |",
            figures.median, figures.p95, figures.slowest
        );
    }
    let (quicker, all) = (tally.latency.quicker(), tally.latency.len());
    let _ = writeln!(
        text,
        "\nThe new service was quicker {quicker} of {all} times."
    );
}
