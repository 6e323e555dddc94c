//! The applications that publish to the bus, one file each. What their messages say
//! about users and packages agrees with what their headers say.

mod accounts;
mod anitya;
mod badges;
pub(crate) mod bodhi;
pub(crate) mod bodhi_update;
mod bugzilla;
pub(crate) mod ci;
mod compose;
mod copr;
mod discourse;
pub(crate) mod distgit;
pub(crate) mod git;
mod github;
mod github_parts;
pub(crate) mod greenwave;
mod hotness;
pub(crate) mod item;
pub(crate) mod koji;
pub(crate) mod koji_task;
mod koschei;
mod mailman;
mod mbs;
mod meetbot;
pub(crate) mod openqa;
pub(crate) mod pagure;
mod planet;
pub(crate) mod resultsdb;
pub(crate) mod state;
pub(crate) mod waiverdb;
mod wiki;

use crate::event::Event;
use crate::popularity::Popularity;
use crate::random::Random;
use crate::scene::Scene;

/// Makes up one event of one application.
pub(crate) type Application = fn(&mut Scene) -> Event;

/// How many of a thousand messages come from each application.
const SHARES: [(Application, u32); 25] = [
    (koji::event, 330),
    (copr::event, 85),
    (distgit::event, 100),
    (bodhi::event, 115),
    (anitya::event, 65),
    (ci::event, 50),
    (pagure::event, 40),
    (koschei::event, 30),
    (greenwave::event, 20),
    (resultsdb::event, 25),
    (openqa::event, 20),
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
    (waiverdb::event, 3),
    (mbs::event, 2),
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
