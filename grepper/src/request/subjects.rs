//! Subjects as clients write them.

use archive::{Dimension, Match, Search};
use metadata::Rules;

use crate::filters::FILTERS;
use crate::request::refusal::BadRequest;

/// Writes the subjects of a search as the rules tell them. Refuses what is none.
pub fn understand(search: &mut Search, rules: &Rules) -> Result<(), BadRequest> {
    let Some(filter) = FILTERS
        .iter()
        .find(|filter| filter.is_of(Dimension::Subjects))
    else {
        return Ok(());
    };
    let Match { any, none } = filter.of_mut(search);
    for (parameter, values) in [(filter.name, any), (filter.not_name, none)] {
        for value in values {
            let subject = rules.subject(value);
            let refused = |allowed| BadRequest::new(parameter, value, allowed);
            *value = subject.map_err(refused)?.to_string();
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_written_as_the_rules_tell_it_or_refused_by_its_parameter() {
        let mut search = Search::default();
        let subjects = &mut search.filters[Dimension::Subjects];
        subjects.any = vec!["flatpak:zsh-flatpak".to_owned(), "build:7".to_owned()];
        understand(&mut search, &Rules::embedded()).expect("understood");
        let subjects = &mut search.filters[Dimension::Subjects];
        assert_eq!(subjects.any, ["flatpak:zsh", "build:7"]);
        subjects.none = vec!["nrv:zsh-5.9-1".to_owned()];
        let refused = understand(&mut search, &Rules::embedded()).expect_err("refused");
        assert_eq!(
            (refused.parameter.as_ref(), refused.given.as_str()),
            ("not_subject", "nrv:zsh-5.9-1")
        );
        assert!(
            refused
                .allowed
                .starts_with("kind:name, where the kind is one of bug, build,"),
            "{}",
            refused.allowed
        );
    }
}
