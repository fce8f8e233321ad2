//! A server of the tests' own: it grants tokens, knows the newest one, and misbehaves when told to.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use futures::channel::oneshot;
use serde_json::{Value, json};

use crate::client::{
    platform::NoAnswer,
    request::{Request, Response},
};

pub(super) const LOGIN: &str = "/api/auth/login";
pub(super) const REFRESH: &str = "/api/auth/refresh";
pub(super) const LOGOUT: &str = "/api/auth/logout";
pub(super) const ME: &str = "/api/me";

/// The life of an access token.
pub(super) const TOKEN_LIFE: Duration = Duration::from_mins(5);
/// The life of a session.
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
    Reply::Answer(Response { status, retry_after: None, body: body.into() })
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

/// The same, with `Retry-After`.
pub(super) fn wait_for(seconds: u64, reply: Reply) -> Reply {
    match reply {
        Reply::Answer(answer) => Reply::Answer(Response { retry_after: Some(Duration::from_secs(seconds)), ..answer }),
        Reply::Broken => Reply::Broken,
    }
}

/// One request as it came in.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Received {
    pub(super) path: String,
    pub(super) bearer: Option<String>,
    pub(super) body: Option<String>,
}

#[derive(Default)]
pub(super) struct Server {
    received: RefCell<Vec<Received>>,
    tokens: Cell<u32>,
    session: RefCell<String>,
    always: RefCell<BTreeMap<String, Reply>>,
    held: RefCell<BTreeSet<String>>,
    waiting: RefCell<Vec<(String, oneshot::Sender<()>)>>,
}

impl Server {
    /// From now on, `path` gets this answer.
    pub(super) fn answers(&self, path: &str, reply: Reply) {
        self.always.borrow_mut().insert(path.to_owned(), reply);
    }

    /// From now on, `path` works as it should.
    pub(super) fn recovers(&self, path: &str) {
        self.always.borrow_mut().remove(path);
    }

    /// From now on, requests to `path` wait.
    pub(super) fn holds(&self, path: &str) {
        self.held.borrow_mut().insert(path.to_owned());
    }

    /// Answers what waited.
    pub(super) fn releases(&self, path: &str) {
        self.held.borrow_mut().remove(path);
        self.waiting.borrow_mut().retain(|(waiting, _)| waiting != path);
    }

    /// Somebody logged in in another tab: the cookie means this session now.
    pub(super) fn changes_session(&self, id: &str) {
        self.session.replace(id.to_owned());
    }

    /// No token that was granted so far is good any longer.
    pub(super) fn expires_tokens(&self) {
        self.tokens.set(self.tokens.get() + 1);
    }

    pub(super) fn received(&self) -> Vec<Received> {
        self.received.borrow().clone()
    }

    /// How often `path` was asked for.
    pub(super) fn count(&self, path: &str) -> usize {
        self.received.borrow().iter().filter(|received| received.path == path).count()
    }

    /// How many requests came in, whatever for.
    pub(super) fn total(&self) -> usize {
        self.received.borrow().len()
    }

    pub(super) async fn serve(
        &self,
        now: Duration,
        request: &Request,
        bearer: Option<&str>,
    ) -> Result<Response, NoAnswer> {
        self.received.borrow_mut().push(Received {
            path: request.path.clone(),
            bearer: bearer.map(str::to_owned),
            body: request.body.clone(),
        });
        if self.held.borrow().contains(&request.path) {
            let (release, released) = oneshot::channel();
            self.waiting.borrow_mut().push((request.path.clone(), release));
            _ = released.await;
        }
        let misbehaviour = self.always.borrow().get(&request.path).cloned();
        match misbehaviour.unwrap_or_else(|| self.usual(now, &request.path, bearer)) {
            Reply::Answer(answer) => Ok(answer),
            Reply::Broken => Err(NoAnswer),
        }
    }

    fn usual(&self, now: Duration, path: &str, bearer: Option<&str>) -> Reply {
        match path {
            LOGIN | "/api/auth/register" | REFRESH => {
                self.tokens.set(self.tokens.get() + 1);
                let status = if path == REFRESH { 200 } else { 201 };
                reply(status, self.grant(now).to_string())
            }
            LOGOUT => reply(204, ""),
            _ if bearer == Some(&self.token()) => reply(200, r#""here you are""#),
            _ => problem(401, "token_expired"),
        }
    }

    /// The newest token.
    pub(super) fn token(&self) -> String {
        format!("token.number.{}", self.tokens.get())
    }

    /// A grant as it would be given at `now`.
    pub(super) fn grant(&self, now: Duration) -> Value {
        json!({
            "access_token": self.token(),
            "token_type": "Bearer",
            "expires_in": TOKEN_LIFE.as_secs(),
            "session": {
                "id": format!("session {}", self.session.borrow()),
                "current": true,
                "policy": "retention",
                "label": null,
                "device": { "browser": "Firefox", "os": "Linux" },
                "ip": "192.0.2.1",
                "created_at": time_of_day(Duration::ZERO),
                "last_used_at": time_of_day(now),
                "expires_at": time_of_day(SESSION_LIFE),
            },
            "user": { "id": "ada", "name": "Ada", "roles": [] },
        })
    }
}

/// The server's clock when `since_start` has passed.
pub(super) fn time_of_day(since_start: Duration) -> String {
    let seconds = since_start.as_secs();
    let (day, hour) = (1 + seconds / 86_400, seconds / 3600 % 24);
    format!("2026-12-{day:02}T{hour:02}:{:02}:{:02}Z", seconds / 60 % 60, seconds % 60)
}
