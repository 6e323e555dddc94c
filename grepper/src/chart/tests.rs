//! Every kind draws every value, and any data and size give well-formed XML.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use chrono::{NaiveDate, TimeDelta};
use proptest::prelude::*;
use roxmltree::Document;
use sha2::{Digest as _, Sha256};

use crate::chart::auto;

use crate::chart::data::{ChartData, Series, series_label};
use crate::chart::options::{ChartKind, ChartOptions, Interpolation};
use crate::chart::style::Style;
use crate::chart::words::Unknown;
use crate::chart::{labels, render, scale};

fn data(spans: usize, labels: &[&str]) -> ChartData {
    let value = |series: usize, span: usize| ((span + 1) * 10 + series) as u64;
    let series = |(index, label): (usize, &&str)| Series {
        label: (*label).to_owned(),
        values: (0..spans).map(|span| value(index, span)).collect(),
    };
    ChartData {
        edges: Vec::new(),
        x_labels: (1..=spans).map(|day| format!("2024-05-{day:02}")).collect(),
        series: labels.iter().enumerate().map(series).collect(),
    }
}

/// The texts drawn, without those a pointer asks for.
fn texts(document: &Document) -> Vec<String> {
    let texts = document
        .descendants()
        .filter(|node| node.has_tag_name("text"));
    texts
        .filter_map(|node| node.text())
        .map(|text| text.trim().to_owned())
        .collect()
}

/// How many shapes of a kind can be seen.
fn count(document: &Document, tag: &str) -> usize {
    document
        .descendants()
        .filter(|node| node.has_tag_name(tag))
        .filter(|node| node.attribute("fill") != Some("none") || node.has_attribute("stroke"))
        // What hatches a shape is none of its own.
        .filter(|node| {
            !node
                .attribute("fill")
                .is_some_and(|fill| fill.starts_with("url("))
        })
        .count()
}

/// The heights of the drawn bars in a colour, from left to right.
fn attribute(document: &Document, tag: &str, color: &str, attribute: &str) -> Vec<f64> {
    let shapes = document
        .descendants()
        .filter(|node| node.has_tag_name(tag) && node.attribute("fill") == Some(color));
    shapes
        .map(|node| {
            node.attribute(attribute)
                .expect("asked for")
                .parse()
                .expect("a number")
        })
        .collect()
}

#[test]
fn every_kind_draws_every_value() {
    let data = data(4, &["git.receive", "bodhi.update.comment", "<&>"]);
    for &kind in ChartKind::ALL {
        let svg = render(kind, &data, &ChartOptions::default());
        let document =
            Document::parse(&svg).unwrap_or_else(|error| panic!("{}: {error}", kind.word()));
        let texts = texts(&document);
        for label in [
            "fedmsg events",
            "git.receive",
            "bodhi.update.comment",
            "<&>",
        ] {
            assert!(
                texts.iter().any(|text| text == label),
                "{}: {label} in {texts:?}",
                kind.word()
            );
        }
        if kind != ChartKind::Gauge {
            assert!(
                texts.iter().any(|text| text == "2024-05-01"),
                "{}: {texts:?}",
                kind.word()
            );
        }
        let tips = document
            .descendants()
            .filter(|node| node.has_tag_name("title"))
            .count();
        assert_eq!(tips, 1 + 12, "{}: a title and a tip per value", kind.word());
        // Beside the shapes of the values there are the swatches of the legend and few others.
        let shapes = ["rect", "circle", "polygon"]
            .map(|tag| count(&document, tag))
            .iter()
            .sum::<usize>();
        assert!(
            (12..=12 + 3 + 3).contains(&shapes),
            "{}: {shapes} shapes",
            kind.word()
        );
        for tip in document
            .descendants()
            .filter(|node| node.has_tag_name("title"))
        {
            let shape = tip.parent_element().expect("a tip has a shape");
            assert_eq!(shape.first_element_child(), Some(tip), "{}", kind.word());
        }
        assert!(!svg.contains("<script") && !svg.contains("href"));
    }
}

#[test]
fn bars_are_as_high_as_their_counts() {
    let mut data = data(3, &["events"]);
    data.series[0].values = vec![10, 0, 20];
    let color = "#3366CC";
    for (kind, side) in [
        (ChartKind::Bar, "height"),
        (ChartKind::HorizontalBar, "width"),
    ] {
        let svg = render(kind, &data, &ChartOptions::default());
        let document = Document::parse(&svg).expect("well-formed");
        // The first rectangle in the colour is the swatch of the legend.
        let sides = attribute(&document, "rect", color, side);
        assert_eq!(sides.len(), 4);
        assert!(
            (sides[1] * 2.0 - sides[3]).abs() <= 2.0 && sides[2] == 0.0,
            "{sides:?}"
        );
    }
}

#[test]
fn discs_have_areas_like_their_counts() {
    let mut data = data(3, &["events"]);
    data.series[0].values = vec![100, 25, 1];
    let svg = render(ChartKind::Dot, &data, &ChartOptions::default());
    let radii = attribute(
        &Document::parse(&svg).expect("well-formed"),
        "circle",
        "#3366CC",
        "r",
    );
    assert!((radii[0] - 2.0 * radii[1]).abs() <= 2.0, "{radii:?}");
}

#[test]
fn stacks_end_at_the_sum() {
    let mut data = data(1, &["a", "b"]);
    data.series[0].values = vec![30];
    data.series[1].values = vec![50];
    let svg = render(ChartKind::StackedBar, &data, &ChartOptions::default());
    let document = Document::parse(&svg).expect("well-formed");
    assert!(
        texts(&document).contains(&"80".to_owned()),
        "the axis reaches the sum"
    );
    let lower = (
        attribute(&document, "rect", "#3366CC", "y")[1],
        attribute(&document, "rect", "#3366CC", "height")[1],
    );
    let upper = (
        attribute(&document, "rect", "#E8662C", "y")[1],
        attribute(&document, "rect", "#E8662C", "height")[1],
    );
    assert!(
        (upper.0 + upper.1 - lower.0).abs() <= 1.0,
        "one stands on the other"
    );
    assert!((upper.1 / lower.1 - 5.0 / 3.0).abs() < 0.01);
}

#[test]
fn ticks_are_round_integers() {
    for (largest, ticks) in [
        (0.0, vec![0.0, 1.0]),
        (3.0, vec![0.0, 1.0, 2.0, 3.0]),
        (7.0, (0..=7).map(f64::from).collect()),
        (97.0, vec![0.0, 20.0, 40.0, 60.0, 80.0, 100.0]),
    ] {
        assert_eq!(scale::Scale::new(largest, false).ticks, ticks);
    }
    assert_eq!(
        scale::Scale::new(250.0, true).ticks,
        [0.0, 1.0, 10.0, 100.0, 1000.0]
    );
    for (count, text) in [
        (0.0, "0"),
        (9999.0, "9999"),
        (20_000.0, "20k"),
        (1_500_000.0, "1.5M"),
        (2e19, "20E"),
    ] {
        assert_eq!(scale::short(count), text);
    }
}

#[test]
fn labels_leave_out_what_all_topics_share() {
    assert_eq!(series_label::<&str>(&[]), "events");
    assert_eq!(
        series_label(&["org.fedoraproject.prod.git.receive", "ralph"]),
        "git.receive & ralph"
    );
}

#[test]
fn words_are_case_sensitive() {
    assert_eq!("stackedline".parse(), Ok(ChartKind::StackedLine));
    assert!("Line".parse::<ChartKind>().is_err());
    let bends = "quadratic, cubic".to_owned();
    assert_eq!("linear".parse::<Interpolation>(), Err(Unknown(bends)));
    assert_eq!((ChartKind::ALL.len(), Style::ALL.len()), (12, 17));
}

#[test]
fn palettes_do_not_repeat_soon() {
    for style in Style::ALL {
        let theme = style.theme();
        let colors: std::collections::HashSet<_> =
            (0..40).map(|series| theme.series(series).color).collect();
        assert!(colors.len() >= 38, "{}: {}", style.word(), colors.len());
    }
}

fn counts() -> impl Strategy<Value = u64> {
    prop_oneof![Just(0), Just(u64::MAX), 0..100u64, any::<u64>()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn any_data_and_size_are_drawn(
        kind in 0..ChartKind::ALL.len(),
        style in 0..Style::ALL.len(),
        width in prop_oneof![1..60u32, 1..=10_000u32],
        height in prop_oneof![1..60u32, 1..=10_000u32],
        x_labels in prop::collection::vec("\\PC{0,12}|[\u{0}-\u{1f}\u{fffe}<&]{0,4}", 0..16),
        series in prop::collection::vec(("\\PC{0,40}", prop::collection::vec(counts(), 0..16)), 0..41),
        interpolation in prop_oneof![Just(None), Just(Some(Interpolation::Quadratic)), Just(Some(Interpolation::Cubic))],
        switches in any::<[bool; 5]>(),
        title in "\\PC{0,300}",
    ) {
        let series = series.into_iter().map(|(label, values)| Series { label, values }).collect();
        let [show_x_labels, show_y_labels, show_dots, logarithmic, fill] = switches;
        let options = ChartOptions {
            title, width, height, interpolation, show_x_labels, show_y_labels, show_dots, logarithmic, fill,
            style: Style::ALL[style],
        };
        let svg = render(ChartKind::ALL[kind], &ChartData { edges: Vec::new(), x_labels, series }, &options);
        prop_assert!(!svg.contains("NaN") && !svg.contains("inf\""));
        prop_assert!(Document::parse(&svg).is_ok());
    }
}

#[test]
fn a_picture_follows_dark_mode_by_its_sheet() {
    let of = |style| {
        let options = ChartOptions {
            style,
            ..ChartOptions::default()
        };
        render(ChartKind::Bar, &data(3, &["a", "b"]), &options)
    };
    let svg = of(Style::Auto);
    let document = Document::parse(&svg).expect("well-formed");
    let sheet = document
        .descendants()
        .find(|node| node.has_tag_name("style"));
    let sheet = sheet.and_then(|sheet| sheet.text()).expect("a sheet");
    let digest = BASE64_STANDARD.encode(Sha256::digest(sheet));
    assert_eq!(auto::hash(), format!("sha256-{digest}"));
    // Whatever is painted has a colour of its own, for where no styles are known, and another where it is dark.
    let mut painted = 0;
    for node in document.descendants() {
        let Some(classes) = node.attribute("class") else {
            continue;
        };
        let (what, number) = classes.split_once(' ').expect("two classes");
        let attribute = if what == "f" { "fill" } else { "stroke" };
        let light = node.attribute(attribute).expect("a colour");
        let (_, rest) = sheet
            .split_once(&format!(".{number}{{--c:"))
            .unwrap_or_else(|| panic!("{number} in {sheet}"));
        assert_ne!(rest.split_once('}').expect("an end").0, light);
        painted += 1;
    }
    assert!(painted >= 2 + 6 + 2, "{painted}");
    for style in Style::ALL.iter().filter(|style| **style != Style::Auto) {
        let svg = of(*style);
        assert!(!svg.contains("class=") && !svg.contains("<style"));
    }
}

/// Data over days, which the edges tell.
fn dated(counts: &[&[u64]], step: TimeDelta) -> ChartData {
    let start = NaiveDate::from_ymd_opt(2024, 5, 1).expect("a day");
    let start = start.and_time(chrono::NaiveTime::MIN);
    let spans = counts.first().map_or(0, |counts| counts.len());
    let edges: Vec<_> = (0..=spans as i32).map(|n| start + step * n).collect();
    let series = |(index, counts): (usize, &&[u64])| Series {
        label: format!("s{index}"),
        values: counts.to_vec(),
    };
    let starts = edges.iter().take(spans);
    ChartData {
        x_labels: starts.map(|at| at.format("%Y-%m-%d").to_string()).collect(),
        edges,
        series: counts.iter().enumerate().map(series).collect(),
    }
}

#[test]
fn pictures_are_described() {
    let day = TimeDelta::days(1);
    for (counts, expected) in [
        (
            &[&[1, 2000, 3][..]][..],
            "2,004 messages, at most 2,000 in a span, from 2024-05-02 00:00; 2024-05-01 00:00 to 2024-05-04 00:00 UTC.",
        ),
        (
            &[&[5, 0][..], &[0, 5]],
            "10 counted in 2 series, at most 5 in a span (s0), from 2024-05-01 00:00; 2024-05-01 00:00 to 2024-05-03 00:00 UTC.",
        ),
        (
            &[&[0, 0][..]],
            "No messages in this span; 2024-05-01 00:00 to 2024-05-03 00:00 UTC.",
        ),
        (&[], "No messages in this span."),
    ] {
        let svg = render(
            ChartKind::Line,
            &dated(counts, day),
            &ChartOptions::default(),
        );
        let document = Document::parse(&svg).expect("well-formed");
        let described = document
            .descendants()
            .find(|node| node.has_tag_name("desc"));
        let described = described.and_then(|node| node.text()).map(str::trim);
        assert_eq!(described, Some(expected));
    }
}

#[test]
fn every_kind_is_drawn_of_nothing_of_one_span_of_several_series_and_of_much() {
    let nothing: &[&[u64]] = &[&[0, 0, 0]];
    let many: Vec<Vec<u64>> = (0..30).map(|n| vec![n, u64::MAX / 31, 7]).collect();
    let many: Vec<&[u64]> = many.iter().map(Vec::as_slice).collect();
    for &kind in ChartKind::ALL {
        for (counts, is_empty, is_told_apart) in [
            (nothing, true, false),
            (&[], true, false),
            (&[&[7]], false, false),
            (&[&[7, 8], &[9, 10], &[0, 1]], false, true),
            (&many, false, true),
        ] {
            let data = dated(counts, TimeDelta::days(1));
            let svg = render(kind, &data, &ChartOptions::default());
            let document = Document::parse(&svg).expect("well-formed");
            let says = texts(&document).contains(&"No messages in this span".to_owned());
            assert_eq!(says, is_empty, "{}: {counts:?}", kind.word());
            let marks = ["stroke-dasharray=", "fill=\"url(#hatch-"];
            let marked = marks.iter().any(|mark| svg.contains(mark));
            // Rows that are named, and needles of another length, need no other sign.
            let is_marked = is_told_apart && ![ChartKind::Dot, ChartKind::Gauge].contains(&kind);
            assert_eq!(marked, is_marked, "{}: {counts:?}", kind.word());
            for id in svg.split("url(#").skip(1) {
                let id = id.split(')').next().expect("an id");
                assert!(svg.contains(&format!("id=\"{id}\"")), "{id}");
            }
        }
    }
}

#[test]
fn no_label_is_repeated() {
    for (step, expected) in [
        (
            TimeDelta::days(1),
            ["2024-05-01", "2024-05-02", "2024-05-03"],
        ),
        (TimeDelta::hours(12), ["2024-05-01", "12:00", "2024-05-02"]),
        (
            TimeDelta::seconds(20),
            ["2024-05-01", "00:00:20", "00:00:40"],
        ),
    ] {
        let data = dated(&[&[1, 2, 3]], step);
        for kind in [
            ChartKind::Bar,
            ChartKind::HorizontalBar,
            ChartKind::Xy,
            ChartKind::Funnel,
            ChartKind::Dot,
        ] {
            let svg = render(kind, &data, &ChartOptions::default());
            let texts = texts(&Document::parse(&svg).expect("well-formed"));
            for label in expected {
                let times = texts.iter().filter(|text| *text == label).count();
                assert_eq!(times, 1, "{}: {label} in {texts:?}", kind.word());
            }
        }
    }
    let mut weeks = dated(&[&[1, 2, 3]], TimeDelta::days(2));
    weeks.x_labels = vec!["3 weeks ago".to_owned(); 3];
    let names: Vec<String> = labels::named(&weeks, 1)
        .into_iter()
        .map(|(_, name)| name)
        .collect();
    assert_eq!(names, ["3 weeks ago", "3 May", "5 May"]);
}

#[test]
fn every_option_changes_the_picture() {
    let data = dated(&[&[1, 20, 3], &[4, 5, 60]], TimeDelta::days(1));
    let default = ChartOptions::default;
    let plain = render(ChartKind::Line, &data, &default());
    for (what, options) in [
        (
            "title",
            ChartOptions {
                title: "t".to_owned(),
                ..default()
            },
        ),
        (
            "width",
            ChartOptions {
                width: 300,
                ..default()
            },
        ),
        (
            "height",
            ChartOptions {
                height: 300,
                ..default()
            },
        ),
        (
            "style",
            ChartOptions {
                style: Style::Neon,
                ..default()
            },
        ),
        (
            "interpolation",
            ChartOptions {
                interpolation: Some(Interpolation::Cubic),
                ..default()
            },
        ),
        (
            "show_x_labels",
            ChartOptions {
                show_x_labels: false,
                ..default()
            },
        ),
        (
            "show_y_labels",
            ChartOptions {
                show_y_labels: false,
                ..default()
            },
        ),
        (
            "show_dots",
            ChartOptions {
                show_dots: false,
                ..default()
            },
        ),
        (
            "logarithmic",
            ChartOptions {
                logarithmic: true,
                ..default()
            },
        ),
        (
            "fill",
            ChartOptions {
                fill: true,
                ..default()
            },
        ),
    ] {
        assert_ne!(render(ChartKind::Line, &data, &options), plain, "{what}");
    }
    let mut pictures: Vec<String> = ChartKind::ALL
        .iter()
        .map(|kind| render(*kind, &data, &default()))
        .collect();
    pictures.sort();
    pictures.dedup();
    assert_eq!(pictures.len(), ChartKind::ALL.len());
}

#[test]
fn the_guide_names_every_kind_and_style() {
    let guide = include_str!("../../../docs/grepper.md");
    let (_, section) = guide.split_once("\n### Charts\n").expect("a section");
    let (section, _) = section.split_once("\n### ").expect("an end");
    let words = ChartKind::ALL.iter().map(|kind| kind.word());
    let words = words.chain(Style::ALL.iter().map(|style| style.word()));
    let words = words.chain(Interpolation::ALL.iter().map(|bend| bend.word()));
    for word in words {
        assert!(section.contains(&format!("`{word}`")), "{word}");
    }
}

#[test]
fn every_kind_has_a_small_picture() {
    let sprite = include_str!("../../static/kinds.svg");
    let document = Document::parse(sprite).expect("well-formed");
    let symbols = document
        .descendants()
        .filter(|node| node.has_tag_name("symbol"));
    let ids: Vec<_> = symbols.filter_map(|node| node.attribute("id")).collect();
    let kinds: Vec<_> = ChartKind::ALL.iter().map(|kind| kind.word()).collect();
    assert_eq!(ids, kinds);
}
