//! Request ids, in responses and in the log.

use std::collections::HashSet;

use doorward_api::ErrorCode;
use serde_json::Value;
use test_macros::app_test;

use crate::support::{Database, ServerProcess, TestApp};

#[app_test]
async fn every_response_has_its_own_request_id(app: TestApp) {
    let mut seen = HashSet::new();
    for path in ["/", "/healthz", "/api/me", "/api/nothing", "/nothing", "/metrics", "/.well-known/jwks.json"] {
        let response = app.get(path).await;
        assert!(seen.insert(response.header("x-request-id").expect(path).to_owned()), "{path}");
    }
}

#[app_test]
async fn a_valid_request_id_of_the_client_is_kept(app: TestApp) {
    let longest = "x".repeat(64);
    for id in ["7", "0af7651916cd43dd8448eb211c80319c", "a-B_c.9", &longest] {
        let response = app.get("/api/me").header("x-request-id", id).await.assert_refused(ErrorCode::TokenMissing);
        assert_eq!(response.header("x-request-id"), Some(id));
    }
    let too_long = "x".repeat(65);
    for id in ["", " ", "a b", "a\"b", "a=b", "\u{e9}", "a\tb", "<script>", &too_long] {
        let response = app.get("/healthz").header("x-request-id", id).await;
        let given = response.header("x-request-id").expect("a new id");
        assert!(given != id && given.len() == 32, "{id:?} became {given:?}");
    }
}

#[tokio::test]
async fn the_log_has_the_request_id() {
    let database = Database::sqlite();
    let settings = [("DOORWARD_LOG_FORMAT", "json"), ("DOORWARD_LOG", "info,server=debug")];
    let mut server = ServerProcess::start_with(&database, &settings).await;

    let headers = "x-request-id: the-one-that-fails\r\n";
    let response = server.send("GET", "/api/sessions/nothing?token=private", headers, "").await;
    assert_eq!(response.expect("a response").0, 405);

    server.signal("-TERM").await;
    let log = server.log().await;
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let line = lines.iter().find(|line| line["span"]["id"] == "the-one-that-fails");
    let line = line.unwrap_or_else(|| panic!("no such line in {log}"));
    assert_eq!((&line["span"]["method"], &line["span"]["path"]), (&"GET".into(), &"/api/sessions/nothing".into()));
    assert!(!log.contains("private"), "{log}");
}
