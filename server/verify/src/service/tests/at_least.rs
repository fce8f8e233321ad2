//! How strongly the user has proved who they are.

use std::sync::Arc;

use axum::{Router, body::Body, routing::get};
use http::{Request, StatusCode};
use tower::ServiceExt;

use super::super::{AtLeast, CallerWith, Phr, Recent, Requirement, Two, testing};
use crate::Acr;

type Strong = CallerWith<AtLeast<Two>>;
type Strongest = CallerWith<(AtLeast<Phr>, Recent<300>)>;

async fn respond(router: &Router, path: &str, token: &str) -> (StatusCode, String) {
    let request = Request::get(path).header("authorization", format!("Bearer {token}"));
    let response = router.clone().oneshot(request.body(Body::empty()).expect("a request")).await.expect("infallible");
    let challenge = response.headers().get("www-authenticate").map(|value| value.to_str().expect("text").to_owned());
    (response.status(), challenge.unwrap_or_default())
}

#[tokio::test(start_paused = true)]
async fn a_handler_requires_a_level_and_the_challenge_names_those_that_are_enough() {
    let (doorward, tokens) = testing::doorward().await;
    let router = Router::new()
        .route("/two", get(async |caller: Strong| caller.sub.clone()))
        .route("/phr", get(async |caller: Strongest| caller.sub.clone()))
        .with_state(doorward);
    let refused = |path: &str| if path == "/two" { "acr_values=\"2 phr\"" } else { "acr_values=\"phr\"" };
    for (path, acr, is_enough) in [
        ("/two", Acr::One, false),
        ("/two", Acr::Two, true),
        ("/two", Acr::Phr, true),
        ("/phr", Acr::One, false),
        ("/phr", Acr::Two, false),
        ("/phr", Acr::Phr, true),
    ] {
        let (status, challenge) = respond(&router, path, &tokens.for_user("ada").acr(acr).jwt()).await;
        if is_enough {
            assert_eq!((status, challenge.as_str()), (StatusCode::OK, ""), "{path} {acr:?}");
        } else {
            assert_eq!(status, StatusCode::UNAUTHORIZED);
            assert!(challenge.starts_with("Bearer error=\"insufficient_user_authentication\""), "{challenge}");
            assert!(challenge.ends_with(refused(path)), "{challenge}");
        }
    }
    // Strong enough, but too long ago.
    let old = tokens.for_user("ada").acr(Acr::Phr).authenticated_before(300).jwt();
    let (status, challenge) = respond(&router, "/phr", &old).await;
    assert!(status == StatusCode::UNAUTHORIZED && challenge.ends_with("max_age=300"), "{challenge}");
}

#[tokio::test(start_paused = true)]
async fn a_token_without_the_claim_or_with_an_unknown_level_is_not_enough() {
    let (doorward, tokens) = testing::doorward().await;
    let claims = doorward.verify(&tokens.for_user("ada").acr(Acr::Phr).jwt()).await.expect("a valid token");
    let mut claims = Arc::unwrap_or_clone(claims);
    assert!(AtLeast::<Phr>::check(&doorward, &claims).is_ok());
    for acr in [None, Some(Acr::from("urn:example:gold"))] {
        claims.acr = acr;
        assert!(AtLeast::<Two>::check(&doorward, &claims).is_err() && !claims.is_at_least(Acr::Two));
    }
}
