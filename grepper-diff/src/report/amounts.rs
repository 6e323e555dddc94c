//! Why one archive may have more messages than the other. Answers cannot prove it, so it is told beside the differences.

use crate::comparison::amount::More;
use crate::report::tally::Tally;

/// Who has more, in a word, in how many requests, and what that may come from.
pub fn told(tally: &Tally) -> impl Iterator<Item = (&'static str, u64, String)> {
    tally.amounts.iter().map(|(more, requests)| {
        let (name, reasons) = match more {
            More::Old => (
                "old",
                "`nommer adopt` is not done, or put rows aside that cannot be stored (`nommer dead-letters list`), or nommer was away; or datanommer stored what came again without a `sent-at` once more",
            ),
            More::New => (
                "new",
                "datanommer drops what fails the validation of its schema class, or has a sent-at that cannot be read, and nommer keeps \
                 both; or datanommer was away; or the question is about users or packages, and it lacked schema packages",
            ),
        };
        let words = format!(
            "Of these, {requests} differ only in how many messages there are, and so in which are on a page: more messages in the {name} archive. Likely reasons, which \
             answers cannot prove: {reasons}. Which messages they are is told by `nommer audit --peer`."
        );
        (name, *requests, words)
    })
}
