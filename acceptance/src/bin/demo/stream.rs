//! The traffic of the demo.

use std::time::Duration;

use acceptance::road_path;
use anyhow::Result;
use chrono::{TimeDelta, Utc};
use simulator::{Publisher, Sample, Story, Traffic};
use tokio::signal::unix::{SignalKind, signal};

use crate::say::say;

const SEED: u64 = 1;
/// How long the first message waits for nommer to bind its queue.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two messages of the trickle.
const PAUSE: Duration = Duration::from_millis(500);

/// Sends sample traffic and remembers what the answers must be.
pub struct Stream {
    traffic: Traffic,
    publisher: Publisher,
    /// The history, oldest first.
    pub published: Vec<Sample>,
}

impl Stream {
    /// Publishes `count` messages of the last `days` days; the broker has them all.
    pub async fn start(amqp_url: &str, count: u32, days: u32) -> Result<Self> {
        let mut publisher = Publisher::connect(amqp_url, "amq.topic", PATIENCE).await?;
        let mut traffic = Traffic::new(SEED);
        let mut published = Vec::new();
        for sample in traffic.history(count, TimeDelta::days(days.into()), Utc::now()) {
            publisher.publish(&sample).await?;
            published.push(sample);
        }
        publisher.flush().await?;
        Ok(Self {
            traffic,
            publisher,
            published,
        })
    }

    /// Publishes a message of this moment.
    pub async fn publish_one(&mut self) -> Result<Sample> {
        let sample = self.traffic.message(Utc::now());
        self.publisher.publish(&sample).await?;
        self.publisher.flush().await?;
        Ok(sample)
    }

    /// The path of the road of a build that is on its way, with most of it to come.
    pub fn road(&self) -> Option<String> {
        let nvr = self.traffic.being_told().into_iter().next()?;
        Some(road_path(&format!("nvr:{nvr}")))
    }

    /// Publishes until Ctrl-C or SIGTERM, and asks each time whether `all_is_well`. Tells where roads are that have
    /// come to their end, and another to look at.
    pub async fn trickle(
        &mut self,
        url: &str,
        mut all_is_well: impl FnMut() -> Result<()>,
    ) -> Result<()> {
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let mut tick = tokio::time::interval(PAUSE);
        loop {
            tokio::select! {
                _ = interrupt.recv() => return Ok(()),
                _ = terminate.recv() => return Ok(()),
                _ = tick.tick() => {
                    all_is_well()?;
                    if let Some(story) = self.publish_one().await?.ends {
                        self.tell(url, &story);
                    }
                }
            }
        }
    }

    fn tell(&self, url: &str, story: &Story) {
        say(&format!("told a whole story, {story}"));
        for end in &story.ends {
            say(&format!("  its road: {url}{}", road_path(&end.subject)));
        }
        if let Some(road) = self.road() {
            say(&format!("  one that goes on: {url}{road}"));
        }
    }
}
