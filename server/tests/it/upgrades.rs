//! Upgrades: migrations only add, so that one version back always works, beside the new one or after a rollback.
//!
//! There is no older program to test with. This one takes its place: on a schema that a later version has added to, it is the
//! previous version.

use std::{fs, path::PathBuf};

use doorward_api::{EndReason, ErrorCode};
use futures::future::join_all;
use sqlx::{AnyPool, any::install_default_drivers};
use test_macros::app_test;

use crate::support::{Database, MASTER_SECRET, PASSWORD, PolicyName, ServerProcess, TestApp, run_cli, run_cli_with};

const ADA: &str = "ada@example.com";

/// Adds all that a migration may add, as the next version would.
async fn migrate_to_next_version(database: &Database) {
    for statement in [
        "alter table users add column later_text text not null default 'none'",
        "alter table sessions add column later_number bigint",
        "alter table events add column later_number bigint not null default 0",
        "alter table keys add column later_text text not null default ''",
        "create table later (later_id text primary key, user_id text not null references users (user_id))",
        "create index sessions_by_later on sessions (later_number asc, session_id)",
        "insert into server_state (name, value) values ('later', '1')",
        "insert into _sqlx_migrations (version, description, success, checksum, execution_time) \
         select 1 + max(version), 'later', max(true), max(checksum), 0 from _sqlx_migrations",
    ] {
        let statement = if database.url.starts_with("sqlite") {
            statement.to_owned()
        } else {
            statement.replace("max(true)", "true").replace("max(checksum)", "''")
        };
        database.execute(statement).await;
    }
}

#[app_test(each_policy)]
async fn this_version_works_on_the_schema_of_the_next_one(app: TestApp) {
    let mut ada = app.logged_in(ADA).await;
    migrate_to_next_version(app.database()).await;

    // A rollback.
    app.restart().await;

    let phone = app.logged_in(ADA).await;
    if app.credential_storage().is_renewable() {
        ada.refresh_and_store().await;
    }
    ada.me().await.assert_ok();
    app.register("bob@example.com", PASSWORD).await.assert_status(201);
    phone.log_out().await.assert_ok();
    phone.me().await.assert_ended(EndReason::LoggedOut);
    let wrong = app.log_in(ADA, "wrong horse battery staple").await;
    wrong.assert_refused(ErrorCode::InvalidCredentials);
    ada.change_password(PASSWORD, "another horse and another staple").await.assert_ok();
    app.advance(40 * 24 * 3600);
    app.rotate_keys_if_due().await;
    app.flush_last_used().await;
    app.clean_up().await;
    app.clean_up().await;
    app.log_in(ADA, "another horse and another staple").await.assert_ok();
    app.get("/readyz").await.assert_status(200);
}

#[app_test]
async fn the_program_and_its_commands_work_on_the_schema_of_the_next_version(app: TestApp) {
    app.logged_in(ADA).await;
    migrate_to_next_version(app.database()).await;
    let settings = [("DOORWARD_SECRET", MASTER_SECRET)];
    run_cli_with(app.database(), &settings, "config check", b"").await.assert_success();
    assert!(run_cli(app.database(), "user list", "").await.assert_success().contains(ADA));
    let said = run_cli(app.database(), "migrate", "").await.assert_success();
    assert_eq!(said, "The database lacks no migration.\n");
    let server = ServerProcess::start(app.database(), PolicyName::Retention).await;
    server.log_in(ADA).await.expect("a login");
    assert!(server.get("/readyz").await.starts_with("HTTP/1.1 200"));
}

async fn serve_without_migrations(database: &Database) -> crate::support::Output {
    run_cli_with(database, &[("DOORWARD_SECRET", MASTER_SECRET)], "serve --no-migrate", b"").await
}

#[tokio::test]
async fn a_server_that_does_not_migrate_says_what_to_run() {
    for database in [Database::sqlite(), Database::postgres().await] {
        serve_without_migrations(&database).await.assert_failure(1, "`doorward migrate`");
        let said = run_cli(&database, "migrate", "").await.assert_success();
        assert_eq!(said, all_done());
        let server = ServerProcess::start_with_arguments(&database, "serve --no-migrate").await;
        server.log_in(ADA).await.expect("a login");
        drop(server);

        database.execute("delete from _sqlx_migrations").await;

        let reason = "lacks migration 1 of this version of Doorward; run `doorward migrate`";
        serve_without_migrations(&database).await.assert_failure(1, reason);
        run_cli(&database, "user list", "").await.assert_failure(1, reason);
    }
}

#[tokio::test]
async fn of_migrations_at_the_same_time_one_is_applied() {
    for database in [Database::sqlite(), Database::postgres().await] {
        let outputs = join_all((0..4).map(|_| run_cli(&database, "migrate", ""))).await;

        let said: String = outputs.into_iter().map(|output| output.assert_success()).collect();
        let mut done: Vec<_> = said.lines().filter(|line| line.starts_with("Migration ")).collect();
        done.sort_unstable();
        assert_eq!(done, all_done().lines().collect::<Vec<_>>());
        let count = migrations().len().to_string();
        assert_eq!(database.value("select count(*) from _sqlx_migrations").await, count);
    }
}

/// A lock is not waited for without an end: on Postgres, all other statements on the table would queue up behind.
#[tokio::test]
async fn a_migration_that_waits_for_a_lock_gives_way_and_is_tried_again() {
    let database = Database::dedicated_postgres().await;
    run_cli(&database, "migrate", "").await.assert_success();
    let installed = "insert into _sqlx_migrations (version, description, success, checksum, execution_time) values \
                     (1, '', true, '', 0)";
    database.execute("drop schema public cascade; create schema public").await;
    database
        .execute(
            "create table _sqlx_migrations (version bigint primary key, description text not null, \
             installed_on timestamptz not null default now(), success boolean not null, checksum bytea not null, \
             execution_time bigint not null)",
        )
        .await;
    install_default_drivers();
    let pool = AnyPool::connect(&database.url).await.expect("a connection");
    let mut other = pool.begin().await.expect("a transaction");
    sqlx::query(installed).execute(&mut *other).await.expect("inserted");

    let waiting = "select coalesce(min(xact_start)::text, '') from pg_stat_activity \
                   where datname = current_database() and wait_event_type = 'Lock'";
    let give_way = async {
        let mut seen = Vec::new();
        // As often as it has begun anew.
        while seen.len() < 2 {
            let since = database.value(waiting).await;
            if !since.is_empty() && !seen.contains(&since) {
                seen.push(since);
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        other.rollback().await.expect("rolled back");
    };
    let (migrated, ()) = futures::future::join(run_cli(&database, "migrate", ""), give_way).await;

    assert_eq!(migrated.assert_success(), all_done());
}

/// What `doorward migrate` prints on an empty database.
fn all_done() -> String {
    let lines = migrations().into_iter().map(|(version, _)| format!("Migration {version}: done."));
    lines.collect::<Vec<_>>().join("\n") + "\n"
}

/// The migrations with their versions, in their order.
fn migrations() -> Vec<(u32, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut paths: Vec<_> =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    let version = |path: &PathBuf| path.file_name().expect("a name").to_string_lossy()[..4].parse().expect("a number");
    paths.iter().map(|path| (version(path), fs::read_to_string(path).expect("text"))).collect()
}

/// The statements of a file, in one line each.
fn statements(sql: &str) -> Vec<String> {
    let code: Vec<&str> = sql.lines().map(|line| line.split("--").next().unwrap_or_default()).collect();
    let words = |statement: &str| statement.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    code.join(" ").split(';').map(words).filter(|statement| !statement.is_empty()).collect()
}

/// Whether a statement leaves all that an older version reads and writes as it was.
fn only_adds(statement: &str) -> bool {
    if let Some(change) = statement.strip_prefix("alter table ") {
        let added = change.split_once(" add column ").map(|(_, column)| column);
        // An older version inserts rows without the column.
        return added.is_some_and(|column| !column.contains(" not null") || column.contains(" default "));
    }
    if let Some(change) = statement.strip_prefix("update server_state set value = ") {
        return change.ends_with(" where name = 'oldest_reader'");
    }
    // A new unique index could refuse what an older version writes.
    let begins = |beginnings: &[&str]| beginnings.iter().any(|beginning| statement.starts_with(beginning));
    begins(&["create table ", "create index ", "insert into "])
}

#[test]
fn migrations_only_add() {
    for (version, sql) in migrations() {
        let statements = statements(&sql);
        for statement in &statements {
            // On a table that the same migration creates, it refuses nothing that an older version writes.
            let table = statement.strip_prefix("create unique index ").and_then(|index| index.split(' ').nth(2));
            let is_new = |table| statements.iter().any(|other| other.starts_with(&format!("create table {table} (")));
            assert!(only_adds(statement) || table.is_some_and(is_new), "migration {version}: `{statement}`");
        }
        assert!(!sql.contains("no-transaction"), "migration {version} must be applied as a whole or not at all");
    }
}

#[test]
fn migrations_are_numbered_without_gaps() {
    let versions: Vec<u32> = migrations().into_iter().map(|(version, _)| version).collect();
    assert_eq!(versions, (1..).take(versions.len()).collect::<Vec<u32>>());
}

#[test]
fn what_an_older_version_could_trip_over_is_recognized() {
    for statement in [
        "drop index sessions_by_end",
        "drop table events",
        "alter table users drop column name",
        "alter table users rename to people",
        "alter table users rename column name to title",
        "alter table users alter column name type bigint",
        "alter table users add column age bigint not null",
        "create unique index users_by_name on users (name)",
        "update users set name = ''",
        "update server_state set value = '2'",
        "delete from events",
    ] {
        assert!(!only_adds(statement), "{statement}");
    }
    for statement in [
        "alter table users add column age bigint",
        "alter table users add column age bigint not null default 0",
        "update server_state set value = '2' where name = 'oldest_reader'",
    ] {
        assert!(only_adds(statement), "{statement}");
    }
}
