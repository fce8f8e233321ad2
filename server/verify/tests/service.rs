//! A service of somebody else's, from outside: real requests, and a small Doorward on a real port.

#[path = "service/doorward.rs"]
mod doorward;
mod forge;

use axum::{Router, body::Body, extract::FromRef, http::Request, response::Response, routing::get};
use doorward::Fake;
use doorward_verify::{
    Claims,
    service::{Caller, CallerWith, Doorward, Role},
};
use forge::{AUDIENCE, ISSUER, NOW};
use serde_json::{Value, json};
use tower::ServiceExt;

/// A service has state of its own, with the handle in it.
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

async fn service(fake: &Fake) -> (Router, Doorward) {
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

async fn ask(router: &Router, path: &str, authorization: &[&str]) -> Response {
    let request =
        authorization.iter().fold(Request::get(path), |request, value| request.header("authorization", *value));
    router.clone().oneshot(request.body(Body::empty()).expect("a request")).await.expect("an answer")
}

async fn text(response: Response) -> String {
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.expect("a body");
    String::from_utf8(bytes.to_vec()).expect("text")
}

/// Asserts that the answer is a problem of this kind, and gives its body.
async fn problem(response: Response, status: u16, code: &str) -> Value {
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
async fn a_caller_with_a_good_token_is_known_by_name() {
    let fake = Fake::start().await;
    let (router, _) = service(&fake).await;
    for path in ["/name", "/claims"] {
        let answer = ask(&router, path, &[&format!("Bearer {}", fake.key.good())]).await;
        assert_eq!(text(answer).await, "Ada");
    }
}

#[tokio::test]
async fn r63_a_token_is_taken_from_exactly_one_bearer_header() {
    let fake = Fake::start().await;
    let (router, _) = service(&fake).await;
    let good = fake.key.good();
    let bearer = format!("Bearer {good}");

    problem(ask(&router, "/name", &[]).await, 401, "token_missing").await;
    problem(ask(&router, &format!("/name?access_token={good}"), &[]).await, 401, "token_missing").await;
    problem(ask(&router, "/name", &[&format!("Basic {good}")]).await, 401, "token_missing").await;
    problem(ask(&router, "/name", &[&good]).await, 401, "token_missing").await;
    problem(ask(&router, "/name", &[&bearer, &bearer]).await, 401, "token_invalid").await;
    problem(ask(&router, "/name", &[&format!("{bearer}, {bearer}")]).await, 401, "token_invalid").await;
    problem(ask(&router, "/name", &["Bearer "]).await, 401, "token_invalid").await;
    assert_eq!(ask(&router, "/name", &[&format!("bearer {good}")]).await.status(), 200);
}

#[tokio::test]
async fn r64_a_refusal_says_what_doorward_would_say() {
    let fake = Fake::start().await;
    let (router, _) = service(&fake).await;
    let bearer = |token: String| format!("Bearer {token}");

    let expired = json!(NOW - 1);
    let mut claims = fake.key.claims();
    (claims["iat"], claims["exp"], claims["auth_time"]) = (json!(NOW - 300), expired, json!(NOW - 300));
    let expired = fake.key.sign_text(&fake.key.header().to_string(), &claims.to_string());
    problem(ask(&router, "/name", &[&bearer(expired)]).await, 401, "token_expired").await;

    let foreign = fake.key.with_claim("aud", json!("https://other.example"));
    problem(ask(&router, "/name", &[&bearer(foreign)]).await, 401, "token_invalid").await;
}

#[tokio::test]
async fn a_role_is_asked_for_by_its_type() {
    let fake = Fake::start().await;
    let (router, _) = service(&fake).await;
    let bearer = format!("Bearer {}", fake.key.good());
    assert_eq!(text(ask(&router, "/admin", &[&bearer]).await).await, "ada");
    let body = problem(ask(&router, "/cook", &[&bearer]).await, 403, "forbidden").await;
    assert_eq!(body["detail"], r#"It needs the role "cook"."#);
    problem(ask(&router, "/cook", &[]).await, 401, "token_missing").await;
}

#[tokio::test]
async fn a_session_that_ends_is_out_within_a_second() {
    let fake = Fake::start().await;
    let (router, doorward) = service(&fake).await;
    let bearer = format!("Bearer {}", fake.key.good());
    assert_eq!(ask(&router, "/name", &[&bearer]).await.status(), 200);

    let heard = async {
        fake.end("session");
        while doorward.figures().sessions_ended == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(1), heard).await.expect("within a second");

    let body = problem(ask(&router, "/name", &[&bearer]).await, 401, "session_ended").await;
    assert_eq!(body["reason"], "unknown");
}

#[tokio::test]
async fn a_doorward_that_redirects_or_never_ends_is_no_doorward() {
    let fake = Fake::start().await;
    for path in ["/redirect", "/endless", "/missing"] {
        let address = format!("{}{path}", fake.address);
        let settings = Doorward::at(ISSUER).audience(AUDIENCE).address(address).clock(|| NOW);
        let doorward = settings.start().expect("good settings");
        let checked = doorward.check(&fake.key.good()).await;
        assert_eq!(checked.expect_err("no key").code(), "unavailable", "{path}");
        assert_eq!(doorward.figures().keys, 0, "{path}");
    }
}

#[tokio::test]
async fn settings_that_cannot_be_are_named() {
    let at = || Doorward::at("https://login.example");
    let why = |settings: doorward_verify::service::Settings| settings.start().map(|_| ()).expect_err("no").to_string();
    assert!(why(at().leeway(6)).starts_with("leeway: "));
    assert!(why(at().leeway(-1)).starts_with("leeway: "));
    assert!(why(at().stale_after(std::time::Duration::from_secs(59))).starts_with("stale_after: "));
    for issuer in
        ["https://login.example/", "https://login.example/doorward", "https://login.example?a", "login.example"]
    {
        let why = why(Doorward::at(issuer).address("https://login.example"));
        assert!(why.starts_with(&format!("issuer: {issuer:?} ")), "{why}");
    }
    assert!(why(at().audience("")).starts_with("issuer and audience: "));
    for address in
        ["", "login.example", "ftp://login.example", "http://login.example", "https://login.example/?a=b", "\0"]
    {
        assert!(why(at().address(address)).starts_with("address: "), "{address}");
    }
    assert!(at().address("http://login.internal:3000").allow_plain_http().start().is_ok());
    assert!(at().start().is_ok());
}

#[test]
fn without_a_runtime_a_service_does_not_start() {
    let started = Doorward::at("https://login.example").start();
    assert_eq!(started.map(|_| ()).expect_err("no runtime").to_string(), "no Tokio runtime to run in");
}
