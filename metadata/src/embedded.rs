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
    file!("greenwave.toml"),
    file!("happinesspacket.toml"),
    file!("hotness.toml"),
    file!("image_uploader.toml"),
    file!("ipa.toml"),
    file!("kerneltest.toml"),
    file!("koji.toml"),
    file!("koschei.toml"),
    file!("mailman.toml"),
    file!("maubot.toml"),
    file!("mbs.toml"),
    file!("mdapi.toml"),
    file!("meetbot.toml"),
    file!("noggin.toml"),
    file!("nuancier.toml"),
    file!("openqa.toml"),
    file!("pagure.toml"),
    file!("planet.toml"),
    file!("pungi.toml"),
    file!("resultsdb.toml"),
    file!("waiverdb.toml"),
    file!("webhooks.toml"),
    file!("weblate.toml"),
    file!("wiki.toml"),
    file!("fedmsg/anitya.toml"),
    file!("fedmsg/ansible.toml"),
    file!("fedmsg/askbot.toml"),
    file!("fedmsg/autocloud.toml"),
    file!("fedmsg/bodhi.toml"),
    file!("fedmsg/bugzilla.toml"),
    file!("fedmsg/buildsys.toml"),
    file!("fedmsg/ci.toml"),
    file!("fedmsg/compose.toml"),
    file!("fedmsg/copr.toml"),
    file!("fedmsg/datanommer.toml"),
    file!("fedmsg/faf.toml"),
    file!("fedmsg/fas.toml"),
    file!("fedmsg/fedbadges.toml"),
    file!("fedmsg/fedimg.toml"),
    file!("fedmsg/fedocal.toml"),
    file!("fedmsg/fedora_elections.toml"),
    file!("fedmsg/fedoratagger.toml"),
    file!("fedmsg/fmn.toml"),
    file!("fedmsg/git.toml"),
    file!("fedmsg/github.toml"),
    file!("fedmsg/greenwave.toml"),
    file!("fedmsg/hotness.toml"),
    file!("fedmsg/infragit.toml"),
    file!("fedmsg/irc.toml"),
    file!("fedmsg/jenkins.toml"),
    file!("fedmsg/kerneltest.toml"),
    file!("fedmsg/koschei.toml"),
    file!("fedmsg/mailman.toml"),
    file!("fedmsg/mbs.toml"),
    file!("fedmsg/mdapi.toml"),
    file!("fedmsg/meetbot.toml"),
    file!("fedmsg/mirrormanager.toml"),
    file!("fedmsg/nagios.toml"),
    file!("fedmsg/nuancier.toml"),
    file!("fedmsg/odcs.toml"),
    file!("fedmsg/openqa.toml"),
    file!("fedmsg/pagure.toml"),
    file!("fedmsg/pdc.toml"),
    file!("fedmsg/pkgdb.toml"),
    file!("fedmsg/planet.toml"),
    file!("fedmsg/pungi.toml"),
    file!("fedmsg/rats.toml"),
    file!("fedmsg/releng.toml"),
    file!("fedmsg/summershum.toml"),
    file!("fedmsg/taskotron.toml"),
    file!("fedmsg/trac.toml"),
    file!("fedmsg/waiverdb.toml"),
    file!("fedmsg/wiki.toml"),
    file!("fedmsg/zanata.toml"),
];

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::FILES;

    #[test]
    fn no_file_is_forgotten() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
        let count = |folder: &Path| {
            let entries = fs::read_dir(folder).unwrap().flatten();
            entries
                .filter(|entry| entry.path().extension().is_some_and(|e| e == "toml"))
                .count()
        };
        assert_eq!(FILES.len(), count(&folder) + count(&folder.join("fedmsg")));
    }
}
