//! The applications that publish to the bus, one file each. What their messages say
//! about users and packages agrees with what their headers say.

mod accounts;
mod anitya;
mod badges;
mod bodhi;
mod bodhi_update;
mod bugzilla;
mod ci;
mod compose;
mod copr;
mod discourse;
mod distgit;
mod git;
mod github;
mod github_parts;
mod greenwave;
mod hotness;
mod koji;
mod koji_task;
mod koschei;
mod mailman;
mod meetbot;
mod pagure;
mod planet;
mod wiki;

use crate::event::Event;
use crate::popularity::Popularity;
use crate::random::Random;
use crate::scene::Scene;

/// Makes up one event of one application.
pub(crate) type Application = fn(&mut Scene) -> Event;

/// How many of a thousand messages come from each application.
const SHARES: [(Application, u32); 21] = [
    (koji::event, 330),
    (copr::event, 160),
    (distgit::event, 100),
    (bodhi::event, 90),
    (anitya::event, 60),
    (ci::event, 45),
    (pagure::event, 40),
    (koschei::event, 30),
    (greenwave::event, 30),
    (github::event, 25),
    (bugzilla::event, 20),
    (discourse::event, 15),
    (mailman::event, 12),
    (badges::event, 10),
    (wiki::event, 8),
    (accounts::event, 8),
    (git::event, 5),
    (hotness::event, 4),
    (compose::event, 4),
    (planet::event, 2),
    (meetbot::event, 2),
];

/// All applications, with how much each has to say.
#[derive(Debug)]
pub(crate) struct Applications(Popularity);

impl Applications {
    pub(crate) fn new() -> Self {
        Self(Popularity::weighted(
            SHARES.into_iter().map(|(_, share)| f64::from(share)),
        ))
    }

    pub(crate) fn choose(&self, random: &mut Random) -> Application {
        SHARES[self.0.choose(random)].0
    }
}
