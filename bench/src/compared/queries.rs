//! grepper of both builds over HTTP, with the same archive.

use anyhow::Result;

use crate::compared::crowds::Crowds;
use crate::compared::pair::{Medians, Pair};
use crate::compared::section::Section;
use crate::compared::sittings::{SITTINGS, Searched, sit};
use crate::database::servers;
use crate::history::load;
use crate::history::names::Names;
use crate::measured::queries::Searches;
use crate::programs::{Build, Server};
use crate::report::table;

pub fn run(builds: &Pair<Build>, Searches { history, limits }: &Searches) -> Result<Vec<Section>> {
    let postgres = servers::postgres_to_load()?;
    let archive = load::load(&postgres, *history)?;
    let names = Names::of(&postgres, &archive.database)?;
    let mut searched = [Searched::new(&archive.database, &names)];
    let mut crowds = Crowds::default();
    let mut memory: [Vec<Pair<f64>>; 2] = Default::default();
    for sitting in 0..SITTINGS {
        for servers in sit(builds, sitting, &mut searched, limits)? {
            memory[0].push(servers.map(Server::memory));
            crowds.ask(&servers, &names, sitting)?;
            memory[1].push(servers.map(Server::memory));
        }
    }
    let [searched] = searched;
    Ok(vec![
        searched.section("Queries")?,
        crowds.section()?,
        memory_of(&memory)?,
    ])
}

fn memory_of([one, many]: &[Vec<Pair<f64>>; 2]) -> Result<Section> {
    let rows = [
        Medians::of(one)?.row("after one client"),
        Medians::of(many)?.row("after many clients"),
    ];
    let note = "MB at most, with all processes of the server.";
    Ok(Section {
        text: table("Memory of the servers", note, &Medians::COLUMNS, &rows),
        findings: Vec::new(),
    })
}
