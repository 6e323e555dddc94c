//! Files served as they are, built into the program.

use std::sync::LazyLock;

use sha2::{Digest as _, Sha256};

/// A file to be served.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StaticFile {
    /// Its media type.
    pub content_type: &'static str,
    /// Its content.
    pub bytes: &'static [u8],
    /// Its entity tag, quotes included.
    pub etag: String,
    /// Whether the path names the content, so that another content has another path.
    pub is_final: bool,
}

/// Paths below `/static/`, types and contents.
const FILES: &[(&str, &str, &[u8])] = &[
    ("ago.js", SCRIPT, include_bytes!("../../static/ago.js")),
    (
        "autoscroll.js",
        SCRIPT,
        include_bytes!("../../static/autoscroll.js"),
    ),
    ("bars.js", SCRIPT, include_bytes!("../../static/bars.js")),
    (
        "follow.js",
        SCRIPT,
        include_bytes!("../../static/follow.js"),
    ),
    (
        "complete.js",
        SCRIPT,
        include_bytes!("../../static/complete.js"),
    ),
    (
        "builder.js",
        SCRIPT,
        include_bytes!("../../static/builder.js"),
    ),
    ("copy.js", SCRIPT, include_bytes!("../../static/copy.js")),
    ("frame.js", SCRIPT, include_bytes!("../../static/frame.js")),
    ("keys.js", SCRIPT, include_bytes!("../../static/keys.js")),
    ("main.js", SCRIPT, include_bytes!("../../static/main.js")),
    (
        "message.js",
        SCRIPT,
        include_bytes!("../../static/message.js"),
    ),
    ("pulse.js", SCRIPT, include_bytes!("../../static/pulse.js")),
    (
        "search.js",
        SCRIPT,
        include_bytes!("../../static/search.js"),
    ),
    ("zone.js", SCRIPT, include_bytes!("../../static/zone.js")),
    (
        "css/bootstrap.css",
        STYLE,
        include_bytes!("../../static/css/bootstrap.css"),
    ),
    (
        "css/main.css",
        STYLE,
        include_bytes!("../../static/css/main.css"),
    ),
    (
        "css/raw.css",
        STYLE,
        include_bytes!("../../static/css/raw.css"),
    ),
    (
        "favicon.png",
        "image/png",
        include_bytes!("../../static/favicon.png"),
    ),
    (
        "glyphs.svg",
        "image/svg+xml",
        include_bytes!("../../static/glyphs.svg"),
    ),
    (
        "kinds.svg",
        "image/svg+xml",
        include_bytes!("../../static/kinds.svg"),
    ),
    (
        "favicon.svg",
        "image/svg+xml",
        include_bytes!("../../static/favicon.svg"),
    ),
];

const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

/// What paths that name the content begin with. One hash is of all files, so that modules import each other by relative
/// paths and get those that they were made with.
static HASHED: LazyLock<String> = LazyLock::new(|| {
    let mut hash = Sha256::new();
    for (path, _, bytes) in FILES {
        hash.update(path);
        hash.update([0]);
        hash.update(digits(bytes));
    }
    format!("h/{}", start_of(hash))
});

/// The folder of files whose paths name their content, below the root and without a slash at its end.
pub fn folder() -> String {
    format!("/static/{}", *HASHED)
}

/// The file at a path below `/static/`. A page of another version of the program may name another hash: it gets the
/// files of this one, which are not to be kept under that name.
pub fn static_file(path: &str) -> Option<StaticFile> {
    let (is_final, path) = match path.strip_prefix("h/") {
        Some(hashed) => {
            let (hash, path) = hashed.split_once('/')?;
            (HASHED.ends_with(&format!("/{hash}")), path)
        }
        None => (false, path),
    };
    let (_, content_type, bytes) = *FILES.iter().find(|(own, ..)| *own == path)?;
    Some(StaticFile {
        content_type,
        bytes,
        etag: format!("\"{}\"", digits(bytes)),
        is_final,
    })
}

/// Sixteen digits that tell contents apart.
fn digits(bytes: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update(bytes);
    start_of(hash)
}

fn start_of(hash: Sha256) -> String {
    let bytes = hash.finalize();
    bytes
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
