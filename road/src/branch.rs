//! Roads by branch. Rawhide has a number, too, by which its builds are called until they are in an update.

use crate::road::Road;
use crate::subject::{Subject, split_nvr};
use crate::tags::branch_of_release;

const RAWHIDE: &str = "rawhide";

/// The roads that are for a branch, such as `f45`. What is for Rawhide is also for the branch of its number, and the
/// other way round as far as these roads tell the number: by a build for Rawhide, or else it is the largest of a
/// build that is in no update.
#[must_use]
pub fn on_branch<'r>(roads: &'r [Road], branch: &str) -> Vec<&'r Road> {
    let number = rawhide_number(roads);
    let is_rawhide = |branch: &str| branch == RAWHIDE || number.as_deref() == Some(branch);
    let is_on = |road: &&Road| {
        let own = road.branch.as_deref();
        own == Some(branch) || (own.is_some_and(is_rawhide) && is_rawhide(branch))
    };
    roads.iter().filter(is_on).collect()
}

/// The branch that Rawhide will be one day.
fn rawhide_number(roads: &[Road]) -> Option<String> {
    let on = |road: &&Road| road.branch.as_deref() == Some(RAWHIDE);
    let by_build = roads.iter().filter(on).find_map(distribution);
    by_build.or_else(|| {
        let loose = roads.iter().filter(|road| road.update.is_none());
        let branches = loose.filter_map(|road| road.branch.as_deref());
        let numbered = branches.filter_map(|branch| Some((number(branch)?, branch)));
        numbered.max().map(|(_, branch)| branch.to_owned())
    })
}

fn number(branch: &str) -> Option<u32> {
    branch.strip_prefix('f')?.parse().ok()
}

fn distribution(road: &Road) -> Option<String> {
    match &road.subject {
        Subject::Nvr(nvr) => branch_of_release(split_nvr(nvr)?.2),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn road(nvr: &str, branch: &str, update: Option<&str>) -> Road {
        Road {
            subject: Subject::Nvr(nvr.to_owned()),
            package: None,
            branch: Some(branch.to_owned()),
            update: update.map(str::to_owned),
            builds: Vec::new(),
            task: None,
            built_again_by: None,
            replaced_by: None,
            tags: Vec::new(),
            stages: Vec::new(),
        }
    }

    fn found(roads: &[Road], branch: &str) -> Vec<String> {
        let roads = on_branch(roads, branch).into_iter();
        roads
            .map(|road| road.subject.parts().1.to_owned())
            .collect()
    }

    #[test]
    fn rawhide_is_found_by_its_number_and_what_has_its_number_by_its_name() {
        let roads = [
            road("a-1-1.fc46", "rawhide", Some("X")),
            road("a-1-2.fc46", "f46", None),
            road("a-1-1.fc45", "f45", None),
            road("a-1-1.el9", "epel9", None),
        ];
        for branch in ["rawhide", "f46"] {
            assert_eq!(found(&roads, branch), ["a-1-1.fc46", "a-1-2.fc46"]);
        }
        assert_eq!(found(&roads, "f45"), ["a-1-1.fc45"]);
        assert_eq!(found(&roads, "epel9"), ["a-1-1.el9"]);
        assert_eq!(found(&roads, "f44"), [""; 0]);
        assert_eq!(found(&roads[1..], "rawhide"), ["a-1-2.fc46"]);
        let updated = [road("a-1-1.fc45", "f45", Some("X"))];
        assert_eq!(found(&updated, "rawhide"), [""; 0]);
    }
}
