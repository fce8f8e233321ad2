//! The extractors in an Axum router, with the Doorward of [`testing`] that the tests of a service use.

use axum::{
    Router,
    body::{Body, to_bytes},
    http::Request,
    middleware::from_extractor_with_state,
    routing::get,
};
use tower::ServiceExt;

use super::super::{Caller, CallerWith, Doorward, Recent, Rejection, Requirement, Role, testing};
use crate::Claims;

struct Admin;
impl Role for Admin {
    const NAME: &'static str = "admin";
}

/// A requirement of the service's own.
struct Lovelace;
impl Requirement for Lovelace {
    fn check(_: &Doorward, claims: &Claims) -> Result<(), Rejection> {
        if claims.name.ends_with("Lovelace") { Ok(()) } else { Err(Rejection::Forbidden("lovelace")) }
    }
}

fn router(doorward: Doorward) -> Router {
    let protected = Router::new().route("/protected", get(async || "protected"));
    Router::new()
        .route("/admin", get(async |admin: CallerWith<Admin>| format!("{} {:?}", admin.sub, admin.clone())))
        .route(
            "/optional",
            get(async |caller: Option<Caller>| caller.map_or("anonymous".into(), |caller| caller.name.clone())),
        )
        .route("/pay", get(async |caller: CallerWith<Recent<300>>| caller.sub.clone()))
        .route("/close", get(async |admin: CallerWith<(Admin, Recent<300>)>| admin.sub.clone()))
        .route("/family", get(async |caller: CallerWith<Lovelace>| caller.sub.clone()))
        .merge(protected.route_layer(from_extractor_with_state::<Caller, _>(doorward.clone())))
        .with_state(doorward)
}

/// Status and body of the response.
async fn send(router: &Router, path: &str, token: Option<&str>) -> (u16, String) {
    let request = Request::get(path);
    let request = match token {
        Some(token) => request.header("authorization", format!("Bearer {token}")),
        None => request,
    };
    let response = router.clone().oneshot(request.body(Body::empty()).expect("a request")).await.expect("a response");
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), 4096).await.expect("a short body");
    (status, String::from_utf8(body.to_vec()).expect("text"))
}

#[tokio::test]
async fn a_handler_is_tested_without_a_server() {
    let (doorward, tokens) = testing::doorward().await;
    let router = router(doorward);
    let admin = tokens.for_user("ada").role("admin").session("phone").jwt();

    let (status, body) = send(&router, "/admin", Some(&admin)).await;
    assert_eq!(status, 200);
    assert!(body.starts_with("ada CallerWith { requirement: \""), "{body}");
    assert_eq!(send(&router, "/admin", Some(&tokens.for_user("bob").role("clerk").jwt())).await.0, 403);
    assert_eq!(send(&router, "/admin", None).await.0, 401);
    let expired = send(&router, "/admin", Some(&tokens.for_user("ada").role("admin").expired().jwt())).await;
    assert!(expired.1.contains("token_expired"), "{expired:?}");

    tokens.end_session("phone");
    let ended = send(&router, "/admin", Some(&admin)).await;
    assert!(ended.1.contains("session_ended"), "{ended:?}");
    assert_eq!(
        send(&router, "/admin", Some(&tokens.for_user("ada").role("admin").session("laptop").jwt())).await.0,
        200
    );
}

/// Old proofs, of a session that goes on, and tokens with a forged or without an `acr` are in `recent.rs`.
#[tokio::test]
async fn a_caller_whose_proof_is_old_is_asked_for_another_one() {
    let (doorward, tokens) = testing::doorward().await;
    let router = router(doorward);
    let fresh = tokens.for_user("ada").jwt();
    let old = tokens.for_user("ada").authenticated_before(300).jwt();
    let old_admin = tokens.for_user("ada").role("admin").authenticated_before(300).jwt();
    let fresh_admin = tokens.for_user("ada").role("admin").authenticated_before(200).jwt();

    assert_eq!(send(&router, "/pay", Some(&fresh)).await, (200, "ada".into()));
    let refused = send(&router, "/pay", Some(&old)).await;
    assert!(refused.0 == 401 && refused.1.contains(r#""code":"step_up_required""#), "{refused:?}");
    assert_eq!(send(&router, "/optional", Some(&old)).await.0, 200, "elsewhere the token is as good as any");
    // The role comes first: who lacks it is not asked for the password.
    assert_eq!(send(&router, "/close", Some(&old)).await.0, 403);
    assert_eq!(send(&router, "/close", Some(&fresh)).await.0, 403);
    assert_eq!(send(&router, "/close", Some(&old_admin)).await.0, 401);
    assert_eq!(send(&router, "/close", Some(&fresh_admin)).await.0, 200);
}

#[tokio::test]
async fn the_challenge_of_a_step_up_says_how_old_the_proof_may_be() {
    let (doorward, tokens) = testing::doorward().await;
    let old = tokens.for_user("ada").authenticated_before(300).jwt();
    let request = Request::get("/pay").header("authorization", format!("Bearer {old}"));
    let response = router(doorward).oneshot(request.body(Body::empty()).expect("a request")).await.expect("a response");
    let challenge = response.headers()["www-authenticate"].to_str().expect("text");
    assert_eq!(
        challenge,
        "Bearer error=\"insufficient_user_authentication\", \
         error_description=\"A more recent authentication is required\", max_age=300"
    );
}

#[tokio::test]
async fn a_service_can_have_requirements_of_its_own() {
    let (doorward, tokens) = testing::doorward().await;
    let router = router(doorward);
    for (name, status) in [("Ada Lovelace", 200), ("Bob", 403)] {
        let token = tokens.for_user("1").name(name).jwt();
        assert_eq!(send(&router, "/family", Some(&token)).await.0, status, "{name}");
    }
}

#[tokio::test]
async fn an_optional_caller_may_be_missing_but_not_invalid() {
    let (doorward, tokens) = testing::doorward().await;
    let router = router(doorward);
    let ada = tokens.for_user("1").name("Ada").session("phone").jwt();

    assert_eq!(send(&router, "/optional", None).await, (200, "anonymous".into()));
    assert_eq!(send(&router, "/optional", Some(&ada)).await, (200, "Ada".into()));
    assert_eq!(send(&router, "/optional", Some("no.to.ken")).await.0, 401);
    tokens.end_session("phone");
    assert_eq!(send(&router, "/optional", Some(&ada)).await.0, 401);
}

#[tokio::test]
async fn the_extractor_as_a_layer_protects_a_whole_router() {
    let (doorward, tokens) = testing::doorward().await;
    let router = router(doorward);
    assert_eq!(send(&router, "/protected", None).await.0, 401);
    assert_eq!(send(&router, "/protected", Some(&tokens.for_user("ada").jwt())).await, (200, "protected".into()));
}

#[tokio::test(start_paused = true)]
async fn the_feed_of_a_doorward_for_tests_does_not_become_stale() {
    let (doorward, tokens) = testing::doorward().await;
    super::elapse(600.0).await;
    assert!(doorward.verify(&tokens.for_user("ada").jwt()).await.is_ok());
}

#[tokio::test]
async fn debug_output_of_a_handle_contains_no_token() {
    let (doorward, tokens) = testing::doorward().await;
    let token = tokens.for_user("ada").jwt();
    doorward.verify(&token).await.expect("a valid token");
    let printed = format!("{doorward:?}");
    assert!(printed.starts_with("Doorward { issuer: \"https://login.example\""), "{printed}");
    assert!(!printed.contains(&token) && !printed.contains("ada"), "{printed}");
}
