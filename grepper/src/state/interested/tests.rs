//! Tests of who is woken.

use std::time::Duration;

use archive::{Arrival, Subject};
use tokio::time::timeout;

use super::*;

fn everybody() -> Arc<Interested> {
    Arc::default()
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

async fn is_woken(place: &InterestPlace) -> bool {
    timeout(Duration::from_millis(5), place.woken())
        .await
        .is_ok()
}

#[actix_web::test]
async fn who_is_interested_is_woken_and_nobody_else() {
    let all = everybody();
    let [one, two] = [(); 2].map(|()| all.enter(Purpose::Wait));
    one.wants(interests(&[1, 2]), all.time());
    two.wants(interests(&[3]), all.time());
    all.tell(&news(&[2, 4]));
    assert!(is_woken(&one).await && !is_woken(&two).await);
    one.wants(interests(&[5]), all.time());
    all.tell(&news(&[1, 2, 3]));
    assert!(!is_woken(&one).await && is_woken(&two).await);
    all.tell(&News {
        anything: true,
        ..News::default()
    });
    assert!(is_woken(&one).await && is_woken(&two).await);
    drop((one, two));
    let everybody = all.lock();
    assert!(everybody.by_interest.is_empty() && everybody.places.is_empty());
}

#[actix_web::test]
async fn what_came_while_somebody_looked_is_not_missed() {
    let all = everybody();
    let place = all.enter(Purpose::Wait);
    all.tell(&news(&[1]));
    let before = all.time();
    all.tell(&news(&[2]));
    place.wants(interests(&[1]), before);
    assert!(!is_woken(&place).await, "it was there when it looked");
    place.wants(interests(&[2]), before);
    assert!(is_woken(&place).await);
    let many: Vec<u32> = (10..50_000).collect();
    all.tell(&news(&many));
    place.wants(interests(&[3]), before);
    assert!(is_woken(&place).await, "nobody knows any more");
    assert!(all.lock().recent.len() <= MOST_RECENT);
}

#[actix_web::test]
async fn who_is_interested_in_too_much_is_woken_by_anything() {
    let all = everybody();
    let place = all.enter(Purpose::Wait);
    let many: Vec<u32> = (0..3_000).collect();
    assert!(place.wants(interests(&many), all.time()));
    all.tell(&news(&[9_999]));
    assert!(is_woken(&place).await);
    assert!(!place.wants(interests(&[1]), all.time()));
    assert_eq!(all.lock().interests[Purpose::Wait as usize], 1);
    drop(place);
    assert_eq!(all.lock().interests[Purpose::Wait as usize], 0);
}

#[actix_web::test]
async fn what_is_remembered_knows_whether_it_is_still_so_and_takes_no_room_from_those_who_wait() {
    let all = everybody();
    let [one, two] = [(); 2].map(|()| all.enter(Purpose::Remember));
    assert!(!one.wants(interests(&[1]), all.time()));
    assert!(!two.wants(interests(&[2]), all.time()));
    all.tell(&news(&[2, 3]));
    assert!(!one.is_told() && two.is_told());
    assert_eq!(all.lock().interests, [0, 2]);
    let before = all.time();
    all.tell(&news(&[4]));
    let late = all.enter(Purpose::Remember);
    late.wants(interests(&[4]), before);
    assert!(late.is_told());
}
