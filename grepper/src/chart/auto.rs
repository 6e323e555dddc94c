//! How a picture follows dark mode: each shape has its light colour as an attribute, and one sheet of styles, which is
//! always the same, paints it by its number where the reader's system is dark.

use std::fmt::Write as _;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest as _, Sha256};
use svg::node::element::Style as Sheet;

use crate::chart::style::Theme;

static RULES: LazyLock<String> = LazyLock::new(|| {
    let mut rules =
        "@media (prefers-color-scheme:dark){.f{fill:var(--c)}.k{stroke:var(--c)}".to_owned();
    for paint in Theme::dark().numbered() {
        if let Some(number) = paint.number {
            // Nothing fails in memory.
            let _ = write!(rules, ".p{number}{{--c:{}}}", paint.color);
        }
    }
    rules + "}"
});

/// The sheet of styles.
pub fn sheet() -> Sheet {
    Sheet::new(RULES.as_str())
}

/// By what a policy knows the sheet.
pub fn hash() -> String {
    let written = sheet().to_string();
    let text = written.strip_prefix("<style>");
    let text = text.and_then(|text| text.strip_suffix("</style>"));
    let digest = Sha256::digest(text.unwrap_or_default());
    format!("sha256-{}", BASE64_STANDARD.encode(digest))
}
