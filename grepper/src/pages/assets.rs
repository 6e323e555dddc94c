//! Files served as they are, built into the program.

use std::hash::{DefaultHasher, Hash, Hasher};

/// A file to be served.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StaticFile {
    /// Its media type.
    pub content_type: &'static str,
    /// Its content.
    pub bytes: &'static [u8],
    /// Its entity tag, quotes included.
    pub etag: String,
}

/// The file at a path below `/static/`.
pub fn static_file(path: &str) -> Option<StaticFile> {
    let (content_type, bytes): (_, &[u8]) = match path {
        "autoscroll.js" => (SCRIPT, include_bytes!("../../static/autoscroll.js")),
        "follow.js" => (SCRIPT, include_bytes!("../../static/follow.js")),
        "main.js" => (SCRIPT, include_bytes!("../../static/main.js")),
        "css/main.css" => (STYLE, include_bytes!("../../static/css/main.css")),
        "css/raw.css" => (STYLE, include_bytes!("../../static/css/raw.css")),
        "css/bootstrap.css" => (STYLE, include_bytes!("../../static/css/bootstrap.css")),
        "favicon.svg" => ("image/svg+xml", include_bytes!("../../static/favicon.svg")),
        "favicon.png" => ("image/png", include_bytes!("../../static/favicon.png")),
        _ => return None,
    };
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    Some(StaticFile {
        content_type,
        bytes,
        etag: format!("\"{:016x}\"", hasher.finish()),
    })
}

const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
