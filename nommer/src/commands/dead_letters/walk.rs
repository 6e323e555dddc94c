//! Goes over dead letters in constant memory.

use archive::{DeadLetters, LetterFilter, LetterHead};

use crate::exit::Exit;

/// At most so many heads are in memory at once; of letters, one is.
const PAGE: u32 = 500;

/// Does `each` for what is selected, oldest first, until it answers false. What comes meanwhile may be
/// among it.
pub fn for_each(
    letters: &DeadLetters,
    selected: &LetterFilter,
    mut each: impl FnMut(&LetterHead) -> Result<bool, Exit>,
) -> Result<(), Exit> {
    let mut after = 0;
    loop {
        let page = letters.heads(selected, after, PAGE)?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = last.id;
        for head in &page {
            if !each(head)? {
                return Ok(());
            }
        }
    }
}
