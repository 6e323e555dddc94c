//! `/v2/names`: names that begin as somebody types them.

use std::iter::empty;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use archive::GroupBy;
use chrono::Utc;
use pythonic::json::to_text;
use serde::Serialize;

use crate::pages::facets::short;
use crate::reply::data::{DataForm, DataText};
use crate::reply::error::ApiError;
use crate::request::names_params::NamesParams;
use crate::request::query::Query;
use crate::routes::lists::all_named;
use crate::state::admission::Cost;
use crate::state::{State, ask};

#[derive(Serialize)]
struct NamesTold<'a> {
    kind: &'a str,
    prefix: &'a str,
    names: &'a [String],
}

/// The handler.
pub async fn names(request: HttpRequest, state: Data<State>) -> Result<HttpResponse, ApiError> {
    let query = Query::parse(request.query_string())?;
    let asked = NamesParams::parse(&query)?;
    let form = DataForm::asked(&query, &["json"])?.unwrap_or_default();
    let NamesParams {
        kind: (of, kind),
        prefix,
        limit,
    } = asked;
    let begin = prefix.clone();
    let names = ask(&state, Cost::Ordinary, move |_, reader| {
        reader.names(of, &begin, limit, Utc::now().naive_utc())
    });
    let mut names = names.await?;
    if of == GroupBy::Topic && !prefix.is_empty() {
        add_shown_so(&state, &prefix, limit as usize, &mut names).await?;
    }
    let told = NamesTold {
        kind,
        prefix: &prefix,
        names: &names,
    };
    Ok(DataText::new(form, || to_text(&told), empty()).into_answer("names"))
}

/// Adds topics that begin like that as pages show them, without the words that most have in common.
async fn add_shown_so(
    state: &Data<State>,
    begin: &str,
    most: usize,
    names: &mut Vec<String>,
) -> Result<(), ApiError> {
    let begin = begin.to_lowercase();
    let topics = all_named(state, GroupBy::Topic).await?;
    let all = topics.names.iter().map(|topic| &topic.name);
    let shown = all.filter(|name| short(name).to_lowercase().starts_with(&begin));
    let others: Vec<String> = shown
        .filter(|name| !names.contains(name))
        .cloned()
        .collect();
    names.extend(others);
    names.truncate(most);
    Ok(())
}
