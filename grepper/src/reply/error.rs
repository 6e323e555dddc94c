//! Why a client gets no answer. Nothing internal is ever told: it is logged.

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, CACHE_CONTROL, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, HttpResponseBuilder};
use archive::StoreError;
use service::error_chain;

use crate::reply::crowded::Crowded;
use crate::reply::seldom::Seldom;
use crate::request::refusal::BadRequest;

/// All requests fail of this one reason, which is told for all of them.
static UNFIT: Seldom = Seldom::new();

/// How one is admitted (RFC 6750).
const BEARER: &str = r#"Bearer realm="archive""#;
/// What is wrong with a token that came.
const INVALID: &str = r#"Bearer realm="archive", error="invalid_token""#;

/// Why a request gets no answer.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ApiError {
    /// 400.
    #[error(transparent)]
    BadRequest(#[from] BadRequest),
    /// 401: only who is admitted is answered.
    #[error("this archive is private, and the request shows no token")]
    NoToken,
    /// 401: whoever means to be admitted is not.
    #[error("the token is none of those that this archive takes")]
    WrongToken,
    /// 404.
    #[error("there is nothing here")]
    NotFound,
    /// 404: nothing goes by this value of a parameter, but by others.
    #[error(transparent)]
    NoSuch(BadRequest),
    /// 405, with the methods that are allowed.
    #[error("this method is not allowed here")]
    MethodNotAllowed(&'static str),
    /// 503: the database is away, or too much is asked of it.
    #[error("the archive is not available at the moment")]
    Unavailable,
    /// 503: the database is not as this version needs it, for this reason, which operators are told.
    #[error("the archive is not available at the moment")]
    Unfit(String),
    /// 429 or 503: too many requests wait already.
    #[error(transparent)]
    Crowded(#[from] Crowded),
    /// 429: the client asks more often than it may, and may ask again after so many seconds.
    #[error("too many requests: wait {0} s before the next one")]
    TooOften(u64),
    /// 503: the query had to be given up.
    #[error("the query took too long: ask for a shorter span of time or fewer values")]
    Timeout,
    /// 500.
    #[error("the server made a mistake")]
    Internal,
}

/// Logs what the client is not told.
impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        let chain = error_chain(&error);
        match error {
            StoreError::Timeout(_) => {
                tracing::warn!(error = chain, "a query was given up");
                Self::Timeout
            }
            StoreError::Cancelled => {
                tracing::debug!(error = chain, "a query was given up");
                Self::Unavailable
            }
            StoreError::Unavailable(_) | StoreError::Impaired(_) | StoreError::Full(_) => {
                tracing::error!(error = chain, "the database is not available");
                Self::Unavailable
            }
            StoreError::Schema(_) | StoreError::Rights(_) => {
                if let Some(times) = UNFIT.happened() {
                    tracing::error!(
                        times,
                        error = chain,
                        "the database is not as this version needs it"
                    );
                }
                Self::Unfit(chain)
            }
            StoreError::Refused(_) => {
                tracing::error!(error = chain, "a query failed");
                Self::Internal
            }
        }
    }
}

impl ApiError {
    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::NoToken | Self::WrongToken => StatusCode::UNAUTHORIZED,
            Self::NotFound | Self::NoSuch(_) => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooOften(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Crowded(crowded) if crowded.is_client => StatusCode::TOO_MANY_REQUESTS,
            Self::Crowded(_) | Self::Unavailable | Self::Unfit(_) | Self::Timeout => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The parameter at fault, if one is.
    pub fn parameter(&self) -> Option<&BadRequest> {
        match self {
            Self::BadRequest(bad) | Self::NoSuch(bad) => Some(bad),
            _ => None,
        }
    }

    /// Whether the same request may be answered in a while.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Unavailable | Self::Unfit(_))
    }

    /// The word that programs know it by.
    pub fn code(&self) -> &'static str {
        match self {
            Self::BadRequest(_) => "bad_request",
            Self::NoToken | Self::WrongToken => "unauthorized",
            Self::NotFound | Self::NoSuch(_) => "not_found",
            Self::MethodNotAllowed(_) => "method_not_allowed",
            Self::Unavailable | Self::Unfit(_) => "unavailable",
            Self::Crowded(_) => "too_many_waiting",
            Self::TooOften(_) => "too_many_requests",
            Self::Timeout => "timeout",
            Self::Internal => "internal_error",
        }
    }

    /// An answer with status and headers, and still without a body: in every form they are the same.
    pub fn head(&self) -> HttpResponseBuilder {
        let mut response = HttpResponse::build(self.status());
        response.insert_header((CACHE_CONTROL, "no-store"));
        match self {
            Self::NoToken => response.insert_header((WWW_AUTHENTICATE, BEARER)),
            Self::WrongToken => response.insert_header((WWW_AUTHENTICATE, INVALID)),
            Self::MethodNotAllowed(methods) => response.insert_header((ALLOW, *methods)),
            Self::Unavailable | Self::Unfit(_) => response.insert_header((RETRY_AFTER, "5")),
            Self::Crowded(_) => response.insert_header((RETRY_AFTER, "10")),
            Self::TooOften(seconds) => response.insert_header((RETRY_AFTER, *seconds)),
            Self::Timeout => response.insert_header((RETRY_AFTER, "60")),
            Self::BadRequest(_) | Self::NotFound | Self::NoSuch(_) | Self::Internal => {
                &mut response
            }
        };
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_that_is_not_as_it_should_be_is_no_mistake_of_ours() {
        let of = |error: StoreError| ApiError::from(error).status();
        assert_eq!(of(StoreError::Schema("it lacks something".into())), 503);
        assert_eq!(of(StoreError::Rights("read counters".into())), 503);
        let refused = "relation \"a_table\" does not exist";
        assert_eq!(of(StoreError::Refused(refused.into())), 500);
    }
}
