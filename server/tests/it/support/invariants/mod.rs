//! Invariants of every response. Each response that any test receives is checked.

mod cookies;
mod tokens;

use axum::http::Method;
use doorward_api::ErrorCode;
use doorward_verify::step_up_challenge;

use super::{Request, Response, suite_log};

pub fn check(request: &Request, response: &Response) {
    suite_log::note(request, response);
    let is_api = request.path.starts_with("/api/");
    check_security_headers(response);
    assert_ne!(response.status, 500, "{response:?}");
    if is_api {
        assert_eq!(response.header("cache-control"), Some("no-store"), "{response:?}");
    }
    if is_api && response.status >= 400 && request.method != Method::HEAD {
        check_problem(request, response);
    }
    cookies::check(request, response);
    tokens::check(request, response);
}

fn check_security_headers(response: &Response) {
    let is_page = response.header("content-type").is_some_and(|kind| kind.starts_with("text/html"));
    let expected = [
        ("x-content-type-options", "nosniff"),
        // Forms on pages need the origin in their requests.
        ("referrer-policy", if is_page { "strict-origin" } else { "no-referrer" }),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ];
    for (name, value) in expected {
        assert_eq!(response.header(name), Some(value), "{name}: {response:?}");
    }
    let policy = response.header("content-security-policy").expect("a content security policy");
    assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe-inline"), "{policy}");
    let allows_cors = response.headers.keys().any(|name| name.as_str().starts_with("access-control-"));
    assert!(!allows_cors, "{response:?}");
    let id = response.header("x-request-id").expect("a request id");
    assert!((1..=64).contains(&id.len()), "{id}");
}

/// An error is a problem document of RFC 9457 that leaks nothing of the server's inside.
fn check_problem(request: &Request, response: &Response) {
    assert_eq!(response.header("content-type"), Some("application/problem+json"), "{response:?}");
    let problem = response.problem();
    let code = response.json()["code"].as_str().expect("a code").to_owned();
    assert_eq!(problem.status, response.status, "{response:?}");
    assert_eq!(problem.kind, format!("urn:doorward:problem:{code}"));
    assert_ne!(problem.code, ErrorCode::Unknown, "{response:?}");
    assert!(!problem.title.is_empty(), "{response:?}");
    assert_eq!(problem.reason.is_some(), problem.code == ErrorCode::SessionEnded, "{response:?}");

    let is_temporary = matches!(response.status, 429 | 503);
    assert_eq!(response.headers.contains_key("retry-after"), is_temporary, "{response:?}");
    let rejects_token = match problem.code {
        ErrorCode::TokenMissing | ErrorCode::TokenInvalid | ErrorCode::TokenExpired => true,
        // The challenge belongs to a token that was sent; a request with a cookie has none.
        ErrorCode::SessionEnded => request.path_without_query() != "/api/auth/refresh" && request.has_access_token(),
        _ => false,
    };
    let challenge = match problem.code {
        ErrorCode::StepUpRequired => Some(step_up_challenge(request.app.state().config.confirm_within.as_secs())),
        _ => rejects_token.then(|| r#"Bearer error="invalid_token""#.to_owned()),
    };
    // What requires a second factor says so, too.
    let header = response.header("www-authenticate").map(|header| header.trim_end_matches(r#", acr_values="2 phr""#));
    assert_eq!(header, challenge.as_deref(), "{response:?}");

    let text = response.text().to_lowercase();
    for leak in ["select ", "insert ", "sqlite", "postgres", "sqlx", "panicked", ".rs", "eyj"] {
        assert!(!text.contains(leak), "{leak:?} in {text}");
    }
}
