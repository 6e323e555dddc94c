//! What messages say, in the terms of the road and free of the forms of their senders.

pub(crate) mod update;

use crate::word::Word;
use update::Update;

/// What one message says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Event {
    /// Commits came to a branch of dist-git, outside of forks.
    Push(Push),
    /// A pull request as it stands now, perhaps with a flag.
    PullRequest(PullRequest),
    /// A test of a pull request's commit.
    PullRequestTest(PullRequestTest),
    /// Another state of a build.
    Build(Build),
    /// A build was put into a tag or taken out.
    Tag(Tag),
    /// A package of a build was signed.
    Sign(Sign),
    /// Another state of a scratch build's task.
    Scratch(Scratch),
    /// Something happened to an update, which comes along as it stands.
    Update(Update),
    /// A compose began with these builds in its updates.
    Composing { repo: String, nvrs: Vec<String> },
    /// A compose ended.
    Composed { repo: String, success: bool },
    /// A test of a build.
    Test(Test),
    /// openQA has news of a job for an update.
    Job(Job),
    /// openQA runs jobs again.
    Restart(Restart),
    /// An outcome was recorded.
    Outcome(Outcome),
    /// A waiver was given or taken back.
    Waiver(Waiver),
    /// A decision changed.
    Decision(Decision),
}

impl Event {
    /// How many names of builds, of their tasks and of their numbers it has, if that may be many.
    pub(crate) fn named(&self) -> usize {
        match self {
            Self::Update(update) => {
                let known = |name: &Option<String>| usize::from(name.is_some());
                let builds = update.builds.iter();
                let named = builds.map(|member| 1 + known(&member.build) + known(&member.task));
                named.sum::<usize>() + update.removed.len()
            }
            Self::Composing { nvrs, .. } => nvrs.len(),
            _ => 0,
        }
    }

    /// Whether it is about an update, by its alias.
    pub(crate) fn is_about(&self, alias: &str) -> bool {
        let mine = |item: &Item| matches!(item, Item::Update(other) if other == alias);
        match self {
            Self::Update(update) => update.alias == alias,
            Self::Job(job) => job.alias == alias,
            Self::Restart(restart) => restart.alias == alias,
            Self::Outcome(outcome) => mine(&outcome.item),
            Self::Waiver(waiver) => mine(&waiver.item),
            Self::Decision(decision) => decision.items.iter().any(mine),
            _ => false,
        }
    }
}

/// A push to dist-git.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Push {
    /// The commits that it names.
    pub(crate) commits: Vec<String>,
    /// The pull request that was merged by it.
    pub(crate) pr: Option<String>,
}

/// A pull request as one of its messages shows it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct PullRequest {
    /// Its name, `namespace/name#number`.
    pub(crate) pr: String,
    /// Waiting while it is open, passed when merged, failed when closed.
    pub(crate) word: Option<Word>,
    /// The newest of its commits.
    pub(crate) stop: Option<String>,
    /// What a job says about one of its commits.
    pub(crate) flag: Option<PrFlag>,
}

/// A flag on a pull request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct PrFlag {
    /// The job that sets the flag.
    pub(crate) job: String,
    /// The commit that the job looked at.
    pub(crate) commit: String,
    /// How the job stands.
    pub(crate) word: Word,
}

/// News of a test of a pull request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct PullRequestTest {
    /// The pull request's name.
    pub(crate) pr: String,
    /// The commit that is tested.
    pub(crate) commit: String,
    /// The test's name.
    pub(crate) test: String,
    /// How it stands.
    pub(crate) word: Word,
}

/// A state of a build.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Build {
    /// Name, version and release.
    pub(crate) nvr: String,
    /// The build's number.
    pub(crate) build: Option<String>,
    /// The task that builds it.
    pub(crate) task: Option<String>,
    /// The commit that is built.
    pub(crate) commit: Option<String>,
    /// The target that was asked for.
    pub(crate) target: Option<String>,
    /// The new state, if it is one of koji's.
    pub(crate) state: Option<BuildState>,
}

/// The states that a build has in koji.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum BuildState {
    /// It is being built.
    Building,
    /// It was built.
    Complete,
    /// It was built and is gone.
    Deleted,
    /// It could not be built; the same name may be built again.
    Failed,
    /// Nobody wanted it any longer; the same name may be built again.
    Cancelled,
}

/// A build came into a tag or left it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Tag {
    /// Name, version and release.
    pub(crate) nvr: String,
    /// The build's number.
    pub(crate) build: Option<String>,
    /// The tag's name.
    pub(crate) tag: String,
    /// Whether it is in the tag now.
    pub(crate) held: bool,
}

/// A signature of one of a build's packages.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Sign {
    /// Name, version and release, which old messages do not give.
    pub(crate) nvr: Option<String>,
    /// The build's number.
    pub(crate) build: Option<String>,
    /// The task that built it.
    pub(crate) task: Option<String>,
    /// The commit that was built.
    pub(crate) commit: Option<String>,
}

/// A state of a scratch build's task.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Scratch {
    /// The task's number.
    pub(crate) task: String,
    /// How it stands.
    pub(crate) word: Word,
}

/// News of a test of a build.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Test {
    /// Name, version and release; some senders only know the task.
    pub(crate) nvr: Option<String>,
    /// The task that built it.
    pub(crate) task: Option<String>,
    /// The commit that was built.
    pub(crate) commit: Option<String>,
    /// Whether a scratch build is tested.
    pub(crate) scratch: bool,
    /// The test's name.
    pub(crate) test: String,
    /// How it stands.
    pub(crate) word: Word,
}

/// News of a job of openQA.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Job {
    /// The update that is tested.
    pub(crate) alias: String,
    /// The job's number.
    pub(crate) id: String,
    /// Test, machine, flavor and architecture with blanks between.
    pub(crate) scenario: String,
    /// How the job stands; none if it was cancelled or another one takes its place.
    pub(crate) word: Word,
    /// Whether it has ended.
    pub(crate) ended: bool,
}

/// Jobs that openQA runs again.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Restart {
    /// The update that is tested.
    pub(crate) alias: String,
    /// The job that the message is about.
    pub(crate) id: String,
    /// The scenario of the job that the message is about.
    pub(crate) scenario: String,
    /// Pairs of jobs: the one that was, and the one in its place.
    pub(crate) jobs: Vec<(String, String)>,
}

/// A build or update that something was said about by a service that knows both.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Item {
    /// A build by name, version and release.
    Nvr(String),
    /// An update by its alias.
    Update(String),
}

/// An outcome of a test.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Outcome {
    /// What was tested.
    pub(crate) item: Item,
    /// The test's name, scenario, architecture and variant.
    pub(crate) test: [String; 4],
    /// How it came out.
    pub(crate) word: Word,
}

/// A waiver for a test of something.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Waiver {
    /// What was tested.
    pub(crate) item: Item,
    /// The test's name and the scenario.
    pub(crate) test: [String; 2],
    /// Whether the test is waived, and not a waiver taken back.
    pub(crate) waived: bool,
}

/// A decision of greenwave's.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Decision {
    /// What was decided about.
    pub(crate) items: Vec<Item>,
    /// What for, such as `bodhi_update_push_stable`.
    pub(crate) context: String,
    /// For which product.
    pub(crate) product: String,
    /// What was decided.
    pub(crate) word: Word,
}
