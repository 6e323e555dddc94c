//! What both services do without being told: a switch must not change a default.

use anyhow::{Context, Result, bail};

use crate::asking::client::Client;
use crate::asking::pace::Pace;
use crate::json::Json;
use crate::question::{Method, Question};
use crate::target::Target;

/// A default, and what each service has.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    pub name: &'static str,
    pub old: String,
    pub new: String,
}

/// What was found out at the start.
pub struct Defaults {
    /// Seconds that the old service goes back without times.
    pub span: Option<f64>,
    /// Defaults in which the services differ.
    pub differing: Vec<Setting>,
}

/// A search that matches nothing, and so is quick however large the archive is.
pub fn probe() -> Question {
    Question {
        method: Method::Get,
        target: Target::new("/raw?topic=grepper-diff.asks.for.defaults"),
        accept: Some("application/json".to_owned()),
        origin: None,
    }
}

/// Asks both for their defaults, by the echo of a search that says nothing.
///
/// Fails if one of them does not answer as datagrepper does.
pub fn ask(old: &Client, new: &Client, pace: &Pace) -> Result<Defaults> {
    let (before, after) = (echo(old, pace)?, echo(new, pace)?);
    let names = [
        ("the default span in seconds", "delta"),
        ("the default of rows_per_page", "rows_per_page"),
        ("the default order", "order"),
    ];
    let told = |echo: &Json, name| {
        echo.get(name)
            .map_or_else(|| "none".to_owned(), Json::to_string)
    };
    let same = |name| match (before.get(name), after.get(name)) {
        (Some(Json::Number(old)), Some(Json::Number(new))) => {
            old.parse::<f64>() == new.parse::<f64>()
        }
        (old, new) => old == new,
    };
    let differing = names
        .into_iter()
        .filter(|(_, name)| !same(*name))
        .map(|(words, name)| Setting {
            name: words,
            old: told(&before, name),
            new: told(&after, name),
        });
    Ok(Defaults {
        span: before.get("delta").and_then(Json::number),
        differing: differing.collect(),
    })
}

fn echo(client: &Client, pace: &Pace) -> Result<Json> {
    let question = probe();
    let answer = client.ask(&question, pace).map_err(|silence| {
        anyhow::anyhow!("{} does not answer: {}", client.address.shown, silence.why)
    })?;
    if answer.status != 200 {
        let start: String = answer.body.chars().take(200).collect();
        bail!(
            "{}{} is answered with {}: {start}",
            client.address.shown,
            question.target,
            answer.status
        );
    }
    let (_, json) = answer
        .json()
        .with_context(|| format!("{} answers a search with no JSON", client.address.shown))?;
    let arguments = json.get("arguments").cloned();
    arguments.with_context(|| {
        format!(
            "{} answers a search without arguments: is its mount point in the address?",
            client.address.shown
        )
    })
}
