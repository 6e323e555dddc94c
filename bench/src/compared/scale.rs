//! grepper of both builds with archives of several sizes.

use anyhow::Result;

use crate::compared::pair::Pair;
use crate::compared::section::Section;
use crate::compared::sittings::{SITTINGS, Searched, sit};
use crate::database::servers;
use crate::measured::scale::{self, Archives};
use crate::programs::Build;

pub fn run(builds: &Pair<Build>, archives: &Archives) -> Result<Vec<Section>> {
    let postgres = servers::postgres_to_load()?;
    let loaded = scale::load_all(&postgres, archives)?;
    let mut searched: Vec<Searched> = loaded
        .iter()
        .map(|loaded| Searched::new(&loaded.archive.database, &loaded.names))
        .collect();
    for sitting in 0..SITTINGS {
        sit(builds, sitting, &mut searched, &archives.limits)?;
    }
    let mut sections = vec![Section {
        text: scale::about(&loaded),
        findings: Vec::new(),
    }];
    for (searched, loaded) in searched.iter().zip(&loaded) {
        sections.push(searched.section(&loaded.title())?);
    }
    Ok(sections)
}
