//! The oldest Rust that we declare is one that all dependencies can be built with.

use anyhow::{Context, Result};
use serde_json::Value;

/// Packages that declare a newer Rust than the oldest that a member of the workspace declares, each with its
/// version. `metadata` is what `cargo metadata --format-version 1` prints.
///
/// # Errors
/// When `metadata` is something else, or no member declares a Rust.
pub fn too_new(metadata: &str) -> Result<Vec<String>> {
    let metadata: Value = serde_json::from_str(metadata).context("reading cargo's metadata")?;
    let packages = metadata["packages"].as_array().context("no packages")?;
    let declared: Vec<(&Value, Vec<u32>)> = packages
        .iter()
        .filter_map(|package| Some((package, numbers(package["rust_version"].as_str()?)?)))
        .collect();
    let is_ours = |package: &Value| package["source"].is_null();
    let oldest = declared
        .iter()
        .filter(|(package, _)| is_ours(package))
        .map(|(_, version)| version)
        .min()
        .context("no member of the workspace declares a Rust")?;
    let newer = declared.iter().filter(|(_, version)| version > oldest);
    Ok(newer.map(|(package, _)| description(package)).collect())
}

fn description(package: &Value) -> String {
    let text = |name: &str| package[name].as_str().unwrap_or_default();
    let (name, version, rust) = (text("name"), text("version"), text("rust_version"));
    format!("{name} {version} wants Rust {rust}")
}

/// The numbers of a version, three of them.
fn numbers(version: &str) -> Option<Vec<u32>> {
    let parts = version.split('.').map(|part| part.parse().ok());
    let mut numbers: Vec<u32> = parts.collect::<Option<_>>()?;
    numbers.resize(3, 0);
    Some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(rust: &str) -> String {
        format!(
            r#"{{"packages": [
                {{"name": "ours", "version": "1.0.0", "source": null, "rust_version": "1.88"}},
                {{"name": "old", "version": "1.0.0", "source": "registry", "rust_version": null}},
                {{"name": "theirs", "version": "2.0.0", "source": "registry", "rust_version": "{rust}"}}
            ]}}"#
        )
    }

    #[test]
    fn a_dependency_may_not_be_ahead_of_us() {
        for fine in ["1.88", "1.88.0", "1.9", "1.65.0"] {
            assert_eq!(too_new(&with(fine)).expect("metadata"), [""; 0], "{fine}");
        }
        for ahead in ["1.88.1", "1.100"] {
            let what = format!("theirs 2.0.0 wants Rust {ahead}");
            assert_eq!(too_new(&with(ahead)).expect("metadata"), [what], "{ahead}");
        }
    }

    #[test]
    fn something_else_is_an_error() {
        assert!(too_new("{}").is_err());
        assert!(too_new(r#"{"packages": []}"#).is_err());
    }
}
