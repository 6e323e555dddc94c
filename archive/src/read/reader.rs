//! Answers searches.
//!
//! A count is one statement where counters add up to it, and the first page of a short time is one
//! together with its total. Any other search is a few over the same snapshot: where the counters say
//! that the messages lie, and then the keys of one page from an index in answer order, which fetch
//! their rows.

use std::sync::Arc;
use std::time::Duration;

use chrono::NaiveDateTime;
use diesel::pg::PgConnection;
use diesel::prelude::*;

use crate::counts::memory::Cache;
use crate::counts::overview::{self, Overview};
use crate::database::connection::{self, ConnectionOptions, PgPool};
use crate::database::sql::{Bind, Sql};
use crate::error::StoreError;
use crate::message::Message;
use crate::query::plan::Plan;
use crate::query::row::{Columns, Row, push_columns};
use crate::read::page_memory::{Known, Question};
use crate::search::Shape;
use crate::search::{PageRequest, Search, TimeRange};

/// Reads the archive through a pool of connections. Cheap to clone.
#[derive(Clone)]
pub struct Reader {
    pool: PgPool,
    cache: Arc<Cache>,
    known: Arc<Known>,
    statement_timeout: Option<Duration>,
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
        Self {
            pool: options.pool(),
            cache: Arc::default(),
            known: Arc::default(),
            statement_timeout: options.statement_timeout,
        }
    }

    fn run<T>(
        &self,
        name: &'static str,
        shape: &dyn std::fmt::Display,
        work: impl FnOnce(&mut PgConnection) -> QueryResult<T>,
    ) -> Result<T, StoreError> {
        let answer = connection::run(&self.pool, name, shape, self.statement_timeout, work);
        if let Err(StoreError::Unavailable(_)) = answer {
            // It may come back restored to another state.
            self.cache.forget();
            self.known.forget();
        }
        answer
    }

    /// One page of what matches, and how many match in all.
    pub fn search(&self, search: &Search, page: PageRequest) -> Result<Page, StoreError> {
        self.run("search", &Shape(search), |connection| {
            let Some(plan) = Plan::new(connection, search)? else {
                return Ok(Page::default());
            };
            let question = Question::of(search, page);
            let held = self.known.held(&question);
            let ids = held.iter().map(|held| held.id).collect();
            let (rows, total) = self.rows(connection, &plan.knowing(ids), page)?;
            if let Some(messages) = self.known.complete(&question, &held, rows) {
                return Ok(Page { messages, total });
            }
            let (rows, total) = self.rows(connection, &plan, page)?;
            Ok(Page {
                messages: self
                    .known
                    .complete(&question, &[], rows)
                    .unwrap_or_default(),
                total,
            })
        })
    }

    /// One page of the rows, and how many there are in all.
    fn rows(
        &self,
        connection: &mut PgConnection,
        plan: &Plan,
        page: PageRequest,
    ) -> QueryResult<(Vec<Row>, u64)> {
        if page.offset() == 0
            && let Some(answer) = overview::first_page(connection, plan, page.size)?
        {
            return Ok(answer);
        }
        snapshot(connection, |connection| {
            let overview = Overview::of(connection, &self.cache, plan)?;
            Ok((
                overview.page(connection, page.offset(), page.size)?,
                overview.total(),
            ))
        })
    }

    /// How many messages match.
    pub fn count(&self, search: &Search) -> Result<u64, StoreError> {
        self.run("count", &Shape(search), |connection| {
            let Some(plan) = Plan::new(connection, search)? else {
                return Ok(0);
            };
            match overview::count(connection, &plan)? {
                Some(count) => Ok(count),
                None => snapshot(connection, |connection| {
                    Ok(Overview::of(connection, &self.cache, &plan)?.total())
                }),
            }
        })
    }

    /// How many messages match in each of the half-open spans `[edges[n], edges[n+1])`.
    ///
    /// `edges` must ascend; the time range of `search` is not looked at.
    pub fn histogram(
        &self,
        search: &Search,
        edges: &[NaiveDateTime],
    ) -> Result<Vec<u64>, StoreError> {
        let (Some(&first), Some(&last)) = (edges.first(), edges.last()) else {
            return Ok(Vec::new());
        };
        let search = Search {
            time: TimeRange {
                start: Some(first),
                end: Some(last),
            },
            ..search.clone()
        };
        self.run(
            "histogram",
            &Shape(&search),
            |connection| match Plan::new(connection, &search)? {
                Some(plan) => overview::histogram(connection, &plan, edges),
                None => Ok(vec![0; edges.len() - 1]),
            },
        )
    }

    /// The message with this id, the newest where several share it.
    pub fn find(&self, msg_id: &str) -> Result<Option<Message>, StoreError> {
        self.run("find", &"", |connection| {
            // OFFSET keeps the order from the partitions: they would be merged by their indexes of times.
            let mut sql = Sql::new("SELECT ");
            push_columns(&mut sql, None);
            sql.push(" FROM (SELECT * FROM messages WHERE msg_id = ")
                .bind(Bind::Text(msg_id.to_owned()));
            sql.push(" OFFSET 0) m ORDER BY m.\"timestamp\" DESC, m.id DESC LIMIT 1");
            let row = sql
                .of::<Columns>()
                .get_result::<Row>(connection)
                .optional()?;
            Ok(row.map(Row::into_message))
        })
    }

    /// How many messages the archive holds.
    pub fn total(&self) -> Result<u64, StoreError> {
        self.count(&Search::default())
    }

    /// Whether the database answers.
    pub fn ping(&self) -> Result<(), StoreError> {
        self.run("ping", &"", |connection| {
            diesel::sql_query("SELECT id FROM messages LIMIT 1")
                .execute(connection)
                .map(drop)
        })
    }
}

/// Runs `work` such that all its statements see the same state: a total fits its page.
fn snapshot<T>(
    connection: &mut PgConnection,
    work: impl FnOnce(&mut PgConnection) -> QueryResult<T>,
) -> QueryResult<T> {
    connection
        .build_transaction()
        .read_only()
        .repeatable_read()
        .run(work)
}
