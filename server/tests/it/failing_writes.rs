//! Writes to the database fail: nothing is acknowledged that is not stored, and it is over by itself when there is room.

use std::{path::Path, time::Duration};

use doorward_api::PolicyName;
use serde_json::json;
use sqlx::{AnyPool, any::install_default_drivers};
use tokio::{io::AsyncReadExt, time::sleep};

use crate::fixture::{Acknowledged, Database, Disk, PASSWORD, Server, Users, session_of};

/// A server whose log is read away.
async fn start(database: &Database) -> Server {
    let mut server = Server::start_with(database, &[("DOORWARD_LOGIN_ATTEMPTS", "off")]).await;
    let mut log = server.child.stderr.take().expect("piped");
    tokio::spawn(async move { log.read_to_end(&mut Vec::new()).await });
    server
}

async fn kill(mut server: Server) {
    server.signal("-KILL").await;
    server.child.wait().await.expect("killed");
}

async fn readiness(server: &Server) -> u16 {
    server.text("/readyz").await[9..12].parse().expect("a status")
}

/// Waits a few seconds for the server to be ready, as a load balancer does.
async fn recovered(server: &Server) {
    for _ in 0..50 {
        if readiness(server).await == 200 {
            return;
        }
        sleep(Duration::from_millis(100)).await;
    }
    panic!("not ready within five seconds");
}

async fn assert_all_there(database: &Database, acknowledged: &Acknowledged) {
    acknowledged.assert_stored_in(database).await;
    let server = start(database).await;
    for authorization in &acknowledged.live {
        let (status, body) = server.me(authorization).await.expect("an answer");
        assert_eq!(status, 200, "{body}");
    }
}

#[tokio::test]
async fn a_disk_that_is_full_loses_nothing_that_was_acknowledged() {
    for mebibytes in [1, 2, 4] {
        let database = Database::sqlite();
        let disk = Disk::of_size(&database.folder, mebibytes);
        let (server, mut users, mut acknowledged) = (start(&database).await, Users::default(), Acknowledged::default());
        users.all(3, &server, &mut acknowledged).await;
        if let Disk::FileSizeLimit = disk {
            disk.fill(&server);
        }

        users.until_failures(2, &server, &mut acknowledged).await;
        users.some(10, &server, &mut acknowledged).await;
        for authorization in &acknowledged.live {
            assert_eq!(server.me(authorization).await.expect("an answer").0, 200, "requests that write nothing go on");
        }

        disk.make_room(&server);
        recovered(&server).await;
        users.all(5, &server, &mut acknowledged).await;

        acknowledged.assert_stored_in(&database).await;
        kill(server).await;
        assert_all_there(&database, &acknowledged).await;
    }
}

#[tokio::test]
async fn a_thousand_acknowledged_writes_survive_three_full_disks() {
    for limit_file_size in [false, true] {
        let database = Database::sqlite();
        let disk = if limit_file_size { Disk::FileSizeLimit } else { Disk::of_size(&database.folder, 64) };
        let (server, mut users, mut acknowledged) = (start(&database).await, Users::default(), Acknowledged::default());

        for _ in 0..3 {
            users.all(55, &server, &mut acknowledged).await;
            disk.fill(&server);
            users.until_failures(2, &server, &mut acknowledged).await;
            users.some(5, &server, &mut acknowledged).await;
            if limit_file_size {
                // On a full disk a small write may still find room in the log.
                assert_eq!(readiness(&server).await, 503);
            }
            disk.make_room(&server);
            recovered(&server).await;
        }
        users.all(5, &server, &mut acknowledged).await;

        assert!(acknowledged.count() > 1_000, "{}", acknowledged.count());
        kill(server).await;
        assert_all_there(&database, &acknowledged).await;
    }
}

#[tokio::test]
async fn a_database_that_is_read_only_for_a_while_loses_nothing_that_was_acknowledged() {
    let database = Database::postgres_of_its_own().await;
    let (server, mut users, mut acknowledged) = (start(&database).await, Users::default(), Acknowledged::default());

    for _ in 0..3 {
        users.all(55, &server, &mut acknowledged).await;
        database.set_read_only(true).await;
        users.until_failures(2, &server, &mut acknowledged).await;
        users.some(5, &server, &mut acknowledged).await;
        assert_eq!(readiness(&server).await, 503);
        database.set_read_only(false).await;
        recovered(&server).await;
    }
    users.all(5, &server, &mut acknowledged).await;

    assert!(acknowledged.count() >= 1_000, "{}", acknowledged.count());
    kill(server).await;
    assert_all_there(&database, &acknowledged).await;
}

#[tokio::test]
async fn last_uses_that_cannot_be_written_spoil_no_later_write() {
    let database = Database::sqlite();
    let disk = Disk::of_size(&database.folder, 64);
    let (server, mut users, mut acknowledged) = (start(&database).await, Users::default(), Acknowledged::default());
    let form = json!({"email": "ada@example.com", "password": PASSWORD, "name": "Ada"});
    let (_, head, answer) = server.ask("POST", "/api/auth/register", "", &form.to_string()).await.expect("an answer");
    let id = session_of(&answer);
    let cookie = head.lines().find_map(|line| line.strip_prefix("set-cookie: ")?.split(';').next()).expect("a cookie");
    let refresh = || async { server.ask("POST", "/api/auth/refresh", &format!("cookie: {cookie}\r\n"), "").await };

    disk.fill(&server);
    // The batches of three seconds fail, and no request does.
    for _ in 0..30 {
        assert_eq!(refresh().await.expect("an answer").0, 200);
        sleep(Duration::from_millis(100)).await;
    }
    let used = database.value(format!("select last_used_at from sessions where session_id = '{id}'")).await;
    disk.make_room(&server);

    users.all(4, &server, &mut acknowledged).await;
    acknowledged.assert_stored_in(&database).await;
    for _ in 0..50 {
        let since = database.value(format!("select last_used_at from sessions where session_id = '{id}'")).await;
        if since != used {
            kill(server).await;
            return assert_all_there(&database, &acknowledged).await;
        }
        sleep(Duration::from_millis(100)).await;
    }
    panic!("the last use is not written");
}

#[tokio::test]
async fn a_folder_that_is_moved_away_takes_no_writes_until_it_is_back() {
    let database = Database::sqlite_at("data/doorward.db");
    let folder = database.folder.path().join("data");
    let (server, mut users, mut acknowledged) = (start(&database).await, Users::default(), Acknowledged::default());
    users.all(2, &server, &mut acknowledged).await;

    let aside = folder.with_file_name("aside");
    std::fs::rename(&folder, &aside).expect("moved");
    users.until_failures(2, &server, &mut acknowledged).await;
    assert_eq!(readiness(&server).await, 503);
    assert!(!folder.exists(), "no other database takes its place");

    std::fs::rename(&aside, &folder).expect("moved back");
    recovered(&server).await;
    users.all(2, &server, &mut acknowledged).await;

    std::fs::remove_dir_all(&folder).expect("deleted");
    let count = acknowledged.count();
    users.until_failures(3, &server, &mut acknowledged).await;
    assert_eq!((readiness(&server).await, acknowledged.count()), (503, count));
}

#[tokio::test]
async fn each_file_of_the_database_is_missed() {
    for suffix in ["", "-wal", "-shm"] {
        let database = Database::sqlite();
        let server = start(&database).await;
        let mut acknowledged = Acknowledged::default();
        Users::default().all(1, &server, &mut acknowledged).await;

        let file = database.folder.path().join(format!("doorward.db{suffix}"));
        std::fs::rename(&file, file.with_extension("aside")).expect("moved");

        Users(1).until_failures(2, &server, &mut acknowledged).await;
        assert_eq!(readiness(&server).await, 503, "{suffix}");
    }
}

#[tokio::test]
async fn after_a_stop_the_file_alone_holds_everything() {
    let database = Database::sqlite();
    let (mut server, mut users, mut acknowledged) = (start(&database).await, Users::default(), Acknowledged::default());
    users.all(5, &server, &mut acknowledged).await;

    server.signal("-TERM").await;
    assert!(server.child.wait().await.expect("it ends").success());

    let elsewhere = Database::sqlite();
    let copy = elsewhere.folder.path().join("doorward.db");
    std::fs::copy(database.folder.path().join("doorward.db"), copy).expect("a copy");
    acknowledged.assert_stored_in(&elsewhere).await;
}

#[tokio::test]
async fn the_log_gives_back_the_space_that_a_long_reader_made_it_take() {
    let database = Database::sqlite();
    let (server, mut users, mut acknowledged) = (start(&database).await, Users::default(), Acknowledged::default());
    users.all(1, &server, &mut acknowledged).await;
    install_default_drivers();
    let path = database.folder.path().join("doorward.db");
    let foreign = AnyPool::connect(&format!("sqlite://{}", path.display())).await.expect("a connection");
    let mut reader = foreign.begin().await.expect("a transaction");
    sqlx::query("select count(*) from users").fetch_one(&mut *reader).await.expect("a count");

    let log = database.folder.path().join("doorward.db-wal");
    while size(&log) < 6 * 1024 * 1024 {
        users.all(20, &server, &mut acknowledged).await;
    }
    reader.rollback().await.expect("the end of the reading");
    for _ in 0..20 {
        users.all(5, &server, &mut acknowledged).await;
    }
    assert!(size(&log) <= 4 * 1024 * 1024 + 64 * 1024, "{} bytes", size(&log));
}

fn size(file: &Path) -> u64 {
    file.metadata().expect("a file").len()
}

#[tokio::test]
async fn readiness_writes_at_most_once_a_second() {
    let database = Database::sqlite();
    let server = Server::start(&database, PolicyName::Retention).await;
    for _ in 0..50 {
        assert_eq!(readiness(&server).await, 200);
    }
    let writes: u32 = database.value("select writes from write_probe").await.parse().expect("a number");
    assert!((1..=3).contains(&writes), "{writes}");
}
