//! A message as the HTML pages show it.

use archive::Message;
use chrono::{DateTime, Utc};
use metadata::Rules;
use pythonic::json::to_text;

use crate::config::pictures::PictureHosts;
use crate::pages::card::{Card, Size};
use crate::pages::glyphs::glyph;
use crate::view::excerpt::excerpt;
use crate::view::message_view::{Form, View};
use crate::view::meta::{reading, relative_date};

/// Only what a card of this size shows is worked out.
pub fn make_card(
    form: Form,
    message: &Message,
    size: Size,
    rules: &Rules,
    pictures: &PictureHosts,
    now: DateTime<Utc>,
) -> Card {
    let reading = reading(message, rules);
    let mut card = Card {
        id: message.msg_id.clone().unwrap_or_default(),
        topic: message.topic.clone(),
        glyph: glyph(&message.category),
        date_human: relative_date(message, now),
        date_exact: message
            .timestamp
            .format("%Y-%m-%d %H:%M:%S UTC")
            .to_string(),
        day: message.timestamp.format("%A, %-d %B %Y").to_string(),
        time: message.timestamp.format("%H:%M:%S").to_string(),
        ..Card::default()
    };
    if size >= Size::Medium {
        card.summary = reading.summary();
        if card.summary == card.topic {
            card.excerpt = excerpt(&message.msg);
        }
        card.users.clone_from(&message.users);
        card.packages.clone_from(&message.packages);
        card.url = reading.url();
        let shown = [reading.app_icon(), reading.agent_avatar()];
        let mut shown = shown.into_iter().flatten();
        card.picture = shown.find(|address| pictures.admit(address));
        card.agent = message.agent_name.clone();
    }
    if size >= Size::ExtraLarge {
        card.json = Some(to_text(&View::new(form, message, None)));
    }
    card
}
