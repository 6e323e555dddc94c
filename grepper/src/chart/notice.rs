//! A picture of words, for where there is no chart.

use crate::chart::canvas::Canvas;
use crate::chart::shapes::line;
use crate::chart::style::Style;
use crate::chart::text::Anchor;

/// In pixels.
const WIDTH: u32 = 480;
const MARGIN: f64 = 16.0;
const HEADING: f64 = 16.0;
const SIZE: f64 = 13.0;
const LINE: f64 = 19.0;
/// Between the heading and the sentences.
const GAP: f64 = 6.0;
/// Letters of a line, and lines.
const LONGEST: usize = 58;
const MOST_LINES: usize = 12;

/// A small picture that says `heading`, and below it `sentences`; it follows dark mode.
pub fn notice(heading: &str, sentences: &[String]) -> String {
    let theme = Style::Auto.theme();
    let mut lines: Vec<String> = sentences.iter().flat_map(|text| wrapped(text)).collect();
    lines.truncate(MOST_LINES);
    let height = 2.0 * MARGIN + HEADING + GAP + lines.len() as f64 * LINE;
    let mut canvas = Canvas::new(WIDTH, height.ceil() as u32, &theme);
    // A frame, as it may stand on a ground of its own colour.
    let (right, bottom) = (canvas.width - 0.5, canvas.height - 0.5);
    let frame = [
        (0.5, 0.5),
        (right, 0.5),
        (right, bottom),
        (0.5, bottom),
        (0.5, 0.5),
    ];
    canvas.add(line(&frame, theme.grid, 1.0));
    let room = canvas.width - 2.0 * MARGIN;
    let top = MARGIN + HEADING / 2.0;
    canvas.text(heading, (MARGIN, top), HEADING, Anchor::Start, room);
    for (index, line) in lines.iter().enumerate() {
        let middle = top + HEADING / 2.0 + GAP + (index as f64 + 0.5) * LINE;
        canvas.text(line, (MARGIN, middle), SIZE, Anchor::Start, room);
    }
    canvas.document(heading, &sentences.join(" "))
}

/// The text in lines, divided between words where there are some.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let letters: Vec<char> = word.chars().collect();
        for part in letters.chunks(LONGEST) {
            let part: String = part.iter().collect();
            let last = lines.last_mut();
            match last.filter(|line| line.chars().count() + part.chars().count() < LONGEST) {
                Some(line) if line.is_empty() => line.push_str(&part),
                Some(line) => line.extend([" ", &part]),
                None => lines.push(part),
            }
        }
    }
    lines
}
