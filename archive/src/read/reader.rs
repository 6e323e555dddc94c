//! Answers searches.
//!
//! A count is one statement where counters add up to it, and the first page of a short time is one
//! together with its total. Any other search is a few over the same snapshot: where the counters say
//! that the messages lie, and then the positions of one page from an index in answer order, which
//! fetch their rows.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use chrono::NaiveDateTime;
use diesel::pg::PgConnection;
use diesel::prelude::*;

use crate::counts::bars::bars;
use crate::counts::overview::Overview;
use crate::counts::{choice, one_statement};
use crate::database::connection::{self, ConnectionOptions, PgPool};
use crate::database::origin::OfDatabase;
use crate::database::servers::{Replicas, Servers};
use crate::database::sql::{Bind, Sql};
use crate::database::watch::Caller;
use crate::error::StoreError;
use crate::hidden::Hidden;
use crate::message::Message;
use crate::query::names;
use crate::query::plan::Plan;
use crate::query::row::{Columns, Row, Texts, push_columns, texts_at};
use crate::query::shown::push_shown;
use crate::read::fitness::Fitness;
use crate::read::memories::Memories;
use crate::read::page_memory::{KnownTexts, PageKey};
use crate::search::{PageRequest, Search, Shape};
use crate::span::Span;

/// Reads the archive through a pool of connections. Cheap to clone.
#[derive(Clone)]
pub struct Reader {
    pub(super) servers: Servers,
    pub(super) memories: Arc<OfDatabase<Memories>>,
    pub(super) statement_timeout: Option<Duration>,
    pub(super) hidden: Arc<Hidden>,
}

/// One page of an answer.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// The messages, in the order asked for.
    pub messages: Vec<Message>,
    /// How many match in all.
    pub total: u64,
}

impl Reader {
    /// Does not connect yet: the database may be away now.
    pub fn new(options: &ConnectionOptions) -> Self {
        Self::of(options, Servers::alone(options))
    }

    /// Asks the replicas, if there are any, in turn, and the database of `options` where none will do, and for a message that a replica
    /// does not have.
    pub fn with_replicas(options: &ConnectionOptions, replicas: Option<&Arc<Replicas>>) -> Self {
        match replicas {
            Some(replicas) => Self::of(options, Servers::with_replicas(options, replicas)),
            None => Self::new(options),
        }
    }

    fn of(options: &ConnectionOptions, servers: Servers) -> Self {
        Self {
            servers,
            memories: Arc::default(),
            statement_timeout: options.statement_timeout,
            hidden: Arc::default(),
        }
    }

    /// This reader for those who may not know of some messages, in place of what it hid so far: in all that it
    /// answers, these do not exist. It shares connections, and remembers apart, as the same questions have other
    /// answers.
    pub fn hiding(&self, hidden: Hidden) -> Self {
        Self {
            hidden: Arc::new(hidden),
            memories: Arc::default(),
            ..self.clone()
        }
    }

    /// This reader, on behalf of someone who may be cancelled: what it runs is then given up, and
    /// fails with [`StoreError::Cancelled`]. It shares connections and memories, and costs nothing.
    pub fn on_behalf_of(&self, caller: &Caller) -> Self {
        Self {
            servers: self.servers.on_behalf_of(caller),
            ..self.clone()
        }
    }

    /// This reader, for who asks again and again by what was answered before: it stays with one server for as long as
    /// that will do, as do all others of this kind.
    pub fn steady(&self) -> Self {
        Self {
            servers: self.servers.steady(),
            ..self.clone()
        }
    }

    /// Runs `work` on a connection, with what is remembered of its database, again if that fails for
    /// a reason that may have passed; see [`connection::run_again`]. What is refused while the schema
    /// or rights are not as they should be is [`StoreError::Schema`] or [`StoreError::Rights`].
    pub(super) fn run<T>(
        &self,
        name: &'static str,
        shape: &dyn Display,
        work: impl Fn(&mut PgConnection, &Memories) -> QueryResult<T>,
    ) -> Result<T, StoreError> {
        self.servers
            .ask(|pool| self.run_at(pool, name, shape, &work))
    }

    /// Runs `work` as [`Self::run`] does, and at the primary, too, where a replica finds nothing.
    fn run_to_find<T>(
        &self,
        name: &'static str,
        work: impl Fn(&mut PgConnection) -> QueryResult<Option<T>>,
    ) -> Result<Option<T>, StoreError> {
        let work = |connection: &mut PgConnection, _: &Memories| work(connection);
        self.servers.find(|pool| self.run_at(pool, name, &"", work))
    }

    fn run_at<T>(
        &self,
        pool: &PgPool,
        name: &'static str,
        shape: &dyn Display,
        work: impl Fn(&mut PgConnection, &Memories) -> QueryResult<T>,
    ) -> Result<T, StoreError> {
        let timeout = self.statement_timeout;
        let answer = connection::run_again(pool, name, shape, timeout, |connection, origin| {
            work(connection, &self.memories.of(origin))
        });
        self.judged(pool, answer)
    }

    /// This answer, or what is wrong with the schema or rights where that is why it was refused.
    pub(super) fn judged<T>(
        &self,
        pool: &PgPool,
        answer: Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if matches!(answer, Err(StoreError::Refused(_))) {
            // PostgreSQL's code for what is not there or not allowed cannot be had, and its text depends
            // on the server's language. Whoever may not know stays with the refusal.
            let timeout = self.statement_timeout;
            let fitness = connection::run(pool, "check", &"fitness", timeout, Fitness::of);
            if let Ok(fitness) = fitness {
                fitness.judge()?;
            }
        }
        answer
    }

    /// One page of what matches, and how many match in all. Messages that are large come without
    /// body and headers: see [`Self::complete`].
    pub fn search(&self, search: &Search, page: PageRequest) -> Result<Page, StoreError> {
        self.run("search", &Shape(search), |connection, memories| {
            let Some(plan) = self.plan(connection, search)? else {
                return Ok(Page::default());
            };
            let key = PageKey::of(search, page);
            let known = memories.pages.known(&key);
            let ids = known.iter().map(KnownTexts::id).collect();
            let (rows, total) = page_of(connection, memories, &plan.knowing(ids), page)?;
            if let Some(messages) = memories.pages.complete(&key, &known, rows) {
                return Ok(Page { messages, total });
            }
            // Something changed since.
            let (rows, total) = page_of(connection, memories, &plan, page)?;
            let messages = memories.pages.complete(&key, &[], rows).unwrap_or_default();
            Ok(Page { messages, total })
        })
    }

    /// How many messages match.
    pub fn count(&self, search: &Search) -> Result<u64, StoreError> {
        self.run("count", &Shape(search), |connection, memories| {
            let Some(plan) = self.plan(connection, search)? else {
                return Ok(0);
            };
            if let Some(count) = one_statement::count(connection, &plan)? {
                return Ok(count);
            }
            snapshot(connection, |connection| {
                Ok(Overview::of(connection, &memories.buckets, &plan)?.total())
            })
        })
    }

    /// How many messages match in each of the half-open spans `[edges[n], edges[n+1])`.
    ///
    /// `edges` must ascend; the time of `search` is not looked at.
    pub fn histogram(
        &self,
        search: &Search,
        edges: &[NaiveDateTime],
    ) -> Result<Vec<u64>, StoreError> {
        let (Some(&first), Some(&last)) = (edges.first(), edges.last()) else {
            return Ok(Vec::new());
        };
        let search = Search {
            time: Span::between(first, last),
            ..search.clone()
        };
        self.run("histogram", &Shape(&search), |connection, memories| {
            let Some(plan) = self.plan(connection, &search)? else {
                return Ok(vec![0; edges.len() - 1]);
            };
            // What is a sum of counters to others would be counted row by row.
            if !self.hidden.is_empty() && choice::are_sets(&plan.asked) {
                return snapshot(connection, |connection| {
                    bars(connection, &memories.buckets, &plan, edges)
                });
            }
            choice::strategy(&plan.asked).histogram(connection, &plan, edges)
        })
    }

    /// Reads the body and headers of a message that came without them, as they are large, however
    /// large. Answers whether the message is still there.
    pub fn complete(&self, message: &mut Message) -> Result<bool, StoreError> {
        if message.left_out == 0 {
            return Ok(true);
        }
        let position = message.position();
        let texts = self.run_to_find("complete", |connection| texts_at(connection, position))?;
        Ok(take(message, texts))
    }

    /// The message with this id, the newest where several share it; without body and headers where
    /// they are large.
    pub fn find(&self, msg_id: &str) -> Result<Option<Message>, StoreError> {
        self.run_to_find("find", |connection| {
            // OFFSET keeps the order from the partitions: they would be merged by their indexes of times.
            let mut sql = Sql::new("SELECT ");
            push_columns(&mut sql, None);
            sql.push(" FROM (SELECT * FROM messages WHERE msg_id = ")
                .bind(Bind::Text(msg_id.to_owned()));
            push_shown(&mut sql, &self.hidden, "");
            sql.push(" OFFSET 0) m ORDER BY m.\"timestamp\" DESC, m.id DESC LIMIT 1");
            let row = sql
                .of::<Columns>()
                .get_result::<Row>(connection)
                .optional()?;
            Ok(row.map(Row::into_message))
        })
    }

    /// The messages with these ids, as [`Self::find`] finds them one by one, in no order.
    pub fn find_all(&self, msg_ids: &[String]) -> Result<Vec<Message>, StoreError> {
        if msg_ids.is_empty() {
            return Ok(Vec::new());
        }
        self.run("find_all", &msg_ids.len(), |connection, _| {
            let mut sql = Sql::new("SELECT found.* FROM unnest(");
            sql.bind(Bind::Texts(msg_ids.to_vec()));
            sql.push(") AS asked (msg_id) CROSS JOIN LATERAL (SELECT ");
            push_columns(&mut sql, None);
            sql.push(" FROM (SELECT * FROM messages WHERE msg_id = asked.msg_id");
            push_shown(&mut sql, &self.hidden, "");
            sql.push(
                " OFFSET 0) m
                 ORDER BY m.\"timestamp\" DESC, m.id DESC LIMIT 1) AS found",
            );
            let rows = sql.of::<Columns>().load::<Row>(connection)?;
            Ok(rows.into_iter().map(Row::into_message).collect())
        })
    }

    /// How many messages the archive holds.
    pub fn total(&self) -> Result<u64, StoreError> {
        self.count(&Search::default())
    }

    /// Whether the database answers, is as this program knows it, and lets itself be read. Whoever
    /// locks tables for a while does not take it away.
    pub fn ping(&self) -> Result<(), StoreError> {
        let fitness = self.run("ping", &"", |connection, _| Fitness::of(connection));
        fitness?.judge()
    }

    /// The plan of a search; `None` when nothing can match.
    pub(super) fn plan(
        &self,
        connection: &mut PgConnection,
        search: &Search,
    ) -> QueryResult<Option<Plan>> {
        let search = self.hidden.left(search);
        let asked = names::resolve(connection, &search)?;
        Ok(asked.map(|asked| Plan::new(asked, search.time, search.order)))
    }
}

/// One page of the rows, and how many there are in all.
fn page_of(
    connection: &mut PgConnection,
    memories: &Memories,
    plan: &Plan,
    page: PageRequest,
) -> QueryResult<(Vec<Row>, u64)> {
    if page.offset() == 0
        && let Some(answer) = one_statement::first_page(connection, plan, page.size)?
    {
        return Ok(answer);
    }
    snapshot(connection, |connection| {
        let overview = Overview::of(connection, &memories.buckets, plan)?;
        let rows = overview.page(connection, page.offset(), page.size)?;
        Ok((rows, overview.total()))
    })
}

/// Gives a message its body and headers; answers whether there were any.
pub(super) fn take(message: &mut Message, texts: Option<Texts>) -> bool {
    let Some((msg, headers)) = texts else {
        return false;
    };
    message.msg = msg;
    message.headers = headers;
    message.left_out = 0;
    true
}

/// Runs `work` such that all its statements see the same state: a total fits its page.
pub(super) fn snapshot<T>(
    connection: &mut PgConnection,
    work: impl FnOnce(&mut PgConnection) -> QueryResult<T>,
) -> QueryResult<T> {
    connection
        .build_transaction()
        .read_only()
        .repeatable_read()
        .run(work)
}
