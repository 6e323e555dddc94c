//! What a reader has to answer with: connections, and what it remembers.

use crate::bounded::MemoryUse;
use crate::database::connection::{Connections, PgPool};
use crate::read::reader::Reader;

impl Reader {
    /// How many connections to the database are open, and then to each replica; readers that were made of one share
    /// theirs.
    pub fn connections(&self) -> Vec<Connections> {
        let replicas = self.servers.each_replica().map(PgPool::connections);
        let primary = [self.servers.primary().connections()];
        primary.into_iter().chain(replicas).collect()
    }

    /// How what is remembered fares, each with its name.
    pub fn memories(&self) -> [(&'static str, MemoryUse); 3] {
        let mut memories = ["postings", "found", "pages"].map(|name| (name, MemoryUse::default()));
        for of_database in self.memories.all() {
            let [postings, found] = of_database.buckets.usage();
            let usage = [postings, found, of_database.pages.usage()];
            for ((_, sum), usage) in memories.iter_mut().zip(usage) {
                *sum += usage;
            }
        }
        memories
    }
}
