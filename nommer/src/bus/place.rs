//! How far a stream is read and stored, and what of that is kept.

use std::collections::VecDeque;

use archive::StreamOffset;
use lapin::message::Delivery;

use crate::bus::extent::Extent;

/// How far a stream is read and stored.
#[derive(Debug, Default)]
pub struct StreamPlace {
    /// What the stream had when reading began.
    pub extent: Option<Extent>,
    /// What it had no longer when reading began, although it was to be read.
    pub dropped: Option<Dropped>,
    /// Whether the stream is read to where it ended when reading began.
    pub is_read: bool,
    /// Whether all before what is read is stored, so that the place may be kept.
    pub is_whole: bool,
    /// The offset that is kept.
    pub kept: Option<u64>,
    /// The place to go on from, as far as all before it is dealt with.
    stored: Option<StreamOffset>,
    /// How many are dealt with.
    settled: u64,
    /// The places after those that are not.
    under_way: VecDeque<StreamOffset>,
}

/// Messages that are no longer in the stream: the offsets of the first one and of the last one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Dropped {
    /// It follows what was stored.
    pub first: u64,
    /// The stream begins after it.
    pub last: u64,
}

impl StreamPlace {
    /// The offset to go on from, after so many were dealt with in the order in which they were read.
    pub fn after(&mut self, settled: u64) -> Option<u64> {
        while self.settled < settled {
            let Some(place) = self.under_way.pop_front() else {
                break;
            };
            self.settled += 1;
            self.stored = Some(place);
        }
        self.stored.as_ref().map(|place| place.stored_before)
    }

    /// What is to be kept, after so many were dealt with; `None` where nothing was stored beyond what is kept.
    pub fn unkept(&mut self, settled: u64) -> Option<StreamOffset> {
        let before = self.after(settled)?;
        let is_new = self.is_whole && self.kept.is_none_or(|kept| kept < before);
        self.stored.clone().filter(|_| is_new)
    }

    /// One was read, after which this is the place.
    pub(super) fn took(&mut self, place: StreamOffset) {
        self.under_way.push_back(place);
    }
}

/// That by which messages of a stream are told from others: it is the same each time it is read, and by each
/// release of the broker.
pub(super) fn parts(delivery: &Delivery) -> [&[u8]; 3] {
    let id = delivery.properties.message_id().as_ref();
    [
        delivery.routing_key.as_str().as_bytes(),
        id.map_or(&[], |id| id.as_str().as_bytes()),
        &delivery.data,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(offset: u64) -> StreamOffset {
        StreamOffset::after(offset, &[], chrono::NaiveDateTime::default())
    }

    #[test]
    fn the_place_is_that_of_what_is_dealt_with() {
        let mut stream = StreamPlace::default();
        assert_eq!(stream.after(0), None);
        for offset in [7, 8, 20] {
            stream.took(place(offset));
        }
        assert_eq!(stream.after(0), None);
        assert_eq!(stream.after(2), Some(9));
        assert_eq!(stream.after(2), Some(9));
        stream.took(place(21));
        assert_eq!(stream.after(4), Some(22));
    }

    #[test]
    fn what_is_kept_never_goes_back_and_leaves_nothing_out() {
        let mut stream = StreamPlace {
            is_whole: true,
            kept: Some(9),
            ..StreamPlace::default()
        };
        for offset in [7, 8, 20] {
            stream.took(place(offset));
        }
        assert_eq!(stream.unkept(0), None);
        assert_eq!(stream.unkept(2), None);
        assert_eq!(stream.unkept(3), Some(place(20)));
        stream.is_whole = false;
        assert_eq!(stream.unkept(3), None);
    }
}
