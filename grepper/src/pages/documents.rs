//! The documents that are pages as well, made of the text that is in the repository.

use std::collections::HashSet;
use std::sync::LazyLock;

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

use crate::escape::escape_into;

/// Stand for what a request decides, until then: where pages lie, and what examples begin with.
const ROOT: &str = "\u{e000}";
const BASE_URL: &str = "\u{e001}";
/// The sections of the guide that are for those who ask.
const FIRST: &str = "\n## For those who ask\n";
const NEXT: &str = "\n## For those who run it\n";

/// How to query, by examples.
pub static USING: LazyLock<Document> =
    LazyLock::new(|| Document::of(include_str!("../../../docs/using.md")));
/// All that can be asked.
pub static REFERENCE: LazyLock<Document> = LazyLock::new(|| {
    let guide = include_str!("../../../docs/grepper.md");
    let (_, asking) = guide.split_once(FIRST).unwrap_or_default();
    let (asking, _) = asking.split_once(NEXT).unwrap_or((asking, ""));
    Document::of(asking)
});

/// What charts are made of.
pub static CHARTS: LazyLock<Document> = LazyLock::new(|| section("Charts"));
/// What the widget can be told.
pub static WIDGET: LazyLock<Document> = LazyLock::new(|| section("Widget"));

/// The section of the guide that has this heading, without it.
fn section(heading: &str) -> Document {
    let guide = include_str!("../../../docs/grepper.md");
    let begins = format!("\n### {heading}\n");
    let (_, section) = guide.split_once(&begins).unwrap_or_default();
    let (section, _) = section.split_once("\n### ").unwrap_or((section, ""));
    Document::of(section)
}

/// A document as HTML, but for what a request decides.
pub struct Document {
    html: String,
}

impl Document {
    /// The document without its heading of the first level, which the page has.
    pub fn of(markdown: &str) -> Self {
        let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
        let events: Vec<Event> = Parser::new_ext(markdown, options).collect();
        let mut writer = Writer {
            slugs: slugs(&events),
            told: HashSet::new(),
            events: Vec::with_capacity(events.len()),
            part: Part::Text,
        };
        let mut rest = events.into_iter();
        while let Some(event) = rest.next() {
            match event {
                Event::Start(Tag::Heading { level, .. }) => {
                    let inner = rest.by_ref();
                    let inner =
                        inner.take_while(|event| !matches!(event, Event::End(TagEnd::Heading(_))));
                    writer.heading(level, inner.collect());
                }
                event => writer.push(event),
            }
        }
        let mut html = String::new();
        html::push_html(&mut html, writer.events.into_iter());
        Self { html }
    }

    /// The document for pages that lie below `root`, with examples that begin with `base_url`.
    pub fn shown(&self, root: &str, base_url: &str) -> String {
        let mut base = String::new();
        escape_into(&mut base, base_url);
        self.html.replace(ROOT, root).replace(BASE_URL, &base)
    }
}

/// What is being written.
enum Part {
    Text,
    /// An example, so far.
    Example(String),
    /// A link that leads nowhere here: only its text is told.
    Unlinked,
}

struct Writer<'a> {
    /// The places that can be led to.
    slugs: HashSet<String>,
    /// Those that were told.
    told: HashSet<String>,
    events: Vec<Event<'a>>,
    part: Part,
}

impl<'a> Writer<'a> {
    fn push(&mut self, event: Event<'a>) {
        match (&mut self.part, event) {
            (Part::Example(path), Event::Text(text)) => path.push_str(&text),
            (Part::Example(path), Event::End(TagEnd::CodeBlock)) => {
                let html = example(path.trim());
                self.events.push(Event::Html(html.into()));
                self.part = Part::Text;
            }
            (_, Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(kind)))) if &*kind == "url" => {
                self.part = Part::Example(String::new());
            }
            (_, Event::Start(Tag::Link { dest_url, .. })) => self.link(&dest_url),
            (Part::Unlinked, Event::End(TagEnd::Link)) => self.part = Part::Text,
            (_, Event::End(TagEnd::Link)) => self.html("</a>"),
            (_, Event::Start(Tag::Table(alignments))) => {
                // Who uses keys must be able to move what is wider than the page.
                self.html(
                    "<div class=\"table\" tabindex=\"0\" role=\"group\" aria-label=\"Table\">",
                );
                self.events.push(Event::Start(Tag::Table(alignments)));
            }
            (_, Event::End(TagEnd::Table)) => {
                self.events.push(Event::End(TagEnd::Table));
                self.html("</div>\n");
            }
            (_, event) => self.events.push(event),
        }
    }

    fn html(&mut self, html: &'static str) {
        self.events.push(Event::Html(html.into()));
    }

    /// Headings of the document are one level below those of the page.
    fn heading(&mut self, level: HeadingLevel, inner: Vec<Event<'a>>) {
        let level = match level {
            HeadingLevel::H1 => return,
            HeadingLevel::H2 | HeadingLevel::H3 => "h2",
            _ => "h3",
        };
        let slug = slug(&inner);
        let start = match self.told.insert(slug.clone()) {
            true => format!("<{level} id=\"{slug}\">"),
            false => format!("<{level}>"),
        };
        self.events.push(Event::Html(start.into()));
        self.events.extend(inner);
        self.events
            .push(Event::Html(format!("</{level}>\n").into()));
    }

    /// Leads to what is on the same page, on the web, or on the page of the reference; other documents stay in the
    /// repository.
    fn link(&mut self, address: &str) {
        let leads_to = match address.strip_prefix('#') {
            Some(slug) if self.slugs.contains(slug) => Some(address.to_owned()),
            None if address.starts_with("https://") => Some(address.to_owned()),
            None if address == "grepper.md#for-those-who-ask" => Some(format!("{ROOT}/reference/")),
            _ => None,
        };
        match leads_to {
            Some(address) => {
                let mut html = "<a href=\"".to_owned();
                escape_into(&mut html, &address);
                html.push_str("\">");
                self.events.push(Event::Html(html.into()));
            }
            None => self.part = Part::Unlinked,
        }
    }
}

/// An example of what can be asked, which can be tried at once.
fn example(path: &str) -> String {
    let mut written = String::new();
    escape_into(&mut written, path);
    format!(
        "<div class=\"example\"><pre>curl '{BASE_URL}{written}'</pre>\n\
         <a href=\"{ROOT}{written}\" rel=\"nofollow\">Open</a></div>\n"
    )
}

/// The places of a document that can be led to.
fn slugs(events: &[Event]) -> HashSet<String> {
    let mut slugs = HashSet::new();
    let mut heading = None;
    for event in events {
        match (event, &mut heading) {
            (Event::Start(Tag::Heading { .. }), _) => heading = Some(Vec::new()),
            (Event::End(TagEnd::Heading(_)), Some(inner)) => {
                slugs.insert(slug(inner));
                heading = None;
            }
            (event, Some(inner)) => inner.push(event.clone()),
            _ => {}
        }
    }
    slugs
}

/// The name of a place, as those who write links to it in the repository know it.
fn slug(heading: &[Event]) -> String {
    let mut slug = String::new();
    for event in heading {
        if let Event::Text(text) | Event::Code(text) = event {
            for char in text.to_lowercase().chars() {
                match char {
                    ' ' => slug.push('-'),
                    '-' | '_' => slug.push(char),
                    char if char.is_alphanumeric() => slug.push(char),
                    _ => {}
                }
            }
        }
    }
    slug
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(markdown: &str) -> String {
        Document::of(markdown).shown("/x", "https://h/x")
    }

    #[test]
    fn examples_can_be_opened() {
        let html = shown("```url\n/raw?user=a&delta=1\n```\n");
        assert_eq!(
            html,
            "<div class=\"example\"><pre>curl 'https://h/x/raw?user=a&amp;delta=1'</pre>\n\
             <a href=\"/x/raw?user=a&amp;delta=1\" rel=\"nofollow\">Open</a></div>\n"
        );
    }

    #[test]
    fn links_lead_somewhere_or_are_none() {
        let html = shown(
            "# A\n\n### B `c` d\n\n[b](#b-c-d) [no](#e) [guide](rules.md) [web](https://h.org/?a&b) \
             [all](grepper.md#for-those-who-ask)\n",
        );
        for text in [
            "<h2 id=\"b-c-d\">B <code>c</code> d</h2>",
            "<a href=\"#b-c-d\">b</a> no guide <a href=\"https://h.org/?a&amp;b\">web</a>",
            "<a href=\"/x/reference/\">all</a>",
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
        assert!(!html.contains("<h1"));
    }

    #[test]
    fn pages_have_no_styles_of_their_own() {
        for document in [&*USING, &*REFERENCE, &*CHARTS, &*WIDGET] {
            let html = document.shown("/x", "https://h/x");
            assert!(html.len() > 1000 && !html.contains(" style=\""), "{html}");
            assert!(
                !html
                    .contains([ROOT, BASE_URL].map(|mark| mark.chars().next().unwrap_or_default()))
            );
        }
    }

    #[test]
    fn what_is_led_to_on_a_page_is_there() {
        let html = REFERENCE.shown("", "");
        for place in html.split("href=\"#").skip(1) {
            let place = place.split('"').next().expect("a place");
            assert!(html.contains(&format!("id=\"{place}\"")), "{place}");
        }
        for place in ["roads", "waiting", "search"] {
            assert!(html.contains(&format!("id=\"{place}\"")), "{place}");
        }
    }
}
