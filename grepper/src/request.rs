//! What a request asks for, as typed values or as a refusal that names the parameter. Pure.

pub(crate) mod form;
pub(crate) mod lookup;
pub(crate) mod mend;
pub mod params;
pub mod query;
pub(crate) mod refusal;
pub(crate) mod road_params;
pub(crate) mod subjects;
pub(crate) mod waiting;
pub(crate) mod window;
