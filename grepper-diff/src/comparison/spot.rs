//! A place where two answers differ, and all that is known of the two.

use crate::asking::answer::Answer;
use crate::json::Json;
use crate::question::Question;

/// A question with both answers.
pub struct Case<'a> {
    pub question: &'a Question,
    pub old: &'a Answer,
    pub new: &'a Answer,
    /// The bodies, where they are JSON or JSONP.
    pub old_json: Option<Json>,
    pub new_json: Option<Json>,
}

impl<'a> Case<'a> {
    /// Reads both bodies.
    pub fn new(question: &'a Question, old: &'a Answer, new: &'a Answer) -> Self {
        let json = |answer: &Answer| answer.json().map(|(_, json)| json);
        Self {
            question,
            old,
            new,
            old_json: json(old),
            new_json: json(new),
        }
    }

    /// A member of the old answer's object.
    pub fn old_member(&self, name: &str) -> Option<&Json> {
        self.old_json.as_ref()?.get(name)
    }

    /// A member of the new answer's object.
    pub fn new_member(&self, name: &str) -> Option<&Json> {
        self.new_json.as_ref()?.get(name)
    }

    /// The messages on a page of the old answer.
    pub fn old_messages(&self) -> &[Json] {
        self.old_member("raw_messages").map_or(&[], Json::items)
    }

    /// The messages on a page of the new answer.
    pub fn new_messages(&self) -> &[Json] {
        self.new_member("raw_messages").map_or(&[], Json::items)
    }
}

/// A place, and what each answer has there; `None` is nothing at all.
#[derive(Clone, Debug, PartialEq)]
pub struct Spot {
    /// Such as `status`, `total` or `raw_messages[3].headers.sent-at`, where messages are numbered as in the old answer.
    pub place: String,
    pub old: Option<Json>,
    pub new: Option<Json>,
}

impl Spot {
    /// Of values that were found to differ.
    pub fn new(place: impl Into<String>, old: Option<Json>, new: Option<Json>) -> Self {
        Self {
            place: place.into(),
            old,
            new,
        }
    }

    /// The place without the numbers of items, by which differences are put together.
    pub fn shape(&self) -> String {
        let mut shape = String::new();
        let mut inside = false;
        for c in self.place.chars() {
            inside = inside && c != ']';
            if !inside {
                shape.push(c);
            }
            inside = inside || c == '[';
        }
        shape
    }

    /// The place within a message: `headers.sent-at` for one of a list, too.
    pub fn in_message(&self) -> &str {
        match self.place.strip_prefix("raw_messages[") {
            Some(rest) => rest.split_once("].").map_or("", |(_, place)| place),
            None => &self.place,
        }
    }
}

/// The places that were found so far.
#[derive(Default)]
pub struct Spots {
    pub found: Vec<Spot>,
}

impl Spots {
    /// Keeps a place.
    pub fn push(&mut self, place: impl Into<String>, old: Option<Json>, new: Option<Json>) {
        self.found.push(Spot::new(place, old, new));
    }

    /// Keeps a place where the texts differ.
    pub fn texts<T: AsRef<str>>(&mut self, place: &str, old: Option<T>, new: Option<T>) {
        let text = |text: Option<T>| text.map(|text| Json::Text(text.as_ref().to_owned()));
        let (old, new) = (text(old), text(new));
        if old != new {
            self.push(place, old, new);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_have_a_shape_and_a_part_within_the_message() {
        for (place, shape, within) in [
            (
                "raw_messages[12].msg.a[0].b",
                "raw_messages[].msg.a[].b",
                "msg.a[0].b",
            ),
            ("raw_messages", "raw_messages", "raw_messages"),
            ("headers.sent-at", "headers.sent-at", "headers.sent-at"),
        ] {
            let spot = Spot::new(place, None, None);
            assert_eq!((&*spot.shape(), spot.in_message()), (shape, within));
        }
    }
}
