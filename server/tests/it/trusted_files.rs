//! Files that decide what the server does: their owner, permissions and links.

use std::{
    fs::{self, Permissions},
    os::unix::fs::{PermissionsExt, chown, symlink},
    path::Path,
};

use test_macros::app_test;

use crate::support::{Database, MASTER_SECRET, Output, ServerProcess, TestApp, run_cli_with};

const OTHER_USER: u32 = 65_534;

async fn doorward(database: &Database, arguments: &str, settings: &[(&str, &str)]) -> Output {
    let defaults =
        ["DOORWARD_DATABASE_URL", "DOORWARD_ARGON2_MEMORY_KIB", "DOORWARD_ARGON2_ITERATIONS"].map(|name| (name, ""));
    run_cli_with(database, &[&defaults[..], settings].concat(), arguments, b"").await
}

async fn assert_neither_starts_nor_passes(database: &Database, settings: &[(&str, &str)], reason: &str) {
    for arguments in ["config check", "serve"] {
        // The check may also have warned of something.
        let output = doorward(database, arguments, settings).await;
        assert!(output.status == 1 && output.stderr.contains(reason), "{arguments}: {output:?}");
        assert_eq!(output.stderr.lines().count(), 1, "{output:?}");
    }
}

/// Gives a file to another user, which only root can.
fn give_away(path: &Path) -> bool {
    let is_given = chown(path, Some(OTHER_USER), None).is_ok();
    if !is_given {
        println!("only root can give a file away; nothing is tested");
    }
    is_given
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<_> = entries.map(|entry| entry.expect("an entry").file_name().display().to_string()).collect();
    names.sort();
    names
}

fn write(path: &Path, text: &str) {
    fs::write(path, text).expect("written");
    fs::set_permissions(path, Permissions::from_mode(0o600)).expect("changed");
}

#[tokio::test]
async fn a_file_of_another_user_decides_nothing() {
    let database = Database::sqlite();
    let folder = database.folder.path();
    let data_dir = folder.join("data");
    fs::create_dir(&data_dir).expect("created");
    fs::set_permissions(&data_dir, Permissions::from_mode(0o777)).expect("changed");
    let reason = "belongs to another user (uid 65534)";
    for (file, settings) in [
        ("doorward.toml", vec![]),
        ("data/secret", vec![]),
        ("value", vec![("DOORWARD_SECRET_FILE", "value")]),
        ("value", vec![("DOORWARD_POLICY_FILE", "value")]),
        ("data/doorward.db", vec![("DOORWARD_SECRET", MASTER_SECRET)]),
        ("data/doorward.db-wal", vec![("DOORWARD_SECRET", MASTER_SECRET)]),
        ("data/doorward.db.lock", vec![("DOORWARD_SECRET", MASTER_SECRET)]),
    ] {
        let path = folder.join(file);
        write(&path, if file.ends_with("secret") { MASTER_SECRET } else { "" });
        if file.starts_with("data/doorward.db") && file != "data/doorward.db" {
            write(&data_dir.join("doorward.db"), "");
        }
        if !give_away(&path) {
            return;
        }
        assert_neither_starts_nor_passes(&database, &settings, reason).await;
        let output = doorward(&database, "config check", &settings).await;
        assert!(output.stderr.contains(file), "{output:?}");
        fs::remove_file(&path).expect("removed");
        drop(fs::remove_file(data_dir.join("doorward.db")));
        drop(fs::remove_file(data_dir.join("doorward.db.lock")));
    }
}

#[tokio::test]
async fn root_does_not_write_into_a_directory_of_a_service() {
    let database = Database::sqlite();
    let (folder, data_dir) = (database.folder.path(), database.folder.path().join("data"));
    let secret = [("DOORWARD_SECRET", MASTER_SECRET)];
    doorward(&database, "migrate", &secret).await.assert_success();
    let server = ServerProcess::start_with(&database, &[("DOORWARD_DATABASE_URL", "")]).await;
    doorward(&database, "backup copy.db", &secret).await.assert_success();
    drop(server);
    let before = names(&data_dir);
    if !give_away(&data_dir) {
        return;
    }
    let reason = "belongs to uid 65534, and root does not write there; run the command as that user: `sudo -u '#65534' doorward …`";
    for arguments in [
        "serve",
        "config check",
        "migrate",
        "user list",
        "backup other.db",
        "restore copy.db",
        "keys reset --new-secret --yes",
    ] {
        let output = doorward(&database, arguments, &secret).await;
        assert!(output.status == 1 && output.stderr.contains(reason), "{arguments}: {output:?}");
    }
    let elsewhere = format!("sqlite:{}", folder.join("doorward.db").display());
    fs::copy(folder.join("copy.db"), folder.join("doorward.db")).expect("copied");
    let settings = [("DOORWARD_SECRET", MASTER_SECRET), ("DOORWARD_DATABASE_URL", &elsewhere)];
    doorward(&database, "backup data/other.db", &settings).await.assert_failure(1, reason);
    assert_eq!(names(&data_dir), before);
}

#[tokio::test]
async fn a_link_in_the_place_of_the_lock_is_not_followed() {
    let database = Database::sqlite();
    let (folder, target) = (database.folder.path(), database.folder.path().join("target"));
    fs::create_dir(folder.join("data")).expect("created");
    write(&target, "precious");
    symlink(&target, folder.join("data/doorward.db.lock")).expect("linked");
    let secret = [("DOORWARD_SECRET", MASTER_SECRET)];
    doorward(&database, "serve", &secret).await.assert_failure(1, "doorward.db.lock: is a link; remove it");
    assert_eq!(fs::read_to_string(target).expect("a file"), "precious");
}

#[tokio::test]
async fn a_directory_that_others_can_change_is_warned_of() {
    let database = Database::sqlite();
    let data_dir = database.folder.path().join("data");
    fs::create_dir(&data_dir).expect("created");
    for (mode, is_warned) in [(0o777, true), (0o1777, true), (0o775, false), (0o700, false)] {
        fs::set_permissions(&data_dir, Permissions::from_mode(mode)).expect("changed");
        let output = doorward(&database, "config check", &[]).await.assert_success();
        assert_eq!(output.contains("warning: data_dir: "), is_warned, "{mode:o}: {output}");
    }
}

#[tokio::test]
async fn a_link_to_a_database_works_as_the_database() {
    let database = Database::sqlite();
    let folder = database.folder.path();
    for name in ["data", "elsewhere"] {
        fs::create_dir(folder.join(name)).expect("created");
    }
    write(&folder.join("elsewhere/real.db"), "");
    symlink("../elsewhere/real.db", folder.join("data/doorward.db")).expect("linked");
    let settings = [("DOORWARD_DATABASE_URL", ""), ("DOORWARD_DATA_DIR", "data")];
    doorward(&database, "config check", &settings).await.assert_success();
    let server = ServerProcess::start_with(&database, &settings).await;
    server.log_in("ada@example.com").await.expect("a login");
    assert!(server.get("/readyz").await.starts_with("HTTP/1.1 200"));

    fs::remove_file(folder.join("data/doorward.db")).expect("removed");
    assert!(server.get("/readyz").await.starts_with("HTTP/1.1 503"), "the next start would make another database");
}

#[app_test]
async fn a_damaged_database_is_named_alike_by_the_check_and_the_start(app: TestApp) {
    app.logged_in("ada@example.com").await;
    let settings = [("DOORWARD_DATABASE_URL", app.database().url.as_str()), ("DOORWARD_SECRET", MASTER_SECRET)];
    for (damage, repair, reason) in [
        (
            "update keys set private_key = 'zz' || private_key",
            "update keys set private_key = substr(private_key, 3)",
            "table `keys`",
        ),
        (
            "update keys set public_key = '*' || public_key",
            "update keys set public_key = substr(public_key, 2)",
            "table `keys`",
        ),
        ("alter table users rename to gone", "alter table gone rename to users", "users"),
        ("alter table events rename to gone", "alter table gone rename to events", "events"),
    ] {
        app.database().execute(damage).await;
        assert_neither_starts_nor_passes(app.database(), &settings, reason).await;
        app.database().execute(repair).await;
    }
    let success = if app.database().url.starts_with("sqlite") { "0" } else { "false" };
    let damage = format!("update _sqlx_migrations set success = {success} where version = 1");
    app.database().execute(damage.as_str()).await;
    assert_neither_starts_nor_passes(app.database(), &settings, "migration 1 was interrupted").await;
}
