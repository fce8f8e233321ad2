//! A start that fails: one line with the key, the place and the reason, and `config check` prints the same without changing
//! anything.

use std::{
    fs::{self, Permissions},
    net::TcpListener,
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
    process::Command,
};

use test_macros::app_test;

use crate::support::{Database, MASTER_SECRET, Output, PUBLIC_URL, TestApp, run_cli_with};

/// No settings but these and an address that is free.
async fn doorward(database: &Database, arguments: &str, settings: &[(&str, &str)]) -> Output {
    // Without the harness's weak hashing, of which there would be a warning.
    let defaults =
        ["DOORWARD_DATABASE_URL", "DOORWARD_ARGON2_MEMORY_KIB", "DOORWARD_ARGON2_ITERATIONS"].map(|name| (name, ""));
    let settings = [&defaults[..], &[("DOORWARD_LOG", "info")], settings].concat();
    run_cli_with(database, &settings, arguments, b"").await
}

/// Every file with its size.
fn listing(folder: &Path) -> Vec<String> {
    let output = Command::new("find").arg(folder).args(["-printf", "%p %m %s\n"]).output().expect("find runs");
    let mut lines: Vec<_> = String::from_utf8(output.stdout).expect("text").lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

/// Asserts that the check changes nothing and gives the same reason as the start.
async fn assert_neither_starts_nor_passes(database: &Database, settings: &[(&str, &str)], reason: &str) {
    let before = listing(database.folder.path());
    doorward(database, "config check", settings).await.assert_failure(1, reason);
    assert_eq!(listing(database.folder.path()), before, "{reason}");
    doorward(database, "serve", settings).await.assert_failure(1, reason);
}

#[tokio::test]
async fn a_data_dir_that_cannot_be_used_is_named() {
    let database = Database::sqlite();
    let folder = database.folder.path();
    fs::write(folder.join("file"), "").expect("written");
    symlink(folder.join("nothing"), folder.join("link")).expect("linked");
    for (data_dir, reason) in [
        ("/dev/null", "data_dir: /dev/null: "),
        ("file", "data_dir: file: "),
        ("link", "data_dir: link: is a link to"),
        ("file/data", "data_dir: file/data: "),
    ] {
        assert_neither_starts_nor_passes(&database, &[("DOORWARD_DATA_DIR", data_dir)], reason).await;
    }
}

#[tokio::test]
async fn an_sqlite_file_that_cannot_be_used_is_named() {
    let database = Database::sqlite();
    let folder = database.folder.path();
    fs::write(folder.join("text.db"), "this is no database, however long it is. ".repeat(50)).expect("written");
    fs::create_dir(folder.join("folder.db")).expect("created");
    symlink(folder.join("nowhere/nothing"), folder.join("link.db")).expect("linked");
    for (file, reason) in [
        ("text.db", "text.db: is not an SQLite database"),
        ("folder.db", "folder.db: "),
        ("link.db", "link.db: is a link to"),
        ("text.db/inside.db", "database_url: text.db/inside.db: "),
    ] {
        let settings = [("DOORWARD_DATABASE_URL", &*format!("sqlite:{file}")), ("DOORWARD_SECRET", MASTER_SECRET)];
        doorward(&database, "serve", &settings).await.assert_failure(1, reason);
        doorward(&database, "config check", &settings).await.assert_failure(1, file.split('/').next().expect("a name"));
    }
}

#[tokio::test]
async fn a_postgres_that_cannot_be_reached_is_named_without_its_password() {
    let database = Database::sqlite();
    for (address, reason) in [
        ("127.0.0.1:1", "database_url: postgres at 127.0.0.1:1/dw: Connection refused"),
        ("doorward.invalid", "database_url: postgres at doorward.invalid:5432/dw: "),
    ] {
        let url = format!("postgres://dw:hunter2pw@{address}/dw?sslmode=verify-full");
        for arguments in ["serve", "config check", "user list"] {
            let settings = [("DOORWARD_DATABASE_URL", url.as_str()), ("DOORWARD_SECRET", MASTER_SECRET)];
            let output = doorward(&database, arguments, &settings).await;
            output.assert_failure(1, reason);
            assert!(!output.stderr.contains("hunter2pw"), "{output:?}");
        }
    }
}

/// A newer version has said that this one cannot work with its changes.
#[app_test]
async fn a_database_that_this_version_is_too_old_for_is_refused(app: TestApp) {
    app.database().execute("update server_state set value = '9999' where name = 'oldest_reader'").await;
    let settings = [("DOORWARD_DATABASE_URL", app.database().url.as_str()), ("DOORWARD_SECRET", MASTER_SECRET)];
    let reason =
        "has been used by a newer version of Doorward, and versions before its migration 9999 cannot work with it";
    assert_neither_starts_nor_passes(app.database(), &settings, reason).await;
    doorward(app.database(), "migrate", &settings).await.assert_failure(1, reason);
    doorward(app.database(), "user list", &settings).await.assert_failure(1, reason);
}

#[app_test]
async fn a_database_from_before_the_first_release_is_refused_and_stays_as_it_is(app: TestApp) {
    let checksum = if app.database().url.starts_with("sqlite") { "x'00'" } else { "'\\x00'" };
    app.database().execute(format!("update _sqlx_migrations set checksum = {checksum} where version = 1")).await;
    let before = app.database().contents().await;
    let settings = [("DOORWARD_DATABASE_URL", app.database().url.as_str()), ("DOORWARD_SECRET", MASTER_SECRET)];
    let reason = "was made by a version before the first release, which cannot be upgraded; move it away";
    assert_neither_starts_nor_passes(app.database(), &settings, reason).await;
    doorward(app.database(), "migrate", &settings).await.assert_failure(1, reason);
    assert_eq!(app.database().contents().await, before);
}

#[tokio::test]
async fn an_address_in_use_is_named() {
    let database = Database::sqlite();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let reason = format!("listen: {address}: Address already in use");
    assert_neither_starts_nor_passes(&database, &[("DOORWARD_LISTEN", &address)], &reason).await;
    assert_neither_starts_nor_passes(&database, &[("DOORWARD_LISTEN", "192.0.2.7:3000")], "listen: 192.0.2.7:3000: ")
        .await;
}

#[tokio::test]
async fn a_secret_that_others_can_read_or_that_is_no_secret_is_refused() {
    let database = Database::sqlite();
    let data_dir = database.folder.path().join("data");
    fs::create_dir(&data_dir).expect("created");
    let file = data_dir.join("secret");
    for (text, mode, reason) in [
        (MASTER_SECRET, 0o644, "secret: other users of this machine can read or change it (mode 0644)"),
        (MASTER_SECRET, 0o620, "(mode 0620)"),
        (MASTER_SECRET, 0o666, "(mode 0666)"),
        ("", 0o600, "at least 32 random characters"),
    ] {
        fs::write(&file, text).expect("written");
        fs::set_permissions(&file, Permissions::from_mode(mode)).expect("changed");
        doorward(&database, "config check", &[]).await.assert_failure(1, reason);
        doorward(&database, "serve", &[]).await.assert_failure(1, reason);
    }
    fs::remove_file(&file).expect("removed");
    symlink("nothing", &file).expect("linked");
    doorward(&database, "config check", &[]).await.assert_failure(1, "secret: is a link to nothing");
    doorward(&database, "serve", &[]).await.assert_failure(1, "secret: is a link to nothing");
}

/// The settings of the server that has used the database, but for the secret.
fn with_secret<'a>(app: &'a TestApp, secret: &'a str) -> [(&'static str, &'a str); 3] {
    let url = ("DOORWARD_DATABASE_URL", app.database().url.as_str());
    [url, ("DOORWARD_PUBLIC_URL", PUBLIC_URL), ("DOORWARD_SECRET", secret)]
}

#[app_test]
async fn an_unknown_secret_is_refused(app: TestApp) {
    let other = "another secret, as long as it has to be";
    assert_neither_starts_nor_passes(app.database(), &with_secret(&app, other), "keys reset --new-secret").await;
}

#[app_test]
async fn a_superseded_secret_is_refused(app: TestApp) {
    let other = [("DOORWARD_SECRET", "another secret, as long as it has to be")];
    run_cli_with(app.database(), &other, "keys reset --new-secret --yes", b"").await.assert_success();
    let settings = with_secret(&app, MASTER_SECRET);
    assert_neither_starts_nor_passes(app.database(), &settings, "secret: superseded by a newer one").await;
}

#[tokio::test]
async fn a_disk_that_is_read_only_or_full_is_named() {
    let database = Database::sqlite();
    let mounted = database.folder.path().join("disk");
    fs::create_dir(&mounted).expect("created");
    for (options, reason) in [("size=1m,ro", "Read-only file system"), ("size=64k", "disk")] {
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(&mounted).output();
        if !mount.is_ok_and(|output| output.status.success()) {
            println!("cannot mount a tmpfs; nothing is tested");
            return;
        }
        let settings = [("DOORWARD_DATA_DIR", "disk/data")];
        let (checked, started) =
            (doorward(&database, "config check", &settings).await, doorward(&database, "serve", &settings).await);
        drop(Command::new("umount").arg("--lazy").arg(&mounted).status());
        checked.assert_failure(1, reason);
        started.assert_failure(1, reason);
        assert!(started.stderr.contains("disk/data"), "{started:?}");
    }
}

#[tokio::test]
async fn settings_with_which_the_server_would_start_pass_and_change_nothing() {
    let database = Database::sqlite();
    let output = doorward(&database, "config check", &[]).await.assert_success();
    assert_eq!(output, "The server would start.\n");
    assert_eq!(listing(database.folder.path()).len(), 1, "nothing but the folder itself");

    let weak = [("DOORWARD_LOGIN_ATTEMPTS", "off"), ("DOORWARD_SECRET", &*"a".repeat(32))];
    let output = doorward(&database, "config check", &weak).await.assert_success();
    assert!(output.contains("warning: login_attempts: ") && output.contains("warning: secret: "), "{output}");
}

#[app_test]
async fn the_check_passes_beside_a_running_server(app: TestApp) {
    app.logged_in("ada@example.com").await;
    let settings = [("DOORWARD_DATABASE_URL", app.database().url.as_str()), ("DOORWARD_SECRET", MASTER_SECRET)];
    let before = listing(app.database().folder.path());
    let output = doorward(app.database(), "config check", &settings).await.assert_success();
    assert!(output.ends_with("The server would start.\n"), "{output}");
    assert_eq!(listing(app.database().folder.path()), before);
}

#[tokio::test]
async fn a_path_is_a_path() {
    let database = Database::sqlite();
    let tenant = |name: &str| database.folder.path().join(name);
    fs::create_dir(tenant("tenantA")).expect("created");
    for name in ["tenant%41", "what?", "a b%20c", "#1", "naïve", "q&a=1"] {
        let mut server = crate::support::ServerProcess::start_with(
            &database,
            &[("DOORWARD_DATABASE_URL", ""), ("DOORWARD_SECRET", ""), ("DOORWARD_DATA_DIR", name)],
        )
        .await;
        server.signal("-TERM").await;
        assert!(server.exit_status().await.success(), "{name}");
        let files: Vec<_> = ["doorward.db", "secret"].iter().filter(|file| tenant(name).join(file).exists()).collect();
        assert_eq!(files.len(), 2, "{name}");
        doorward(&database, "user list", &[("DOORWARD_DATA_DIR", name)]).await.assert_success();
    }
    assert_eq!(fs::read_dir(tenant("tenantA")).expect("readable").count(), 0);
}
