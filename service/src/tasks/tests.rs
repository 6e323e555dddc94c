//! Tasks on a clock that is made to go.

use std::io::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::*;

const PERIOD: Duration = Duration::from_secs(5);

/// The status of a task, by its name.
fn status(statuses: &TaskStatuses, name: &str) -> TaskStatus {
    let found = statuses
        .snapshot()
        .into_iter()
        .find(|status| status.name == name);
    found.expect("a task")
}

/// What is logged from now on until the guard is dropped.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn capture() -> (Self, tracing::subscriber::DefaultGuard) {
        // Else a test in another thread may find that nobody listens, and have that remembered for all.
        let _ = tracing::subscriber::set_global_default(tracing_subscriber::registry());
        let log = Self::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .without_time()
            .with_writer(move || writer.clone())
            .finish();
        (log, tracing::subscriber::set_default(subscriber))
    }

    fn lines(&self) -> Vec<String> {
        let bytes = self.0.lock().expect("no panic");
        String::from_utf8_lossy(&bytes)
            .lines()
            .map(str::to_owned)
            .collect()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no panic").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn a_task_runs_after_each_period() {
    let statuses = start(vec![
        Task::new("later", PERIOD, || Ok::<_, String>(())),
        Task::new("soon", PERIOD, || Ok::<_, String>(())).at_once(),
    ]);
    assert!(status(&statuses, "soon").last_success.is_none());
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(status(&statuses, "later").runs, 0);
    assert_eq!(status(&statuses, "soon").runs, 1);
    tokio::time::sleep(2 * PERIOD).await;
    assert_eq!(status(&statuses, "later").runs, 2);
    let soon = status(&statuses, "soon");
    assert_eq!((soon.runs, soon.failures, soon.period), (3, 0, PERIOD));
    assert!(soon.last_success.is_some() && soon.failing.is_none());
}

#[tokio::test(start_paused = true)]
async fn the_first_run_can_be_waited_for() {
    let mut statuses = start(vec![
        Task::new("bad", PERIOD, || Err("no")).at_once(),
        Task::new("other", PERIOD, || Ok::<_, String>(())),
    ]);
    statuses.first_run("bad").await;
    assert_eq!(status(&statuses, "bad").failures, 1);
    assert_eq!(status(&statuses, "other").runs, 0);
    statuses.first_run("there is no such task").await;
}

#[tokio::test(start_paused = true)]
async fn a_panic_ends_neither_its_task_nor_others() {
    let statuses = start(vec![
        Task::new("panics", PERIOD, || -> Result<(), String> {
            panic!("on purpose")
        }),
        Task::new("works", PERIOD, || Ok::<_, String>(())),
    ]);
    tokio::time::sleep(3 * PERIOD + PERIOD / 2).await;
    let panics = status(&statuses, "panics");
    assert_eq!((panics.runs, panics.failures), (3, 3));
    assert!(panics.failing.expect("failing").error.contains("panicked"));
    assert_eq!(
        (
            status(&statuses, "works").runs,
            status(&statuses, "works").failures
        ),
        (3, 0)
    );
}

#[tokio::test]
async fn a_slow_task_neither_runs_twice_at_once_nor_delays_others() {
    let (at_once, most) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let seen = most.clone();
    let slow = move || {
        seen.fetch_max(at_once.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(50));
        at_once.fetch_sub(1, Ordering::SeqCst);
        Ok::<_, String>(())
    };
    let statuses = start(vec![
        Task::new("slow", Duration::from_millis(1), slow),
        Task::new("quick", Duration::from_millis(1), || Ok::<_, String>(())),
    ]);
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(most.load(Ordering::SeqCst), 1);
    let (slow, quick) = (
        status(&statuses, "slow").runs,
        status(&statuses, "quick").runs,
    );
    assert!(slow >= 2 && quick > slow, "{slow} {quick}");
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_told_at_once_and_then_seldom_and_its_end_too() {
    let (log, _guard) = Log::capture();
    let broken = Arc::new(AtomicBool::new(true));
    let state = broken.clone();
    let work = move || {
        if state.load(Ordering::SeqCst) {
            Err("no room")
        } else {
            Ok(())
        }
    };
    let statuses = start(vec![Task::new("sweep", PERIOD, work)]);
    tokio::time::sleep(PERIOD + PERIOD / 2).await;
    let since = status(&statuses, "sweep").failing.expect("failing").since;
    assert_eq!(log.lines().len(), 1, "{:?}", log.lines());
    for part in ["WARN", "task=\"sweep\"", &text(since), "no room"] {
        assert!(log.lines()[0].contains(part), "{part}: {:?}", log.lines());
    }

    // 720 failures, one of which ended each of the silences of 1, 2, 4, 8, 16 minutes.
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert_eq!(log.lines().len(), 6, "{:?}", log.lines());
    let sweep = status(&statuses, "sweep");
    assert!(sweep.failures > 700);
    assert_eq!(sweep.failing.expect("failing").since, since);

    broken.store(false, Ordering::SeqCst);
    tokio::time::sleep(3 * PERIOD).await;
    assert_eq!(log.lines().len(), 7, "{:?}", log.lines());
    assert!(log.lines()[6].contains("INFO") && log.lines()[6].contains("works again"));
    assert!(status(&statuses, "sweep").failing.is_none());

    broken.store(true, Ordering::SeqCst);
    tokio::time::sleep(2 * PERIOD).await;
    assert_eq!(log.lines().len(), 8, "{:?}", log.lines());
}

#[tokio::test(start_paused = true)]
async fn what_is_grave_fails_as_an_error_and_all_else_as_a_warning() {
    let (log, _guard) = Log::capture();
    let mut statuses = start(vec![
        Task::new("needed", PERIOD, || Err::<(), _>("no"))
            .at_once()
            .failures_are_errors(),
        Task::new("useful", PERIOD, || Err::<(), _>("no")).at_once(),
    ]);
    statuses.first_run("needed").await;
    statuses.first_run("useful").await;
    let level_of = |task: &str| {
        let lines = log.lines();
        let line = lines.iter().find(|line| line.contains(task));
        line.and_then(|line| line.split_whitespace().next().map(str::to_owned))
    };
    assert_eq!(level_of("needed").as_deref(), Some("ERROR"));
    assert_eq!(level_of("useful").as_deref(), Some("WARN"));
}

#[tokio::test(start_paused = true)]
async fn a_failed_run_may_be_followed_sooner_and_failures_in_a_row_are_counted() {
    let runs = AtomicU64::new(0);
    let first_works = move || match runs.fetch_add(1, Ordering::SeqCst) {
        0 | 4 => Ok(()),
        _ => Err("no"),
    };
    let day = Duration::from_secs(24 * 60 * 60);
    let statuses = start(vec![
        Task::new("late", day, first_works)
            .at_once()
            .after_failure(PERIOD),
    ]);
    tokio::time::sleep(day + PERIOD / 2).await;
    let in_a_row = || status(&statuses, "late").failing.map(|f| f.in_a_row);
    assert_eq!(in_a_row(), Some(1));
    tokio::time::sleep(2 * PERIOD).await;
    assert_eq!(in_a_row(), Some(3));
    tokio::time::sleep(PERIOD).await;
    assert_eq!(in_a_row(), None);
    assert_eq!(status(&statuses, "late").failures, 3);
    tokio::time::sleep(day).await;
    assert_eq!(in_a_row(), Some(1));
}
