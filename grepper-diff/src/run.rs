//! Asks all questions, some at once, and gathers what comes of it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use indicatif::{ProgressBar, ProgressStyle};

use crate::question::Wanted;
use crate::report::tally::Tally;
use crate::verdict::{Services, Took, Verdict};

/// Asks until all is told or it is time to stop.
pub fn run(services: &Services, wanted: &[Wanted], jobs: u16, tally: &mut Tally) {
    let next = AtomicUsize::new(0);
    let progress = progress(wanted.len());
    std::thread::scope(|scope| {
        let (sender, verdicts) = mpsc::channel();
        for _ in 0..jobs {
            let (sender, next) = (sender.clone(), &next);
            scope.spawn(move || work(services, wanted, next, &sender));
        }
        drop(sender);
        for (at, verdict, took) in verdicts {
            tally.add(&wanted[at], verdict, took);
            progress.inc(1);
            progress.set_message(tally.in_a_word());
        }
    });
    progress.finish_and_clear();
    tally.stopped = services.pace.stopped();
}

fn work(
    services: &Services,
    wanted: &[Wanted],
    next: &AtomicUsize,
    sender: &mpsc::Sender<(usize, Verdict, Took)>,
) {
    loop {
        let at = next.fetch_add(1, Ordering::Relaxed);
        let Some(Wanted { question, .. }) = wanted.get(at) else {
            return;
        };
        let (verdict, took) = services.judge(question);
        let over = matches!(verdict, Verdict::Stopped);
        // Who gathers lives as long as there are workers.
        if sender.send((at, verdict, took)).is_err() || over {
            return;
        }
    }
}

/// On standard error, where that is a terminal.
fn progress(length: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:30} {pos} of {len} asked, {msg}, {eta} left")
        .expect("a valid template, as tests show");
    ProgressBar::new(length as u64).with_style(style)
}

#[cfg(test)]
mod tests {
    #[test]
    fn progress_can_be_shown() {
        super::progress(3).finish_and_clear();
    }
}
