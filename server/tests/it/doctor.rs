//! `doorward doctor`: findings, each with what to do.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use test_macros::app_test;
use tokio::net::{TcpListener, TcpStream};

use crate::support::{
    Database, MASTER_SECRET, Output, PolicyName, ServerProcess, TestApp, certificate, run_cli_with, tls_acceptor,
};

async fn doctor(server: &ServerProcess, database: &Database, settings: &[(&str, &str)]) -> Output {
    let address = server.address().to_string();
    let url = format!("http://{address}");
    let defaults = [
        ("DOORWARD_SECRET", MASTER_SECRET),
        ("DOORWARD_LISTEN", &address),
        ("DOORWARD_PUBLIC_URL", &url),
        // Without the warnings that the harness causes.
        ("DOORWARD_ARGON2_MEMORY_KIB", ""),
        ("DOORWARD_ARGON2_ITERATIONS", ""),
    ];
    run_cli_with(database, &[&defaults[..], settings].concat(), "doctor", b"").await
}

/// The finding on a subject: its level and text.
#[track_caller]
fn finding<'a>(output: &'a Output, subject: &str) -> (&'a str, &'a str) {
    let mut found = output.stdout.lines().filter_map(|line| {
        let (level, rest) = line.split_once(' ')?;
        Some((level, rest.trim_start().strip_prefix(subject)?.strip_prefix(": ")?))
    });
    found.next().unwrap_or_else(|| panic!("nothing about {subject}: {output:?}"))
}

async fn assert_sound(database: Database) -> Output {
    let server = ServerProcess::start(&database, PolicyName::Retention).await;

    let output = doctor(&server, &database, &[]).await;

    assert_eq!((output.status, output.stderr.as_str()), (0, ""), "{output:?}");
    for subject in ["files", "database", "secret", "keys", "server", "public_url"] {
        assert_eq!(finding(&output, subject).0, "ok", "{subject}: {output:?}");
    }
    assert!(
        output.stdout.lines().all(|line| ["ok ", "warn"].iter().any(|level| line.starts_with(level))),
        "{output:?}"
    );
    output
}

#[tokio::test]
async fn a_sound_installation_has_no_failure() {
    assert_sound(Database::sqlite()).await;
}

#[tokio::test]
async fn a_sound_installation_on_postgres_has_no_failure() {
    let output = assert_sound(Database::postgres().await).await;
    for subject in ["isolation", "connections", "clock"] {
        assert_eq!(finding(&output, subject).0, "ok", "{subject}: {output:?}");
    }
}

#[app_test]
async fn what_is_wrong_is_a_failure_with_what_to_do(app: TestApp) {
    let server = ServerProcess::start(app.database(), PolicyName::Retention).await;
    let other_database = Database::sqlite();
    let other = ServerProcess::start(&other_database, PolicyName::Retention).await;
    let (elsewhere, nowhere) = (format!("http://{}", other.address()), "http://127.0.0.1:1");
    for (settings, subject, text) in [
        (("DOORWARD_SECRET", "another secret, as long as it has to be"), "secret", "keys reset --new-secret"),
        (("DOORWARD_PUBLIC_URL", nowhere), "public_url", "cannot be reached from here: Connection refused"),
        (("DOORWARD_PUBLIC_URL", elsewhere.as_str()), "public_url", "leads to another Doorward"),
        (("DOORWARD_DATABASE_URL", "postgres://127.0.0.1:1/dw"), "database", "Connection refused"),
    ] {
        let output = doctor(&server, app.database(), &[settings]).await;
        assert_eq!(output.status, 1, "{output:?}");
        assert!(output.stderr.contains(" checks failed") && output.stderr.lines().count() == 1, "{output:?}");
        let (level, finding) = finding(&output, subject);
        assert!(level == "fail" && finding.contains(text), "{finding}");
    }
}

#[tokio::test]
async fn files_that_others_can_use_and_a_server_that_does_not_run_are_warned_of() {
    let database = Database::sqlite();
    let mut server = ServerProcess::start(&database, PolicyName::Retention).await;
    server.signal("-TERM").await;
    assert!(server.exit_status().await.success());
    let file = database.folder.path().join("doorward.db");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("changed");

    let output = doctor(&server, &database, &[]).await;

    let (level, text) = finding(&output, "files");
    assert!(level == "warn" && text.contains("doorward.db (mode 0644); run `chmod 600`"), "{text}");
    assert_eq!(finding(&output, "server").0, "warn");
    assert_eq!(fs::metadata(file).expect("a file").permissions().mode() & 0o777, 0o644, "nothing is changed");
}

#[tokio::test]
async fn a_damaged_database_is_a_failure() {
    let database = Database::sqlite();
    let mut server = ServerProcess::start(&database, PolicyName::Retention).await;
    for user in 0..30 {
        server.log_in(&format!("user-{user}@example.com")).await.expect("a login");
    }
    server.signal("-TERM").await;
    assert!(server.exit_status().await.success());
    let file = database.folder.path().join("doorward.db");
    let mut bytes = fs::read(&file).expect("a database");
    let middle = bytes.len() / 2;
    bytes[middle..].fill(0x55);
    fs::write(&file, bytes).expect("written");

    let output = doctor(&server, &database, &[]).await;

    assert_eq!(output.status, 1, "{output:?}");
    assert_eq!(finding(&output, "database").0, "fail", "{output:?}");
}

/// A proxy that ends TLS.
async fn tls_proxy(folder: &Path, server: &ServerProcess, protocols: &[&str]) -> u16 {
    let acceptor = tls_acceptor(folder, protocols);
    let listener = TcpListener::bind("localhost:0").await.expect("a port");
    let (port, address) = (listener.local_addr().expect("an address").port(), server.address());
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.expect("a connection");
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                // A client that does not trust the certificate hangs up.
                let Ok(mut client) = acceptor.accept(stream).await else { return };
                let mut server = TcpStream::connect(address).await.expect("the server");
                drop(tokio::io::copy_bidirectional(&mut client, &mut server).await);
            });
        }
    });
    port
}

#[tokio::test]
async fn the_certificate_and_the_protocol_of_the_public_address_are_checked() {
    let database = Database::sqlite();
    let server = ServerProcess::start(&database, PolicyName::Retention).await;
    let folder = database.folder.path();
    let authority = folder.join("authority.pem").display().to_string();
    for (days, level, text, protocols) in
        [("5", "warn", "expires in ", &["h2", "http/1.1"][..]), ("90", "ok", "valid for another ", &["http/1.1"])]
    {
        certificate(folder, days);
        let url = format!("https://localhost:{}", tls_proxy(folder, &server, protocols).await);
        let settings = [("DOORWARD_PUBLIC_URL", url.as_str()), ("SSL_CERT_FILE", &authority)];

        let output = doctor(&server, &database, &settings).await;

        assert_eq!(output.status, 0, "{output:?}");
        assert_eq!(finding(&output, "certificate"), (level, finding(&output, "certificate").1));
        assert!(finding(&output, "certificate").1.contains(text), "{output:?}");
        assert_eq!(finding(&output, "http").0, if protocols.len() == 2 { "ok" } else { "warn" });
        assert_eq!(finding(&output, "public_url").0, "ok", "{output:?}");
        let (level, text) = finding(&output, "trusted_proxies");
        assert!(level == "warn" && text.contains("name it"), "{text}");

        let untrusted = [("DOORWARD_PUBLIC_URL", url.as_str()), ("SSL_CERT_FILE", "/dev/null")];
        let output = doctor(&server, &database, &untrusted).await;
        assert!(output.status == 1 && finding(&output, "public_url").1.contains("check the certificate"), "{output:?}");
    }
}
