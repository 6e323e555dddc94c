//! How far a long step has come.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// A bar for `length` things; plain lines where standard error is no terminal, as in a log.
pub fn bar(what: &'static str, length: u64) -> ProgressBar {
    if !std::io::IsTerminal::is_terminal(&std::io::stderr()) {
        service::complain(what);
    }
    styled(
        ProgressBar::new(length).with_message(what),
        "{msg} {wide_bar} {pos}/{len} {eta}",
    )
}

/// A count of things of which nobody knows how many there will be.
pub fn count(what: &'static str) -> ProgressBar {
    if !std::io::IsTerminal::is_terminal(&std::io::stderr()) {
        service::complain(what);
    }
    styled(
        ProgressBar::new_spinner().with_message(what),
        "{msg} {spinner} {pos} {elapsed}",
    )
}

fn styled(bar: ProgressBar, template: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(template);
    bar.enable_steady_tick(Duration::from_millis(200));
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
