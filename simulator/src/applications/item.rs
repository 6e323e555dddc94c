//! What tests, waivers and decisions are about.

use crate::scene::Scene;

/// A build or an update.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Item<'a> {
    Build(&'a str),
    Update(&'a str),
}

impl Item<'_> {
    /// The word for its kind.
    pub(crate) fn kind(self) -> &'static str {
        match self {
            Self::Build(_) => "koji_build",
            Self::Update(_) => "bodhi_update",
        }
    }

    /// Its name: that of a build with version and release, or an alias.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Build(name) | Self::Update(name) => name,
        }
    }
}

/// What is tested of an item, and on what.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) scenario: Option<String>,
}

impl Case {
    /// A test of an update.
    pub(super) fn of_update(scene: &mut Scene) -> Self {
        super::openqa::Scenario::some(scene).into()
    }
}

impl From<super::ci::Test> for Case {
    fn from(test: super::ci::Test) -> Self {
        Self {
            name: format!("fedora-ci.koji-build.{}.{}", test.name, test.category),
            scenario: None,
        }
    }
}

impl From<super::openqa::Scenario> for Case {
    fn from(scenario: super::openqa::Scenario) -> Self {
        Self {
            name: scenario.testcase(),
            scenario: Some(scenario.scenario()),
        }
    }
}
