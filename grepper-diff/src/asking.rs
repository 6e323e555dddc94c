//! How both services are asked: politely, and by what they answer.

pub mod answer;
pub mod client;
pub mod pace;
