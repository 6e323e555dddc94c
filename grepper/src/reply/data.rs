//! Numbers in the form that was asked for.

use actix_web::http::header::CONTENT_DISPOSITION;
use actix_web::{HttpRequest, HttpResponse};
use csv::WriterBuilder;

use crate::reply::negotiated::{negotiated, prefers_page};
use crate::reply::negotiation::{self, Format};
use crate::request::query::Query;
use crate::request::refusal::BadRequest;

/// The forms of numbers; browsers get them, too, as they are.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum DataForm {
    /// JSON, or a call with it.
    Text(Format),
    /// A table.
    Csv,
}

impl Default for DataForm {
    fn default() -> Self {
        Self::Text(Format::Json)
    }
}

impl DataForm {
    /// What `callback` and else `format` ask for, which is one of `known`; `None` where they ask for nothing.
    pub fn asked(query: &Query, known: &[&'static str]) -> Result<Option<Self>, BadRequest> {
        let format = negotiation::named(query, known)?;
        if let Some(call) = negotiation::call(query)? {
            return Ok(Some(Self::Text(call)));
        }
        Ok(match format {
            Some("json") => Some(Self::Text(Format::Json)),
            Some("csv") => Some(Self::Csv),
            _ => None,
        })
    }
}

impl DataForm {
    /// What is asked for where there is a page as well; `None` is the page.
    pub fn unless_page(request: &HttpRequest, query: &Query) -> Result<Option<Self>, BadRequest> {
        let form = Self::asked(query, &["html", "json", "csv"])?;
        let is_page = form.is_none() && prefers_page(request);
        Ok((!is_page).then(|| form.unwrap_or_default()))
    }
}

/// An answer that only lacks its head.
pub enum DataText {
    /// JSON, or a call with it.
    Text(Format, String),
    /// A table.
    Csv(Vec<u8>),
}

impl DataText {
    /// Data in this form: JSON, or the rows of a table, the first of which names the columns.
    pub fn new<Rows>(form: DataForm, json: impl FnOnce() -> String, rows: Rows) -> Self
    where
        Rows: Iterator<Item = Vec<String>>,
    {
        match form {
            DataForm::Text(format) => Self::Text(format, json()),
            DataForm::Csv => Self::Csv(table(rows)),
        }
    }

    /// The answer; browsers keep a table as the file `name`.
    pub fn into_answer(self, name: &str) -> HttpResponse {
        match self {
            Self::Text(format, json) => negotiated(&format, json, 0),
            Self::Csv(table) => HttpResponse::Ok()
                .insert_header((CONTENT_DISPOSITION, format!("inline; filename={name}.csv")))
                .content_type("text/csv; charset=utf-8; header=present")
                .body(table),
        }
    }
}

fn table(rows: impl Iterator<Item = Vec<String>>) -> Vec<u8> {
    let mut table = WriterBuilder::new().flexible(true).from_writer(Vec::new());
    for row in rows {
        // Nothing fails in memory.
        if table.write_record(&row).is_err() {
            break;
        }
    }
    table.into_inner().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(query: &str) -> Result<Option<DataForm>, BadRequest> {
        DataForm::asked(&Query::parse(query)?, &["json", "csv"])
    }

    #[test]
    fn a_callback_wins_and_what_is_unknown_is_refused() {
        let json = DataForm::Text(Format::Json);
        let call = DataForm::Text(Format::Jsonp("f".to_owned()));
        assert_eq!(asked("format=csv"), Ok(Some(DataForm::Csv)));
        assert_eq!(asked("format=json"), Ok(Some(json)));
        assert_eq!(asked("format=csv&callback=f"), Ok(Some(call)));
        assert_eq!(asked("format=&callback="), Ok(None));
        for query in ["format=html", "format=CSV", "format=xml&callback=f"] {
            let refused = asked(query).expect_err(query);
            assert_eq!(refused.to_string(), "format must be json or csv");
        }
    }

    #[test]
    fn tables_are_quoted_where_they_must_be() {
        let rows = [["topic", "messages"], ["a,\"b\"\n", ""], ["", ""]];
        let rows = rows.map(|row| row.map(str::to_owned).to_vec());
        let text = String::from_utf8(table(rows.into_iter())).expect("a text");
        assert_eq!(text, "topic,messages\n\"a,\"\"b\"\"\n\",\n,\n");
    }
}
