//! Looks for new messages, and tells all who are interested.

use std::sync::{Arc, Weak};
use std::thread;
use std::time::{Duration, Instant};

use archive::{ConnectionOptions, Feed, Hidden, Reader, Replicas};
use service::error_chain;

use crate::reply::seldom::Seldom;
use crate::state::interested::Interested;
use crate::state::looks::Looks;
use crate::state::roads::Roads;

/// How long a look may take, and wait for its connection.
const PATIENCE: Duration = Duration::from_secs(5);

static FAILED: Seldom = Seldom::new();

/// Who wants looks, and what is to be told of them.
pub struct Audience {
    /// Who is told what has come.
    pub interested: Arc<Interested>,
    /// When one looks.
    pub looks: Arc<Looks>,
    /// What is remembered for as long as nothing comes that changes it.
    pub roads: Roads,
}

impl Default for Audience {
    fn default() -> Self {
        let interested = Arc::<Interested>::default();
        Self {
            roads: Roads::new(interested.clone()),
            looks: Arc::default(),
            interested,
        }
    }
}

/// Looks when it is wanted, in a thread and on a connection of its own, as long as the audience is there.
///
/// What is hidden wakes nobody.
pub fn start(
    audience: &Arc<Audience>,
    options: &ConnectionOptions,
    replicas: Option<&Arc<Replicas>>,
    hidden: Hidden,
) -> std::io::Result<()> {
    let options = ConnectionOptions {
        pool_size: 1,
        checkout_timeout: PATIENCE,
        statement_timeout: Some(PATIENCE),
        ..options.clone()
    };
    let reader = Reader::with_replicas(&options, replicas).hiding(hidden);
    let audience = Arc::downgrade(audience);
    let thread = thread::Builder::new().name("arrivals".to_owned());
    thread.spawn(move || look_on(&audience, Feed::new(reader)))?;
    Ok(())
}

fn look_on(audience: &Weak<Audience>, mut feed: Feed) {
    let mut failed = false;
    while let Some(audience) = audience.upgrade() {
        if audience.looks.is_due(failed) {
            failed = !look(&audience, &mut feed);
        } else {
            feed.forget();
            audience.looks.end(Instant::now(), None);
        }
        audience.roads.forget_old();
    }
}

/// Looks once; answers whether that went well.
fn look(audience: &Audience, feed: &mut Feed) -> bool {
    let began = audience.looks.begin();
    match feed.look() {
        Ok(news) => {
            audience.interested.tell(&news);
            audience.looks.end(began, feed.follows());
            true
        }
        Err(error) => {
            audience.looks.end(began, None);
            if let Some(times) = FAILED.happened() {
                tracing::error!(
                    times,
                    error = error_chain(&error),
                    "no look for new messages: who waits is answered late"
                );
            }
            false
        }
    }
}
