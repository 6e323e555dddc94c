//! What every request passes on its way to a handler, and every answer on its way back.

pub mod access_log;
pub mod cors;
pub mod encoding;
pub mod exchange;
pub mod mount;
pub mod weigh;
