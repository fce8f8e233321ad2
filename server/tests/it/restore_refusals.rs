//! `doorward restore` of something that it cannot restore: one line with the reason, and nothing is replaced.

use std::{fs, os::unix::fs::PermissionsExt};

use crate::{
    restore::{app_under, back_up, kept, restore, stop},
    support::{Database, PolicyName, ServerProcess, run_cli, run_cli_with},
};

const ADA: &str = "ada@example.com";
const OTHER: &str = "another secret, as long as it has to be";

#[tokio::test]
async fn a_file_that_is_no_whole_backup_of_this_version_replaces_nothing() {
    let app = app_under(PolicyName::Retention).await;
    let ada = app.logged_in(ADA).await;
    back_up(&app).await;
    let folder = app.database().folder.path();
    let copy = fs::read(folder.join("copy.db")).expect("a backup");
    let write = |name: &str, bytes: &[u8]| fs::write(folder.join(name), bytes).expect("written");
    write("cut-off.db", &copy[..copy.len() / 2]);
    write("cut-in-header.db", &copy[..60]);
    write("one-byte.db", &copy[..1]);
    let mut damaged = copy.clone();
    damaged[4096..].fill(0x55);
    write("damaged.db", &damaged);
    write("empty.db", b"");
    write("text.db", &b"no database at all. ".repeat(500));
    fs::create_dir(folder.join("folder.db")).expect("created");
    let other = Database::sqlite_at("newer.db");
    fs::write(other.folder.path().join("newer.db"), &copy).expect("written");
    other
        .execute(
            "insert into _sqlx_migrations (version, description, success, checksum, execution_time) \
             select 99990101000000, 'later', success, checksum, 0 from _sqlx_migrations limit 1",
        )
        .await;
    other.execute("update server_state set value = '99990101000000' where name = 'oldest_reader'").await;
    fs::copy(other.folder.path().join("newer.db"), folder.join("newer.db")).expect("copied");
    let foreign = Database::sqlite_at("foreign.db");
    fs::write(foreign.folder.path().join("foreign.db"), b"").expect("written");
    foreign.execute("create table something (id bigint)").await;
    fs::copy(foreign.folder.path().join("foreign.db"), folder.join("foreign.db")).expect("copied");
    let before = fs::read(folder.join("doorward.db")).expect("a database");

    for (file, reason) in [
        ("cut-off.db", "is cut off: it has "),
        ("cut-in-header.db", "is cut off"),
        ("one-byte.db", "is cut off"),
        ("damaged.db", "is damaged"),
        ("empty.db", "is not an SQLite database"),
        ("text.db", "is not an SQLite database"),
        ("folder.db", "is a directory"),
        ("absent.db", "No such file"),
        (
            "newer.db",
            "has been used by a newer version of Doorward, and versions before its migration 99990101000000 cannot work with it",
        ),
        ("foreign.db", "is not a database of Doorward"),
    ] {
        let output = restore(app.database(), file).await;
        output.assert_failure(1, reason);
        assert!(output.stderr.contains(file), "{output:?}");
    }
    assert_eq!(fs::read(folder.join("doorward.db")).expect("a database"), before);
    assert!(kept(app.database()).is_empty());
    ada.me().await.assert_ok();
    ada.refresh().await.assert_ok();
}

#[tokio::test]
async fn a_backup_of_another_secret_needs_that_one_or_the_decision_to_replace_it() {
    let app = app_under(PolicyName::Retention).await;
    let ada = app.logged_in(ADA).await;
    back_up(&app).await;
    let other = [("DOORWARD_SECRET", OTHER)];

    let refused = run_cli_with(app.database(), &other, "restore copy.db", b"").await;
    refused.assert_failure(1, "secret: copy.db was made with another one (fingerprint ");
    let refused = run_cli(app.database(), "restore copy.db", "").await;
    refused.assert_failure(1, "secret: not found; copy.db was made with the one with the fingerprint ");
    assert!(refused.stderr.contains("--new-secret"), "{refused:?}");
    // Sessions that are kept need keys that open.
    for (settings, reason) in [(&other[..], "was made with another one"), (&[][..], "not found")] {
        let refused = run_cli_with(app.database(), settings, "restore copy.db --keep-sessions", b"").await;
        refused.assert_failure(1, reason);
        assert!(refused.stderr.contains("without --keep-sessions"), "{refused:?}");
    }
    assert!(kept(app.database()).is_empty());
    let usage = run_cli(app.database(), "restore copy.db --new-secret --keep-sessions", "").await;
    assert_eq!(usage.status, 2, "{usage:?}");

    stop(&app).await;
    run_cli_with(app.database(), &other, "restore copy.db --new-secret", b"").await.assert_success();

    app.try_restart_with(|_| {}).await.expect_err("the previous secret");
    let server = ServerProcess::start_with(app.database(), &other).await;
    let token = format!("authorization: Bearer {}\r\n", ada.access_token());
    assert_eq!(server.me(&token).await.expect("a response").0, 401);
    server.log_in(ADA).await.expect("a login");
}

#[tokio::test]
async fn a_secret_that_is_lost_is_replaced_by_a_new_one_in_the_file() {
    let app = app_under(PolicyName::Retention).await;
    app.logged_in(ADA).await;
    back_up(&app).await;
    let machine = Database::sqlite_at("data/doorward.db");
    let data = machine.folder.path().join("data");
    fs::create_dir(&data).expect("created");
    fs::copy(app.database().folder.path().join("copy.db"), machine.folder.path().join("copy.db")).expect("copied");

    run_cli(&machine, "restore absent.db --new-secret", "").await.assert_failure(1, "absent.db");
    assert!(!data.join("secret").exists());
    run_cli(&machine, "restore copy.db --new-secret", "").await.assert_success();

    assert_eq!(fs::metadata(data.join("secret")).expect("a secret").permissions().mode() & 0o777, 0o600);
    let server = ServerProcess::start_with(&machine, &[("DOORWARD_SECRET", "")]).await;
    server.log_in(ADA).await.expect("a login");
}
