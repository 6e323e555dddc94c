//! The packages of the sample world.

use std::collections::HashSet;

const COUNT: usize = 1500;

/// The busiest ones, in this order.
const FAMOUS: [&str; 40] = [
    "kernel",
    "firefox",
    "systemd",
    "python3.14",
    "glibc",
    "rust",
    "selinux-policy",
    "mesa",
    "gcc",
    "llvm",
    "golang",
    "chromium",
    "curl",
    "openssl",
    "qemu",
    "podman",
    "gnome-shell",
    "plasma-workspace",
    "libreoffice",
    "ansible-core",
    "vim",
    "emacs",
    "postgresql18",
    "rabbitmq-server",
    "httpd",
    "nginx",
    "dnf5",
    "rpm",
    "cockpit",
    "anaconda",
    "bash",
    "git",
    "thunderbird",
    "wine",
    "php",
    "ffmpeg",
    "gtk4",
    "NetworkManager",
    "libvirt",
    "dracut",
];

/// How whole families of packages are named.
const FAMILIES: [(&str, &str); 15] = [
    ("python-", ""),
    ("rust-", ""),
    ("golang-github-", ""),
    ("perl-", ""),
    ("rubygem-", ""),
    ("lib", ""),
    ("R-", ""),
    ("nodejs-", ""),
    ("php-", ""),
    ("ghc-", ""),
    ("texlive-", ""),
    ("", "-fonts"),
    ("gnome-shell-extension-", ""),
    ("kf6-", ""),
    ("", "++"),
];

const STEMS: [&str; 110] = [
    "acorn", "amber", "anchor", "apple", "arrow", "badger", "bamboo", "basil", "beacon", "birch",
    "bolt", "breeze", "bridge", "cactus", "candle", "canvas", "cargo", "cedar", "cinder", "clover",
    "cobalt", "comet", "copper", "coral", "cotton", "crane", "crystal", "daisy", "delta",
    "dolphin", "drift", "dune", "eagle", "echo", "ember", "falcon", "feather", "fern", "flint",
    "forest", "fossil", "galaxy", "garnet", "ginger", "glacier", "granite", "grove", "harbor",
    "hazel", "heron", "hollow", "indigo", "iris", "ivory", "jasper", "juniper", "kettle", "kiwi",
    "lagoon", "lantern", "lark", "lava", "lemon", "lilac", "linen", "lotus", "lunar", "maple",
    "marble", "meadow", "mint", "mosaic", "nectar", "nimbus", "oak", "oasis", "onyx", "opal",
    "orbit", "orchid", "otter", "pebble", "pepper", "pine", "pixel", "prism", "quartz", "raven",
    "reef", "ripple", "river", "saffron", "sage", "satin", "shadow", "silver", "slate", "sparrow",
    "spruce", "summit", "thistle", "thunder", "timber", "topaz", "tulip", "velvet", "violet",
    "walnut", "willow", "zephyr",
];

/// The names of all packages, the busiest first; they differ.
pub(crate) fn packages() -> Vec<String> {
    let famous = FAMOUS.into_iter().map(str::to_owned);
    // 110 is ten times 11, and 15 families: the step past a full round shifts them.
    let families = (0..).map(|step: usize| {
        let (prefix, suffix) = FAMILIES[(step + step / 330) % FAMILIES.len()];
        format!("{prefix}{}{suffix}", STEMS[step % STEMS.len()])
    });
    let mut taken = HashSet::new();
    famous
        .chain(families)
        .filter(|name| taken.insert(name.clone()))
        .take(COUNT)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_many_with_different_names() {
        let names: HashSet<String> = packages().into_iter().collect();
        assert_eq!(names.len(), COUNT);
    }
}
