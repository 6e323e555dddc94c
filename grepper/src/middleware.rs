//! What every request passes on its way to a handler, and every answer on its way back.

pub mod access_log;
pub mod cors;
pub mod encoding;
pub mod exchange;
mod in_span;
pub mod mount;
pub mod policies;
mod request_id;
pub mod weigh;
