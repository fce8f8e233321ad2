//! What servers say, ours and others.

use std::time::Duration;

use serde_json::{Value, json};

use super::server::{SESSION_LIFE, TOKEN_LIFE};
use crate::client::request::Response;

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

/// A grant for the session of this id.
pub(super) fn grant(token: &str, id: &str, user: &str, created_at: Duration, now: Duration) -> Value {
    let name: String = user.chars().take(1).flat_map(char::to_uppercase).chain(user.chars().skip(1)).collect();
    json!({
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": TOKEN_LIFE.as_secs(),
        "session": {
            "id": id,
            "current": true,
            "policy": "retention",
            "label": null,
            "device": { "browser": "Firefox", "os": "Linux" },
            "ip": "192.0.2.1",
            "created_at": time_of_day(created_at),
            "last_used_at": time_of_day(now),
            "expires_at": time_of_day(created_at + SESSION_LIFE),
        },
        "user": { "id": user, "name": name, "roles": [] },
    })
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
