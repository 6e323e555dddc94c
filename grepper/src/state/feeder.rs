//! Looks for new messages, on behalf of all who wait.

use std::sync::{Arc, Weak};
use std::thread;
use std::time::Duration;

use archive::{ConnectionOptions, Feed, Reader};
use service::error_chain;

use crate::reply::seldom::Seldom;
use crate::state::waiters::Waiters;

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(100);
/// After a look that failed.
const LONG_PAUSE: Duration = Duration::from_millis(500);
/// How long a look may take, and wait for its connection.
const PATIENCE: Duration = Duration::from_secs(5);
/// For how long we go on when nobody waits any more: whoever asked in turns is soon back.
const IDLE: Duration = Duration::from_secs(3);

static FAILED: Seldom = Seldom::new();

/// Looks while somebody waits, in a thread and on a connection of its own, as long as these are there.
pub fn start(waiters: &Arc<Waiters>, options: &ConnectionOptions) -> std::io::Result<()> {
    let reader = Reader::new(&ConnectionOptions {
        pool_size: 1,
        checkout_timeout: PATIENCE,
        statement_timeout: Some(PATIENCE),
        ..options.clone()
    });
    let waiters = Arc::downgrade(waiters);
    let thread = thread::Builder::new().name("arrivals".to_owned());
    thread.spawn(move || look(&waiters, Feed::new(reader)))?;
    Ok(())
}

fn look(waiters: &Weak<Waiters>, mut feed: Feed) {
    while let Some(waiters) = waiters.upgrade() {
        if !waiters.anybody_within(IDLE) {
            feed.forget();
            continue;
        }
        let pause = match feed.look() {
            Ok(news) => {
                waiters.tell(&news);
                PAUSE
            }
            Err(error) => {
                if let Some(times) = FAILED.happened() {
                    tracing::error!(
                        times,
                        error = error_chain(&error),
                        "no look for new messages: who waits is answered late"
                    );
                }
                LONG_PAUSE
            }
        };
        drop(waiters);
        thread::sleep(pause);
    }
}
