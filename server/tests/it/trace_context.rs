//! `traceparent` of W3C Trace Context, in responses and in the log.

use serde_json::Value;
use test_macros::app_test;

use crate::support::{Database, ServerProcess, TestApp};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const VALID: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

#[app_test]
async fn a_response_names_the_trace_of_its_request(app: TestApp) {
    let later_version = "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-the-future-brings";
    for traceparent in [VALID, later_version] {
        let response = app.get("/api/me").header("traceparent", traceparent).await;
        let answer = response.header("traceresponse").expect("the trace").to_owned();
        let members: Vec<&str> = answer.split('-').collect();
        assert_eq!((members[0], members[1], members[3]), ("00", TRACE, "00"), "{answer}");
        assert!(members[2].len() == 16 && members[2] != "b7ad6b7169203331", "a span of its own: {answer}");
    }
}

#[app_test]
async fn a_request_without_a_valid_trace_has_none_and_is_served(app: TestApp) {
    assert_eq!(app.get("/healthz").await.header("traceresponse"), None);
    let of_version_0 = format!("{VALID}-more");
    let too_short = &VALID[..54];
    for invalid in [
        "",
        too_short,
        &of_version_0,
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333g-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0x",
        "00_0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331_01",
        "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.more",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203\u{e9}31-01",
    ] {
        let response = app.get("/healthz").header("traceparent", invalid).await.assert_status(200);
        assert_eq!(response.header("traceresponse"), None, "{invalid}");
    }
    let twice = app.get("/healthz").header("traceparent", VALID).header("traceparent", VALID).await.assert_status(200);
    assert_eq!(twice.header("traceresponse"), None);
}

#[tokio::test]
async fn log_lines_have_the_trace_and_the_span_of_the_response() {
    let database = Database::sqlite();
    let settings = [("DOORWARD_LOG_FORMAT", "json"), ("DOORWARD_LOG", "info,server=debug")];
    let mut server = ServerProcess::start_with(&database, &settings).await;

    let headers = format!("traceparent: {VALID}\r\n");
    let (_, head, _) = server.send("GET", "/api/me", &headers, "").await.expect("a response");

    server.signal("-TERM").await;
    let log = server.log().await;
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let line = lines.iter().find(|line| line["span"]["trace_id"] == TRACE);
    let line = line.unwrap_or_else(|| panic!("no such line in {log}"));
    let span_id = line["span"]["span_id"].as_str().expect("a span");
    assert!(head.contains(&format!("traceresponse: 00-{TRACE}-{span_id}-00")), "{head}");
}
