//! Ended sessions per second on Postgres by 64 clients, and the same with the notification inside each transaction, where it
//! takes a lock on the whole instance at the commit.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use doorward_api::EndReason;
use server::{
    clock::Clock,
    model::{audit::Actor, database_url::DatabaseUrl, session::SessionId},
    random,
    store::{Connections, IfAbsent, Store},
};
use sqlx::{AnyPool, any::AnyPoolOptions};
use tokio::task::JoinSet;

use crate::{Figure, Result, database, median};

const LABEL: &str = "Ends per second on Postgres, 64 clients";
const CLIENTS: u32 = 64;
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(1);
const SESSIONS: u32 = 150_000;

pub(crate) fn measure() -> Result<Vec<Figure>> {
    let Some(url) = database::postgres()? else {
        return Ok(vec![Figure { label: LABEL, result: "needs .ci/postgres".into(), goal: None }]);
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let rounds = runtime.block_on(rounds(&url))?;
    let median = |of: fn(&(f64, f64)) -> f64| median(rounds.iter().map(of).collect());
    let (after, inside) = (median(|round| round.0), median(|round| round.1));
    Ok(vec![
        Figure { label: LABEL, result: format!("{after:.0}/s"), goal: None },
        Figure {
            label: "… with the notification in the transaction",
            result: format!("{inside:.0}/s, {:.2} ×", inside / after),
            goal: None,
        },
    ])
}

/// Both variants in turns.
async fn rounds(url: &str) -> Result<Vec<(f64, f64)>> {
    // One more sends notifications.
    let connections = Connections { max: CLIENTS + 1, notifications: true };
    let store = Store::open(&DatabaseUrl::parse(url)?, connections, IfAbsent::Create).await?;
    let pool = AnyPoolOptions::new().max_connections(CLIENTS).connect(url).await?;
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!(
        "insert into users (user_id, email, name, roles, password_hash, password_version, created_at) \
         values ('ada', 'ada@example.com', 'Ada', '', '', 0, 0); \
         insert into sessions (session_id, user_id, policy, browser, os, ip, created_at, last_used_at, expires_at) \
         select n::text, 'ada', 'retention', 'Firefox', 'Linux', '192.0.2.1', 0, 0, 9000000000000 \
         from generate_series(1, {SESSIONS}) n",
    )))
    .execute(&pool)
    .await?;
    let next = Arc::new(AtomicU32::new(1));
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let (of_store, of_pool) = (store.clone(), pool.clone());
        let after = ends_per_second(next.clone(), move |id| {
            let store = of_store.clone();
            async move { end_and_notify_after(&store, id).await }
        });
        let after = after.await?;
        let inside = ends_per_second(next.clone(), move |id| {
            let pool = of_pool.clone();
            async move { end_and_notify_inside(&pool, id).await }
        });
        rounds.push((after, inside.await?));
    }
    pool.close().await;
    store.close().await?;
    Ok(rounds)
}

async fn ends_per_second<F>(next: Arc<AtomicU32>, end: impl Fn(u32) -> F + Clone + Send + 'static) -> Result<f64>
where
    F: Future<Output = Result<()>> + Send,
{
    let (start, mut clients) = (Instant::now(), JoinSet::new());
    for _ in 0..CLIENTS {
        let (next, end) = (next.clone(), end.clone());
        clients.spawn(async move {
            let mut ended = 0;
            while start.elapsed() < ROUND {
                let id = next.fetch_add(1, Ordering::Relaxed);
                if id > SESSIONS {
                    return Err("there are too few sessions to end on this machine".into());
                }
                end(id).await?;
                ended += 1;
            }
            Ok(ended)
        });
    }
    let mut ended = 0;
    while let Some(client) = clients.join_next().await {
        let of_client: Result<u32> = client?;
        ended += of_client?;
    }
    Ok(f64::from(ended) / start.elapsed().as_secs_f64())
}

async fn end_and_notify_after(store: &Store, id: u32) -> Result<()> {
    let (now, id) = (Clock::system().now(), SessionId(id.to_string()));
    let ended = store.end_session(&id, EndReason::Revoked, &Actor::Operator, now).await?;
    ended.ok_or("the session has ended already")?;
    Ok(())
}

/// The statements of the other one, in the same order, with the notification before the commit.
async fn end_and_notify_inside(pool: &AnyPool, id: u32) -> Result<()> {
    let (now, id) = (Clock::system().now(), id.to_string());
    let mut connection = pool.acquire().await?;
    sqlx::raw_sql("begin").execute(&mut *connection).await?;
    sqlx::query("select current_setting('transaction_read_only')").execute(&mut *connection).await?;
    sqlx::query(
        "update sessions set ended_at = case when last_used_at > $1 then last_used_at else $1 end, end_reason = 'revoked' \
         where session_id = $2 and ended_at is null returning session_id, user_id, expires_at, ended_at",
    )
    .bind(now)
    .bind(&id)
    .fetch_one(&mut *connection)
    .await?;
    sqlx::query(
        "insert into events (event_id, happened_at, kind, user_id, session_id, reason) \
         values ($1, $2, 'session_ended', 'ada', $3, 'revoked') on conflict (event_id) do update set times = events.times + 1",
    )
    .bind(random::id())
    .bind(now)
    .bind(&id)
    .execute(&mut *connection)
    .await?;
    sqlx::query("select pg_notify('doorward_session_ended', $1)::text")
        .bind(now.0.to_string())
        .execute(&mut *connection)
        .await?;
    sqlx::raw_sql("commit").execute(&mut *connection).await?;
    Ok(())
}
