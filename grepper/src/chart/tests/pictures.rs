//! What a picture tells beside its counts, for whom, and that each option shows.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use chrono::{NaiveDate, TimeDelta};
use roxmltree::Document;
use sha2::{Digest as _, Sha256};

use super::{data, texts};
use crate::chart::data::{ChartData, Series};
use crate::chart::options::{ChartKind, ChartOptions, Interpolation};
use crate::chart::style::Style;
use crate::chart::{auto, labels, render};

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
    let guide = include_str!("../../../../docs/grepper.md");
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
    let sprite = include_str!("../../../static/kinds.svg");
    let document = Document::parse(sprite).expect("well-formed");
    let symbols = document
        .descendants()
        .filter(|node| node.has_tag_name("symbol"));
    let ids: Vec<_> = symbols.filter_map(|node| node.attribute("id")).collect();
    let kinds: Vec<_> = ChartKind::ALL.iter().map(|kind| kind.word()).collect();
    assert_eq!(ids, kinds);
}
