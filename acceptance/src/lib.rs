//! What shows that the whole works: the tests of the real binaries against real
//! servers, in `tests/`, and the demo, in `src/bin/demo/`. Here is what these and the
//! benchmarks share: our programs, started as if nobody had set anything, the
//! configuration that nommer gets, and what is expected of roads.

mod configuration;
mod environment;
mod programs;
mod roads;

pub use configuration::{configuration, queue_settings};
pub use environment::clean;
pub use programs::{consume, migrate, program, serve};
pub use roads::{road_differences, road_path};
