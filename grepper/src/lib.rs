//! Serves the message archive over HTTP: search, single messages, counts, charts and pages.
//!
//! The folders in the order in which they build on each other; each imports only from those before:
//!
//! | module | what it holds |
//! | --- | --- |
//! | `config`, `cors_rules` | settings, and what is compiled from them |
//! | `escape` | text in HTML where no template writes it |
//! | `filters` | the filters of a search and their names |
//! | `chart` | counts as pictures |
//! | `pages` | HTML pages, the widget and static files, from plain values |
//! | `view` | stored messages as clients see them |
//! | `request` | query strings as typed values, or as refusals; pure |
//! | `reply` | the forms of answers and refusals |
//! | `state` | what all requests share, and whose turn it is to ask the archive |
//! | `connection` | the socket of a client, below the HTTP library |
//! | `middleware` | what every request passes |
//! | `routes` | which path is answered by what |
//! | `layers` | what a request passes on its way there |
//! | `app` | the server as a whole |
//! | `monitoring` | what those who watch it are told |
//!
//! Public is what the program, its benchmark and its tests use.

pub mod app;
mod chart;
pub mod config;
mod connection;
mod cors_rules;
mod escape;
mod filters;
mod layers;
mod middleware;
pub mod monitoring;
mod pages;
mod reply;
pub mod request;
pub mod routes;

pub mod state;
pub mod view;
