//! Tables and indexes change while they are used.

use anyhow::Result;
use simulator::Random;

use crate::disturbances::disturbance::Disturbance;
use crate::scene::Scene;

use crate::sql::{self, partition};

pub const ALL: &[Disturbance] = &[
    Disturbance::excusing("ADD and DROP COLUMN", |scene, _| {
        let change = |what| format!("ALTER TABLE messages {what}");
        all(
            scene,
            vec![
                change("ADD COLUMN IF NOT EXISTS soak text"),
                "SELECT pg_sleep(3)".to_owned(),
                change("DROP COLUMN IF EXISTS soak"),
            ],
        )
    }),
    Disturbance::excusing("CREATE and DROP INDEX", |scene, _| {
        let on = partition();
        all(
            scene,
            vec![
                format!("CREATE INDEX IF NOT EXISTS soak ON {on} (source_name)"),
                "DROP INDEX IF EXISTS soak".to_owned(),
            ],
        )
    }),
    Disturbance::excusing("VACUUM FULL", |scene, _| {
        all(scene, vec![format!("VACUUM FULL {}", partition())])
    }),
    Disturbance::excusing("REINDEX", |scene, _| {
        all(scene, vec![format!("REINDEX TABLE {}", partition())])
    }),
    Disturbance::quiet("VACUUM and ANALYZE", vacuum),
];

fn all(scene: &Scene, statements: Vec<String>) -> Result<String> {
    // An admin who cannot get the lock soon leaves the others alone.
    let mut session = vec!["SET lock_timeout = '10s'".to_owned()];
    session.extend(statements);
    sql::run(&scene.stack.database_url, &session)?;
    Ok("done".to_owned())
}

fn vacuum(scene: &Scene, _: &mut Random) -> Result<String> {
    all(scene, vec!["VACUUM ANALYZE".to_owned()])
}
