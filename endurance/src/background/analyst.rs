//! Somebody who looks at one state of the archive for minutes.

use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use simulator::Random;

use crate::scene::Scene;
use crate::sql;

/// Opens a snapshot of up to some minutes, again and again; answers how many came to their end.
///
/// It keeps PostgreSQL from clearing what was deleted since. It keeps no lock on messages between
/// its looks, so that an admin's statements have their turn.
pub fn run(scene: &Scene, seed: u64) -> u32 {
    let mut random = Random::new(seed);
    let mut complete = 0;
    while !scene.over.load(Ordering::Relaxed) {
        let mut session = "BEGIN ISOLATION LEVEL REPEATABLE READ;".to_owned();
        for _ in 0..random.between(4, 18) {
            session += "SAVEPOINT look; SELECT count(*), max(id) FROM messages; ROLLBACK TO look;
                        SELECT pg_sleep(10);";
        }
        session += "COMMIT";
        if sql::run(&scene.stack.database_url, &[session]).is_ok() {
            complete += 1;
        }
        thread::sleep(Duration::from_secs(5));
    }
    complete
}

/// Ends the sessions of the analyst and of a dump, which would go on for minutes.
pub fn send_away(scene: &Scene) {
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE (query LIKE '%SAVEPOINT look%' OR application_name = 'pg_dump') AND pid <> pg_backend_pid()";
    // Without a database there is no session.
    let _ = sql::run(&scene.stack.database_url, &[end]);
}
