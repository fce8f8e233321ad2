//! Last-used times written per second: fifty in a statement, and one in a statement with as many in a transaction.

use std::time::Instant;

use server::{
    clock::Moment,
    model::{database_url::DatabaseUrl, session::SessionId},
    store::{Connections, IfAbsent, Store},
};
use sqlx::{AnyPool, AssertSqlSafe, any::AnyPoolOptions};

use crate::{Figure, Result, database, median, server_process::TempFolder};

const USES: u16 = 5000;
const ROUNDS: i64 = 5;

pub(crate) fn measure() -> Result<Vec<Figure>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let folder = TempFolder::create("bench-last-uses")?;
    let sqlite = format!("sqlite:{}", folder.path().join("doorward.db").display());
    let mut figures = vec![runtime.block_on(figure("Last uses per second on SQLite, one a statement", &sqlite))?];
    if let Some(url) = database::postgres()? {
        figures.push(runtime.block_on(figure("Last uses per second on Postgres, one a statement", &url))?);
    }
    Ok(figures)
}

async fn figure(label: &'static str, url: &str) -> Result<Figure> {
    let connections = Connections { max: 2, notifications: false };
    let store = Store::open(&DatabaseUrl::parse(url)?, connections, IfAbsent::Create).await?;
    let pool = AnyPoolOptions::new().max_connections(1).connect(&url.replace("sqlite:", "sqlite://")).await?;
    let ids: Vec<String> = (0..USES).map(|number| format!("{number:032}")).collect();
    let rows: Vec<String> =
        ids.iter().map(|id| format!("('{id}', 'ada', 'retention', '', '', '', 0, 0, 9000000000000)")).collect();
    let statements = format!(
        "insert into users (user_id, email, name, roles, password_hash, password_version, created_at) \
         values ('ada', 'ada@example.com', 'Ada', '', '', 0, 0); \
         insert into sessions (session_id, user_id, policy, browser, os, ip, created_at, last_used_at, expires_at) \
         values {}",
        rows.join(", ")
    );
    sqlx::raw_sql(AssertSqlSafe(statements)).execute(&pool).await?;

    let mut rounds = Vec::new();
    for round in 0..ROUNDS {
        let uses: Vec<_> = ids.iter().map(|id| (SessionId(id.clone()), Moment(2 * round + 2))).collect();
        let start = Instant::now();
        one_by_one(&pool, &ids, 2 * round + 1).await?;
        let one = f64::from(USES) / start.elapsed().as_secs_f64();
        let start = Instant::now();
        store.write_last_used(&uses).await?;
        rounds.push((one, f64::from(USES) / start.elapsed().as_secs_f64()));
    }
    pool.close().await;
    store.close().await?;
    let median = |of: fn(&(f64, f64)) -> f64| median(rounds.iter().map(of).collect());
    let (one, fifty) = (median(|round| round.0), median(|round| round.1));
    let result = format!("{one:.0}/s; fifty: {:.1} ×", fifty / one);
    Ok(Figure { label, result, goal: None })
}

async fn one_by_one(pool: &AnyPool, ids: &[String], used_at: i64) -> Result<()> {
    for ids in ids.chunks(500) {
        let mut transaction = pool.begin().await?;
        for id in ids {
            sqlx::query("update sessions set last_used_at = $1 where session_id = $2 and last_used_at < $1")
                .bind(used_at)
                .bind(id)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
    }
    Ok(())
}
