//! `/v2/names`: names that begin as somebody types them.

use std::iter::empty;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use chrono::Utc;
use pythonic::json::to_text;
use serde::Serialize;

use crate::reply::data::{DataForm, DataText};
use crate::reply::error::ApiError;
use crate::request::names_params::NamesParams;
use crate::request::query::Query;
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
    let told = NamesTold {
        kind,
        prefix: &prefix,
        names: &names.await?,
    };
    Ok(DataText::new(form, || to_text(&told), empty()).into_answer("names"))
}
