//! Asks the archive what the answer is known of.

use std::collections::{BTreeMap, BTreeSet};

use acceptance::{road_differences, road_path};
use anyhow::{Context, Result};
use serde_json::Value;
use simulator::Sample;

use crate::say::say;
use crate::site::Site;

/// Asks everything, prints the answers, and answers whether all were right.
pub fn ask_all(site: &Site, published: &[Sample]) -> Result<bool> {
    say("asking questions and comparing the answers with what was published");
    let mut right = all_totals(site, published)?;
    right &= message_by_id(site, &published[published.len() / 2])?;
    right &= all_pages(site, published)?;
    right &= roads(site, published)?;
    say(if right {
        "all answers are right"
    } else {
        "some answers are WRONG"
    });
    Ok(right)
}

/// Asks how many messages match, and compares with how many were published.
fn all_totals(site: &Site, published: &[Sample]) -> Result<bool> {
    let user = most_frequent(
        published
            .iter()
            .flat_map(|sample| &sample.users)
            .filter(|name| *name != "bodhi"),
    )?;
    let package = most_frequent(published.iter().flat_map(|sample| &sample.packages))?;
    let topic = most_frequent(published.iter().map(|sample| &sample.topic))?;

    let count =
        |wanted: &dyn Fn(&Sample) -> bool| published.iter().filter(|sample| wanted(sample)).count();
    let of_user = |sample: &Sample| sample.users.contains(user);
    let of_package = |sample: &Sample| sample.packages.contains(package);
    let questions = [
        (String::new(), published.len()),
        (format!("&user={user}"), count(&of_user)),
        (format!("&package={package}"), count(&of_package)),
        (
            format!("&topic={topic}"),
            count(&|sample| sample.topic == *topic),
        ),
        (
            "&category=bodhi".to_owned(),
            count(&|sample| sample.category() == "bodhi"),
        ),
        (
            format!("&user={user}&package={package}"),
            count(&|sample| of_user(sample) && of_package(sample)),
        ),
        (
            format!("&category=bodhi&category=copr&not_user={user}"),
            count(&|sample| ["bodhi", "copr"].contains(&sample.category()) && !of_user(sample)),
        ),
    ];

    let mut right = true;
    for (filter, expected) in questions {
        let path = format!("/raw?start=1&rows_per_page=1{filter}");
        let total = site.get(&path)?["total"]
            .as_u64()
            .context("total is no number")?;
        right &= report(&path, &total.to_string(), &expected.to_string());
    }
    Ok(right)
}

fn message_by_id(site: &Site, sample: &Sample) -> Result<bool> {
    let path = format!("/v2/id?id={}", sample.id);
    let answer = site.get(&path)?;
    let body: Value = serde_json::from_str(&sample.body).context("reading our own message")?;
    let same = answer["topic"] == sample.topic.as_str()
        && answer["body"] == body
        && answer["headers"] == Value::Object(sample.headers.clone());
    let summary = if same {
        sample.topic.clone()
    } else {
        answer.to_string()
    };
    Ok(report(&path, &summary, &sample.topic))
}

/// Reads everything page by page; all messages must come once, oldest first.
fn all_pages(site: &Site, published: &[Sample]) -> Result<bool> {
    let path = "/v2/search?start=1&order=asc&rows_per_page=100";
    let mut ids = BTreeSet::new();
    let (mut page, mut pages, mut rows, mut in_order, mut last) = (1, 1, 0, true, String::new());
    while page <= pages {
        let answer = site.get(&format!("{path}&page={page}"))?;
        pages = answer["pages"].as_u64().context("pages is no number")?;
        for message in answer["raw_messages"]
            .as_array()
            .context("raw_messages is no array")?
        {
            let sent_at = message["headers"]["sent-at"]
                .as_str()
                .context("sent-at is no string")?;
            in_order &= last.as_str() <= sent_at;
            sent_at.clone_into(&mut last);
            ids.insert(
                message["id"]
                    .as_str()
                    .context("id is no string")?
                    .to_owned(),
            );
            rows += 1;
        }
        page += 1;
    }
    let expected: BTreeSet<String> = published.iter().map(|sample| sample.id.clone()).collect();
    let same = if ids == expected { "the same" } else { "other" };
    let order = if in_order { "in order" } else { "in disorder" };
    let found = format!("{rows} messages, {same}, {order}");
    Ok(report(
        &format!("{path}, all {pages} pages"),
        &found,
        &format!("{} messages, the same, in order", published.len()),
    ))
}

/// Asks what became of each build of a story, and compares with how the story ended.
fn roads(site: &Site, published: &[Sample]) -> Result<bool> {
    let stories = published.iter().filter_map(|sample| sample.ends.as_ref());
    let mut right = true;
    for end in stories.flat_map(|story| &story.ends) {
        let path = road_path(&end.subject);
        let differences = road_differences(&site.get(&path)?, end);
        let ended = end
            .stages
            .iter()
            .map(|(stage, word)| format!("{stage} {word}"));
        let expected = ended.collect::<Vec<_>>().join(", ");
        let answer = match differences.as_slice() {
            [] => expected.clone(),
            _ => differences.join(", "),
        };
        right &= report(&path, &answer, &expected);
    }
    Ok(right)
}

fn report(question: &str, answer: &str, expected: &str) -> bool {
    if answer == expected {
        service::say(format_args!("  ok     {question}\n         {answer}"));
    } else {
        service::say(format_args!(
            "  WRONG  {question}\n         {answer}\n         instead of {expected}"
        ));
    }
    answer == expected
}

fn most_frequent<'a>(names: impl Iterator<Item = &'a String>) -> Result<&'a String> {
    let mut counts: BTreeMap<&String, u32> = BTreeMap::new();
    for name in names {
        *counts.entry(name).or_default() += 1;
    }
    let busiest = counts.into_iter().max_by_key(|(_, count)| *count);
    busiest
        .map(|(name, _)| name)
        .context("nothing was published")
}
