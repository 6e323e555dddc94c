//! What a request asks for, as typed values or as a refusal that names the parameter. Pure.

pub(crate) mod aggregate_params;
pub(crate) mod builder;
pub(crate) mod calendar;
pub(crate) mod chart_params;
pub(crate) mod cursor;
pub(crate) mod form;
pub(crate) mod list_params;
pub(crate) mod lookup;
pub(crate) mod mend;
pub(crate) mod name_params;
pub(crate) mod names_params;
pub mod params;
pub mod query;
pub(crate) mod refusal;
pub(crate) mod road_params;
pub(crate) mod subjects;
pub(crate) mod waiting;
pub(crate) mod window;
