//! The server process with a wrong wall clock, set by `libfaketime` (Debian package `faketime`).

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::time::sleep;

use crate::support::{Database, PASSWORD, ServerProcess, eventually};

/// The time of day of a process, which can be changed while it runs. Its uptime stays right.
struct FakeTime {
    library: String,
    file: PathBuf,
}

impl FakeTime {
    fn new(folder: &Path) -> Self {
        let libraries = fs::read_dir("/usr/lib").expect("a folder").filter_map(Result::ok);
        let library =
            libraries.map(|folder| folder.path().join("faketime/libfaketimeMT.so.1")).find(|path| path.exists());
        let library = library.expect("Debian's package faketime").display().to_string();
        let fake = Self { library, file: folder.join("faketime") };
        fake.set("+0");
        fake
    }

    /// Moves the time of day by an offset such as `+15d`.
    fn set(&self, offset: &str) {
        let next = self.file.with_extension("next");
        fs::write(&next, offset).and_then(|()| fs::rename(&next, &self.file)).expect("a file");
    }

    async fn start(&self, database: &Database) -> ServerProcess {
        let file = self.file.display().to_string();
        let settings = [
            ("LD_PRELOAD", self.library.as_str()),
            ("FAKETIME_TIMESTAMP_FILE", &file),
            ("FAKETIME_NO_CACHE", "1"),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
            ("DOORWARD_ACCESS_TOKEN_LIFETIME", "15m"),
        ];
        let mut server = ServerProcess::start_with(database, &settings).await;
        server.discard_log();
        server
    }
}

/// Registers; returns the `authorization` and `cookie` headers.
async fn register(server: &ServerProcess, email: &str) -> (String, String) {
    let form = format!(r#"{{"email":"{email}","password":"{PASSWORD}","name":"Ada"}}"#);
    let (status, head, body) = server.send("POST", "/api/auth/register", "", &form).await.expect("a response");
    assert_eq!(status, 201, "{body}");
    let cookie = head.lines().find_map(|line| line.strip_prefix("set-cookie: ")?.split(';').next()).expect("a cookie");
    let token = body["access_token"].as_str().expect("a token");
    (format!("authorization: Bearer {token}\r\n"), format!("cookie: {cookie}\r\n"))
}

async fn refresh(server: &ServerProcess, cookie: &str) -> u16 {
    server.send("POST", "/api/auth/refresh", cookie, "").await.expect("a response").0
}

async fn me(server: &ServerProcess, token: &str) -> u16 {
    server.me(token).await.expect("a response").0
}

async fn stop(mut server: ServerProcess, signal: &str) {
    server.signal(signal).await;
    server.exit_status().await;
}

#[tokio::test]
async fn no_revoked_token_is_accepted_after_a_start_with_a_wrong_clock() {
    let database = Database::sqlite();
    let fake = FakeTime::new(database.folder.path());
    let server = fake.start(&database).await;
    let (token, cookie) = register(&server, "ada@example.com").await;
    let (other, _) = register(&server, "bob@example.com").await;
    assert_eq!(server.send("POST", "/api/auth/logout", &token, "").await.expect("a response").0, 204);
    stop(server, "-TERM").await;

    for offset in ["+2d", "+12h", "+1y", "-2d", "-2000d"] {
        fake.set(offset);
        let server = fake.start(&database).await;
        sleep(Duration::from_secs(2)).await;
        assert_ne!(me(&server, &token).await, 200, "{offset}");
        fake.set("+0");
        for _ in 0..300 {
            assert_ne!(me(&server, &token).await, 200, "{offset}");
            sleep(Duration::from_millis(5)).await;
        }
        eventually(async || (me(&server, &token).await, me(&server, &other).await) == (401, 200)).await;
        assert_eq!(refresh(&server, &cookie).await, 401, "{offset}");
        stop(server, "-KILL").await;
    }
}

#[tokio::test]
async fn a_clock_that_is_wrong_for_seconds_ends_and_extends_no_session() {
    let database = Database::sqlite();
    let fake = FakeTime::new(database.folder.path());
    let server = fake.start(&database).await;
    let (_, cookie) = register(&server, "ada@example.com").await;
    for offset in ["+15d", "+30d", "+400d", "-30d", "-2000d"] {
        fake.set(offset);
        refresh(&server, &cookie).await;
        sleep(Duration::from_millis(2500)).await;
        refresh(&server, &cookie).await;
        fake.set("+0");
        eventually(async || refresh(&server, &cookie).await == 200).await;
    }

    fake.set("+29d");
    let (_, future) = register(&server, "bob@example.com").await;
    fake.set("+0");
    sleep(Duration::from_millis(2500)).await;
    eventually(async || refresh(&server, &future).await == 200).await;
    let longest = database.value("select max(expires_at - created_at) from sessions").await;
    assert_eq!(longest, (30 * 24 * 3_600_000_i64).to_string());
    let ends = "select (max(expires_at) - min(expires_at)) / 3600000 from sessions";
    assert_eq!(database.value(ends).await, "0", "both were started within this minute");
}

#[tokio::test]
async fn a_start_a_year_ahead_deletes_nothing() {
    let database = Database::sqlite();
    let fake = FakeTime::new(database.folder.path());
    let server = fake.start(&database).await;
    let (_, cookie) = register(&server, "ada@example.com").await;
    stop(server, "-TERM").await;
    let before = database.contents().await;

    fake.set("+1y");
    let server = fake.start(&database).await;
    sleep(Duration::from_secs(4)).await;
    assert_eq!(refresh(&server, &cookie).await, 401);
    fake.set("+0");
    sleep(Duration::from_secs(2)).await;

    assert_eq!(refresh(&server, &cookie).await, 200);
    for line in before.lines().filter(|line| !line.starts_with("keys") && !line.starts_with("sessions")) {
        assert!(database.contents().await.contains(line), "{line}");
    }
    assert_eq!(database.value("select count(*) from sessions where ended_at is null").await, "1");
}
