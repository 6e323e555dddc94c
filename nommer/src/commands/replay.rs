//! `nommer replay`

mod chosen;
pub mod options;

use archive::{Message, Reader, migration};
use indicatif::{ProgressBar, ProgressStyle};
use service::{Pace, Stop, complain, say};

use self::chosen::Chosen;
use self::options::ReplayOptions;
use super::extract::options::written;
use super::text::harmless;
use crate::bus::publisher::{Confirmed, Publisher};
use crate::config::settings::Config;
use crate::database;
use crate::delivery::sent::Sent;
use crate::exit::Exit;
use crate::words::counted;

/// So many messages are shown before anything is published.
const SHOWN: u64 = 10;

/// Publishes archived messages again, oldest first.
pub fn run(config: &Config, asked: &ReplayOptions) -> Result<(), Exit> {
    check_exchange(config, asked)?;
    let options = database::options_to_read(config)?;
    migration::check(&options)?;
    let reader = Reader::new(&options);
    let search = asked.search();
    let chosen = Chosen::of(&reader, &search, asked)?;
    // A mistyped id must not look like success, and keeps no other from being published.
    let complaint = chosen.as_ref().and_then(Chosen::complaint);
    act(config, asked, chosen)?;
    complaint.map_or(Ok(()), |complaint| Err(Exit::Failed(complaint)))
}

/// Publishes what was chosen, or shows it.
fn act(config: &Config, asked: &ReplayOptions, chosen: Option<Chosen<'_>>) -> Result<(), Exit> {
    let Some(chosen) = chosen.filter(|chosen| chosen.messages > 0) else {
        say("no message matches");
        return Ok(());
    };
    if asked.dry_run {
        return show(chosen, asked);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Exit::Failed(format!("no threads: {error}")))?;
    let answer = runtime.block_on(replay(config, asked, chosen));
    // A thread may wait for a server still.
    runtime.shutdown_background();
    answer
}

/// Who publishes where messages are archived from should know that there are others who listen.
fn check_exchange(config: &Config, asked: &ReplayOptions) -> Result<(), Exit> {
    let mut bindings = config.queues.iter().flat_map(|queue| &queue.bindings);
    let is_bound = bindings.any(|binding| binding.exchange == asked.exchange);
    if !is_bound || asked.yes || asked.dry_run {
        return Ok(());
    }
    Err(Exit::Config(format!(
        "--exchange: a queue of this configuration is bound to {}: nommer would recognise its messages, but others who \
         listen there would get old news; add --yes if they may",
        asked.exchange
    )))
}

/// Tells what would be published.
fn show(mut chosen: Chosen<'_>, asked: &ReplayOptions) -> Result<(), Exit> {
    let (mut messages, mut bytes) = (0_u64, 0_u64);
    let (mut first, mut last) = (None, None);
    loop {
        let step = chosen.step()?;
        for message in &step {
            let size = size(message);
            if messages < SHOWN {
                let id = message.msg_id.as_deref().unwrap_or_default();
                let line = format!(
                    "{} {} {id}, {}",
                    sent(message),
                    message.topic,
                    counted(size, "byte")
                );
                say(harmless(&line));
            }
            (messages, bytes) = (messages + 1, bytes + size);
        }
        first = first.or_else(|| step.first().map(sent));
        last = step.last().map(sent).or(last);
        if step.is_empty() {
            break;
        }
    }
    let (first, last) = (first.unwrap_or_default(), last.unwrap_or_default());
    let seconds = messages.div_ceil(u64::from(asked.rate));
    say(format_args!(
        "{} would be published, sent from {first} to {last}: {} of bodies and headers, in {} at least",
        counted(messages, "message"),
        counted(bytes, "byte"),
        counted(seconds, "second")
    ));
    Ok(())
}

fn sent(message: &Message) -> String {
    message
        .timestamp
        .format("%Y-%m-%dT%H:%M:%S%.6f")
        .to_string()
}

fn size(message: &Message) -> u64 {
    let headers = message.headers.as_deref().map_or(0, str::len);
    message.left_out + (message.msg.len() + headers) as u64
}

async fn replay(config: &Config, asked: &ReplayOptions, chosen: Chosen<'_>) -> Result<(), Exit> {
    let mut stop =
        Stop::on_signals().map_err(|error| Exit::Failed(format!("no signals: {error}")))?;
    let mut publisher = tokio::select! {
        opened = Publisher::open(&config.broker, &asked.exchange) => opened?,
        () = stop.requested() => return Ok(()),
    };
    let bar = bar(chosen.messages);
    let mut deadline = stop.clone();
    let answer = tokio::select! {
        answer = publish(asked.rate, chosen, &mut publisher, &mut stop, &bar) => answer,
        () = async {
            deadline.requested().await;
            tokio::time::sleep(config.shutdown_timeout).await;
        } => Err(Exit::Failed("the broker does not confirm what was published".to_owned())),
    };
    bar.finish_and_clear();
    tell(publisher.confirmed, asked);
    publisher.close().await;
    answer
}

/// Publishes until the end, or until it is time to stop, and waits until the broker has it.
async fn publish(
    rate: u32,
    mut chosen: Chosen<'_>,
    publisher: &mut Publisher,
    stop: &mut Stop,
    bar: &ProgressBar,
) -> Result<(), Exit> {
    let mut pace = Pace::new(f64::from(rate));
    loop {
        let messages = tokio::task::block_in_place(|| chosen.step())?;
        if messages.is_empty() {
            return publisher.flush().await.map_err(Exit::Failed);
        }
        for mut message in messages {
            if stop.sleep(pace.pause()).await {
                return publisher.flush().await.map_err(Exit::Failed);
            }
            // What has gone meanwhile is not part of the archive any more.
            if !tokio::task::block_in_place(|| chosen.complete(&mut message))? {
                continue;
            }
            match Sent::again(&message) {
                Ok(sent) => {
                    let published = publisher.publish(message.position(), sent).await;
                    published.map_err(|reason| Exit::Failed(format!("not published: {reason}")))?;
                }
                Err(reason) => {
                    let place = written(message.position());
                    bar.suspend(|| complain(format_args!("left out: {place}: {reason}")));
                }
            }
            bar.inc(1);
        }
    }
}

/// Hidden where standard error is no terminal.
fn bar(messages: u64) -> ProgressBar {
    let bar = ProgressBar::new(messages);
    if let Ok(style) =
        ProgressStyle::with_template("{wide_bar} {human_pos}/{human_len} {per_sec} {eta}")
    {
        bar.set_style(style);
    }
    bar
}

/// Tells what the broker has, and where to go on.
fn tell(confirmed: Confirmed, asked: &ReplayOptions) {
    let Confirmed {
        messages,
        unrouted,
        last,
    } = confirmed;
    let unrouted = match unrouted {
        0 => String::new(),
        count => format!(", {count} of them taken by no queue"),
    };
    let place = last.or(asked.after).filter(|_| asked.id.is_empty());
    let place = place.map_or_else(String::new, |place| {
        format!("; to go on from here: --after {}", written(place))
    });
    say(format_args!(
        "{} published{unrouted}{place}",
        counted(messages, "message")
    ));
}
