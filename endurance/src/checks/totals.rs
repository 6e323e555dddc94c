//! Compares totals that grepper answers with what the database counts row by row.

use anyhow::{Context, Result, ensure};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use simulator::Random;

use crate::scene::Scene;
use crate::sql;

/// A search as a client and as a statement puts it.
struct Search {
    path: String,
    statement: String,
}

/// What a filter can name.
struct Names {
    filter: &'static str,
    values: Vec<String>,
}

/// Asks so many random searches; answers those whose totals are wrong.
///
/// # Errors
/// When grepper or the database do not answer.
pub fn wrong(scene: &Scene, seed: u64, count: usize) -> Result<Vec<String>> {
    let url = &scene.stack.database_url;
    let names = names(url)?;
    let mut random = Random::new(seed);
    let searches: Vec<Search> = (0..count).map(|_| search(&names, &mut random)).collect();
    let statements: Vec<&str> = searches
        .iter()
        .map(|search| search.statement.as_str())
        .collect();
    let counted = sql::run(url, &statements)?;
    let counted: Vec<&str> = counted.lines().collect();
    ensure!(counted.len() == count, "not as many counts as searches");
    let mut wrong = Vec::new();
    for (number, (search, counted)) in searches.iter().zip(counted).enumerate() {
        let address = &scene.stack.addresses[number % scene.stack.addresses.len()];
        let total = total(&format!("http://{address}{}", search.path))?;
        if total.to_string() != counted {
            wrong.push(format!("{total} instead of {counted}: {}", search.path));
        }
    }
    Ok(wrong)
}

fn total(url: &str) -> Result<u64> {
    let mut answer = ureq::get(url)
        .call()
        .with_context(|| format!("asking {url}"))?;
    let answer: Value = answer.body_mut().read_json()?;
    answer["total"].as_u64().context("total is no number")
}

/// Of each filter some that are frequent and some at random.
fn names(url: &str) -> Result<Vec<Names>> {
    let column = |column| {
        format!(
            "(SELECT {column} FROM messages WHERE {column} IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC LIMIT 10)
             UNION (SELECT {column} FROM messages WHERE {column} IS NOT NULL GROUP BY 1 ORDER BY md5({column}) LIMIT 20)"
        )
    };
    let tied = |kind: &str| {
        format!(
            "(SELECT name FROM {kind}s JOIN {kind}s_messages ON {kind}s.id = {kind}_id
              GROUP BY 1 ORDER BY count(*) DESC LIMIT 15) UNION (SELECT name FROM {kind}s ORDER BY md5(name) LIMIT 25)"
        )
    };
    let queries = [
        ("user", tied("user")),
        ("package", tied("package")),
        ("topic", column("topic")),
        ("category", column("category")),
        ("agent", column("agent_name")),
    ];
    let read = |(filter, query): (_, String)| {
        let values = sql::rows(url, &query)?;
        ensure!(!values.is_empty(), "no {filter} is in the archive");
        Ok(Names { filter, values })
    };
    queries.into_iter().map(read).collect()
}

fn search(names: &[Names], random: &mut Random) -> Search {
    let (mut path, mut conditions) = ("/raw?rows_per_page=1".to_owned(), vec!["true".to_owned()]);
    for names in names {
        if !random.percent(35) {
            continue;
        }
        let count = random.pick(&[1, 1, 1, 2, 4]);
        let values: Vec<&str> = (0..count)
            .map(|_| names.values[random.index(names.values.len())].as_str())
            .collect();
        let not = random.percent(20);
        for value in &values {
            let value = utf8_percent_encode(value, NON_ALPHANUMERIC);
            let prefix = if not { "not_" } else { "" };
            path = format!("{path}&{prefix}{}={value}", names.filter);
        }
        let condition = condition(names.filter, &values);
        conditions.push(match not {
            true => format!("({condition}) IS NOT TRUE"),
            false => condition,
        });
    }
    if random.percent(60) {
        let now = chrono::Utc::now().timestamp();
        let span = random.pick(&[600, 3600, 86_400, 90 * 86_400, 8 * 365 * 86_400]);
        let end = now - random.between(0, span) as i64;
        let start = end - random.between(1, span) as i64;
        path = format!("{path}&start={start}&end={end}");
        let at = |seconds| format!("(to_timestamp({seconds}) AT TIME ZONE 'UTC')");
        conditions.push(format!("m.timestamp BETWEEN {} AND {}", at(start), at(end)));
    }
    let conditions = conditions.join(" AND ");
    Search {
        path,
        statement: format!("SELECT count(*) FROM messages m WHERE {conditions}"),
    }
}

fn condition(filter: &str, values: &[&str]) -> String {
    let values: Vec<String> = values
        .iter()
        .map(|value| format!("'{}'", value.replace('\'', "''")))
        .collect();
    let values = values.join(", ");
    match filter {
        "user" | "package" => format!(
            "EXISTS (SELECT FROM {filter}s_messages t JOIN {filter}s n ON n.id = t.{filter}_id
             WHERE t.msg_id = m.id AND t.msg_timestamp = m.timestamp AND n.name IN ({values}))"
        ),
        "agent" => format!("m.agent_name IN ({values})"),
        _ => format!("m.{filter} IN ({values})"),
    }
}
