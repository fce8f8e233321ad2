//! Responses of Doorward and of other servers.

use std::time::Duration;

use doorward_api::{CredentialStorage, PolicyName};
use serde_json::{Value, json};

use super::{endpoints::StoredSession, server::TOKEN_LIFETIME};
use crate::request::Response;

/// Lifetime of a renewable session.
pub(in crate::tests) const SESSION_LIFETIME: Duration = Duration::from_hours(24);

/// What a request results in.
#[derive(Clone)]
pub(in crate::tests) enum Reply {
    Response(Response),
    ConnectionLost,
}

pub(in crate::tests) fn reply(status: u16, body: impl Into<String>) -> Reply {
    Reply::Response(Response { status, body: body.into().into_bytes(), ..Response::default() })
}

/// A problem of the API.
pub(in crate::tests) fn problem(status: u16, code: &str) -> Reply {
    let kind = format!("urn:doorward:problem:{code}");
    reply(status, json!({ "type": kind, "title": code, "status": status, "code": code }).to_string())
}

pub(in crate::tests) fn session_ended(reason: &str) -> Reply {
    let kind = "urn:doorward:problem:session_ended";
    let problem = json!({ "type": kind, "title": kind, "status": 401, "code": "session_ended", "reason": reason });
    reply(401, problem.to_string())
}

/// Adds `Retry-After`.
pub(in crate::tests) fn retry_after(seconds: u64, reply: Reply) -> Reply {
    match reply {
        Reply::Response(response) => {
            Reply::Response(Response { retry_after: Some(Duration::from_secs(seconds)), ..response })
        }
        Reply::ConnectionLost => Reply::ConnectionLost,
    }
}

/// Absolute timeout of sessions under this policy.
pub(in crate::tests) fn session_lifetime(policy: PolicyName) -> Duration {
    match policy.credential_storage() {
        CredentialStorage::AccessTokenOnly => TOKEN_LIFETIME,
        CredentialStorage::RefreshCookie | CredentialStorage::SessionCookie | CredentialStorage::RefreshToken => {
            SESSION_LIFETIME
        }
    }
}

/// A token response. That of a login has the refresh token, if there is one.
pub(super) fn token_response(
    session: &StoredSession,
    token: &str,
    refresh_token: Option<String>,
    (now, expires_in): (Duration, Duration),
) -> Value {
    let StoredSession { id, user, policy, created_at, auth_time, .. } = session;
    let name: String = user.chars().take(1).flat_map(char::to_uppercase).chain(user.chars().skip(1)).collect();
    let mut response = json!({
        "session": {
            "id": id,
            "current": true,
            "policy": policy,
            "label": null,
            "device": { "browser": "Firefox", "os": "Linux" },
            "ip": "192.0.2.1",
            "created_at": timestamp(*created_at),
            "last_used_at": timestamp(now),
            "expires_at": timestamp(*created_at + session_lifetime(*policy)),
            "acr": "1",
            "amr": ["pwd"],
            "auth_time": timestamp(*auth_time),
        },
        "user": { "id": user, "name": name, "roles": [] },
    });
    if policy.credential_storage().has_access_token() {
        response["access_token"] = json!(token);
        response["token_type"] = json!("Bearer");
        response["expires_in"] = json!(expires_in.as_secs());
    }
    if let Some(refresh_token) = refresh_token {
        response["refresh_token"] = json!(refresh_token);
    }
    response
}

/// The server's clock after this time.
pub(in crate::tests) fn timestamp(elapsed: Duration) -> String {
    let seconds = elapsed.as_secs();
    let (day, hour) = (1 + seconds / 86_400, seconds / 3600 % 24);
    format!("2026-12-{day:02}T{hour:02}:{:02}:{:02}Z", seconds / 60 % 60, seconds % 60)
}
