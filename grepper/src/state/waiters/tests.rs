//! Tests of who is woken.

use archive::{Arrival, Subject};
use tokio::time::timeout;

use super::*;

const LIMITS: WaiterLimits = WaiterLimits {
    all: 3,
    of_client: 2,
};

fn waiters() -> Arc<Waiters> {
    Arc::new(Waiters::new(LIMITS))
}

fn subject(number: u32) -> Subject {
    Subject::new("build", &number.to_string())
}

fn news(numbers: &[u32]) -> News {
    let arrival = |number: &u32| Arrival {
        msg_id: None,
        topic: "a.b".to_owned(),
        category: "b".to_owned(),
        subjects: vec![subject(*number)],
    };
    News {
        arrivals: numbers.iter().map(arrival).collect(),
        anything: false,
    }
}

fn interests(numbers: &[u32]) -> Vec<Interest> {
    let interest = |number: &u32| Interest::subject(subject(*number));
    numbers.iter().map(interest).collect()
}

async fn is_woken(place: &WaiterPlace) -> bool {
    timeout(Duration::from_millis(5), place.woken())
        .await
        .is_ok()
}

#[actix_web::test]
async fn who_is_interested_is_woken_and_nobody_else() {
    let waiters = waiters();
    let [one, two] = [(); 2].map(|()| waiters.enter(None).expect("a place"));
    one.wants(interests(&[1, 2]), one.time());
    two.wants(interests(&[3]), two.time());
    waiters.tell(&news(&[2, 4]));
    assert!(is_woken(&one).await && !is_woken(&two).await);
    one.wants(interests(&[5]), one.time());
    waiters.tell(&news(&[1, 2, 3]));
    assert!(!is_woken(&one).await && is_woken(&two).await);
    waiters.tell(&News {
        anything: true,
        ..News::default()
    });
    assert!(is_woken(&one).await && is_woken(&two).await);
    drop((one, two));
    let waiting = waiters.lock();
    assert!(waiting.by_interest.is_empty() && waiting.waiters.is_empty());
}

#[actix_web::test]
async fn what_came_while_somebody_looked_is_not_missed() {
    let waiters = waiters();
    let place = waiters.enter(None).expect("a place");
    waiters.tell(&news(&[1]));
    let before = place.time();
    waiters.tell(&news(&[2]));
    place.wants(interests(&[1]), before);
    assert!(!is_woken(&place).await, "it was there when it looked");
    place.wants(interests(&[2]), before);
    assert!(is_woken(&place).await);
    let many: Vec<u32> = (10..50_000).collect();
    waiters.tell(&news(&many));
    place.wants(interests(&[3]), before);
    assert!(is_woken(&place).await, "nobody knows any more");
    assert!(waiters.lock().recent.len() <= MOST_RECENT);
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
async fn who_is_interested_in_too_much_is_woken_by_anything() {
    let waiters = waiters();
    let place = waiters.enter(None).expect("a place");
    let many: Vec<u32> = (0..3_000).collect();
    assert!(place.wants(interests(&many), place.time()));
    waiters.tell(&news(&[9_999]));
    assert!(is_woken(&place).await);
    assert!(!place.wants(interests(&[1]), place.time()));
    assert_eq!(waiters.lock().interests, 1);
    drop(place);
    assert_eq!(waiters.lock().interests, 0);
}

#[actix_web::test]
async fn all_are_woken_to_stop() {
    let waiters = waiters();
    let place = waiters.enter(None).expect("a place");
    assert!(!place.is_stopping());
    waiters.stop();
    assert!(is_woken(&place).await && place.is_stopping());
}
