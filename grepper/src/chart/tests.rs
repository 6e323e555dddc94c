//! Every kind draws every value, and any data and size give well-formed XML.

mod pictures;

use crate::chart::data::{ChartData, Series, series_label};
use crate::chart::options::{ChartKind, ChartOptions, Interpolation};
use crate::chart::style::Style;
use crate::chart::words::Unknown;
use crate::chart::{render, scale};
use proptest::prelude::*;
use roxmltree::Document;

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
