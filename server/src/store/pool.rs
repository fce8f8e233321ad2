//! A connection pool that counts what waits for it and measures what runs on it.

use std::{
    fmt::Debug,
    ops::Deref,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use futures::{
    FutureExt, StreamExt, TryFutureExt, TryStreamExt,
    future::BoxFuture,
    stream::{self, BoxStream},
};
use prometheus_client::metrics::{family::Family, histogram::Histogram};
use sqlx::{
    Any, AnyPool, Describe, Either, Execute, Executor, SqlStr,
    any::{AnyArguments, AnyQueryResult, AnyRow, AnyStatement, AnyTypeInfo},
    error::BoxDynError,
    pool::PoolConnection,
};

use super::conflict::{may_repeat, pause_before_repeating};
use crate::clock::Clock;

/// A look-up takes a tenth of a millisecond; a request waits three seconds for a connection.
const BUCKETS: [f64; 8] = [0.000_25, 0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10.0];

/// Durations of queries and transactions, by operation.
pub type Durations = Family<[(&'static str, &'static str); 1], Histogram, fn() -> Histogram>;

pub(super) fn durations() -> Durations {
    Family::new_with_constructor(|| Histogram::new(BUCKETS))
}

/// The connections of a pool at this moment.
#[derive(Clone, Copy, Debug)]
pub struct PoolStatus {
    pub name: &'static str,
    pub max: usize,
    pub in_use: usize,
    pub idle: usize,
    /// How many queries and transactions wait for a connection.
    pub waiting: usize,
}

/// A query on `&Pool` takes a connection for itself, as on sqlx's own pool.
#[derive(Clone, Debug)]
pub(super) struct Pool {
    connections: AnyPool,
    waiting: Arc<AtomicUsize>,
    queries: Histogram,
}

impl Pool {
    pub fn new(pool: AnyPool, durations: &Durations) -> Self {
        Self {
            connections: pool,
            waiting: Arc::default(),
            queries: durations.get_or_create_owned(&[("operation", "query")]),
        }
    }

    pub async fn acquire(&self) -> Result<PoolConnection<Any>, sqlx::Error> {
        let mut acquiring = pin!(self.connections.acquire());
        if let Some(acquired) = acquiring.as_mut().now_or_never() {
            return acquired;
        }
        let _waiting = Waiting::start(&self.waiting);
        acquiring.await
    }

    /// Records the duration of a query, also of one that fails.
    async fn measure<T>(&self, query: impl Future<Output = T>) -> T {
        let started = Clock::system();
        let result = query.await;
        self.queries.observe(started.uptime().as_secs_f64());
        result
    }

    pub fn status(&self, name: &'static str) -> PoolStatus {
        let (size, idle) = (self.connections.size() as usize, self.connections.num_idle());
        PoolStatus {
            name,
            max: self.connections.options().get_max_connections() as usize,
            in_use: size.saturating_sub(idle),
            idle,
            waiting: self.waiting.load(Relaxed),
        }
    }
}

impl Deref for Pool {
    type Target = AnyPool;

    fn deref(&self) -> &AnyPool {
        &self.connections
    }
}

/// Counts until it is dropped, also by a request that is given up.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn start(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Relaxed);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

/// A query that can run more than once.
struct Repeatable {
    sql: SqlStr,
    arguments: Option<AnyArguments>,
    persistent: bool,
}

impl Repeatable {
    fn of<'q>(mut query: impl Execute<'q, Any>) -> Result<Self, sqlx::Error> {
        let arguments = query.take_arguments().map_err(sqlx::Error::Encode)?;
        Ok(Self { arguments, persistent: query.persistent(), sql: query.sql() })
    }

    fn copy(&self) -> Self {
        let arguments = self.arguments.as_ref().map(|arguments| {
            let mut copy = AnyArguments::default();
            copy.values.0.clone_from(&arguments.values.0);
            copy
        });
        Self { sql: self.sql.clone(), arguments, persistent: self.persistent }
    }
}

impl Execute<'_, Any> for Repeatable {
    fn sql(self) -> SqlStr {
        self.sql
    }

    fn statement(&self) -> Option<&AnyStatement> {
        None
    }

    fn take_arguments(&mut self) -> Result<Option<AnyArguments>, BoxDynError> {
        Ok(self.arguments.take())
    }

    fn persistent(&self) -> bool {
        self.persistent
    }
}

/// A query runs again after a conflict with a transaction: under `serializable`, the database aborts reads, too.
impl<'p> Executor<'p> for &'_ Pool {
    type Database = Any;

    fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Result<Either<AnyQueryResult, AnyRow>, sqlx::Error>>
    where
        'p: 'e,
        E: 'q + Execute<'q, Any>,
    {
        let pool = self.clone();
        let fetched = async move {
            let (query, mut attempts) = (Repeatable::of(query)?, 1);
            let rows: Vec<_> = loop {
                let query = query.copy();
                let rows = pool.measure(async { pool.acquire().await?.fetch_many(query).try_collect().await }).await;
                match rows {
                    Err(error) if may_repeat(&error, attempts) => pause_before_repeating(&mut attempts).await,
                    rows => break rows?,
                }
            };
            Ok(stream::iter(rows).map(Ok))
        };
        fetched.try_flatten_stream().boxed()
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<AnyRow>, sqlx::Error>>
    where
        'p: 'e,
        E: 'q + Execute<'q, Any>,
    {
        let pool = self.clone();
        let fetched = async move {
            let (query, mut attempts) = (Repeatable::of(query)?, 1);
            loop {
                let query = query.copy();
                let row = pool.measure(async { pool.acquire().await?.fetch_optional(query).await }).await;
                match row {
                    Err(error) if may_repeat(&error, attempts) => pause_before_repeating(&mut attempts).await,
                    row => return row,
                }
            }
        };
        fetched.boxed()
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [AnyTypeInfo],
    ) -> BoxFuture<'e, Result<AnyStatement, sqlx::Error>>
    where
        'p: 'e,
    {
        let pool = self.clone();
        async move { pool.acquire().await?.prepare_with(sql, parameters).await }.boxed()
    }

    /// For sqlx's checked queries, of which there are none here.
    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<Any>, sqlx::Error>>
    where
        'p: 'e,
    {
        let pool = self.clone();
        async move { pool.acquire().await?.describe(sql).await }.boxed()
    }
}
