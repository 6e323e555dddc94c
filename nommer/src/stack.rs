//! Room for threads to follow nested headers.
//!
//! The client library reads an AMQP table by recursion, and a header frame has room for some
//! twenty thousand levels: enough to run out of the usual stack, which would end the program, and
//! again whenever the broker delivers that message again. The library starts its thread itself, so
//! the size can only be set for all threads, by a variable that must be there when the program
//! begins. Of a larger stack only what is used takes memory.

use std::os::unix::process::CommandExt as _;
use std::process::Command;

/// What the standard library takes the size of stacks from, in bytes.
const VARIABLE: &str = "RUST_MIN_STACK";
const SIZE: &str = "536870912";

/// Begins the program anew with larger stacks, unless their size is set; the process stays the
/// same. Where that fails, the program goes on as it is.
pub fn enlarge() {
    if std::env::var_os(VARIABLE).is_some() {
        return;
    }
    let Ok(program) = std::env::current_exe() else { return };
    let mut arguments = std::env::args_os();
    let mut command = Command::new(program);
    if let Some(name) = arguments.next() {
        command.arg0(name);
    }
    // Answers only if it fails.
    let _ = command.args(arguments).env(VARIABLE, SIZE).exec();
}
