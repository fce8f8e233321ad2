//! `doorward backup`, beside a running server.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Command};

use crate::support::{Database, Disk, MASTER_SECRET, PolicyName, ServerProcess, WriteLoad, run_cli, run_cli_with};

const SECRET: [(&str, &str); 1] = [("DOORWARD_SECRET", MASTER_SECRET)];

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<_> = entries.map(|entry| entry.expect("an entry").file_name().display().to_string()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_backup_of_a_running_server_has_all_that_was_acknowledged_and_is_private() {
    let database = Database::sqlite();
    let (server, mut load) =
        (ServerProcess::start_with(&database, &[("DOORWARD_LOGIN_ATTEMPTS", "off")]).await, WriteLoad::default());
    load.run(5, &server).await;

    let output = run_cli(&database, "backup copy.db", "").await.assert_success();

    let copy = database.folder.path().join("copy.db");
    assert_eq!(fs::metadata(&copy).expect("a file").permissions().mode() & 0o777, 0o600);
    let fingerprint = run_cli_with(&database, &SECRET, "secret fingerprint", b"").await.assert_success();
    let last = output.lines().last().expect("a line");
    assert!(last.contains("master secret is not in it") && last.ends_with(fingerprint.trim()), "{output}");
    assert_eq!(fingerprint.trim().len(), 16);
    let other = Database::sqlite();
    fs::copy(&copy, other.folder.path().join("doorward.db")).expect("copied");
    load.acknowledged.assert_stored_in(&other).await;
    assert!(!names(database.folder.path()).iter().any(|name| name.contains("partial")));
}

#[tokio::test]
async fn a_backup_taken_while_others_write_is_whole() {
    let database = Database::sqlite();
    let server = ServerProcess::start_with(&database, &[("DOORWARD_LOGIN_ATTEMPTS", "off")]).await;
    let mut load = WriteLoad::default();
    load.run(3, &server).await;

    let backing_up = async {
        for number in 0..5 {
            run_cli(&database, &format!("backup copy-{number}.db"), "").await.assert_success();
        }
    };
    tokio::join!(load.run(10, &server), backing_up);

    for number in 0..5 {
        let other = Database::sqlite();
        let copy = database.folder.path().join(format!("copy-{number}.db"));
        fs::copy(copy, other.folder.path().join("doorward.db")).expect("copied");
        assert_eq!(other.value("pragma integrity_check").await, "ok");
        let users: u32 = other.value("select count(*) from users").await.parse().expect("a number");
        assert!((3..=13).contains(&users), "{users}");
    }
}

#[tokio::test]
async fn a_backup_overwrites_nothing() {
    let database = Database::sqlite();
    ServerProcess::start(&database, PolicyName::Retention).await;
    fs::write(database.folder.path().join("taken"), "something").expect("written");
    for (file, reason) in [
        ("taken", "taken: exists already"),
        ("doorward.db", "doorward.db: exists already"),
        (".", "exists already"),
        ("no/such/folder", "no/such/folder: No such file"),
    ] {
        run_cli(&database, &format!("backup {file}"), "").await.assert_failure(1, reason);
    }
    assert_eq!(fs::read_to_string(database.folder.path().join("taken")).expect("text"), "something");
}

#[tokio::test]
async fn a_backup_that_does_not_fit_on_the_disk_leaves_nothing_behind() {
    let database = Database::sqlite();
    let server = ServerProcess::start(&database, PolicyName::Retention).await;
    let ada = server.log_in("ada@example.com").await.expect("a login");
    let folder = tempfile::tempdir_in(database.folder.path()).expect("a folder");
    let target = folder.path().join("copy.db");

    // 4 KiB: less than any database.
    let mut limited = Command::new("/bin/sh");
    limited.args(["-c", "ulimit -f 8 && exec \"$0\" backup \"$1\"", env!("CARGO_BIN_EXE_doorward")]);
    limited.arg(&target).current_dir(database.folder.path()).env("DOORWARD_DATABASE_URL", &database.url);
    let output = limited.output().expect("the program runs");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let line = String::from_utf8(output.stderr).expect("text");
    assert!(line.starts_with("doorward: ") && line.contains("copy.db: ") && line.lines().count() == 1, "{line}");
    assert_eq!(names(folder.path()), [""; 0]);

    let disk = Disk::of_size(&folder, 1);
    if let Disk::Tmpfs(_) = disk {
        disk.fill(&server);
        let line = run_cli(&database, &format!("backup {}", target.display()), "").await;
        line.assert_failure(1, "copy.db: ");
        assert_eq!(names(folder.path()), ["filler"]);
    }
    assert_eq!(server.me(&ada).await.expect("a response").0, 200);
}

#[tokio::test]
async fn a_database_that_no_server_has_used_has_no_backup() {
    let database = Database::sqlite();
    run_cli(&database, "backup copy.db", "").await.assert_failure(1, "doorward.db: does not exist");
    fs::write(database.folder.path().join("doorward.db"), "").expect("written");
    run_cli(&database, "backup copy.db", "").await.assert_failure(1, "has not been used yet");
    assert_eq!(names(database.folder.path()), ["doorward.db"]);
}

#[tokio::test]
async fn postgres_has_tools_of_its_own() {
    let database = Database::sqlite();
    let settings = [("DOORWARD_DATABASE_URL", "postgres://dw:hunter2pw@db.example.com/dw?sslmode=verify-full")];
    let shown = "'postgres://dw@db.example.com/dw?sslmode=verify-full'";
    let output = run_cli_with(&database, &settings, "backup copy.db", b"").await;
    output.assert_failure(2, &format!("pg_dump --format=custom --file=copy.db {shown}"));
    let output = run_cli_with(&database, &settings, "restore copy.db", b"").await;
    output.assert_failure(
        2,
        &format!("pg_restore --clean --if-exists --single-transaction --exit-on-error --dbname={shown} copy.db"),
    );
    assert!(output.stderr.contains("doorward keys reset"), "{output:?}");
    let settings = [("DOORWARD_DATABASE_URL", "postgres://dw@db.example.com/it's?statement-cache-capacity=0")];
    let output = run_cli_with(&database, &settings, "backup copy.db", b"").await;
    output.assert_failure(2, r"--file=copy.db 'postgres://dw@db.example.com/it'\''s'");
}
