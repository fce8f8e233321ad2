//! What a service's own tests see of a Doorward in process, and what the extractors make of its tokens.

use axum::{
    Router,
    body::{Body, to_bytes},
    http::Request,
    middleware::from_extractor_with_state,
    routing::get,
};
use tower::ServiceExt;

use super::super::{Caller, CallerWith, Doorward, Role, testing};

struct Admin;
impl Role for Admin {
    const NAME: &'static str = "admin";
}

fn router(doorward: Doorward) -> Router {
    let inside = Router::new().route("/inside", get(async || "inside"));
    Router::new()
        .route("/admin", get(async |admin: CallerWith<Admin>| format!("{} {:?}", admin.sub, admin.clone())))
        .route(
            "/anybody",
            get(async |caller: Option<Caller>| caller.map_or("nobody".into(), |caller| caller.name.clone())),
        )
        .merge(inside.route_layer(from_extractor_with_state::<Caller, _>(doorward.clone())))
        .with_state(doorward)
}

/// Status and body of the answer.
async fn ask(router: &Router, path: &str, token: Option<&str>) -> (u16, String) {
    let request = Request::get(path);
    let request = match token {
        Some(token) => request.header("authorization", format!("Bearer {token}")),
        None => request,
    };
    let response = router.clone().oneshot(request.body(Body::empty()).expect("a request")).await.expect("an answer");
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), 4096).await.expect("a short body");
    (status, String::from_utf8(body.to_vec()).expect("text"))
}

#[tokio::test]
async fn a_handler_is_tested_without_a_server() {
    let (doorward, tokens) = testing::doorward().await;
    let router = router(doorward);
    let admin = tokens.of("ada").role("admin").session("phone").jwt();

    let (status, body) = ask(&router, "/admin", Some(&admin)).await;
    assert_eq!(status, 200);
    assert!(body.starts_with("ada CallerWith { role: \"admin\""), "{body}");
    assert_eq!(ask(&router, "/admin", Some(&tokens.of("bob").role("clerk").jwt())).await.0, 403);
    assert_eq!(ask(&router, "/admin", None).await.0, 401);
    let expired = ask(&router, "/admin", Some(&tokens.of("ada").role("admin").expired().jwt())).await;
    assert!(expired.1.contains("token_expired"), "{expired:?}");

    tokens.end("phone");
    let ended = ask(&router, "/admin", Some(&admin)).await;
    assert!(ended.1.contains("session_ended"), "{ended:?}");
    assert_eq!(ask(&router, "/admin", Some(&tokens.of("ada").role("admin").session("laptop").jwt())).await.0, 200);
}

#[tokio::test]
async fn a_caller_who_may_be_missing_may_not_be_false() {
    let (doorward, tokens) = testing::doorward().await;
    let router = router(doorward);
    let ada = tokens.of("1").name("Ada").session("phone").jwt();

    assert_eq!(ask(&router, "/anybody", None).await, (200, "nobody".into()));
    assert_eq!(ask(&router, "/anybody", Some(&ada)).await, (200, "Ada".into()));
    assert_eq!(ask(&router, "/anybody", Some("no.to.ken")).await.0, 401);
    tokens.end("phone");
    assert_eq!(ask(&router, "/anybody", Some(&ada)).await.0, 401);
}

#[tokio::test]
async fn a_whole_router_is_protected_by_the_extractor() {
    let (doorward, tokens) = testing::doorward().await;
    let router = router(doorward);
    assert_eq!(ask(&router, "/inside", None).await.0, 401);
    assert_eq!(ask(&router, "/inside", Some(&tokens.of("ada").jwt())).await, (200, "inside".into()));
}

#[tokio::test(start_paused = true)]
async fn a_doorward_in_process_does_not_grow_stale() {
    let (doorward, tokens) = testing::doorward().await;
    super::pass(600.0).await;
    assert!(doorward.check(&tokens.of("ada").jwt()).await.is_ok());
}

#[tokio::test]
async fn a_handle_that_is_printed_shows_no_token() {
    let (doorward, tokens) = testing::doorward().await;
    let token = tokens.of("ada").jwt();
    doorward.check(&token).await.expect("a good token");
    let printed = format!("{doorward:?}");
    assert!(printed.starts_with("Doorward { issuer: \"https://login.example\""), "{printed}");
    assert!(!printed.contains(&token) && !printed.contains("ada"), "{printed}");
}
