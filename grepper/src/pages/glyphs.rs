//! Our own pictures of what messages are about.

/// What messages of a category are about, as the file of glyphs has it.
pub fn glyph(category: &str) -> &'static str {
    match category {
        "buildsys" | "koji" | "koschei" | "copr" | "mbs" | "image-builder" | "imgbased" => "build",
        "bodhi" | "hotness" | "anitya" | "coreos" => "update",
        "git" | "pagure" | "github" | "gitlab" | "mdapi" | "weblate" => "code",
        "meetbot" | "irc" | "maubot" | "mailman" | "discourse" | "planet" | "wiki" | "fedocal"
        | "askbot" | "fmn" => "talk",
        "fas" | "noggin" | "ipa" | "badges" | "fedbadges" | "elections" | "nuancier"
        | "happinesspacket" => "person",
        "ci" | "openqa" | "resultsdb" | "waiverdb" | "greenwave" | "taskotron" | "kerneltest" => {
            "test"
        }
        "bugzilla" | "faf" | "abrt" => "bug",
        "pungi" | "compose" | "odcs" | "releng" => "release",
        _ => "message",
    }
}
