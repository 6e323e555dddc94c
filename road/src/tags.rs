//! Names of tags, for where no release says what they mean, and the branches that names tell.

/// Whether a tag has what is stable: `f45`, `f45-updates`, `f45-flatpak-updates`, `epel9`, `epel10.2`, `eln`.
pub(crate) fn is_stable(tag: &str) -> bool {
    let Some((front, rest)) = tag.split_once('-') else {
        return tag != "rawhide" && branch_word(tag).is_some();
    };
    let fedora = front.starts_with('f') && branch_word(front).is_some();
    let kind = rest.strip_suffix("updates");
    fedora && kind.is_some_and(|kind| kind.is_empty() || is_one_word(kind))
}

/// Whether a tag has what is in testing: `f45-updates-testing`, `epel9-testing`.
pub(crate) fn is_testing(tag: &str) -> bool {
    tag.strip_suffix("-testing").is_some_and(is_stable)
}

/// Whether the text is one word and the dash behind it.
fn is_one_word(text: &str) -> bool {
    text.strip_suffix('-')
        .is_some_and(|word| !word.is_empty() && !word.contains('-'))
}

/// The branch at the front of a target's or tag's name; none for modules.
pub(crate) fn branch_in(name: &str) -> Option<String> {
    branch_word(name.split('-').next()?).map(str::to_owned)
}

/// The word, if it names a branch: `f45`, `rawhide`, `epel9`, `epel10.2`, `eln`.
fn branch_word(word: &str) -> Option<&str> {
    let numbered = |front: &str| {
        let number = word.strip_prefix(front);
        number.is_some_and(|number| number.split('.').all(is_digits))
    };
    let fedora = word.strip_prefix('f').is_some_and(is_digits);
    (fedora || numbered("epel") || matches!(word, "rawhide" | "eln")).then_some(word)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The branch that the distribution in a release tells: `1.fc45`, `1.el9`, `1.el10_2`, `1.eln155`,
/// `1.module_f38+15821+4a5b6c7d`.
pub(crate) fn branch_of_release(release: &str) -> Option<String> {
    release.split('.').rev().find_map(|word| {
        if let Some(number) = word.strip_prefix("fc") {
            return is_digits(number).then(|| format!("f{number}"));
        }
        if let Some(number) = word.strip_prefix("eln") {
            return (number.is_empty() || is_digits(number)).then(|| "eln".to_owned());
        }
        if let Some(number) = word.strip_prefix("el") {
            return number
                .split('_')
                .all(is_digits)
                .then(|| format!("epel{}", number.replace('_', ".")));
        }
        let module = word.strip_prefix("module_")?;
        branch_in(module.split('+').next()?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stable_tags_are_known_by_their_names() {
        for tag in [
            "f45",
            "f45-updates",
            "f45-flatpak-updates",
            "epel9",
            "epel10.2",
            "eln",
        ] {
            assert!(is_stable(tag), "{tag}");
            assert!(!is_testing(tag), "{tag}");
        }
        for tag in [
            "",
            "f",
            "f45-",
            "f45-updates-candidate",
            "f45-updates-testing",
            "f45-updates-testing-pending",
            "f45-build-side-1-updates",
            "epel9-testing-candidate",
            "epel9-override",
            "epel9-updates",
            "eln-updates",
            "module-f45",
            "rawhide",
        ] {
            assert!(!is_stable(tag), "{tag}");
        }
        assert!(is_testing("f45-updates-testing") && is_testing("epel9-testing"));
    }

    #[test]
    fn branches_stand_at_the_front_of_targets_and_tags() {
        for (name, branch) in [
            ("rawhide", Some("rawhide")),
            ("f45-candidate", Some("f45")),
            ("f46-build-side-114411", Some("f46")),
            ("epel10.2-candidate", Some("epel10.2")),
            ("eln", Some("eln")),
            ("module-sandpiper-stable-3820230510-c4d5e6f7", None),
            ("foo-f45", None),
            ("", None),
        ] {
            assert_eq!(branch_in(name).as_deref(), branch, "{name}");
        }
    }

    #[test]
    fn branches_are_told_by_the_distribution_of_a_release() {
        for (release, branch) in [
            ("1.fc45", Some("f45")),
            ("0.3.rc1.fc45.2", Some("f45")),
            ("1.el9", Some("epel9")),
            ("1.el10_2", Some("epel10.2")),
            ("1.eln155", Some("eln")),
            ("1.module_f38+15821+4a5b6c7d", Some("f38")),
            ("3820230510.c4d5e6f7", None),
            ("14.f38container", None),
            ("1.element", None),
        ] {
            assert_eq!(branch_of_release(release).as_deref(), branch, "{release}");
        }
    }
}
