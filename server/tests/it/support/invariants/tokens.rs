//! Tokens are in the responses where they belong, and in no others.

use doorward_api::{CredentialStorage, TokenResponse};
use serde_json::Value;

use super::cookies;
use crate::support::{Request, Response, credentials::cookie_name};

pub fn check(request: &Request, response: &Response) {
    // The API description mentions tokens; pages and published documents are not the API's.
    if !request.path.starts_with("/api/") || request.path == "/api/openapi.json" {
        return;
    }
    let issues_tokens = [
        "/api/auth/register",
        "/api/auth/register/confirm",
        "/api/auth/login",
        "/api/auth/login/passkey",
        "/api/auth/login/factor",
        "/api/auth/refresh",
        "/api/auth/confirm",
        "/api/account/password",
    ]
    .contains(&request.path_without_query());
    if issues_tokens && matches!(response.status, 200 | 201) {
        check_token_response(request, response);
    } else {
        for name in ["access_token", "refresh_token"] {
            let text = response.text_lossy();
            assert!(!text.contains(&format!("{name:?}")), "{name} in {response:?}");
        }
    }
    check_credentials_are_not_echoed(request, response);
    check_server_sessions_have_no_jwt(request, response);
}

/// A token response has the members of its policy: a refresh token when it is new, and only where the page stores it.
fn check_token_response(request: &Request, response: &Response) {
    let token_response: TokenResponse = response.parse();
    let storage = token_response.session.policy.credential_storage();
    let is_refresh = request.path_without_query() == "/api/auth/refresh";
    let is_login = !is_refresh && request.path_without_query() != "/api/auth/confirm";
    assert!(!is_refresh || storage.is_renewable(), "{response:?}");

    let has_token = storage.has_access_token();
    assert_eq!(token_response.access_token.is_some(), has_token, "{response:?}");
    assert_eq!(token_response.token_type.as_deref(), has_token.then_some("Bearer"), "{response:?}");
    // Fifteen minutes is the longest life of an access token.
    let has_lifetime = token_response.expires_in.is_some_and(|seconds| (1..=900).contains(&seconds));
    assert_eq!(has_lifetime, has_token, "{response:?}");
    let has_refresh_token = is_login && storage == CredentialStorage::RefreshToken;
    assert_eq!(token_response.refresh_token.is_some(), has_refresh_token, "{response:?}");

    // No other members.
    let Value::Object(members) = response.json() else { panic!("{response:?}") };
    let known = ["access_token", "token_type", "expires_in", "refresh_token", "session", "user"];
    assert!(members.keys().all(|name| known.contains(&name.as_str())), "{response:?}");
    assert!(members.values().all(|value| !value.is_null()), "{response:?}");
}

/// No body repeats a credential that the request carried or the response sets as a cookie.
fn check_credentials_are_not_echoed(request: &Request, response: &Response) {
    let in_body = serde_json::from_slice::<Value>(&request.body).ok();
    let in_body = in_body.and_then(|body| body.get("refresh_token")?.as_str().map(str::to_owned));
    let sent = cookies::request_cookies(request).map(|(_, value)| value).chain(in_body);
    let issued = [CredentialStorage::RefreshCookie, CredentialStorage::SessionCookie].into_iter().filter_map(|kind| {
        let name = cookie_name(kind, request.app.state().config.cookie_secure)?;
        response.cookie(name).map(str::to_owned)
    });
    for credential in sent.chain(issued).filter(|credential| credential.len() > 8) {
        assert!(!response.text_lossy().contains(&credential), "{response:?}");
    }
}

/// Where every policy is `server-session`, no response has a JWT; sessions that began under another policy keep theirs.
fn check_server_sessions_have_no_jwt(request: &Request, response: &Response) {
    let state = request.app.state();
    let began_with_token =
        serde_json::from_slice(&response.body).is_ok_and(|response: TokenResponse| response.access_token.is_some());
    if began_with_token || state.policies.all().any(|policy| policy.name.credential_storage().has_access_token()) {
        return;
    }
    assert!(!response.text_lossy().contains("eyJ"), "{response:?}");
    let mut headers = response.headers.values().map(|value| String::from_utf8_lossy(value.as_bytes()));
    assert!(!headers.any(|value| value.contains("eyJ")), "{response:?}");
}
