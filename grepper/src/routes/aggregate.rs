//! `/v2/aggregate`: how many messages match, by names and by time.

use actix_web::http::header::{ACCESS_CONTROL_EXPOSE_HEADERS, HeaderName, HeaderValue};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use archive::{Aggregate, Order, Reader, Search, Span, StoreError};
use chrono::{DateTime, NaiveDateTime, Utc};
use chrono_tz::Tz;

use crate::reply::data::{DataForm, DataText};
use crate::reply::error::ApiError;
use crate::request::aggregate_params::AggregateParams;
use crate::request::query::Query;
use crate::request::refusal::BadRequest;
use crate::request::subjects;
use crate::state::admission::Cost;
use crate::state::{State, ask};
use crate::view::groups::Groups;

/// Tells whether the groups are of all messages that match.
const EXACT: &str = "grepper-exact";

/// What was counted.
struct Counted {
    asked: AggregateParams,
    aggregate: Aggregate,
    starts: Vec<DateTime<Tz>>,
    searched: [Option<NaiveDateTime>; 2],
}

impl Counted {
    fn as_groups(&self) -> Groups<'_> {
        Groups {
            asked: &self.asked,
            aggregate: &self.aggregate,
            starts: &self.starts,
            searched: self.searched,
        }
    }
}

/// The handler.
pub async fn aggregate(request: HttpRequest, state: Data<State>) -> Result<HttpResponse, ApiError> {
    let query = Query::parse(request.query_string())?;
    let mut asked = AggregateParams::parse(&query, &state.limits(), Utc::now())?;
    subjects::understand(&mut asked.search, &state.rules.get())?;
    let form = DataForm::asked(&query, &["json", "csv"])?.unwrap_or_default();
    let cost = match Cost::of(&asked.search) {
        Cost::Ordinary if !asked.by.is_empty() => Cost::Large,
        cost => cost,
    };
    let answer = ask(&state, cost, move |_, reader| {
        // Answers of megabytes are written where blocking is no harm.
        Ok(count(reader, asked)?.map(|counted| {
            let groups = counted.as_groups();
            let told = DataText::new(form, || groups.json(), groups.rows());
            (told, groups.exactness())
        }))
    });
    let (told, exactness) = answer.await??;
    let mut response = told.into_answer("aggregate");
    if let Ok(exactness) = HeaderValue::from_str(&exactness) {
        let headers = response.headers_mut();
        headers.insert(HeaderName::from_static(EXACT), exactness);
        // Scripts on other sites see few headers unless they are named.
        let exposed = HeaderValue::from_static(EXACT);
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    }
    Ok(response)
}

fn count(
    reader: &Reader,
    asked: AggregateParams,
) -> Result<Result<Counted, BadRequest>, StoreError> {
    let (starts, searched) = match asked.unit {
        None => (Vec::new(), asked.searched),
        Some(unit) => {
            let searched = bounds(reader, &asked)?;
            let edges = match searched {
                [Some(first), Some(last)] => asked.edges(unit, first, last),
                _ => Ok(Vec::new()),
            };
            match edges {
                Ok(edges) => (edges, searched),
                Err(refused) => return Ok(Err(refused)),
            }
        }
    };
    let aggregate = match asked.unit.is_some() && starts.is_empty() {
        // There is no time, so that nothing is in it.
        true => Aggregate::default(),
        false => {
            let mut search = asked.search.clone();
            search.time = Span::inclusive(searched[0], searched[1]);
            reader.aggregate(&search, &asked.aggregation(&starts))?
        }
    };
    Ok(Ok(Counted {
        asked,
        aggregate,
        starts,
        searched,
    }))
}

/// The time that is divided: where nothing bounds it, from the first message that matches to the last.
fn bounds(
    reader: &Reader,
    asked: &AggregateParams,
) -> Result<[Option<NaiveDateTime>; 2], StoreError> {
    let found = |order| {
        let search = Search {
            order,
            ..asked.search.clone()
        };
        let found = reader.walk(&search, None).leaving_out().step(1)?;
        Ok::<_, StoreError>(found.first().map(|message| message.timestamp))
    };
    let [mut first, mut last] = asked.searched;
    if first.is_none() {
        first = found(Order::Ascending)?;
    }
    if last.is_none() {
        last = found(Order::Descending)?;
    }
    Ok([first, last])
}
