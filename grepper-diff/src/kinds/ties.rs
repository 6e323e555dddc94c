//! Messages with equal times, of which there are many, as most senders tell whole seconds.

use crate::comparison::lists::{self, ORDER, ROWS, moment};
use crate::comparison::spot::{Case, Spot};
use crate::json::Json;
use crate::kinds::kind::{Proof, Targets};

/// Pages that were cut within a moment.
pub const MOMENTS: Proof = Proof {
    places: &[ROWS],
    parts: edges,
    shows: |_, _| true,
};

/// The most messages of a page.
const MOST: &str = "100";

/// Place by place the times are the same.
pub fn order(case: &Case, spot: &Spot) -> bool {
    spot.place == ORDER
        && moments(case.old_messages(), case)
            .is_some_and(|old| Some(old) == moments(case.new_messages(), case))
}

/// Other messages are only there where the page begins or ends within a moment: the whole of it is to be the same.
fn edges(case: &Case, targets: &Targets) -> Vec<Targets> {
    let (old, new) = (case.old_messages(), case.new_messages());
    let Some(times) = moments(old, case)
        .filter(|times| targets.new.is_search() && moments(new, case).as_ref() == Some(times))
    else {
        return Vec::new();
    };
    let ends = [times.first().copied(), times.last().copied()];
    let mut strange = strangers(old, new);
    strange.extend(strangers(new, old));
    if !strange.iter().all(|time| ends.contains(&Some(*time))) {
        return Vec::new();
    }
    strange.sort_by(f64::total_cmp);
    strange.dedup();
    strange.into_iter().map(|time| at(targets, time)).collect()
}

/// When messages were sent, as the new answer says where it has them: datagrepper makes headers up where `meta` is asked.
fn moments(messages: &[Json], case: &Case) -> Option<Vec<f64>> {
    let new = case.new_messages();
    let told = |message| {
        let same = |other: &&Json| lists::id(other) == lists::id(message);
        moment(new.iter().find(same).unwrap_or(message))
    };
    messages.iter().map(told).collect()
}

/// When messages were sent that the others do not have.
fn strangers(messages: &[Json], others: &[Json]) -> Vec<f64> {
    let known: Vec<_> = others.iter().map(lists::id).collect();
    let strange = messages
        .iter()
        .filter(|message| !known.contains(&lists::id(message)));
    strange.filter_map(moment).collect()
}

/// All messages of a moment; old ones do not tell the parts of their second.
fn at(targets: &Targets, time: f64) -> Targets {
    let end = if time.fract() == 0.0 {
        time + 0.999_999
    } else {
        time
    };
    targets.map(|target| {
        let search = target.without("page").without("delta").without("callback");
        let search = search
            .with("start", &format!("{time:.6}"))
            .with("end", &format!("{end:.6}"));
        search.with("rows_per_page", MOST)
    })
}
