//! Text that looks written by people.

use crate::random::Random;

const WORDS: [&str; 85] = [
    "the",
    "update",
    "build",
    "fails",
    "on",
    "aarch64",
    "with",
    "a",
    "new",
    "release",
    "and",
    "tests",
    "pass",
    "locally",
    "but",
    "not",
    "in",
    "mock",
    "please",
    "review",
    "this",
    "patch",
    "it",
    "fixes",
    "crash",
    "when",
    "starting",
    "without",
    "network",
    "rebuilt",
    "for",
    "side",
    "tag",
    "version",
    "upstream",
    "dropped",
    "support",
    "of",
    "old",
    "library",
    "we",
    "should",
    "wait",
    "until",
    "branch",
    "works",
    "fine",
    "here",
    "no",
    "regressions",
    "found",
    "after",
    "reboot",
    "thanks",
    "to",
    "everyone",
    "who",
    "helped",
    "translations",
    "are",
    "complete",
    "documentation",
    "moved",
    "into",
    "subpackage",
    "license",
    "uses",
    "SPDX",
    "now",
    "configuration",
    "file",
    "is",
    "kept",
    "as",
    "before",
    "bug",
    "report",
    "attached",
    "log",
    "shows",
    "timeout",
    "service",
    "enabled",
    "by",
    "default",
];

/// What tends to be escaped or searched for wrongly.
const ODD: [&str; 10] = [
    "naïve",
    "résumé",
    "\"quoted\"",
    "path/with/slashes",
    "C:\\dir",
    "100 %",
    "50_percent",
    "tab\there",
    "emoji 🦀",
    "–",
];

/// `length` words with blanks between them.
pub(crate) fn words(random: &mut Random, length: u64) -> String {
    let mut text = String::new();
    for _ in 0..length {
        if !text.is_empty() {
            text.push(' ');
        }
        let odd = random.percent(3);
        text.push_str(if odd {
            random.pick(&ODD)
        } else {
            random.pick(&WORDS)
        });
    }
    text
}

/// Paragraphs, each of up to `longest` words.
pub(crate) fn paragraphs(random: &mut Random, count: u64, longest: u64) -> String {
    let paragraphs: Vec<String> = (0..count)
        .map(|_| {
            let length = random.between(longest / 3 + 1, longest);
            words(random, length) + "."
        })
        .collect();
    paragraphs.join("\n\n")
}
