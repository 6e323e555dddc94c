//! Watches over whoever waits for the database: says so in the log, and shuts the connection below
//! those whose time is over or whose caller has gone.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tracing::Span;

use crate::database::backend::Backend;
use crate::database::server::Server;
use crate::database::socket::Socket;
use crate::error::StoreError;

/// How often waits are looked at.
const TICK: Duration = Duration::from_secs(1);
/// When a wait is first told in the log, at the latest.
const FIRST_WORD: Duration = Duration::from_secs(10);
/// How often it is told again.
const NEXT_WORD: Duration = Duration::from_secs(60);

/// For whom the database is asked, and how long they wait for a connection. Clones are the same caller.
///
/// Once cancelled, what runs for it at the database is given up, also by the server, which notices
/// within a second or two, and nothing else is begun.
#[derive(Clone, Debug, Default)]
pub struct Caller {
    cancelled: Arc<AtomicBool>,
    /// Until when it waits for a connection; `None` is for as long as the pool lets it.
    until: Option<Instant>,
}

impl Caller {
    /// Someone who waits.
    pub fn new() -> Self {
        Self::default()
    }

    /// Someone who waits until then for a connection.
    pub fn until(until: Instant) -> Self {
        Self {
            until: Some(until),
            ..Self::default()
        }
    }

    /// Until when it waits for a connection, if a pool lets it do so for `patience`.
    pub(crate) fn waits_until(&self, patience: Duration) -> Instant {
        self.until.unwrap_or_else(|| Instant::now() + patience)
    }

    /// Gives up for ever what runs, and will be asked to run, on behalf of this caller: it fails
    /// with [`StoreError::Cancelled`]. Does not block.
    pub fn cancel(&self) {
        // Before the waits are looked at: one that begins meanwhile sees it.
        self.cancelled.store(true, Ordering::SeqCst);
        for entry in waits().values_mut() {
            if Arc::ptr_eq(&entry.wait.caller.cancelled, &self.cancelled) {
                entry.give_up(GivenUp::Cancelled);
            }
        }
    }

    /// Whether it was cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::SeqCst)
    }

    /// Fails with [`StoreError::Cancelled`] if it was cancelled.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        if self.is_cancelled() {
            Err(StoreError::Cancelled)
        } else {
            Ok(())
        }
    }
}

/// Why a connection was shut below an operation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum GivenUp {
    /// Its caller was cancelled.
    Cancelled,
    /// It took longer than this.
    Late(Duration),
}

/// Waits that go on now, in the order in which they began.
static WAITS: Mutex<BTreeMap<u64, Entry>> = Mutex::new(BTreeMap::new());

fn waits() -> MutexGuard<'static, BTreeMap<u64, Entry>> {
    WAITS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An operation that may wait for the database.
pub(crate) struct Wait {
    /// Its name in the log.
    pub(crate) operation: &'static str,
    /// What it was asked for, without any value.
    pub(crate) shape: String,
    /// For whom.
    pub(crate) caller: Caller,
    /// The connection's socket, where it is known; else nothing can be shut.
    pub(crate) socket: Option<Arc<Socket>>,
    /// Who serves the connection at the server, where it is known; else nobody tells whom it waits for.
    pub(crate) backend: Option<Arc<Backend>>,
    /// After how long the database is taken for dead; `None` for never.
    pub(crate) limit: Option<Duration>,
    /// The server, where another one can be asked when it stands.
    pub(crate) server: Option<Arc<Server>>,
    /// How long what is sent may be on its way.
    pub(crate) sends_for: Duration,
    pub(crate) since: Instant,
    /// What it is a part of, in whose name it is told.
    pub(crate) span: Span,
}

/// A wait, and what was done about it.
struct Entry {
    wait: Wait,
    /// How long it has waited when it is told in the log again.
    next_word: Duration,
    given_up: Option<GivenUp>,
}

impl Wait {
    pub(crate) fn new(operation: &'static str, socket: Option<&Arc<Socket>>) -> Self {
        Self {
            operation,
            shape: String::new(),
            caller: Caller::new(),
            socket: socket.cloned(),
            backend: None,
            limit: None,
            server: None,
            sends_for: Duration::ZERO,
            since: Instant::now(),
            span: Span::current(),
        }
    }

    /// Watches over the wait until the answer is dropped or asked; fails if its caller was cancelled.
    pub(crate) fn watch(self) -> Result<Watched, StoreError> {
        start_watching();
        let mut waits = waits();
        // Under the lock of the waits, which `cancel` takes after it set this.
        self.caller.check()?;
        self.bear_with(self.sends_for);
        let key = waits.last_key_value().map_or(0, |(newest, _)| newest + 1);
        // Whom it waits for can be asked only while it does.
        let first_word = self
            .limit
            .map_or(FIRST_WORD, |limit| FIRST_WORD.min(limit / 2));
        let entry = Entry {
            wait: self,
            next_word: first_word,
            given_up: None,
        };
        waits.insert(key, entry);
        Ok(Watched { key })
    }

    /// Has the kernel bear with what takes so long on its way.
    fn bear_with(&self, longer: Duration) {
        if let Some(socket) = &self.socket
            && !self.sends_for.is_zero()
        {
            socket.bear_with(longer);
        }
    }
}

impl Entry {
    fn give_up(&mut self, why: GivenUp) {
        if let Some(socket) = &self.wait.socket
            && self.given_up.is_none()
        {
            socket.shut();
            self.given_up = Some(why);
        }
    }

    /// Gives it up if its time is over; answers what is to be told in the log.
    fn look(&mut self) -> Option<Word> {
        let waited = self.wait.since.elapsed();
        if let Some(limit) = self.wait.limit
            && waited >= limit
        {
            self.give_up(GivenUp::Late(limit));
        }
        if self.wait.server.as_ref().is_some_and(|it| it.stands()) {
            self.give_up(GivenUp::Late(waited));
        }
        if waited < self.next_word {
            return None;
        }
        self.next_word = waited + NEXT_WORD;
        Some(Word {
            operation: self.wait.operation,
            shape: self.wait.shape.clone(),
            seconds: waited.as_secs(),
            backend: self.wait.backend.clone(),
            span: self.wait.span.clone(),
        })
    }
}

/// What is to be told of a wait.
struct Word {
    operation: &'static str,
    shape: String,
    seconds: u64,
    backend: Option<Arc<Backend>>,
    span: Span,
}

impl Word {
    /// Asks the server whom the wait is for, and tells it. Blocks for some seconds where the server is
    /// away.
    fn tell(self) {
        let _entered = self.span.enter();
        let held_up_by = self.backend.and_then(|backend| backend.held_up_by());
        tracing::warn!(
            operation = self.operation,
            shape = Some(&*self.shape).filter(|shape| !shape.is_empty()),
            seconds = self.seconds,
            held_up_by,
            "the database has not answered yet"
        );
    }
}

/// A wait that is watched over. Its socket is not shut once this is gone.
pub(crate) struct Watched {
    key: u64,
}

impl Watched {
    /// Ends the watch; answers why the connection was shut, if it was.
    pub(crate) fn end(self) -> Option<GivenUp> {
        waits().get(&self.key)?.given_up
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if let Some(entry) = waits().remove(&self.key) {
            entry.wait.bear_with(Duration::ZERO);
        }
    }
}

/// Starts the thread that looks at waits, unless it runs.
fn start_watching() {
    static STARTED: Once = Once::new();
    STARTED.call_once(|| {
        let watch = || {
            loop {
                thread::sleep(TICK);
                let words: Vec<_> = waits().values_mut().filter_map(Entry::look).collect();
                // Apart from the watch, and without the lock: a log that is slow, or a server, keeps
                // nobody from the database.
                for word in words {
                    in_thread("database-word", || word.tell());
                }
            }
        };
        in_thread("database-watch", watch);
    });
}

fn in_thread(name: &str, work: impl FnOnce() + Send + 'static) {
    if let Err(error) = thread::Builder::new().name(name.to_owned()).spawn(work) {
        tracing::error!(%error, "nobody watches over the database");
    }
}
