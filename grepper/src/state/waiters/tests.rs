//! Tests of who may wait.

use std::time::Duration;

use tokio::time::timeout;

use super::*;

const LIMITS: WaiterLimits = WaiterLimits {
    all: 3,
    of_client: 2,
};

fn waiters() -> Arc<Waiters> {
    Arc::new(Waiters::new(LIMITS, Arc::default(), Arc::default()))
}

#[actix_web::test]
async fn places_are_few_for_a_client_and_in_all() {
    let waiters = waiters();
    let client = |last| Some(IpAddr::from([192, 0, 2, last]));
    let refused = |client| waiters.enter(client).err();
    let one = waiters.enter(client(1)).expect("a place");
    let _two = waiters.enter(client(1)).expect("a place");
    let crowded = |is_client| {
        let limits = LIMITS;
        Some(Crowded { limits, is_client })
    };
    assert_eq!(refused(client(1)), crowded(true));
    let _three = waiters.enter(client(2)).expect("a place");
    assert_eq!(refused(client(3)), crowded(false));
    drop(one);
    assert_eq!(waiters.count(), 2);
    assert!(waiters.enter(client(1)).is_ok());
    assert_eq!(
        crowded(true).expect("refused").to_string(),
        "too many requests wait: at most 3 in all, and 2 of one client"
    );
}

#[actix_web::test]
async fn all_are_woken_to_stop() {
    let waiters = waiters();
    let place = waiters.enter(None).expect("a place");
    assert!(!place.is_stopping());
    waiters.stop();
    assert!(
        timeout(Duration::from_secs(20), place.woken())
            .await
            .is_ok()
            && place.is_stopping()
    );
}
