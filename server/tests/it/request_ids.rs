//! The name of each request, in its answer and in the log.

use std::collections::HashSet;

use doorward_api::ErrorCode;
use macro_rules_attribute::apply;
use serde_json::Value;
use tokio::io::AsyncReadExt;

use crate::fixture::{Database, Server};

#[apply(on_both_databases!)]
async fn every_answer_has_another_one(app: TestApp) {
    let mut seen = HashSet::new();
    for path in ["/", "/healthz", "/api/me", "/api/nothing", "/nothing", "/metrics", "/.well-known/jwks.json"] {
        let answer = app.get(path).await;
        assert!(seen.insert(answer.header("x-request-id").expect(path).to_owned()), "{path}");
    }
}

#[apply(on_both_databases!)]
async fn a_sane_one_of_the_client_is_kept(app: TestApp) {
    let longest = "x".repeat(64);
    for id in ["7", "0af7651916cd43dd8448eb211c80319c", "a-B_c.9", &longest] {
        let answer = app.get("/api/me").header("x-request-id", id).await.assert_refused(ErrorCode::TokenMissing);
        assert_eq!(answer.header("x-request-id"), Some(id));
    }
    let too_long = "x".repeat(65);
    for id in ["", " ", "a b", "a\"b", "a=b", "\u{e9}", "a\tb", "<script>", &too_long] {
        let answer = app.get("/healthz").header("x-request-id", id).await;
        let given = answer.header("x-request-id").expect("one of ours");
        assert!(given != id && given.len() == 32, "{id:?} became {given:?}");
    }
}

#[tokio::test]
async fn o4_the_log_names_the_request() {
    let database = Database::sqlite();
    let settings = [("DOORWARD_LOG_FORMAT", "json"), ("DOORWARD_LOG", "info,server=debug")];
    let mut server = Server::start_with(&database, &settings).await;

    let headers = "x-request-id: the-one-that-fails\r\n";
    let answer = server.ask("GET", "/api/sessions/nothing?token=private", headers, "").await;
    assert_eq!(answer.expect("an answer").0, 405);

    server.signal("-TERM").await;
    let mut log = String::new();
    server.child.stderr.as_mut().expect("piped").read_to_string(&mut log).await.expect("text");
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let line = lines.iter().find(|line| line["span"]["id"] == "the-one-that-fails");
    let line = line.unwrap_or_else(|| panic!("no such line in {log}"));
    assert_eq!((&line["span"]["method"], &line["span"]["path"]), (&"GET".into(), &"/api/sessions/nothing".into()));
    assert!(!log.contains("private"), "O5: {log}");
}
