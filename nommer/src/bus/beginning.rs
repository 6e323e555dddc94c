//! Where reading a stream begins: at what is asked for, or where what is kept of it ends.

use archive::StreamOffset;
use chrono::NaiveDateTime;
use lapin::Connection;
use lapin::types::AMQPValue;

use crate::bus::extent::{Extent, NOTHING, QUIET, message_at};
use crate::bus::place::{Dropped, parts};
use crate::bus::session::OpenError;
use crate::delivery::headers::stream_offset;

/// Where in a stream to begin.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum StreamStart {
    /// With what came at that time. UTC.
    Time(NaiveDateTime),
    /// With the message that has this number, or the first after it.
    Offset(u64),
}

impl StreamStart {
    /// How the broker is told.
    pub(super) fn argument(self) -> AMQPValue {
        match self {
            // A stream has nothing from before 1970, and knows whole seconds.
            Self::Time(time) => AMQPValue::Timestamp(time.and_utc().timestamp().max(0) as u64),
            Self::Offset(offset) => {
                AMQPValue::LongLongInt(i64::try_from(offset).unwrap_or(i64::MAX))
            }
        }
    }
}

/// How an offset that is kept stands to the stream that is there.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Standing {
    /// Reading can go on there.
    Fits,
    /// These messages, which come next, are there no longer.
    Lacks(Dropped),
    /// It is that of another stream, which had this name.
    Foreign,
}

impl Standing {
    async fn of(
        kept: &StreamOffset,
        (connection, queue): (&Connection, &str),
        extent: Extent,
    ) -> Result<Self, OpenError> {
        if let Some(standing) = Self::without_looking(kept.stored_before, extent) {
            return Ok(standing);
        }
        let before = kept.stored_before - 1;
        // Where the last piece is slow to come, its end may be a little later.
        let patience = if before <= extent.last {
            NOTHING
        } else {
            2 * QUIET
        };
        let found = message_at(connection, queue, (before, patience)).await?;
        let is_same = found.as_ref().map(|found| {
            let offset = stream_offset(&found.properties);
            offset == Some(before) && kept.is_after(before, &parts(found))
        });
        match is_same {
            Some(true) => Ok(Self::Fits),
            // It is there, and may come the next time.
            None if before <= extent.last => Err(OpenError::Silent(queue.to_owned())),
            _ => Ok(Self::Foreign),
        }
    }

    /// Where the message before the offset is no longer there to be compared.
    fn without_looking(stored_before: u64, Extent { first, .. }: Extent) -> Option<Self> {
        match stored_before {
            offset if offset < first => Some(Self::Lacks(Dropped {
                first: offset,
                last: first - 1,
            })),
            offset if offset == first => Some(Self::Fits),
            _ => None,
        }
    }
}

/// Where reading begins, and what that means for what is kept.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Beginning {
    /// Where; `None` where what is kept does not tell.
    pub(super) start: Option<StreamStart>,
    /// The offset that is kept, unless it is of another stream.
    pub(super) kept: Option<u64>,
    /// What should have been read first, and is there no longer.
    pub(super) dropped: Option<Dropped>,
    /// Whether nothing is left out after what is kept, as far as that is known.
    pub(super) is_whole: bool,
}

impl Beginning {
    /// Looks into the stream whether what is kept is of it, and tells what is not as it was expected.
    pub(super) async fn find(
        asked: Option<StreamStart>,
        kept: Option<&StreamOffset>,
        (connection, queue): (&Connection, &str),
        extent: Extent,
    ) -> Result<Self, OpenError> {
        let kept = match kept {
            Some(kept) => {
                let standing = Standing::of(kept, (connection, queue), extent).await?;
                Some((kept.stored_before, standing))
            }
            None => None,
        };
        let beginning = Self::of(asked, kept);
        beginning.tell(asked, kept, queue, extent);
        Ok(beginning)
    }

    fn of(asked: Option<StreamStart>, kept: Option<(u64, Standing)>) -> Self {
        let kept = kept.filter(|(_, standing)| *standing != Standing::Foreign);
        let offset = kept.map(|(offset, _)| offset);
        let mut beginning = Self {
            start: asked.or(offset.map(StreamStart::Offset)),
            kept: offset,
            dropped: None,
            is_whole: true,
        };
        match (asked, kept) {
            (Some(StreamStart::Offset(begin)), Some((offset, _))) => {
                beginning.is_whole = begin <= offset;
            }
            (None, Some((_, Standing::Lacks(dropped)))) => beginning.dropped = Some(dropped),
            _ => {}
        }
        beginning
    }

    fn tell(
        &self,
        asked: Option<StreamStart>,
        kept: Option<(u64, Standing)>,
        queue: &str,
        Extent { first, last }: Extent,
    ) {
        match (asked, kept) {
            (Some(_), Some((offset, Standing::Foreign))) => {
                tracing::warn!(
                    queue,
                    offset,
                    "the kept offset is that of another stream, and is replaced"
                );
            }
            (Some(StreamStart::Offset(begin)), Some((kept, _))) if begin > kept => {
                tell_of_gap(queue, kept, begin);
            }
            (None, Some((offset, Standing::Fits))) => {
                tracing::info!(queue, offset, "going on at the kept offset");
            }
            _ => {}
        }
        match self.start {
            Some(StreamStart::Offset(begin)) if 0 < begin && begin < first => {
                tracing::warn!(
                    queue,
                    offset = first,
                    from = begin,
                    "the stream has dropped older messages: those from there to its first one are not in it"
                );
            }
            Some(StreamStart::Offset(begin)) if begin > last.saturating_add(1) => {
                tracing::warn!(
                    queue,
                    offset = begin,
                    last,
                    "the stream ends before that offset: there is nothing to read"
                );
            }
            _ => {}
        }
    }
}

/// Tells of what is neither stored nor read now.
pub(super) fn tell_of_gap(queue: &str, kept: u64, begins: u64) {
    tracing::warn!(
        queue,
        kept,
        begins,
        "reading begins beyond the kept offset, which therefore stays: what is between is left out"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_asked_for_whole_seconds_since_1970() {
        let at =
            |text| StreamStart::Time(pythonic::iso_time::parse(text).expect("a time")).argument();
        assert_eq!(at("1970-01-01T00:01:00.9"), AMQPValue::Timestamp(60));
        assert_eq!(at("1969-01-01"), AMQPValue::Timestamp(0));
        let offset = StreamStart::Offset(7).argument();
        assert_eq!(offset, AMQPValue::LongLongInt(7));
    }

    #[test]
    fn a_stream_that_begins_after_what_is_kept_lacks_what_is_between() {
        let standing = |offset| {
            let extent = Extent {
                first: 500,
                last: 900,
            };
            Standing::without_looking(offset, extent)
        };
        let lacks = |first| Some(Standing::Lacks(Dropped { first, last: 499 }));
        assert_eq!(standing(1), lacks(1));
        assert_eq!(standing(499), lacks(499));
        assert_eq!(standing(500), Some(Standing::Fits));
        assert_eq!(standing(501), None);
    }

    #[test]
    fn what_is_asked_for_goes_before_what_is_kept_and_what_would_be_left_out_is_known() {
        let at = |offset| Some(StreamStart::Offset(offset));
        let dropped = Dropped {
            first: 7,
            last: 499,
        };
        let (fits, lacks) = (
            Some((7, Standing::Fits)),
            Some((7, Standing::Lacks(dropped))),
        );
        let foreign = Some((7, Standing::Foreign));
        let whole = |start, kept| Beginning {
            start,
            kept,
            dropped: None,
            is_whole: true,
        };
        assert_eq!(Beginning::of(at(3), None), whole(at(3), None));
        assert_eq!(Beginning::of(at(3), foreign), whole(at(3), None));
        assert_eq!(Beginning::of(at(3), fits), whole(at(3), Some(7)));
        assert_eq!(Beginning::of(at(7), fits), whole(at(7), Some(7)));
        let gap = Beginning {
            is_whole: false,
            ..whole(at(8), Some(7))
        };
        assert_eq!(Beginning::of(at(8), fits), gap);
        assert_eq!(Beginning::of(None, fits), whole(at(7), Some(7)));
        let late = Beginning {
            dropped: Some(dropped),
            ..whole(at(7), Some(7))
        };
        assert_eq!(Beginning::of(None, lacks), late);
        assert_eq!(Beginning::of(None, foreign), whole(None, None));
    }
}
