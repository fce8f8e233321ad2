//! `doorward restore`: what a server that was killed leaves beside its database.

use std::fs;

use sqlx::{AnyConnection, Connection, any::install_default_drivers};

use crate::{
    restore::{kept, restore},
    support::{Database, PolicyName, ServerProcess, run_cli},
};

const ADA: &str = "ada@example.com";
const LIVE: &str = "select count(*) from sessions where ended_at is null";

/// A backup with one session, and a server that was killed after a second one began.
async fn killed_after_backup() -> Database {
    let database = Database::sqlite();
    let mut server = ServerProcess::start(&database, PolicyName::Retention).await;
    server.log_in(ADA).await.expect("a login");
    run_cli(&database, "backup copy.db", "").await.assert_success();
    server.log_in("bob@example.com").await.expect("a login");
    server.signal("-KILL").await;
    server.exit_status().await;
    assert!(database.folder.path().join("doorward.db-wal").metadata().expect("a log").len() > 0);
    database
}

#[tokio::test]
async fn the_log_of_a_database_that_was_deleted_is_not_applied_to_the_new_one() {
    let database = killed_after_backup().await;
    let folder = database.folder.path();
    fs::write(folder.join("doorward.db-journal"), "stale").expect("written");
    fs::remove_file(folder.join("doorward.db")).expect("removed");

    let output = restore(&database, "copy.db").await.assert_success();

    assert!(!output.contains("is kept as"), "{output}");
    for suffix in ["-wal", "-shm", "-journal"] {
        assert!(!folder.join(format!("doorward.db{suffix}")).exists(), "{suffix}");
    }
    assert_eq!(database.value(LIVE).await, "0");
    assert_eq!(database.value("select count(*) from users").await, "1");
    assert_eq!(database.value("pragma integrity_check").await, "ok");
}

#[tokio::test]
async fn the_database_that_was_there_is_kept_with_all_of_its_log() {
    let database = killed_after_backup().await;

    restore(&database, "copy.db").await.assert_success();

    let names = kept(&database);
    let [name] = names.as_slice() else { panic!("{names:?}") };
    let old = Database::sqlite_at(name);
    fs::copy(database.folder.path().join(name), old.folder.path().join(name)).expect("copied");
    assert_eq!(old.value(LIVE).await, "2");
    assert_eq!(database.value(LIVE).await, "0");
}

#[tokio::test]
async fn a_database_that_another_process_reads_is_not_replaced() {
    let database = killed_after_backup().await;
    install_default_drivers();
    let mut reader = AnyConnection::connect(&database.url.replacen(':', "://", 1)).await.expect("a connection");
    sqlx::raw_sql("begin; select count(*) from users").execute(&mut reader).await.expect("a read");

    let output = restore(&database, "copy.db").await;

    output.assert_failure(1, "doorward.db: another process has it open; end it and try again");
    assert!(kept(&database).is_empty());
    reader.close().await.expect("closed");
    assert_eq!(database.value(LIVE).await, "2");
}

#[tokio::test]
async fn a_database_that_cannot_be_read_is_kept_as_it_is() {
    let database = killed_after_backup().await;
    let folder = database.folder.path();
    let damaged = b"no database at all. ".repeat(500);
    fs::write(folder.join("doorward.db"), &damaged).expect("written");
    // SQLite could read the whole database in the log that the server has left.
    fs::write(folder.join("doorward.db-wal"), "no log, either").expect("written");

    restore(&database, "copy.db").await.assert_success();

    let names = kept(&database);
    let [name] = names.as_slice() else { panic!("{names:?}") };
    assert_eq!(fs::read(folder.join(name)).expect("a file"), damaged);
    assert!(!folder.join("doorward.db-wal").exists());
    assert_eq!(database.value(LIVE).await, "0");
}
