//! All that a reader remembers.

use crate::counts::memory::BucketMemory;
use crate::read::page_memory::PageMemory;

/// What is remembered of one database.
#[derive(Default)]
pub(super) struct Memories {
    pub(super) buckets: BucketMemory,
    pub(super) pages: PageMemory,
}
