//! Direct access to the databases of the servers.

use server::random;
use sqlx::{AssertSqlSafe, any::install_default_drivers};

use crate::Result;

pub(crate) fn execute(url: &str, statements: String) -> Result<()> {
    install_default_drivers();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let pool = sqlx::AnyPool::connect(url).await?;
        sqlx::raw_sql(AssertSqlSafe(statements)).execute(&pool).await?;
        pool.close().await;
        Ok(())
    })
}

/// The number that a query selects.
pub(crate) fn number(url: &str, query: &str) -> Result<i64> {
    install_default_drivers();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let pool = sqlx::AnyPool::connect(url).await?;
        let number = sqlx::query_scalar(AssertSqlSafe(query.to_owned())).fetch_one(&pool).await?;
        pool.close().await;
        Ok(number)
    })
}

/// A new schema in the Postgres of `.ci/postgres`; `None` without one.
pub(crate) fn postgres() -> Result<Option<String>> {
    let Ok(server) = std::env::var("TEST_POSTGRES_URL") else { return Ok(None) };
    let schema = format!("bench_{}", random::id());
    execute(&server, format!("create schema {schema}"))?;
    let separator = if server.contains('?') { '&' } else { '?' };
    Ok(Some(format!("{server}{separator}options=-csearch_path%3D{schema}")))
}
