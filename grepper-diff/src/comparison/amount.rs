//! Differences in how many messages there are, and in nothing else.

use std::cmp::Ordering;

use crate::comparison::lists::ROWS;
use crate::comparison::spot::Spot;
use crate::json::Json;

/// Which archive has more messages.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum More {
    Old,
    New,
}

/// Where numbers of messages are told.
const NUMBERS: [&str; 4] = ["total", "pages", "count", "messagecount"];

/// Who has more, where nothing differs but numbers of messages, and which of them are on a page, as these move along.
pub fn more(spots: &[Spot]) -> Option<More> {
    let (lists, numbers): (Vec<&Spot>, Vec<&Spot>) =
        spots.iter().partition(|spot| spot.place == ROWS);
    let sides = numbers.iter().map(|spot| side(spot));
    let mut sides = sides.collect::<Option<Vec<More>>>()?;
    sides.dedup();
    let is_list = |spot: &&&Spot| {
        matches!(
            (&spot.old, &spot.new),
            (Some(Json::Array(_)), Some(Json::Array(_)))
        )
    };
    match sides[..] {
        [one] if lists.iter().filter(is_list).count() == lists.len() => Some(one),
        _ => None,
    }
}

fn side(spot: &Spot) -> Option<More> {
    let number = |value: &Option<Json>| value.as_ref().and_then(Json::number);
    let (old, new) = (number(&spot.old)?, number(&spot.new)?);
    let is_known = NUMBERS.contains(&spot.place.as_str());
    match old.partial_cmp(&new).filter(|_| is_known)? {
        Ordering::Less => Some(More::New),
        Ordering::Greater => Some(More::Old),
        Ordering::Equal => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_that_agree_tell_who_has_more() {
        let spot = |place: &str, old: &str, new: &str| {
            Spot::new(place, Json::parse(old), Json::parse(new))
        };
        let (total, pages) = (spot("total", "5", "6"), spot("pages", "1", "2"));
        let rows = spot(ROWS, r#"["a"]"#, r#"["b"]"#);
        let fewer = spot("count", "3", "2");
        for (spots, expected) in [
            (vec![total.clone(), pages, rows.clone()], Some(More::New)),
            (vec![fewer.clone()], Some(More::Old)),
            (vec![total.clone(), fewer], None),
            (vec![rows.clone()], None),
            (vec![total.clone(), spot(ROWS, "[]", "null")], None),
            (vec![total, spot("raw_messages[0].msg.n", "1", "2")], None),
            (vec![spot("delta", "1", "2")], None),
            (vec![spot("total", "1", "null")], None),
            (vec![], None),
        ] {
            assert_eq!(more(&spots), expected, "{spots:?}");
        }
    }
}
