//! `/charts/<type>`: counts over time as a picture.

use std::time::{Duration, Instant};

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use archive::{Reader, StoreError};
use chrono::Utc;

use crate::chart;
use crate::chart::data::{ChartData, Series};
use crate::reply::data::{DataForm, DataText};
use crate::reply::error::ApiError;
use crate::request::chart_params::{self, ChartParams};
use crate::request::query::Query;
use crate::request::refusal::BadRequest;
use crate::request::subjects;
use crate::state::admission::Cost;
use crate::state::{State, ask};
use crate::view::chart_data;

/// The handler.
pub async fn chart(
    kind: Path<String>,
    request: HttpRequest,
    state: Data<State>,
) -> Result<HttpResponse, ApiError> {
    // What has no such look has always been not found.
    let kind = chart_params::kind(&kind).map_err(ApiError::NoSuch)?;
    let query = Query::parse(request.query_string())?;
    let options = chart_params::options(&query).map_err(ApiError::NoSuch)?;
    let mut chart = Chart(ChartParams::parse(&query, &state.limits(), Utc::now())?);
    for (_, search) in &mut chart.0.series {
        subjects::understand(search, &state.rules.get())?;
    }
    let form = data_form(&query)?;
    let drawn = ask(&state, chart.cost(), move |state, reader| {
        let data = chart.count(reader, state.config.statement_timeout)?;
        Ok(match form {
            None => Drawn::Picture(chart::render(kind, &data, &options)),
            Some(form) => {
                let json = || chart_data::json(&data);
                Drawn::Data(DataText::new(form, json, chart_data::rows(&data)))
            }
        })
    });
    Ok(match drawn.await? {
        Drawn::Picture(svg) => HttpResponse::Ok()
            .content_type("image/svg+xml; charset=utf-8")
            .body(svg),
        Drawn::Data(told) => told.into_answer("chart"),
    })
}

/// What a chart comes to.
enum Drawn {
    /// SVG.
    Picture(String),
    /// What it shows.
    Data(DataText),
}

/// The form of the data, if that is asked for and not the picture, of which calls have always been ignored.
fn data_form(query: &Query) -> Result<Option<DataForm>, BadRequest> {
    match query.first("format") {
        None | Some("" | "svg") => Ok(None),
        Some(_) => DataForm::asked(query, &["svg", "json", "csv"]),
    }
}

/// What is to be counted.
struct Chart(ChartParams);

impl Chart {
    fn cost(&self) -> Cost {
        let cost = self.0.series.first().map(|(_, search)| Cost::of(search));
        cost.unwrap_or(Cost::Ordinary)
    }

    /// The data; the deadline is that of the picture, not of each of its series.
    fn count(self, reader: &Reader, deadline: Duration) -> Result<ChartData, StoreError> {
        let started = Instant::now();
        let mut data = ChartData {
            edges: self.0.edges,
            x_labels: self.0.x_labels,
            series: Vec::with_capacity(self.0.series.len()),
        };
        for (label, search) in self.0.series {
            if started.elapsed() > deadline {
                return Err(StoreError::Timeout(deadline));
            }
            data.series.push(Series {
                label,
                values: reader.histogram(&search, &data.edges)?,
            });
        }
        Ok(data)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_is_asked_for_by_name() {
        let form = |query: &str| data_form(&Query::parse(query).unwrap());
        for picture in [
            "",
            "format=",
            "format=svg",
            "callback=f",
            "format=svg&callback=f",
        ] {
            assert_eq!(form(picture), Ok(None), "{picture}");
        }
        assert_eq!(form("format=csv"), Ok(Some(DataForm::Csv)));
        assert_eq!(form("format=json"), Ok(Some(DataForm::default())));
        let refused = form("format=png").unwrap_err();
        assert_eq!(refused.to_string(), "format must be svg, json or csv");
    }
}
