//! Writes to the database fail: nothing is acknowledged that is not stored, and the server recovers without a restart.

use std::{path::Path, time::Duration};

use serde_json::json;
use sqlx::{AnyPool, any::install_default_drivers};
use tokio::time::sleep;

use crate::support::{Database, Disk, PASSWORD, PolicyName, ServerProcess, WriteLoad, eventually};

async fn start(database: &Database) -> ServerProcess {
    let mut server = ServerProcess::start_with(database, &[("DOORWARD_LOGIN_ATTEMPTS", "off")]).await;
    server.discard_log();
    server
}

async fn kill(mut server: ServerProcess) {
    server.signal("-KILL").await;
    server.exit_status().await;
}

async fn readiness(server: &ServerProcess) -> u16 {
    server.get("/readyz").await[9..12].parse().expect("a status")
}

/// Waits a few seconds for the server to be ready, as a load balancer does.
async fn wait_until_ready(server: &ServerProcess) {
    for _ in 0..50 {
        if readiness(server).await == 200 {
            return;
        }
        sleep(Duration::from_millis(100)).await;
    }
    panic!("not ready within five seconds");
}

/// Asserts that all acknowledged writes survive a start of the server.
async fn assert_nothing_lost(database: &Database, load: &WriteLoad) {
    load.acknowledged.assert_stored_in(database).await;
    let server = start(database).await;
    for authorization in &load.acknowledged.live {
        let (status, body) = server.me(authorization).await.expect("a response");
        assert_eq!(status, 200, "{body}");
    }
}

#[tokio::test]
async fn a_full_disk_loses_no_acknowledged_write() {
    for mebibytes in [2, 3, 5] {
        let database = Database::sqlite();
        let disk = Disk::of_size(&database.folder, mebibytes);
        let (server, mut load) = (start(&database).await, WriteLoad::default());
        load.run(2, &server).await;
        if let Disk::FileSizeLimit = disk {
            disk.fill(&server);
        }

        load.run_until_failures(2, &server).await;
        load.attempt(10, &server).await;
        for authorization in &load.acknowledged.live {
            assert_eq!(server.me(authorization).await.expect("a response").0, 200, "requests without writes succeed");
        }

        disk.make_room(&server);
        wait_until_ready(&server).await;
        load.run(5, &server).await;

        load.acknowledged.assert_stored_in(&database).await;
        kill(server).await;
        assert_nothing_lost(&database, &load).await;
    }
}

#[tokio::test]
async fn a_thousand_acknowledged_writes_survive_repeated_full_disks() {
    for limit_file_size in [false, true] {
        let database = Database::sqlite();
        let disk = if limit_file_size { Disk::FileSizeLimit } else { Disk::of_size(&database.folder, 64) };
        let (server, mut load) = (start(&database).await, WriteLoad::default());

        for _ in 0..3 {
            load.run(55, &server).await;
            disk.fill(&server);
            load.run_until_failures(2, &server).await;
            load.attempt(5, &server).await;
            if limit_file_size {
                // On a full file system, a small write may still find room in the write-ahead log.
                eventually(async || readiness(&server).await == 503).await;
            }
            disk.make_room(&server);
            wait_until_ready(&server).await;
        }
        load.run(5, &server).await;

        assert!(load.acknowledged.count() > 1_000, "{}", load.acknowledged.count());
        kill(server).await;
        assert_nothing_lost(&database, &load).await;
    }
}

#[tokio::test]
async fn a_read_only_database_loses_no_acknowledged_write() {
    let database = Database::dedicated_postgres().await;
    let (server, mut load) = (start(&database).await, WriteLoad::default());

    for _ in 0..3 {
        load.run(55, &server).await;
        database.set_read_only(true).await;
        load.run_until_failures(2, &server).await;
        load.attempt(5, &server).await;
        assert_eq!(readiness(&server).await, 503);
        database.set_read_only(false).await;
        wait_until_ready(&server).await;
    }
    load.run(5, &server).await;

    assert!(load.acknowledged.count() >= 1_000, "{}", load.acknowledged.count());
    kill(server).await;
    assert_nothing_lost(&database, &load).await;
}

#[tokio::test]
async fn failed_last_used_updates_affect_no_later_write() {
    let database = Database::sqlite();
    let disk = Disk::of_size(&database.folder, 64);
    // A use is written if the last write is half a second ago.
    let settings = [("DOORWARD_LOGIN_ATTEMPTS", "off"), ("DOORWARD_SESSION_IDLE", "50s")];
    let mut server = ServerProcess::start_with(&database, &settings).await;
    server.discard_log();
    let mut load = WriteLoad::default();
    let form = json!({"email": "ada@example.com", "password": PASSWORD, "name": "Ada"});
    let (_, head, body) = server.send("POST", "/api/auth/register", "", &form.to_string()).await.expect("a response");
    let id = body["session"]["id"].as_str().expect("a session");
    let last_used_at = format!("select last_used_at from sessions where session_id = '{id}'");
    let cookie = head.lines().find_map(|line| line.strip_prefix("set-cookie: ")?.split(';').next()).expect("a cookie");
    let refresh = || async { server.send("POST", "/api/auth/refresh", &format!("cookie: {cookie}\r\n"), "").await };

    disk.fill(&server);
    // For three seconds the batched updates fail, and no request does.
    for _ in 0..30 {
        assert_eq!(refresh().await.expect("a response").0, 200);
        sleep(Duration::from_millis(100)).await;
    }
    let before = database.value(last_used_at.as_str()).await;
    disk.make_room(&server);

    load.run(4, &server).await;
    load.acknowledged.assert_stored_in(&database).await;
    for _ in 0..50 {
        if database.value(last_used_at.as_str()).await != before {
            kill(server).await;
            return assert_nothing_lost(&database, &load).await;
        }
        sleep(Duration::from_millis(100)).await;
    }
    panic!("the last-used time is not written");
}

#[tokio::test]
async fn a_missing_folder_fails_writes_until_it_is_back() {
    let database = Database::sqlite_at("data/doorward.db");
    let folder = database.folder.path().join("data");
    let (server, mut load) = (start(&database).await, WriteLoad::default());
    load.run(2, &server).await;

    let aside = folder.with_file_name("aside");
    std::fs::rename(&folder, &aside).expect("moved");
    load.run_until_failures(2, &server).await;
    assert_eq!(readiness(&server).await, 503);
    assert!(!folder.exists(), "no new database is created");

    std::fs::rename(&aside, &folder).expect("moved back");
    wait_until_ready(&server).await;
    load.run(2, &server).await;

    std::fs::remove_dir_all(&folder).expect("deleted");
    let count = load.acknowledged.count();
    load.run_until_failures(3, &server).await;
    assert_eq!((readiness(&server).await, load.acknowledged.count()), (503, count));
}

#[tokio::test]
async fn each_missing_database_file_fails_writes() {
    for suffix in ["", "-wal", "-shm"] {
        let database = Database::sqlite();
        let server = start(&database).await;
        let mut load = WriteLoad::default();
        load.run(1, &server).await;

        let file = database.folder.path().join(format!("doorward.db{suffix}"));
        std::fs::rename(&file, file.with_extension("aside")).expect("moved");

        load.run_until_failures(2, &server).await;
        assert_eq!(readiness(&server).await, 503, "{suffix}");
    }
}

#[tokio::test]
async fn after_a_shutdown_the_database_file_alone_is_complete() {
    let database = Database::sqlite();
    let (mut server, mut load) = (start(&database).await, WriteLoad::default());
    load.run(5, &server).await;

    server.signal("-TERM").await;
    assert!(server.exit_status().await.success());

    let other = Database::sqlite();
    let copy = other.folder.path().join("doorward.db");
    std::fs::copy(database.folder.path().join("doorward.db"), copy).expect("a copy");
    load.acknowledged.assert_stored_in(&other).await;
}

#[tokio::test]
async fn the_write_ahead_log_shrinks_after_a_long_read() {
    let database = Database::sqlite();
    let (server, mut load) = (start(&database).await, WriteLoad::default());
    load.run(1, &server).await;
    install_default_drivers();
    let path = database.folder.path().join("doorward.db");
    let other_pool = AnyPool::connect(&format!("sqlite://{}", path.display())).await.expect("a connection");
    let mut reader = other_pool.begin().await.expect("a transaction");
    sqlx::query("select count(*) from users").fetch_one(&mut *reader).await.expect("a count");

    let wal = database.folder.path().join("doorward.db-wal");
    while size(&wal) < 6 * 1024 * 1024 {
        load.run(20, &server).await;
    }
    reader.rollback().await.expect("a rollback");
    for _ in 0..20 {
        load.run(5, &server).await;
    }
    assert!(size(&wal) <= 4 * 1024 * 1024 + 64 * 1024, "{} bytes", size(&wal));
}

fn size(file: &Path) -> u64 {
    file.metadata().expect("a file").len()
}

#[tokio::test]
async fn readiness_checks_write_at_most_once_a_second() {
    let database = Database::sqlite();
    let server = ServerProcess::start(&database, PolicyName::Retention).await;
    for _ in 0..50 {
        assert_eq!(readiness(&server).await, 200);
    }
    let writes: u32 = database.value("select writes from write_probe").await.parse().expect("a number");
    assert!((1..=3).contains(&writes), "{writes}");
}
