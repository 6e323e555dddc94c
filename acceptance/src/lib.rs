//! What shows that the whole works: the tests of the real binaries against real
//! servers, in `tests/`, and the demo, in `src/bin/demo/`. Nothing is shared here.
