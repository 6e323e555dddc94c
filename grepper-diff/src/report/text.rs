//! The report on a terminal.

use std::fmt::Write as _;

use chrono::DateTime;

use crate::report::amounts;
use crate::report::tally::{About, Example, Tally};

/// The whole report, without a line feed at its end.
pub fn report(tally: &Tally) -> String {
    let mut text = format!(
        "old  {}\nnew  {}\n\n",
        tally.about.old.shown, tally.about.new.shown
    );
    for line in requests(tally) {
        line_of(&mut text, &line);
    }
    line_of(&mut text, "");
    for (count, words) in answers(tally) {
        line_of(&mut text, &format!("{count:8}  {words}"));
    }
    known(tally, &mut text);
    settings(&tally.about, &mut text);
    unknown(tally, &mut text);
    latency(tally, &mut text);
    line_of(&mut text, "");
    text += conclusion(tally);
    text
}

/// What was read and asked, in sentences.
pub fn requests(tally: &Tally) -> Vec<String> {
    let About {
        counts,
        frozen,
        window,
        ..
    } = &tally.about;
    let mut lines = vec![format!(
        "{} lines read: {} different requests.",
        counts.lines, counts.distinct
    )];
    let left = [
        (counts.unread, "lines without a whole request"),
        (counts.own, "requests of grepper-diff and nommer themselves"),
        (
            counts.other_methods,
            "requests that are neither GET nor HEAD",
        ),
        (counts.elsewhere, "requests for other paths or assets"),
    ];
    for (count, words) in left.into_iter().filter(|(count, _)| *count > 0) {
        lines.push(format!("Left alone: {count} {words}."));
    }
    if let Some(prefix) = &counts.prefix {
        let prefix = if prefix.is_empty() { "/" } else { prefix };
        lines.push(format!("In the log, the service is at {prefix}."));
    }
    match window {
        Some(window) => lines.push(format!(
            "{frozen} requests count back from now, for which {} was taken on both sides.",
            moment(window.end)
        )),
        None => lines
            .push("Times were asked for as they came: both services saw other windows.".to_owned()),
    }
    if tally.stopped {
        lines.push("It was stopped before all were asked.".to_owned());
    }
    lines.push(format!(
        "{} asked in {}.",
        tally.asked(),
        duration(tally.took.as_secs())
    ));
    lines
}

/// How many requests had which answers.
pub fn answers(tally: &Tally) -> Vec<(u64, String)> {
    let settled = match tally.settled {
        0 => String::new(),
        count => format!(", {count} of them when asked once more"),
    };
    let mut lines = vec![
        (tally.equal, format!("equal{settled}")),
        (tally.known, "differ in known ways only".to_owned()),
        (tally.different, "differ in other ways".to_owned()),
    ];
    if tally.not_asked > 0 {
        lines.push((
            tally.not_asked,
            "not asked, as they would harm datagrepper".to_owned(),
        ));
    }
    lines
}

/// What it comes to.
pub fn conclusion(tally: &Tally) -> &'static str {
    match (tally.is_clean(), tally.asked()) {
        (false, _) => "There are differences that are not known: look at each.",
        (true, 0) => "Nothing was asked.",
        (true, _) => "All differences are known.",
    }
}

fn known(tally: &Tally, text: &mut String) {
    if tally.kinds.is_empty() {
        return;
    }
    *text += "\nKnown differences: what datagrepper does; and grepper\n\n";
    for (kind, seen) in tally.seen() {
        line_of(
            text,
            &format!("{:8}  {:11}  {}", seen.requests, kind.class, kind.id),
        );
        line_of(text, &format!("          {}", kind.words.replace('`', "")));
        line_of(text, &format!("          such as {}", seen.example));
    }
}

fn settings(about: &About, text: &mut String) {
    for setting in &about.settings {
        line_of(
            text,
            &format!(
                "\nDIFFERENT: {} is {} and {}",
                setting.name, setting.old, setting.new
            ),
        );
    }
}

fn unknown(tally: &Tally, text: &mut String) {
    for (name, group) in &tally.unknown {
        let times = if group.times > group.requests {
            format!(", seen {} times", group.times)
        } else {
            String::new()
        };
        line_of(
            text,
            &format!("\nDIFFERENT: {name} ({} requests{times})", group.requests),
        );
        for example in &group.examples {
            line_of(text, "");
            example_lines(example, text);
        }
    }
    for (_, _, words) in amounts::told(tally) {
        line_of(text, &format!("\n{}", words.replace('`', "")));
    }
    if let Some(words) = tally.not_looked_at() {
        line_of(text, &format!("\n{}", words.replace('`', "")));
    }
    if let Some(words) = tally.curl_lacks() {
        line_of(text, &format!("\n{words}"));
    }
}

fn example_lines(example: &Example, text: &mut String) {
    line_of(text, &format!("  {}", example.request));
    for (place, old, new) in &example.places {
        line_of(
            text,
            &format!("    {place}\n      old  {old}\n      new  {new}"),
        );
    }
    if example.more > 0 {
        line_of(text, &format!("    and {} places more", example.more));
    }
    for curl in &example.curl {
        line_of(text, &format!("    {curl}"));
    }
}

fn latency(tally: &Tally, text: &mut String) {
    let Some((old, new)) = tally.latency.figures() else {
        return;
    };
    *text += "\nMilliseconds until the whole answer was there\n\n            median       95 %    slowest\n";
    for (name, figures) in [("old", old), ("new", new)] {
        let _ = writeln!(
            text,
            "  {name}  {:11.1}{:11.1}{:11.1}",
            figures.median, figures.p95, figures.slowest
        );
    }
    let (quicker, all) = (tally.latency.quicker(), tally.latency.len());
    line_of(text, &format!("  new was quicker {quicker} of {all} times"));
}

fn line_of(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

/// A moment in seconds since 1970, in words.
fn moment(seconds: f64) -> String {
    let time = DateTime::from_timestamp(seconds as i64, 0).unwrap_or_default();
    time.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

fn duration(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}
