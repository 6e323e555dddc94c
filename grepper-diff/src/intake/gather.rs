//! Which requests are asked, and how often each was seen.

use std::io::BufRead;

use anyhow::{Context, Result, bail};
use indexmap::IndexMap;

use crate::intake::{line, list, mount, source};
use crate::question::{Method, Question};
use crate::target::{Endpoint, Target};

/// What is wanted of a log or a list.
pub struct Wish {
    /// Files with access logs.
    pub logs: Vec<String>,
    /// Files with lists of requests.
    pub lists: Vec<String>,
    /// Where the service is in the paths of logs; found out where absent.
    pub prefix: Option<String>,
    /// The header `Accept` of requests that do not say.
    pub accept: Option<String>,
    /// The header `Origin` of requests that do not say.
    pub origin: Option<String>,
    /// Whether what was asked several times is asked again each time.
    pub repeat: bool,
    /// How many are asked, chosen at random by the seed.
    pub sample: Option<(usize, u64)>,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Gathered {
    /// In the order in which they were first seen, with how often they were.
    pub questions: Vec<(Question, u64)>,
    pub counts: Counts,
}

/// How much was read, and what was not taken.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    pub lines: u64,
    /// Lines in which no whole request was found.
    pub unread: u64,
    /// Requests of grepper-diff and nommer, which are no traffic of clients.
    pub own: u64,
    /// Requests with methods other than GET and HEAD.
    pub other_methods: u64,
    /// Requests for something that is not datagrepper's, or for its assets.
    pub elsewhere: u64,
    /// Where the service was in the paths of logs.
    pub prefix: Option<String>,
    /// How many different requests there were, before a sample was taken.
    pub distinct: usize,
}

/// How often each request was seen, with the number that tells equal ones apart where each is to be asked.
type Sightings = IndexMap<(Question, u64), u64>;
/// Of logs likewise, before it is known where in their paths the service is.
type Paths = IndexMap<(Method, String, u64), u64>;

/// Reads all files.
///
/// Fails where a file cannot be read, a list has a mistake, or nothing is left to ask.
pub fn gather(wish: &Wish) -> Result<Gathered> {
    let mut gathered = Gathered::default();
    let mut seen = Sightings::new();
    from_logs(wish, &mut gathered.counts, &mut seen)?;
    from_lists(wish, &mut gathered.counts, &mut seen)?;
    if seen.is_empty() {
        bail!(
            "there is nothing to ask: no request in {} lines",
            gathered.counts.lines
        );
    }
    gathered.counts.distinct = seen.len();
    let questions = seen
        .into_iter()
        .map(|((question, _), times)| (question, times));
    gathered.questions = chosen(questions.collect(), wish.sample);
    Ok(gathered)
}

/// Which of several equal requests this is: all are one, unless each is to be asked.
fn number(wish: &Wish, counts: &Counts) -> u64 {
    if wish.repeat { counts.lines } else { 0 }
}

fn from_logs(wish: &Wish, counts: &mut Counts, seen: &mut Sightings) -> Result<()> {
    // The mount point is only known when all has been read.
    let logged = logged(wish, counts)?;
    if logged.is_empty() {
        return Ok(());
    }
    let paths = logged
        .iter()
        .map(|((_, target, _), times)| (target.as_str(), *times));
    let prefix = wish.prefix.clone().or_else(|| mount::detect(paths)).context(
        "no path in the log is one of datagrepper's: --prefix says where it is, such as /datagrepper",
    )?;
    let is_asked =
        |target: &Target| !matches!(target.endpoint(), Endpoint::Asset | Endpoint::Unknown);
    let mut keys = IndexMap::<(Method, String, u64), (Question, u64)>::new();
    for ((method, path, number), times) in logged {
        let target = mount::below(&path, &prefix).map(Target::new);
        let Some(target) = target.filter(is_asked) else {
            counts.elsewhere += times;
            continue;
        };
        let key = (method, lasting(&target), number);
        let question = of_log(method, target, wish);
        keys.entry(key).or_insert((question, 0)).1 += times;
    }
    counts.prefix = Some(prefix);
    for ((_, _, number), (question, times)) in keys {
        *seen.entry((question, number)).or_default() += times;
    }
    Ok(())
}

/// The requests of all logs, with whole paths.
fn logged(wish: &Wish, counts: &mut Counts) -> Result<Paths> {
    let mut logged = Paths::new();
    for name in &wish.logs {
        for text in source::open(name)?.split(b'\n') {
            let text = text.with_context(|| format!("cannot read {name}"))?;
            counts.lines += 1;
            let Some(request) = line::parse(&text) else {
                counts.unread += 1;
                continue;
            };
            if request.is_own {
                counts.own += 1;
                continue;
            }
            let Some(method) = Method::parse(&request.method) else {
                counts.other_methods += 1;
                continue;
            };
            let key = (method, request.target, number(wish, counts));
            *logged.entry(key).or_default() += 1;
        }
    }
    Ok(logged)
}

/// What of a target is the same each time that a page asks: jQuery numbers its requests.
fn lasting(target: &Target) -> String {
    if !target.query.contains("callback=") && !target.query.contains("_=") {
        return target.to_string();
    }
    let callback = target.first("callback").unwrap_or_default();
    let name = callback.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_');
    target.without("_").with("callback", name).to_string()
}

fn of_log(method: Method, target: Target, wish: &Wish) -> Question {
    Question {
        method,
        target,
        accept: wish.accept.clone(),
        origin: wish.origin.clone(),
    }
}

fn from_lists(wish: &Wish, counts: &mut Counts, seen: &mut Sightings) -> Result<()> {
    for name in &wish.lists {
        for (at, text) in source::open(name)?.lines().enumerate() {
            let text = text.with_context(|| format!("cannot read {name}"))?;
            counts.lines += 1;
            let question = list::parse(&text, wish.accept.as_deref())
                .with_context(|| format!("{name}, line {}", at + 1))?;
            if let Some(mut question) = question {
                question.origin = question.origin.or_else(|| wish.origin.clone());
                *seen.entry((question, number(wish, counts))).or_default() += 1;
            }
        }
    }
    Ok(())
}

/// So many as the sample has, of which the seed decides, in the order in which they came.
fn chosen(questions: Vec<(Question, u64)>, sample: Option<(usize, u64)>) -> Vec<(Question, u64)> {
    let Some((size, seed)) = sample.filter(|(size, _)| *size < questions.len()) else {
        return questions;
    };
    let mut places: Vec<usize> = (0..questions.len()).collect();
    fastrand::Rng::with_seed(seed).shuffle(&mut places);
    places.truncate(size);
    places.sort_unstable();
    let mut places = places.into_iter().peekable();
    let kept = questions
        .into_iter()
        .enumerate()
        .filter(|(at, _)| places.next_if_eq(at).is_some());
    kept.map(|(_, question)| question).collect()
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn wish(logs: &[&str], lists: &[&str]) -> (Wish, Vec<tempfile::NamedTempFile>) {
        let file = |text: &&str| {
            let mut file = tempfile::NamedTempFile::new().expect("a file");
            file.write_all(text.as_bytes()).expect("written");
            file
        };
        let (logs, lists): (Vec<_>, Vec<_>) = (
            logs.iter().map(file).collect(),
            lists.iter().map(file).collect(),
        );
        let names = |files: &[tempfile::NamedTempFile]| {
            files
                .iter()
                .map(|file| file.path().display().to_string())
                .collect()
        };
        let wish = Wish {
            logs: names(&logs),
            lists: names(&lists),
            prefix: None,
            accept: Some("*/*".to_owned()),
            origin: None,
            repeat: false,
            sample: None,
        };
        (wish, logs.into_iter().chain(lists).collect())
    }

    const LOG: &str = "\
h \"GET /datagrepper/raw?user=a HTTP/1.1\" 200
h \"GET /datagrepper/raw?user=a HTTP/1.1\" 200
h \"POST /datagrepper/raw HTTP/1.1\" 405
h \"GET /datagrepper/static/css/main.css HTTP/1.1\" 200
h \"GET /wiki/Main HTTP/1.1\" 200
h \"\\x16\\x03\" 400
h \"HEAD /datagrepper/raw?user=a HTTP/1.1\" 200
h \"GET /datagrepper/raw?callback=jQuery12_1&_=1 HTTP/1.1\" 200
h \"GET /datagrepper/raw?callback=jQuery13_2&_=2 HTTP/1.1\" 200
";

    #[test]
    fn what_was_asked_often_is_asked_once() {
        let (wish, _files) = wish(&[LOG], &["# mine\n/id?id=x\n/id?id=x\n"]);
        let gathered = gather(&wish).expect("gathered");
        let asked: Vec<(String, u64)> = gathered
            .questions
            .iter()
            .map(|(question, times)| (question.to_string(), *times))
            .collect();
        let expected = [
            ("GET /raw?user=a", 2),
            ("HEAD /raw?user=a", 1),
            ("GET /raw?callback=jQuery12_1&_=1", 2),
            ("GET /id?id=x", 2),
        ];
        assert_eq!(
            asked,
            expected.map(|(text, times)| (text.to_owned(), times))
        );
        let counts = gathered.counts;
        assert_eq!(
            (
                counts.lines,
                counts.unread,
                counts.other_methods,
                counts.elsewhere
            ),
            (12, 1, 1, 2)
        );
        assert_eq!(
            (counts.prefix.as_deref(), counts.distinct),
            (Some("/datagrepper"), 4)
        );
    }

    #[test]
    fn all_are_asked_where_that_is_wanted() {
        let (mut wish, _files) = wish(&[LOG], &[]);
        wish.repeat = true;
        assert_eq!(gather(&wish).expect("gathered").questions.len(), 5);
    }

    #[test]
    fn a_sample_is_the_same_for_the_same_seed() {
        let list: String = (0..100).map(|n| format!("/raw?page={n}\n")).collect();
        let (mut wish, _files) = wish(&[], &[&list]);
        let mut sample = |seed| {
            wish.sample = Some((10, seed));
            gather(&wish).expect("gathered").questions
        };
        let (first, again, other) = (sample(1), sample(1), sample(2));
        assert_eq!(first.len(), 10);
        assert_eq!(first, again);
        assert_ne!(first, other);
    }

    #[test]
    fn nothing_to_ask_is_a_mistake() {
        for (logs, lists, said) in [
            (&["h \"GET /wiki HTTP/1.1\" 200\n"][..], &[][..], "--prefix"),
            (&[], &["# nothing\n"], "nothing to ask"),
            (&[], &["GET raw\n"], "line 1"),
        ] {
            let (wish, _files) = wish(logs, lists);
            let error = format!("{:#}", gather(&wish).expect_err("a mistake"));
            assert!(error.contains(said), "{error}");
        }
    }
}
