//! Files of the server are for its user alone, regardless of the umask and the directory.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use crate::support::{Database, ServerProcess};

const ADA: &str = "ada@example.com";

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("it exists").permissions().mode() & 0o777
}

async fn start(database: &Database) -> ServerProcess {
    // In place of those of the harness.
    let settings = [("DOORWARD_DATABASE_URL", ""), ("DOORWARD_SECRET", ""), ("DOORWARD_DATA_DIR", "data")];
    let server = ServerProcess::start_with_umask(database, &settings, "000").await;
    server.log_in(ADA).await.expect("a login");
    server
}

fn assert_private(data_dir: &Path) {
    for file in fs::read_dir(data_dir).expect("readable") {
        let path = file.expect("an entry").path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
    assert!(data_dir.join("doorward.db-wal").exists() && data_dir.join("secret").exists());
}

#[tokio::test]
async fn new_files_are_private_in_a_private_directory() {
    let database = Database::sqlite();
    let _server = start(&database).await;
    let data_dir = database.folder.path().join("data");
    assert_eq!(mode(&data_dir), 0o700);
    assert_private(&data_dir);
}

#[tokio::test]
async fn files_are_private_in_a_directory_that_is_not() {
    let database = Database::sqlite();
    let data_dir = database.folder.path().join("data");
    fs::create_dir(&data_dir).expect("created");
    fs::set_permissions(&data_dir, Permissions::from_mode(0o755)).expect("changed");

    let mut server = start(&database).await;
    assert_private(&data_dir);

    // As an earlier version or a careless copy has left them.
    server.signal("-KILL").await;
    server.exit_status().await;
    for name in ["doorward.db", "doorward.db-wal", "doorward.db-shm"] {
        fs::set_permissions(data_dir.join(name), Permissions::from_mode(0o644)).expect("changed");
    }
    let _server = start(&database).await;
    assert_private(&data_dir);
}
