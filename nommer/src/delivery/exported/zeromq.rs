//! The form of the ZeroMQ age.

use archive::{Body, Identity, Legacy, NewMessage};
use chrono::{NaiveDateTime, SubsecRound as _};
use metadata::{MessageView, Rules};
use pythonic::{iso_time, timestamp};
use serde_json::{Map, Value, json};

use crate::delivery::exported::members::Members;
use crate::delivery::{content_id, decode};

impl Members<'_> {
    /// The message, in the form of the ZeroMQ age.
    pub(super) fn of_the_zeromq_age(
        &self,
        now: NaiveDateTime,
        rules: &Rules,
    ) -> Result<NewMessage, String> {
        let topic = self.topic()?;
        if topic.contains('\0') {
            return Err("topic holds the character NUL".to_owned());
        }
        let body = Body::parse(self.raw("msg")).map_err(|error| error.to_string())?;
        let headers = self.headers()?;
        let headers_text = headers.as_ref().map(|headers| json!(headers).to_string());
        let reading = rules.read(&MessageView {
            topic: &topic,
            headers: headers_text.as_deref().unwrap_or_default(),
            body: body.as_str(),
        });
        let filters = reading.filters();
        let (msg_id, identity, timestamp) = self.identify(&topic, headers.as_ref(), &body, now)?;
        Ok(NewMessage {
            msg_id,
            identity,
            timestamp,
            category: metadata::category(&topic),
            agent_name: self.agent(filters.agent_name).and_then(decode::name),
            users: (self.names("users")?).unwrap_or_else(|| decode::names(filters.usernames)),
            packages: (self.names("packages")?).unwrap_or_else(|| decode::names(filters.packages)),
            subjects: decode::subjects(&reading),
            legacy: Some(Box::new(self.legacy()?)),
            topic,
            body,
            headers,
        })
    }

    /// Who caused it as archives and senders say, under either name of the column, and else as the rules do.
    fn agent(&self, by_rules: Option<String>) -> Option<String> {
        let mut names = ["agent_name", "username"].into_iter();
        match names.find(|name| self.has(name)) {
            Some(name) => self.text(name).ok().flatten(),
            None => by_rules,
        }
    }

    fn legacy(&self) -> Result<Legacy, String> {
        let text = |name| {
            let text = self.text(name)?;
            Ok::<_, String>(text.map(|text| text.replace('\0', "\u{fffd}")))
        };
        let mut legacy = Legacy {
            i: self.counter(),
            certificate: text("certificate")?,
            signature: text("signature")?,
            crypto: text("crypto")?,
            ..Legacy::default()
        };
        if self.has("source_name") {
            legacy.source_name = text("source_name")?;
        }
        if self.has("source_version") {
            legacy.source_version = text("source_version")?;
        }
        Ok(legacy)
    }

    /// The counter, which some senders wrote as a text; 0 where it is none that fits.
    fn counter(&self) -> i32 {
        let number: f64 = self.raw("i").trim_matches('"').parse().unwrap_or_default();
        let number = number.round_ties_even();
        if (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&number) {
            number as i32
        } else {
            0
        }
    }

    /// Finds what the same message can be recognised by when it comes again.
    fn identify(
        &self,
        topic: &str,
        headers: Option<&Map<String, Value>>,
        body: &Body,
        now: NaiveDateTime,
    ) -> Result<(String, Identity, NaiveDateTime), String> {
        let sent_at = headers
            .and_then(|headers| headers.get("sent-at")?.as_str())
            .and_then(iso_time::parse);
        let (timestamp, identity) = match (self.sent(), sent_at) {
            // Most archives tell whole seconds, and keep what the sender said.
            (Some(sent), Some(exact)) if sent == second(exact) => (exact, Identity::IdAndTime),
            (Some(sent), _) => (sent, Identity::IdAndSecond),
            (None, Some(exact)) => (exact, Identity::IdAndTime),
            (None, None) => (now, Identity::Id),
        };
        // Some senders wrote a number.
        let id = match self.raw("msg_id") {
            digits if digits.parse::<f64>().is_ok() => Some(digits.to_owned()),
            _ => self.text("msg_id")?,
        };
        match id.filter(|id| !id.is_empty()) {
            Some(id) if id.contains('\0') => Err("msg_id holds the character NUL".to_owned()),
            Some(id) => Ok((id, identity, timestamp)),
            None => {
                let told = ["timestamp", "i"].map(|name| (name.to_owned(), self.raw(name).into()));
                let body = body.as_str().as_bytes();
                let id = content_id::derive(topic, &told.into_iter().collect(), body);
                Ok((id, Identity::RedeliveredContent, timestamp))
            }
        }
    }

    /// The time that it tells: seconds since 1970, or milliseconds where these would be in no year of four digits, or a
    /// text. Senders without a clock wrote 0.
    fn sent(&self) -> Option<NaiveDateTime> {
        if let Ok(Some(text)) = self.text("timestamp") {
            return iso_time::parse(&text);
        }
        let number: f64 = self.raw("timestamp").parse().ok()?;
        if number == 0.0 {
            return None;
        }
        timestamp::from_seconds(number).or_else(|| timestamp::from_seconds(number / 1000.0))
    }
}

/// The second in which a time is.
pub(super) fn second(time: NaiveDateTime) -> NaiveDateTime {
    time.trunc_subsecs(0)
}
