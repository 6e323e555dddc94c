//! Names of tags, for where no release says what they mean, and the branches that names tell.

/// Whether a tag has what is stable: `f45`, `f45-updates`, `f45-flatpak-updates`, `epel9`, `epel10.2`, `eln`.
pub(crate) fn is_stable(tag: &str) -> bool {
    let (front, rest) = tag.split_once('-').unwrap_or((tag, ""));
    if front == "rawhide" || branch_word(front).is_none() {
        return false;
    }
    match rest.strip_suffix("updates") {
        None => rest.is_empty(),
        Some(kind) => front.starts_with('f') && (kind.is_empty() || is_one_word(kind)),
    }
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
