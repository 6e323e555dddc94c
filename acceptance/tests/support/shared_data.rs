//! Reference data that lies beside the checkout: `SHARED_DATA`, by default `../shared`.

use std::path::PathBuf;

use serde_json::Value;

/// The file under the shared data folder; `None`, said loudly, where it is absent.
pub fn path(file: &str) -> Option<PathBuf> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    // As for a program started at the top of the checkout.
    let folder = root.join(std::env::var_os("SHARED_DATA").unwrap_or_else(|| "../shared".into()));
    let path = folder.join(file);
    if !path.exists() {
        eprintln!(
            "SKIPPED: no {} (set SHARED_DATA to the folder with the reference data)",
            path.display()
        );
        return None;
    }
    Some(path)
}

/// The values of an NDJSON file.
pub fn ndjson(file: &str) -> Option<Vec<Value>> {
    let text = std::fs::read_to_string(path(file)?).expect("readable");
    Some(
        text.lines()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect(),
    )
}
