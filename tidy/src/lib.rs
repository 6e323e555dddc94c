//! The rules of the house that neither rustc nor clippy knows. Development only.
//!
//! Each rule is a pure function from parsed files to [`Fault`]s, tested on made-up files
//! beside it; `tests/house.rs` asks all of them about this workspace, without a server and
//! in a second or two.
//!
//! | rule | file |
//! | --- | --- |
//! | a file says what lives in it | `opening` |
//! | no ignored test, no `todo!` and the like | `leftovers` |
//! | what is printed may have no reader | `printing` |
//! | documentation names its subject | `documentation` |
//! | a type's name is there once in a crate | `type_names` |
//! | functions fit on a screen | `functions` |
//! | files import from modules, and in no circle | `imports`, on `paths` and `modules` |
//! | the folder of reference data is named where its variable is | `reference_data` |
//! | no dependency wants a newer Rust than we do | `rust_versions` |
//! | released migrations stay as they are | `migrations` |

mod documentation;
mod fault;
mod functions;
mod imports;
mod leftovers;
mod migrations;
mod modules;
mod opening;
mod paths;
mod printing;
mod reference_data;
mod rust_versions;
mod source;
mod type_names;

pub use documentation::unnamed_subjects;
pub use fault::Fault;
pub use functions::long_functions;
pub use imports::{circles, through_the_face};
pub use leftovers::leftovers;
pub use migrations::changed_migrations;
pub use opening::silent_files;
pub use printing::printing;
pub use reference_data::loose_mentions;
pub use rust_versions::too_new;
pub use source::{Source, Text, parse_sources, read_texts};
pub use type_names::repeated_types;
