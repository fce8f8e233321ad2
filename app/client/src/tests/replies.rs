//! What servers say, ours and others.

use std::time::Duration;

use serde_json::{Value, json};

use super::{endpoints::Row, server::TOKEN_LIFE};
use crate::request::Response;
use doorward_api::{CredentialStorage, PolicyName};

/// The life of a session that outlives its tokens.
pub(super) const SESSION_LIFE: Duration = Duration::from_hours(24);

/// What the server says.
#[derive(Clone)]
pub(super) enum Reply {
    /// An answer.
    Answer(Response),
    /// The connection breaks.
    Broken,
}

pub(super) fn reply(status: u16, body: impl Into<String>) -> Reply {
    Reply::Answer(Response { status, body: body.into().into_bytes(), ..Response::default() })
}

/// A problem of ours.
pub(super) fn problem(status: u16, code: &str) -> Reply {
    let kind = format!("urn:doorward:problem:{code}");
    reply(status, json!({ "type": kind, "title": code, "status": status, "code": code }).to_string())
}

/// The session is over.
pub(super) fn ended(reason: &str) -> Reply {
    let kind = "urn:doorward:problem:session_ended";
    let problem = json!({ "type": kind, "title": kind, "status": 401, "code": "session_ended", "reason": reason });
    reply(401, problem.to_string())
}

/// How long a session lives at most.
pub(super) fn session_life(policy: PolicyName) -> Duration {
    match policy.credential_storage() {
        CredentialStorage::AccessTokenOnly => TOKEN_LIFE,
        CredentialStorage::RefreshCookie | CredentialStorage::SessionCookie | CredentialStorage::RefreshToken => {
            SESSION_LIFE
        }
    }
}

/// What a grant for this session carries; a login's has the refresh token, where there is one.
pub(super) fn grant(row: &Row, token: &str, refresh_token: Option<String>, now: Duration) -> Value {
    let Row { id, user, policy, created_at, .. } = row;
    let name: String = user.chars().take(1).flat_map(char::to_uppercase).chain(user.chars().skip(1)).collect();
    let mut grant = json!({
        "session": {
            "id": id,
            "current": true,
            "policy": policy,
            "label": null,
            "device": { "browser": "Firefox", "os": "Linux" },
            "ip": "192.0.2.1",
            "created_at": time_of_day(*created_at),
            "last_used_at": time_of_day(now),
            "expires_at": time_of_day(*created_at + session_life(*policy)),
        },
        "user": { "id": user, "name": name, "roles": [] },
    });
    if policy.credential_storage().has_access_token() {
        grant["access_token"] = json!(token);
        grant["token_type"] = json!("Bearer");
        grant["expires_in"] = json!(TOKEN_LIFE.as_secs());
    }
    if let Some(refresh_token) = refresh_token {
        grant["refresh_token"] = json!(refresh_token);
    }
    grant
}

/// The same, with `Retry-After`.
pub(super) fn wait_for(seconds: u64, reply: Reply) -> Reply {
    match reply {
        Reply::Answer(answer) => Reply::Answer(Response { retry_after: Some(Duration::from_secs(seconds)), ..answer }),
        Reply::Broken => Reply::Broken,
    }
}

/// The server's clock when `since_start` has passed.
pub(super) fn time_of_day(since_start: Duration) -> String {
    let seconds = since_start.as_secs();
    let (day, hour) = (1 + seconds / 86_400, seconds / 3600 % 24);
    format!("2026-12-{day:02}T{hour:02}:{:02}:{:02}Z", seconds / 60 % 60, seconds % 60)
}
