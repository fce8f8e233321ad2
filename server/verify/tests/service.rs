//! A service as its clients see it, against a fake Doorward on a local port.

#[path = "service/fake_doorward.rs"]
mod fake_doorward;
mod forge;

use axum::{Router, body::Body, extract::FromRef, http::Request, response::Response, routing::get};
use doorward_verify::{
    Claims,
    service::{Caller, CallerWith, Doorward, Role, Settings},
};
use fake_doorward::FakeDoorward;
use forge::{AUDIENCE, ISSUER, NOW};
use serde_json::{Value, json};
use tower::ServiceExt;

/// The state of the service contains the handle.
#[derive(Clone)]
struct State {
    doorward: Doorward,
}

impl FromRef<State> for Doorward {
    fn from_ref(state: &State) -> Self {
        state.doorward.clone()
    }
}

struct Admin;

impl Role for Admin {
    const NAME: &'static str = "admin";
}

struct Cook;

impl Role for Cook {
    const NAME: &'static str = "cook";
}

async fn service(fake: &FakeDoorward) -> (Router, Doorward) {
    let settings = Doorward::at(ISSUER).audience(AUDIENCE).address(&fake.address).clock(|| NOW);
    let doorward = settings.start().expect("good settings");
    doorward.ready().await;
    let router = Router::new()
        .route("/name", get(async |caller: Caller| caller.name.clone()))
        .route("/claims", get(async |claims: Claims| claims.name))
        .route("/admin", get(async |admin: CallerWith<Admin>| admin.sub.clone()))
        .route("/cook", get(async |cook: CallerWith<Cook>| cook.sub.clone()))
        .with_state(State { doorward: doorward.clone() });
    (router, doorward)
}

async fn send(router: &Router, path: &str, authorization: &[&str]) -> Response {
    let request =
        authorization.iter().fold(Request::get(path), |request, value| request.header("authorization", *value));
    router.clone().oneshot(request.body(Body::empty()).expect("a request")).await.expect("a response")
}

async fn text(response: Response) -> String {
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.expect("a body");
    String::from_utf8(bytes.to_vec()).expect("text")
}

/// Asserts that the response has these problem details, and gives its body.
async fn assert_problem(response: Response, status: u16, code: &str) -> Value {
    assert_eq!(response.status(), status);
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(response.headers().contains_key("www-authenticate"), status == 401);
    assert_eq!(response.headers().contains_key("retry-after"), status == 503);
    let body: Value = serde_json::from_str(&text(response).await).expect("JSON");
    assert_eq!((&body["code"], &body["status"]), (&json!(code), &json!(status)));
    assert_eq!(body["type"], format!("urn:doorward:problem:{code}"));
    body
}

#[tokio::test]
async fn the_extractors_give_the_claims_of_a_good_token() {
    let fake = FakeDoorward::start().await;
    let (router, _) = service(&fake).await;
    for path in ["/name", "/claims"] {
        let response = send(&router, path, &[&format!("Bearer {}", fake.key.good())]).await;
        assert_eq!(text(response).await, "Ada");
    }
}

#[tokio::test]
async fn a_token_is_accepted_from_exactly_one_bearer_header() {
    let fake = FakeDoorward::start().await;
    let (router, _) = service(&fake).await;
    let good = fake.key.good();
    let bearer = format!("Bearer {good}");

    assert_problem(send(&router, "/name", &[]).await, 401, "token_missing").await;
    assert_problem(send(&router, &format!("/name?access_token={good}"), &[]).await, 401, "token_missing").await;
    assert_problem(send(&router, "/name", &[&format!("Basic {good}")]).await, 401, "token_missing").await;
    assert_problem(send(&router, "/name", &[&good]).await, 401, "token_missing").await;
    assert_problem(send(&router, "/name", &[&bearer, &bearer]).await, 401, "token_invalid").await;
    assert_problem(send(&router, "/name", &[&format!("{bearer}, {bearer}")]).await, 401, "token_invalid").await;
    assert_problem(send(&router, "/name", &["Bearer "]).await, 401, "token_invalid").await;
    assert_eq!(send(&router, "/name", &[&format!("bearer {good}")]).await.status(), 200);
    // A proxy in front may have credentials of its own.
    for other in ["Basic YWRhOnB3", "Negotiate YII", "Digest username=\"ada\""] {
        assert_eq!(send(&router, "/name", &[other, &bearer]).await.status(), 200, "{other}");
        assert_eq!(send(&router, "/name", &[&bearer, other]).await.status(), 200, "{other}");
    }
}

#[tokio::test]
async fn a_rejection_has_the_error_code_that_doorward_uses() {
    let fake = FakeDoorward::start().await;
    let (router, _) = service(&fake).await;
    let bearer = |token: String| format!("Bearer {token}");

    let expired = json!(NOW - 1);
    let mut claims = fake.key.claims();
    (claims["iat"], claims["exp"], claims["auth_time"]) = (json!(NOW - 300), expired, json!(NOW - 300));
    let expired = fake.key.sign_text(&fake.key.header().to_string(), &claims.to_string());
    assert_problem(send(&router, "/name", &[&bearer(expired)]).await, 401, "token_expired").await;

    let foreign = fake.key.with_claim("aud", json!("https://other.example"));
    assert_problem(send(&router, "/name", &[&bearer(foreign)]).await, 401, "token_invalid").await;
}

#[tokio::test]
async fn a_handler_requires_a_role_by_its_type() {
    let fake = FakeDoorward::start().await;
    let (router, _) = service(&fake).await;
    let bearer = format!("Bearer {}", fake.key.good());
    assert_eq!(text(send(&router, "/admin", &[&bearer]).await).await, "ada");
    let body = assert_problem(send(&router, "/cook", &[&bearer]).await, 403, "forbidden").await;
    assert_eq!(body["detail"], "This requires the role `cook`.");
    assert_problem(send(&router, "/cook", &[]).await, 401, "token_missing").await;
}

#[tokio::test]
async fn a_revoked_session_is_rejected_within_a_second() {
    let fake = FakeDoorward::start().await;
    let (router, doorward) = service(&fake).await;
    let bearer = format!("Bearer {}", fake.key.good());
    assert_eq!(send(&router, "/name", &[&bearer]).await.status(), 200);

    let revoked = async {
        fake.end_session("session");
        while doorward.stats().revoked_sessions == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(1), revoked).await.expect("within a second");

    let body = assert_problem(send(&router, "/name", &[&bearer]).await, 401, "session_ended").await;
    assert_eq!(body["reason"], "unknown");
}

#[tokio::test]
async fn redirects_endless_bodies_and_404_give_no_key_set() {
    let fake = FakeDoorward::start().await;
    for path in ["/redirect", "/endless", "/missing"] {
        let address = format!("{}{path}", fake.address);
        let settings = Doorward::at(ISSUER).audience(AUDIENCE).address(address).clock(|| NOW);
        let doorward = settings.start().expect("good settings");
        let verified = doorward.verify(&fake.key.good()).await;
        assert_eq!(verified.expect_err("no key").code(), "unavailable", "{path}");
        assert_eq!(doorward.stats().keys, 0, "{path}");
    }
}

#[tokio::test]
async fn an_invalid_setting_is_named_in_the_error() {
    let at = || Doorward::at("https://login.example");
    let error = |settings: Settings| settings.start().map(|_| ()).expect_err("invalid settings").to_string();
    assert!(error(at().leeway(6)).starts_with("leeway: "));
    assert!(error(at().leeway(-1)).starts_with("leeway: "));
    assert!(error(at().stale_after(std::time::Duration::from_secs(59))).starts_with("stale_after: "));
    for issuer in
        ["https://login.example/", "https://login.example/doorward", "https://login.example?a", "login.example"]
    {
        let error = error(Doorward::at(issuer).address("https://login.example"));
        assert!(error.starts_with(&format!("issuer: {issuer:?} ")), "{error}");
    }
    assert!(error(at().audience("")).starts_with("issuer and audience: "));
    for address in
        ["", "login.example", "ftp://login.example", "http://login.example", "https://login.example/?a=b", "\0"]
    {
        assert!(error(at().address(address)).starts_with("address: "), "{address}");
    }
    assert!(at().address("http://login.internal:3000").allow_plain_http().start().is_ok());
    assert!(at().start().is_ok());
}

#[test]
fn a_service_does_not_start_outside_a_tokio_runtime() {
    let started = Doorward::at("https://login.example").start();
    let error = started.map(|_| ()).expect_err("no runtime");
    assert_eq!(error.to_string(), "no Tokio runtime: start must be called inside one");
}
