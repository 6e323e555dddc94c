//! The kinds of questions: which topics each asks for, and how many messages of a subject matter.

/// Why a subject is looked up.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) enum Family {
    /// A build: what koji, tests and composes say.
    Build,
    /// A build: which updates it is or was in; what else is said about them, their aliases tell.
    Membership,
    /// A build: its signatures, one for each package and key, of which the newest tell all.
    Signatures,
    /// Tests that know a build by its task only, and those of a scratch build.
    TaskTests,
    /// A task: what it is, and of which build.
    Task,
    /// A number of koji's: of which build.
    Number,
    /// A commit: its pushes and pull requests.
    Commit,
    /// A commit: what was built from it.
    CommitBuilds,
    /// A pull request.
    PullRequest,
    /// An update: all that is said about its alias.
    Update,
    /// The other builds of an update: only what was decided about them.
    Decisions,
    /// Ends of composes; their messages have no subject.
    Composes,
    /// Later updates of a package, by which one becomes obsolete silently.
    Followers,
    /// The newest builds of a package.
    PackageBuilds,
    /// The builds of a package further back, by their states alone, so that no branch hides behind a busy one.
    PackageStates,
    /// The newest pull requests of a package.
    PackagePullRequests,
}

/// Which messages are wanted when there are too many.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Keep {
    /// The first ones.
    Oldest,
    /// The last ones.
    Newest,
}

/// What one kind of question asks for.
pub(crate) struct Scope {
    /// Topics without their first three words.
    pub(crate) topics: &'static [&'static str],
    /// Which end to keep when there are too many.
    pub(crate) keep: Keep,
    /// How many messages matter for one subject.
    pub(crate) limit: usize,
}

const BUILD: &[&str] = &[
    STATE,
    "buildsys.tag",
    "buildsys.untag",
    "bodhi.compose.composing",
    "ci.koji-build.test.*",
    "ci.pipeline.allpackages-build.*",
    "resultsdb.result.new",
    "taskotron.result.new",
    "waiverdb.waiver.new",
    DECISION,
];
const NUMBER: &[&str] = &[STATE, "buildsys.tag", "buildsys.untag"];
const TASK_TESTS: &[&str] = &["ci.koji-build.test.*", "ci.pipeline.allpackages-build.*"];
const TASK: &[&str] = &[
    "buildsys.task.state.change",
    STATE,
    READY,
    "ci.koji-build.test.*",
];
const COMMIT: &[&str] = &["git.receive", "pagure.git.receive", PULL_REQUEST];
const OF_PULL_REQUEST: &[&str] = &["pagure.git.receive", PULL_REQUEST, "ci.dist-git-pr.test.*"];
const UPDATE: &[&str] = &[
    "bodhi.update.*",
    "bodhi.errata.publish",
    "ci.fedora-update.test.*",
    "openqa.job.*",
    "resultsdb.result.new",
    "taskotron.result.new",
    "waiverdb.waiver.new",
    DECISION,
];
const FOLLOWERS: &[&str] = &[
    READY,
    "bodhi.update.request.*",
    "bodhi.update.edit",
    "bodhi.update.complete.*",
];
const STATE: &str = "buildsys.build.state.change";
const DECISION: &str = "greenwave.decision.update";
const PULL_REQUEST: &str = "pagure.pull-request.*";
const READY: &str = "bodhi.update.status.testing.koji-build-group.build.complete";

impl Family {
    /// Whether messages up to the limit are enough, however many there are beyond: they tell all that matters, or
    /// another kind of question does.
    pub(crate) const fn is_enough(self) -> bool {
        matches!(
            self,
            Self::Signatures | Self::Number | Self::Composes | Self::PackageBuilds
        )
    }

    /// What the question asks for.
    pub(crate) const fn scope(self) -> Scope {
        match self {
            Self::Build => newest(BUILD, 2000),
            Self::Membership => newest(&["bodhi.update.*", "bodhi.errata.publish"], 1000),
            Self::Signatures => newest(&["buildsys.rpm.sign"], 20),
            Self::TaskTests => newest(TASK_TESTS, 500),
            Self::Task => newest(TASK, 500),
            Self::Number => newest(NUMBER, 100),
            Self::Commit => newest(COMMIT, 200),
            Self::CommitBuilds => newest(&[STATE], 200),
            Self::PullRequest => newest(OF_PULL_REQUEST, 1000),
            Self::Update => newest(UPDATE, 5000),
            Self::Decisions => newest(&[DECISION], 200),
            Self::Composes => oldest(&["bodhi.compose.complete"], 100),
            Self::Followers => oldest(FOLLOWERS, 200),
            Self::PackageBuilds => newest(&[STATE, "buildsys.tag"], 1000),
            Self::PackageStates => newest(&[STATE], 5000),
            Self::PackagePullRequests => newest(&[PULL_REQUEST], 500),
        }
    }
}

const fn newest(topics: &'static [&'static str], limit: usize) -> Scope {
    Scope {
        topics,
        keep: Keep::Newest,
        limit,
    }
}

const fn oldest(topics: &'static [&'static str], limit: usize) -> Scope {
    Scope {
        topics,
        keep: Keep::Oldest,
        limit,
    }
}
