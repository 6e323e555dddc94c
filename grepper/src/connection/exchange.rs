//! Whether a request is being answered on a connection: what the socket's side and the application's
//! side tell each other.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::Waker;

/// How far the request and its answer are.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Stage {
    /// There is no request.
    #[default]
    Idle,
    /// The answer is being worked out.
    Asked,
    /// The answer is being sent.
    Answered,
}

/// The request of a connection and its answer. Clones are of one connection.
#[derive(Clone, Default)]
pub struct Exchange(Rc<Shared>);

#[derive(Default)]
struct Shared {
    stage: Cell<Stage>,
    waiting: RefCell<Option<Waker>>,
}

/// A request that is not answered in full, until it is dropped.
pub struct Underway(Exchange);

impl Exchange {
    /// A request has come.
    pub fn begin(&self) -> Underway {
        self.0.stage.set(Stage::Asked);
        Underway(self.clone())
    }

    /// How far it is.
    pub fn stage(&self) -> Stage {
        self.0.stage.get()
    }

    /// Wakes the task once the answer has been sent.
    pub fn wake_at_end(&self, waker: &Waker) {
        let mut waiting = self.0.waiting.borrow_mut();
        match waiting.as_mut() {
            Some(known) => known.clone_from(waker),
            None => *waiting = Some(waker.clone()),
        }
    }
}

impl Underway {
    /// There is an answer to send.
    pub fn answered(&self) {
        self.0.0.stage.set(Stage::Answered);
    }
}

impl Drop for Underway {
    fn drop(&mut self) {
        self.0.0.stage.set(Stage::Idle);
        if let Some(waiting) = self.0.0.waiting.take() {
            waiting.wake();
        }
    }
}
