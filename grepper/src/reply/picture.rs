//! Refusals for who loads a picture: one that says what was wrong, so that a page that shows a chart explains itself.

use actix_web::http::header::ACCEPT;
use actix_web::{HttpRequest, HttpResponse};

use crate::chart::notice::notice;
use crate::reply::error::ApiError;

/// What accepts our pictures.
const RANGES: [&str; 2] = ["image/*", "image/svg+xml"];

/// Whether a picture is loaded: a browser says so, or else a client that accepts pictures and no pages.
pub fn is_wanted(request: &HttpRequest) -> bool {
    let header = |name: &str| request.headers().get(name)?.to_str().ok();
    if let Some(destination) = header("sec-fetch-dest") {
        return destination == "image";
    }
    let accepted = header(ACCEPT.as_str()).unwrap_or_default();
    let mut ranges = accepted
        .split(',')
        .map(|range| range.split(';').next().unwrap_or_default().trim());
    ranges.any(|range| RANGES.contains(&range)) && !accepted.contains("text/html")
}

/// The picture.
pub fn refusal(error: &ApiError) -> HttpResponse {
    let bad = error.parameter();
    let heading = match bad {
        Some(_) => "This chart cannot be drawn",
        None => "There is no chart at the moment",
    };
    let mut sentences = vec![format!("{error}.")];
    if let Some(given) = bad
        .map(|bad| bad.given.as_str())
        .filter(|given| !given.is_empty())
    {
        sentences.push(format!("Given: {given}"));
    }
    error
        .head()
        .content_type("image/svg+xml; charset=utf-8")
        .body(notice(heading, &sentences))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn who_loads_a_picture_is_told_by_one() {
        for (headers, expected) in [
            (&[][..], false),
            (&[("Accept", "*/*")], false),
            (&[("Accept", "application/json")], false),
            (&[("Accept", "image/png")], false),
            (&[("Accept", "image/avif,image/webp,*/*;q=0.8")], false),
            (&[("Accept", "image/avif,image/*;q=0.8,*/*;q=0.5")], true),
            (&[("Accept", "image/svg+xml")], true),
            (&[("Accept", "text/html,image/*;q=0.8")], false),
            (&[("Sec-Fetch-Dest", "image")], true),
            (&[("Sec-Fetch-Dest", "empty"), ("Accept", "image/*")], false),
        ] {
            let requests = headers.iter().fold(TestRequest::get(), |request, header| {
                request.insert_header(*header)
            });
            assert_eq!(
                is_wanted(&requests.to_http_request()),
                expected,
                "{headers:?}"
            );
        }
    }
}
