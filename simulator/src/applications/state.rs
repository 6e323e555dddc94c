//! How a test stands, in the words of all CI systems.

use crate::scene::Scene;

/// How a test stands.
#[derive(Clone, Copy, Debug)]
pub(crate) enum State {
    Queued,
    Running,
    Complete(&'static str),
    Error(&'static str),
}

impl State {
    /// The end of its topic.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Complete(_) => "complete",
            Self::Error(_) => "error",
        }
    }

    /// Some state; the end is the likeliest.
    pub(super) fn any(scene: &mut Scene) -> Self {
        scene.random.pick(&[
            Self::Queued,
            Self::Running,
            Self::Complete("passed"),
            Self::Complete("passed"),
            Self::Complete("failed"),
            Self::Complete("needs_inspection"),
            Self::Error("the runner went away"),
        ])
    }
}
