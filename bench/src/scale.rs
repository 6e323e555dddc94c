//! How answers slow down as the archive grows.

use anyhow::Result;

use crate::answers::{self, Limits};
use crate::client::Client;
use crate::load::{self, History};
use crate::names::Names;
use crate::queries::grepper;
use crate::report::{number, table};
use crate::servers;

/// Answers a section of the report: the same shapes on two archives.
pub fn run(sizes: [u32; 2], limits: &Limits) -> Result<String> {
    let postgres = servers::postgres()?;
    let mut measured = Vec::new();
    for messages in sizes {
        let archive = load::load(&postgres, History { messages, days: 730 })?;
        let names = Names::of(&postgres, &archive.database)?;
        let grepper = grepper(&archive.database)?;
        measured.push(answers::time_all(&[Client::new(&grepper.url)], &names, limits)?);
        drop(grepper);
        // Or else the one would take room in the cache from the other.
        postgres.drop_database(&archive.database.name)?;
    }
    let rows = measured[0].iter().zip(&measured[1]).map(|((shape, small), (_, large))| {
        let [small, large] = [small, large].map(|timings| timings[0].percentile(50));
        vec![shape.name.to_owned(), number(small), number(large), number(large / small)]
    });
    let [small, large] = sizes.map(|size| format!("{size} messages"));
    let note = format!(
        "Medians in milliseconds. Over the same 730 days: {} times as many messages in each span of time, too.",
        number(f64::from(sizes[1]) / f64::from(sizes[0]))
    );
    Ok(table("Scale", &note, &["shape", &small, &large, "ratio"], &rows.collect::<Vec<_>>()))
}
