//! Secrets in settings: from files and the environment, never from the command line, which every user can read.

use std::fs;

use crate::support::{Database, MASTER_SECRET, ServerProcess, run_cli, run_cli_with};

#[tokio::test]
async fn a_secret_on_the_command_line_is_refused_with_the_way_to_give_it() {
    let database = Database::sqlite();
    for (arguments, variable) in [
        (format!("serve --secret {}", "hunter2pw".repeat(4)), "DOORWARD_SECRET_FILE"),
        (format!("user list --secret={}", "hunter2pw".repeat(4)), "DOORWARD_SECRET_FILE"),
        ("user list --database-url postgres://dw:hunter2pw@localhost/dw".into(), "DOORWARD_DATABASE_URL_FILE"),
        ("serve --database-url postgres://dw@localhost/dw?password=hunter2pw".into(), "DOORWARD_DATABASE_URL_FILE"),
        ("serve --database-url postgres://dw:hunter2pw@[::1/dw".into(), "DOORWARD_DATABASE_URL_FILE"),
        ("serve --session-cache unix:///run/valkey.sock?pass=hunter2pw".into(), "DOORWARD_SESSION_CACHE_FILE"),
        ("serve --session-cache valkey://:hunter2pw@cache.internal".into(), "DOORWARD_SESSION_CACHE_FILE"),
    ] {
        let output = run_cli(&database, &arguments, "").await;
        output.assert_failure(2, variable);
        assert!(!output.stderr.contains("hunter2pw"), "{output:?}");
    }
    let output = run_cli(&database, "user list --database-url postgres://dw@127.0.0.1:1/dw", "").await;
    output.assert_failure(1, "Connection refused");
    let help = run_cli(&database, "serve --help", "").await.assert_success();
    assert!(!help.contains("--secret") && help.contains("--database-url"), "{help}");
}

#[tokio::test]
async fn database_and_secret_can_be_files_that_end_with_a_line_break() {
    let database = Database::sqlite();
    let folder = database.folder.path();
    fs::write(folder.join("url"), format!("{}\r\n", database.url)).expect("written");
    fs::write(folder.join("master"), format!("{MASTER_SECRET}\n")).expect("written");
    let settings = [
        ("DOORWARD_DATABASE_URL", ""),
        ("DOORWARD_SECRET", ""),
        ("DOORWARD_DATABASE_URL_FILE", "url"),
        ("DOORWARD_SECRET_FILE", "master"),
    ];

    let server = ServerProcess::start_with(&database, &settings).await;

    server.log_in("ada@example.com").await.expect("a login");
    assert!(folder.join("doorward.db").exists() && !folder.join("data").exists());
    let from_file = run_cli_with(&database, &settings, "secret fingerprint", b"").await.assert_success();
    let from_variable = [("DOORWARD_SECRET", MASTER_SECRET)];
    assert_eq!(run_cli_with(&database, &from_variable, "secret fingerprint", b"").await.assert_success(), from_file);
}

#[tokio::test]
async fn a_file_without_a_value_stops_the_command_with_its_variable() {
    let database = Database::sqlite();
    let folder = database.folder.path();
    fs::write(folder.join("empty"), "\n").expect("written");
    fs::create_dir(folder.join("folder")).expect("created");
    for variable in ["DOORWARD_SECRET", "DOORWARD_DATABASE_URL", "DOORWARD_POLICY"] {
        let name = format!("{variable}_FILE");
        for (path, reason) in [("empty", "is empty"), ("folder", "is a directory"), ("absent", "does not exist")] {
            let settings = [(variable, ""), (name.as_str(), path)];
            for arguments in ["serve", "config check", "user list"] {
                let output = run_cli_with(&database, &settings, arguments, b"").await;
                output.assert_failure(1, &format!("{name}: {path}: {reason}"));
            }
        }
        let both = [(variable, "x"), (name.as_str(), "empty")];
        fs::write(folder.join("empty"), "y").expect("written");
        run_cli_with(&database, &both, "serve", b"").await.assert_failure(1, "are both set");
        fs::write(folder.join("empty"), "\n").expect("written");
    }
}

#[tokio::test]
async fn the_start_logs_what_an_operator_compares() {
    let database = Database::sqlite();
    let mut server = ServerProcess::start_with(&database, &[("DOORWARD_LOG", "info")]).await;
    let fingerprint = run_cli_with(&database, &[("DOORWARD_SECRET", MASTER_SECRET)], "secret fingerprint", b"").await;
    server.signal("-TERM").await;
    assert!(server.exit_status().await.success());
    let log = server.log().await;
    let line = log.lines().find(|line| line.contains("secret_fingerprint")).expect("a line");
    for part in [fingerprint.stdout.trim(), "version", "sqlite", "retention", "keys"] {
        assert!(line.contains(part), "{part}: {line}");
    }
    run_cli(&database, "secret fingerprint", "").await.assert_failure(1, "secret: ./data/secret does not exist");
}
