//! What lies between the socket and the HTTP library: one request at a time, clients that go away,
//! and clients that do not read.

pub mod client_stream;
pub mod exchange;
mod heads;
pub mod listeners;
mod pace;
pub mod serve;
