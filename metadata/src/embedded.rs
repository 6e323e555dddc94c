//! The rule files that are built into the program.

macro_rules! file {
    ($name:literal) => {
        ($name, include_str!(concat!("../rules/", $name)))
    };
}

/// File names and texts.
pub(crate) const FILES: &[(&str, &str)] = &[
    file!("anitya.toml"),
    file!("ansible.toml"),
    file!("badges.toml"),
    file!("bodhi.toml"),
    file!("bugzilla.toml"),
    file!("ci.toml"),
    file!("copr.toml"),
    file!("discourse.toml"),
    file!("elections.toml"),
    file!("fedocal.toml"),
    file!("fmn.toml"),
    file!("git_hook.toml"),
    file!("happinesspacket.toml"),
    file!("hotness.toml"),
    file!("image_uploader.toml"),
    file!("ipa.toml"),
    file!("kerneltest.toml"),
    file!("koji.toml"),
    file!("koschei.toml"),
    file!("mailman.toml"),
    file!("maubot.toml"),
    file!("mdapi.toml"),
    file!("meetbot.toml"),
    file!("noggin.toml"),
    file!("nuancier.toml"),
    file!("pagure.toml"),
    file!("planet.toml"),
    file!("webhooks.toml"),
    file!("weblate.toml"),
    file!("wiki.toml"),
];
