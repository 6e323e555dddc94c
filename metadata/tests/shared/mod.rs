//! The optional folder of recorded messages with known answers.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// The messages of a file of the folder; says so and gives none where there is no such file.
pub fn lines(file: &str) -> Vec<Value> {
    let root = env::var_os("SHARED_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared"),
        PathBuf::from,
    );
    let path = root.join("corpus").join(file);
    let Ok(text) = fs::read_to_string(&path) else {
        eprintln!("SKIPPED: no {}, so nothing was compared", path.display());
        return Vec::new();
    };
    text.lines()
        .map(|line| serde_json::from_str(line).expect("one JSON object a line"))
        .collect()
}
