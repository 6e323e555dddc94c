//! The broker's side: connections, what flows over them, and the deliveries that wait for an answer.

pub mod connection;
pub mod consumer;
mod network;
pub mod pressure;
mod session;
pub mod settle;
mod wire;
