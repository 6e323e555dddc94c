//! The page that makes charts: a form, the picture, and what others put into their pages.

use askama::Template;

use crate::chart::options::{ChartKind, ChartOptions, Interpolation};
use crate::chart::style::Style;
use crate::filters::{FILTERS, Filter};
use crate::pages::builder_form::{
    BuilderForm, Control, Controls, SPANS, choice, filter_groups, numbered, texts, tick, written,
};
use crate::pages::documents::CHARTS;
use crate::pages::links;
use crate::pages::render::render;
use crate::request::builder::{self, DELTA, KIND, UNIT, value};
use crate::request::refusal::BadRequest;

/// The page for what the form asks for, `options` being the look of the chart or what was wrong.
pub fn chart_builder(
    root: &str,
    base_url: &str,
    pairs: &[(String, String)],
    options: Result<ChartOptions, &BadRequest>,
) -> String {
    let kind = value(pairs, "kind").unwrap_or(KIND);
    let form = BuilderForm {
        root,
        path: "/charts/",
        label: "The chart",
        kinds: ChartKind::ALL.iter().map(|kind| kind.word()).collect(),
        kind,
        groups: groups(pairs),
        wrong: options.as_ref().err().copied(),
    };
    render(&ChartPage {
        root,
        form: form.html(),
        made: options.map(|options| Made::of(base_url, kind, pairs, &options)),
        reference: CHARTS.shown(root, base_url),
    })
}

#[derive(Template)]
#[template(path = "charts.html")]
struct ChartPage<'a> {
    root: &'a str,
    form: String,
    made: Result<Made, &'a BadRequest>,
    reference: String,
}

/// A chart, and how it is shown elsewhere.
struct Made {
    /// Below the root.
    path: String,
    data: [String; 2],
    messages: String,
    /// Of which names each could have a series, and the address of the form that says so.
    series: Option<(&'static str, String)>,
    /// What the picture shows wholly, also where the asked time does not.
    unit: Option<String>,
    title: String,
    width: u32,
    height: u32,
    address: String,
    html: String,
    markdown: String,
}

impl Made {
    fn of(base_url: &str, kind: &str, pairs: &[(String, String)], options: &ChartOptions) -> Self {
        let picture = builder::picture(pairs);
        let path = links::search(&format!("/charts/{kind}"), &picture);
        let messages = links::search("/raw", &builder::search_of_chart(pairs));
        let title = builder::title(pairs);
        let (width, height) = (options.width, options.height);
        let [address, leads_to] = [&path, &messages].map(|path| format!("{base_url}{path}"));
        let [own, to, alt] = [&address, &leads_to, &title].map(|text| written(text));
        let bracketed = title.replace('\\', "\\\\").replace('[', "\\[");
        let bracketed = numbered(&bracketed.replace(']', "\\]"));
        Self {
            html: format!(
                "<a href=\"{to}\"><img src=\"{own}\" alt=\"{alt}\" width=\"{width}\" height=\"{height}\"></a>"
            ),
            markdown: format!("[![{bracketed}]({address})]({leads_to})"),
            data: ["json", "csv"].map(|format| format!("{path}&format={format}")),
            path,
            messages,
            series: series(pairs),
            unit: unit(pairs),
            title,
            width,
            height,
            address,
        }
    }
}

/// Several values of a filter that are counted as one.
fn series(pairs: &[(String, String)]) -> Option<(&'static str, String)> {
    if value(pairs, "split_on").is_some() {
        return None;
    }
    let values = |filter: &&Filter| {
        let given = pairs.iter().filter(|(name, _)| name == filter.name);
        given.count()
    };
    let filter = FILTERS.iter().find(|filter| values(filter) > 1)?;
    let split = ("split_on".to_owned(), filter.plural().to_owned());
    let pairs: Vec<_> = pairs.iter().cloned().chain([split]).collect();
    Some((filter.name, links::search("/charts/", &pairs)))
}

fn unit(pairs: &[(String, String)]) -> Option<String> {
    let divided = builder::divided(pairs);
    let is_number = divided.bytes().all(|byte| byte.is_ascii_digit());
    (!is_number).then(|| format!("{divided}s"))
}

fn groups(pairs: &[(String, String)]) -> Vec<Controls<'_>> {
    let [with, more, without] = filter_groups(pairs, true);
    let split = Controls {
        legend: "A series for each of",
        is_folded: true,
        controls: FILTERS
            .iter()
            .map(Filter::plural)
            .chain(["contains"])
            .map(|word| tick(pairs, "split_on", word, word))
            .collect(),
    };
    let time = Controls {
        legend: "Time",
        is_folded: false,
        controls: time(pairs),
    };
    let look = Controls {
        legend: "Look",
        is_folded: true,
        controls: look(pairs),
    };
    vec![with, time, split, more, without, look]
}

fn time(pairs: &[(String, String)]) -> Vec<Control<'_>> {
    let bounded = ["start", "end"]
        .iter()
        .any(|name| value(pairs, name).is_some());
    let spans: Vec<_> = SPANS
        .iter()
        .copied()
        .chain([("", "from start to end")])
        .collect();
    let usual = if bounded { "" } else { DELTA };
    let divided = [("align".to_owned(), builder::divided(pairs).to_owned())];
    let parts: Vec<(String, String)> = (3..=15)
        .map(|n| (n.to_string(), format!("{n} equal parts")))
        .collect();
    let parts = parts.iter().map(|(n, label)| (n.as_str(), label.as_str()));
    let units = [("day", "days"), ("week", "weeks"), ("month", "months")];
    let units: Vec<_> = units.into_iter().chain(parts).collect();
    vec![
        choice(pairs, "delta", "How long", usual, &spans),
        texts(pairs, "start", "Start (UTC)", "2026-05-01", false),
        texts(pairs, "end", "End (UTC)", "now", false),
        choice(&divided, "align", "Divided into", UNIT, &units),
    ]
}

fn look(pairs: &[(String, String)]) -> Vec<Control<'_>> {
    let styles: Vec<_> = Style::ALL
        .iter()
        .map(|style| match style {
            Style::Auto => (style.word(), "light or dark (auto)"),
            _ => (style.word(), style.word()),
        })
        .collect();
    let bends = Interpolation::ALL.iter().map(|bend| bend.word());
    let bends: Vec<_> = [("", "straight")]
        .into_iter()
        .chain(bends.map(|word| (word, word)))
        .collect();
    let no = "false";
    vec![
        texts(pairs, "title", "Heading", "what is counted", false),
        texts(pairs, "width", "Width", "800", false),
        texts(pairs, "height", "Height", "400", false),
        choice(pairs, "style", "Colours", "auto", &styles),
        choice(pairs, "interpolation", "Lines", "", &bends),
        tick(pairs, "fill", "Fill below lines", "true"),
        tick(pairs, "logarithmic", "Logarithmic scale", "true"),
        tick(pairs, "show_dots", "Lines without dots", no),
        tick(pairs, "show_x_labels", "Without names of spans", no),
        tick(pairs, "show_y_labels", "Without numbers", no),
        tick(pairs, "human_readable", "Dates in full", no),
    ]
}
