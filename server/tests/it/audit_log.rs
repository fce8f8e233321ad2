//! Audit events in the server's log, target `doorward::audit`.

use doorward_api::ErrorCode;
use serde_json::{Value, json};
use test_macros::app_test;

use crate::support::{Database, PASSWORD, ServerProcess, TestApp, run_cli};

const ADA: &str = "ada@example.com";

const AS_JSON: [(&str, &str); 2] = [("DOORWARD_LOG_FORMAT", "json"), ("DOORWARD_LOG", "info")];

/// The events in a JSON log.
fn events(log: &str) -> Vec<Value> {
    let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    lines.filter(|line| line["target"] == "doorward::audit").collect()
}

/// The events that the database has, oldest first.
async fn exported(database: &Database) -> Vec<Value> {
    let output = run_cli(database, "events export", "").await.assert_success();
    output.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

async fn log_of(mut server: ServerProcess) -> String {
    server.signal("-TERM").await;
    server.log().await
}

#[app_test]
async fn each_event_is_a_line_with_what_the_database_has_of_it(app: TestApp) {
    let server = ServerProcess::start_with(app.database(), &AS_JSON).await;
    let ada = server.log_in(ADA).await.expect("a login");
    let wrong = json!({"email": ADA, "password": "wrong horse battery staple"}).to_string();
    server.send("POST", "/api/auth/login", "x-request-id: the-wrong-one\r\n", &wrong).await.expect("a response");
    let name = json!({"name": "Ada King"}).to_string();
    server.send("PATCH", "/api/account", &ada, &name).await.expect("a response");
    server.send("POST", "/api/auth/logout", &ada, "").await.expect("a response");

    let log = log_of(server).await;

    let logged = events(&log);
    let kinds: Vec<&str> = logged.iter().map(|line| line["fields"]["kind"].as_str().expect("a kind")).collect();
    assert_eq!(kinds, ["registered", "logged_in", "login_failed", "name_changed", "session_ended"], "{log}");
    for (line, event) in logged.iter().zip(exported(app.database()).await) {
        let fields = &line["fields"];
        for name in ["id", "happened_at", "kind", "reason", "user_id", "actor", "ip"] {
            assert_eq!(fields[name], event[name], "{name}: {line} {event}");
        }
        assert_eq!(fields["session_id"], event["session"]["id"], "{line} {event}");
        assert_eq!(fields["browser"], event["device"]["browser"], "{line} {event}");
        assert_eq!((&fields["actor"], &line["level"]), (&"user".into(), &"INFO".into()));
    }
    assert_eq!(logged[2]["span"]["id"], "the-wrong-one", "an event has the id of its request");
    assert!(!log.contains(ADA) && !log.contains("Ada King") && !log.contains(PASSWORD), "{log}");
}

#[app_test]
async fn what_was_not_committed_is_not_logged(app: TestApp) {
    let server = ServerProcess::start_with(app.database(), &AS_JSON).await;
    let ada = server.log_in(ADA).await.expect("a login");
    // The event is written, then the end of the session fails.
    let sqlite = "create trigger t before update of ended_at on sessions begin select raise(abort, 'no'); end";
    let postgres = "create function no() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$; \
                    create trigger t before update of ended_at on sessions for each row execute function no()";
    let is_sqlite = app.database().url.starts_with("sqlite:");
    app.database().execute(if is_sqlite { sqlite } else { postgres }).await;
    let form = json!({"current_password": PASSWORD, "new_password": "another horse and another staple"}).to_string();

    let (status, _, _) = server.send("POST", "/api/account/password", &ada, &form).await.expect("a response");

    assert_eq!(status, 503);
    let log = log_of(server).await;
    assert!(!log.contains("password_changed"), "{log}");
    assert_eq!(events(&log).len(), 2, "{log}");
}

#[app_test]
async fn guesses_for_unknown_emails_cannot_fill_the_log(app: TestApp) {
    let server = ServerProcess::start_with(app.database(), &AS_JSON).await;
    for number in 0..20 {
        let form = json!({"email": format!("nobody{number}@example.com"), "password": PASSWORD}).to_string();
        server.send("POST", "/api/auth/login", "", &form).await.expect("a response");
    }
    let logged = events(&log_of(server).await);
    // One an hour, which may have begun meanwhile.
    assert!((1..=2).contains(&logged.len()), "{logged:?}");
    assert_eq!(logged[0]["fields"]["user_id"], Value::Null);
}

#[tokio::test]
async fn events_can_be_chosen_by_their_target() {
    for (log, count) in [("info,doorward::audit=off", 0), ("off,doorward::audit=info", 2), ("error", 0)] {
        let database = Database::sqlite();
        let settings = [("DOORWARD_LOG_FORMAT", "json"), ("DOORWARD_LOG", log)];
        let server = ServerProcess::start_with(&database, &settings).await;
        server.log_in(ADA).await.expect("a login");
        assert_eq!(events(&log_of(server).await).len(), count, "{log}");
    }
}

#[tokio::test]
async fn events_can_be_read_in_a_text_log() {
    let database = Database::sqlite();
    let server = ServerProcess::start_with(&database, &[("DOORWARD_LOG", "info")]).await;
    server.log_in(ADA).await.expect("a login");
    let log = log_of(server).await;
    let line = log.lines().find(|line| line.contains("doorward::audit") && line.contains("kind=logged_in"));
    let line = line.unwrap_or_else(|| panic!("no such line in {log}"));
    for field in ["id=", "user_id=", "session_id=", "actor=user", "ip=127.0.0.1", "happened_at="] {
        assert!(line.contains(field), "{field} in {line}");
    }
    assert!(!line.contains("reason="), "{line}");
}

#[app_test]
async fn administrators_and_background_jobs_are_named_as_actors(app: TestApp) {
    app.restart_with(|settings| settings.set("session_lifetime", "1h")).await;
    let ada = app.logged_in(ADA).await;
    let root = app.logged_in("root@example.com").await;
    run_cli(app.database(), "user role root@example.com --add admin", "").await.assert_success();
    let root = root.log_in_again().await;
    root.post(&format!("/api/admin/users/{}/disable", ada.user_id())).await.assert_ok();
    app.log_in(ADA, PASSWORD).await.assert_refused(ErrorCode::InvalidCredentials);
    app.advance(2 * 3600);
    app.clean_up().await;

    let events = exported(app.database()).await;
    let actor = |kind: &str, user_id: &str, reason: Value| {
        let event = events
            .iter()
            .rfind(|event| event["kind"] == kind && event["user_id"] == user_id && event["reason"] == reason);
        event.unwrap_or_else(|| panic!("no {kind} in {events:#?}")).clone()
    };
    let disabled = actor("account_disabled", ada.user_id(), Value::Null);
    assert_eq!((&disabled["actor"], &disabled["admin"]), (&"admin".into(), &"root@example.com".into()));
    assert_eq!(disabled["admin_id"], root.user_id());
    assert_eq!(actor("roles_changed", root.user_id(), Value::Null)["actor"], "operator");
    assert_eq!(actor("session_ended", root.user_id(), "expired".into())["actor"], "system");
    assert_eq!(actor("logged_in", ada.user_id(), Value::Null)["actor"], "user");
}
