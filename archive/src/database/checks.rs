//! Looks at the primary and its replicas again and again, each in a thread and on a connection of its own.
//!
//! The primary tells how far its log goes. A replica that has replayed that far has all that there was when the primary
//! was asked, whatever the clocks say, and may be asked until that is longer ago than answers may be old. While the
//! primary does not answer, a replica's own word has to do.

use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use diesel::prelude::*;

use crate::database::connection::{self, ConnectionOptions, PgPool};
use crate::database::kinship::Looks;
use crate::database::log_place::{LogPlace, PLACE};
use crate::database::origin::Origin;
use crate::database::progress::LogProgress;
use crate::database::server::Standing;
use crate::database::servers::Replicas;
use crate::error::StoreError;

/// Between two checks of a server.
const PERIOD: Duration = Duration::from_secs(1);
/// How long a check may wait for its connection, and for its answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// For how long the primary may say nothing before replicas are believed.
const SILENCE: Duration = Duration::from_secs(4);

impl Replicas {
    /// Replicas at these URLs of the database of `options`, whose answers are to be at most `max_lag` old. They are
    /// looked at for as long as this is there.
    ///
    /// # Errors
    /// When there is no thread for that.
    pub fn watch(
        options: &ConnectionOptions,
        urls: Vec<String>,
        max_lag: Duration,
    ) -> std::io::Result<Arc<Self>> {
        let replicas = Arc::new(Self::new(&options.url, urls, max_lag));
        let options = ConnectionOptions {
            pool_size: 1,
            checkout_timeout: PATIENCE,
            statement_timeout: Some(PATIENCE),
            read_only: true,
            ..options.clone()
        };
        let watched = Arc::downgrade(&replicas);
        let primary = options.pool_of_primary();
        each_period(watched, move |replicas| look_at_primary(replicas, &primary))?;
        for (n, url) in replicas.urls.iter().enumerate() {
            let options = ConnectionOptions {
                url: url.clone(),
                ..options.clone()
            };
            let pool = options.pool();
            let look = move |replicas: &Replicas| look_at(replicas, n, &pool);
            each_period(Arc::downgrade(&replicas), look)?;
        }
        Ok(replicas)
    }

    fn looks(&self) -> MutexGuard<'_, Looks> {
        self.looks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn known(&self) -> MutexGuard<'_, LogProgress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Looks for as long as the replicas are there.
fn each_period(
    replicas: Weak<Replicas>,
    look: impl Fn(&Replicas) + Send + 'static,
) -> std::io::Result<()> {
    let look_on = move || {
        while let Some(replicas) = replicas.upgrade() {
            let next = Instant::now() + PERIOD;
            look(&replicas);
            drop(replicas);
            thread::sleep(next.saturating_duration_since(Instant::now()));
        }
    };
    let thread = thread::Builder::new().name("replicas".to_owned());
    thread.spawn(look_on).map(|_| ())
}

/// Where the server's log is, and which server it is.
fn place(pool: &PgPool) -> Result<(LogPlace, Arc<Origin>), StoreError> {
    let (name, limit) = ("look_at_server", Some(PATIENCE));
    connection::run_knowing(pool, name, &"", limit, |connection, origin| {
        let place = diesel::sql_query(PLACE).get_result(connection)?;
        Ok((place, origin.clone()))
    })
}

fn look_at_primary(replicas: &Replicas, pool: &PgPool) {
    let moment = Instant::now();
    let (answer, why) = match place(pool) {
        Ok((place, _)) if place.follows => (None, "it is a standby".to_owned()),
        Ok((place, _)) => (Some(place), String::new()),
        Err(error) => (None, error.to_string()),
    };
    if let Some((place, position)) = answer.and_then(|place| Some((place, place.position?))) {
        let mut known = replicas.known();
        known.add(moment, position, replicas.max_lag);
        known.primary = Some(place);
    }
    replicas.looks().at_primary = true;
    let is_there = answer.is_some();
    let was_there = replicas.has_primary.swap(is_there, Ordering::Relaxed);
    if was_there && !is_there {
        tracing::warn!(
            why,
            "the primary does not answer: replicas are judged by what they tell"
        );
    } else if is_there && !was_there {
        tracing::info!("the primary answers: replicas are judged by its log");
    }
}

/// Looks where the replica `n` is.
fn look_at(replicas: &Replicas, n: usize, pool: &PgPool) {
    let server = &replicas.servers[n];
    server.begin();
    let (finding, why) = match place(pool) {
        Ok((place, origin)) => {
            let Some(verdict) = place_of(replicas, n, (place, &origin), pool) else {
                return;
            };
            verdict
        }
        Err(error) => {
            replicas.looks().note(n, None);
            (None, with_cause(&error))
        }
    };
    match server.end(finding) {
        Some(true) => tracing::info!(server = server.name, "a replica is asked again"),
        Some(false) => {
            let lag = server.lag().as_secs();
            tracing::warn!(server = server.name, why, lag, "a replica is left out");
        }
        None => {}
    }
}

/// What the place of the replica `n` means; `None` while nothing can be said.
fn place_of(
    replicas: &Replicas,
    n: usize,
    (place, origin): (LogPlace, &Arc<Origin>),
    pool: &PgPool,
) -> Option<(Option<Standing>, String)> {
    let server = &replicas.servers[n];
    let is_one = server.answer(origin);
    let mut looks = replicas.looks();
    let has_all = place.has_all(looks.note(n, Some(place)));
    if !is_one {
        // The next look is to come where the next request would.
        pool.leave();
        let why = "its address leads to several servers, and must lead to one";
        return Some((None, why.to_owned()));
    }
    let (known, now) = (replicas.known(), Instant::now());
    if known.primary.is_none() && !looks.are_done() {
        return None;
    }
    let stranger = looks.stranger(n, &known, (&place, now, is_silent(&known, now)));
    if let Some(why) = stranger {
        return Some((None, why.to_owned()));
    }
    if known.primary.is_none() && !std::mem::replace(&mut looks.told, true) {
        let (system, oid) = (place.system, place.database);
        tracing::warn!(
            server = server.name,
            system,
            oid,
            "the primary was never seen: replicas are believed, as they are of one database"
        );
    }
    let leads = looks.one_leads();
    Some(judge(
        &known,
        (place, has_all, leads),
        now,
        replicas.max_lag,
    ))
}

/// Whether the primary has not answered for so long that replicas are believed.
fn is_silent(known: &LogProgress, now: Instant) -> bool {
    known.asked().is_none_or(|asked| now - asked > SILENCE)
}

/// An error with what caused it.
fn with_cause(error: &StoreError) -> String {
    use std::error::Error as _;
    match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

/// What a replica's place means, which has all that it was sent or not, while one of the replicas leads or none; and in
/// words why it may not be asked.
fn judge(
    known: &LogProgress,
    (place, has_all, one_leads): (LogPlace, bool, bool),
    now: Instant,
    max_lag: Duration,
) -> (Option<Standing>, String) {
    let Some(position) = place.position else {
        return (
            None,
            "it does not tell how far its log is replayed".to_owned(),
        );
    };
    let is_silent = is_silent(known, now);
    // Who follows nobody has all of its own.
    let is_up_to_date = has_all && (place.is_connected || !place.follows);
    // What the primary was known to have may end within a record, too.
    let sent = place.received.filter(|_| has_all);
    let has_last = known
        .last()
        .is_none_or(|last| position >= last || sent >= Some(last));
    let proved = known.complete_until(position);
    let told = match (is_silent, place.age) {
        (true, _) if is_up_to_date => Some(now),
        (true, Some(age)) => {
            now.checked_sub(Duration::try_from_secs_f64(age.max(0.0)).unwrap_or_default())
        }
        _ => None,
    };
    let complete_until = proved.max(told);
    // Nothing newer is known to anybody who can be asked.
    let is_last_word = is_silent && !place.is_connected && has_all && has_last && !one_leads;
    let finding = Standing {
        complete_until,
        has_all: has_last && (!is_silent || is_up_to_date),
        fit_until: match is_last_word {
            true => Some(now + max_lag),
            false => complete_until.map(|moment| moment + max_lag),
        },
    };
    (Some(finding), "it is too far behind".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAG: Duration = Duration::from_secs(10);

    fn fit_for(known: &LogProgress, place: LogPlace, now: Instant) -> i64 {
        let until = judge(known, (place, place.has_all(None), false), now, LAG)
            .0
            .and_then(|found| found.fit_until);
        let left = until.map(|until| until.saturating_duration_since(now).as_secs());
        left.map_or(-1, |left| left as i64)
    }

    #[test]
    fn a_replica_may_be_asked_for_as_long_as_it_surely_has_all_that_is_old_enough() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut known = LogProgress::default();
        known.add(at(0), 10, LAG);
        known.add(at(1), 20, LAG);
        let place = LogPlace {
            received: Some(19),
            ..LogPlace::at(20)
        };
        assert_eq!(fit_for(&known, place, at(2)), 9);
        let behind = LogPlace {
            position: Some(19),
            ..place
        };
        assert_eq!(fit_for(&known, behind, at(2)), 8);
        assert_eq!(
            fit_for(
                &known,
                LogPlace {
                    position: Some(9),
                    ..place
                },
                at(2)
            ),
            -1
        );
        assert_eq!(
            fit_for(
                &known,
                LogPlace {
                    position: None,
                    ..place
                },
                at(2)
            ),
            -1
        );
        // The primary is away.
        assert_eq!(fit_for(&known, behind, at(100)), 10, "it has all that came");
        let lost = LogPlace {
            is_connected: false,
            ..place
        };
        assert_eq!(fit_for(&known, lost, at(100)), 10, "nobody knows more");
        let lost = LogPlace {
            is_connected: false,
            ..behind
        };
        assert_eq!(fit_for(&known, lost, at(100)), 7, "its clock tells");
        let paused = LogPlace {
            received: Some(20),
            age: Some(60.0),
            ..behind
        };
        assert_eq!(fit_for(&known, paused, at(100)), 0);
    }

    #[test]
    fn a_record_whose_end_never_came_is_not_waited_for() {
        let start = Instant::now();
        let now = start + Duration::from_secs(100);
        let mut known = LogProgress::default();
        known.add(start, 24, LAG);
        let torn = LogPlace {
            is_connected: false,
            received: Some(24),
            age: Some(60.0),
            ..LogPlace::at(20)
        };
        let fit = |place: LogPlace, before| {
            let (found, _) = judge(&known, (place, place.has_all(before), false), now, LAG);
            let until = found.and_then(|found| found.fit_until);
            until.is_some_and(|until| until > now)
        };
        assert!(!fit(torn, None), "it may be replaying");
        assert!(!fit(torn, Some(19)), "it is replaying");
        assert!(fit(torn, Some(20)));
        let paused = LogPlace {
            is_paused: true,
            ..torn
        };
        assert!(!fit(paused, Some(20)));
        let lacking = LogPlace {
            received: Some(23),
            ..torn
        };
        assert!(!fit(lacking, Some(20)), "the primary had more");
    }
}
