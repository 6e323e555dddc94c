//! What strategies answer with.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::counts::bucket::Bucket;
use crate::counts::small_result::SmallResult;
use crate::database::version::RowVersion;
use crate::dimension::Dimension;

/// What matches in a bucket.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hits {
    /// How many messages match.
    pub(crate) count: u64,
    /// Which messages match, if that had to be known and they are few.
    pub(crate) ids: Option<Arc<SmallResult>>,
    /// The versions of the counters that tell the count, if all that lies in the bucket is the same
    /// as long as these are.
    pub(crate) version: Option<RowVersion>,
}

impl Hits {
    /// So many messages of which nothing else is known.
    pub(crate) fn counted(count: u64) -> Self {
        Self {
            count,
            ..Self::default()
        }
    }

    /// How much memory the hits take beside themselves, in bytes.
    pub(super) fn heap(&self) -> usize {
        let ids = self.ids.as_ref().map_or(0, |ids| ids.size());
        ids + self.version.as_ref().map_or(0, String::len)
    }
}

/// What matches, by bucket.
pub(crate) type HitsByBucket = BTreeMap<Bucket, Hits>;

/// What matches in a cover.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// The dimension of which there are the fewest messages, where that is a question: its index
    /// leads best.
    pub(crate) lead: Option<Dimension>,
    /// What matches by bucket, none of them empty; `None` if it is to be counted row by row: what may
    /// match is so few that this is better, or nothing is known.
    pub(crate) buckets: Option<HitsByBucket>,
}

impl From<HitsByBucket> for Found {
    fn from(buckets: HitsByBucket) -> Self {
        Self {
            lead: None,
            buckets: Some(buckets),
        }
    }
}
