//! The page is what the programs accept. `SNAPSHOTS=overwrite cargo test -p reference` writes it anew.

use std::path::Path;

use snapbox::Data;

#[test]
fn the_reference_is_what_the_programs_accept() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/configuration.md");
    snapbox::Assert::new()
        .action_env(snapbox::assert::DEFAULT_ACTION_ENV)
        .eq(reference::page(), Data::read_from(&file, None));
}
