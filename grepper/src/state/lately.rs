//! What was found lately, and is told again for a while.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

/// The last thing that was found of its kind. Those who ask while it is looked for share what is found.
pub struct Lately<T> {
    kept: Duration,
    found: Mutex<Option<(Instant, Arc<T>)>>,
}

impl<T> Lately<T> {
    /// What is found is told for so long.
    pub fn new(kept: Duration) -> Self {
        Self {
            kept,
            found: Mutex::new(None),
        }
    }

    /// What was found, if it is not too old; `find` finds it anew. What fails is not remembered.
    pub async fn or<E>(&self, find: impl Future<Output = Result<T, E>>) -> Result<Arc<T>, E> {
        let mut last = self.found.lock().await;
        if let Some((found, told)) = &*last
            && found.elapsed() < self.kept
        {
            return Ok(told.clone());
        }
        let found = Instant::now();
        let told = Arc::new(find.await?);
        *last = Some((found, told.clone()));
        Ok(told)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn what_is_young_is_told_again_and_what_failed_is_not() {
        let lately = Lately::new(Duration::from_secs(60));
        let failed = lately.or(async { Err("away") }).await;
        assert_eq!(failed, Err("away"));
        for found in [1, 2] {
            let told = lately.or(async { Ok::<_, &str>(found) }).await;
            assert_eq!(told.as_deref(), Ok(&1));
        }
        let never = Lately::new(Duration::ZERO);
        for found in [1, 2] {
            let told = never.or(async { Ok::<_, &str>(found) }).await;
            assert_eq!(told.as_deref(), Ok(&found));
        }
    }
}
