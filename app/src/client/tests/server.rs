//! A server of the tests' own: it grants tokens, knows the newest one, and misbehaves when told to.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use futures::channel::{mpsc::UnboundedReceiver, oneshot};
use serde_json::Value;

pub(super) use super::replies::{Reply, ended, grant, problem, reply, time_of_day, wait_for};
use super::streams::Streams;
use crate::client::{
    platform::NoAnswer,
    request::{Body, Request, Response},
};

pub(super) const LOGIN: &str = "/api/auth/login";
pub(super) const REFRESH: &str = "/api/auth/refresh";
pub(super) const REGISTER: &str = "/api/auth/register";
pub(super) const LOGOUT: &str = "/api/auth/logout";
pub(super) const ME: &str = "/api/me";
pub(super) const EVENTS: &str = "/api/sessions/events";

/// What a good token gets.
pub(super) const HERE_YOU_ARE: &str = r#""here you are""#;
/// The life of an access token.
pub(super) const TOKEN_LIFE: Duration = Duration::from_mins(5);
/// The life of a session.
pub(super) const SESSION_LIFE: Duration = Duration::from_hours(24);

/// One request as it came in.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Received {
    pub(super) path: String,
    pub(super) bearer: Option<String>,
    pub(super) body: Option<String>,
}

/// A session in the database.
struct Row {
    id: String,
    user: String,
    created_at: Duration,
    ended: Option<&'static str>,
}

/// A token that was granted.
struct Issued {
    row: usize,
    until: Duration,
}

#[derive(Default)]
pub(super) struct Server {
    received: RefCell<Vec<Received>>,
    rows: RefCell<Vec<Row>>,
    issued: RefCell<Vec<Issued>>,
    /// Tokens before this one are not good any longer.
    good_from: Cell<usize>,
    /// The browser's cookie: the session that it means.
    cookie: Cell<Option<usize>>,
    always: RefCell<BTreeMap<String, Reply>>,
    held: RefCell<BTreeSet<String>>,
    waiting: RefCell<Vec<(String, oneshot::Sender<()>)>>,
    pub(super) streams: Streams,
}

/// What an answer does to the browser's cookie, once it has arrived.
#[derive(Clone, Copy)]
enum SetCookie {
    No,
    To(Option<usize>),
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

    /// The browser has the cookie of a session that began just now, of somebody of this name.
    pub(super) fn begins_session(&self, user: &str, now: Duration) -> usize {
        let mut rows = self.rows.borrow_mut();
        let id = format!("session {} of {user}", rows.len());
        rows.push(Row { id, user: user.to_owned(), created_at: now, ended: None });
        self.cookie.set(Some(rows.len() - 1));
        rows.len() - 1
    }

    /// Somebody else logged in in a tab that told nobody.
    pub(super) fn changes_session(&self, user: &str) {
        self.begins_session(user, Duration::from_mins(1));
    }

    /// The session of the cookie ends.
    pub(super) fn ends_session(&self, reason: &'static str) {
        if let Some(row) = self.cookie.get() {
            self.end(row, reason);
        }
    }

    fn end(&self, row: usize, reason: &'static str) {
        self.rows.borrow_mut()[row].ended.get_or_insert(reason);
        self.streams.tell(row, reason);
    }

    /// A stream about the session of this token.
    pub(super) fn opens_stream(&self, bearer: &str) -> UnboundedReceiver<Vec<u8>> {
        self.streams.open(self.issued.borrow()[number(bearer)].row)
    }

    /// No token that was granted so far is good any longer.
    pub(super) fn expires_tokens(&self) {
        self.good_from.set(self.issued.borrow().len());
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

    /// Whose token this is.
    pub(super) fn owner(&self, bearer: &str) -> String {
        self.rows.borrow()[self.issued.borrow()[number(bearer)].row].user.clone()
    }

    /// Whether the session of this id is over.
    pub(super) fn is_over(&self, id: &str, now: Duration) -> bool {
        let rows = self.rows.borrow();
        rows.iter().any(|row| row.id == id && (row.ended.is_some() || now >= row.created_at + SESSION_LIFE))
    }

    /// Whose session the cookie means, if that is live.
    pub(super) fn cookie_owner(&self) -> Option<String> {
        let rows = self.rows.borrow();
        let row = &rows[self.cookie.get()?];
        row.ended.is_none().then(|| row.user.clone())
    }

    /// The answer to a request, and what it does to the cookie when it arrives.
    pub(super) async fn serve(&self, now: Duration, request: &Request, bearer: Option<&str>) -> Outcome {
        let body = match &request.body {
            Body::Text(text) => Some(text.clone()),
            _ => None,
        };
        self.received.borrow_mut().push(Received {
            path: request.path.clone(),
            bearer: bearer.map(str::to_owned),
            body: body.clone(),
        });
        let sent = self.cookie.get();
        if self.held.borrow().contains(&request.path) {
            let (release, released) = oneshot::channel();
            self.waiting.borrow_mut().push((request.path.clone(), release));
            _ = released.await;
        }
        let misbehaviour = self.always.borrow().get(&request.path).cloned();
        let (reply, set_cookie) = match misbehaviour {
            Some(reply) => (reply, SetCookie::No),
            None => self.usual(now, &request.path, bearer, sent, body.as_deref()),
        };
        Outcome { reply, set_cookie }
    }

    /// An answer arrives in the browser.
    pub(super) fn arrives(&self, outcome: Outcome) -> Result<Response, NoAnswer> {
        match (outcome.reply, outcome.set_cookie) {
            (Reply::Broken, _) => Err(NoAnswer),
            (Reply::Answer(answer), SetCookie::No) => Ok(answer),
            (Reply::Answer(answer), SetCookie::To(cookie)) => {
                self.cookie.set(cookie);
                Ok(answer)
            }
        }
    }

    fn usual(
        &self,
        now: Duration,
        path: &str,
        bearer: Option<&str>,
        cookie: Option<usize>,
        body: Option<&str>,
    ) -> (Reply, SetCookie) {
        match path {
            LOGIN | REGISTER => {
                if let Some(old) = cookie {
                    self.end(old, "replaced");
                }
                let form: Value = body.and_then(|body| serde_json::from_str(body).ok()).unwrap_or_default();
                let user = form["email"].as_str().filter(|email| !email.is_empty()).unwrap_or("ada");
                let before = self.cookie.get();
                let row = self.begins_session(user, now);
                self.cookie.set(before);
                (reply(201, self.issue(row, now).to_string()), SetCookie::To(Some(row)))
            }
            REFRESH => (self.refresh(now, cookie), SetCookie::No),
            LOGOUT => {
                if let Some(row) = cookie {
                    self.end(row, "logged_out");
                }
                (reply(204, ""), SetCookie::To(None))
            }
            _ => (self.guarded(now, bearer), SetCookie::No),
        }
    }

    fn refresh(&self, now: Duration, cookie: Option<usize>) -> Reply {
        let Some(row) = cookie else { return problem(401, "session_missing") };
        let over = {
            let rows = self.rows.borrow();
            let is_past_its_end = now >= rows[row].created_at + SESSION_LIFE;
            rows[row].ended.or(is_past_its_end.then_some("expired"))
        };
        match over {
            Some(reason) => ended(reason),
            None => reply(200, self.issue(row, now).to_string()),
        }
    }

    fn guarded(&self, now: Duration, bearer: Option<&str>) -> Reply {
        let number = bearer.and_then(|bearer| bearer.strip_prefix("token.number.")?.parse::<usize>().ok());
        let issued = self.issued.borrow();
        let Some((number, token)) = number.and_then(|number| Some((number, issued.get(number)?))) else {
            return problem(401, "token_invalid");
        };
        match self.rows.borrow()[token.row].ended {
            Some(reason) => ended(reason),
            None if number < self.good_from.get() || now >= token.until => problem(401, "token_expired"),
            None => reply(200, HERE_YOU_ARE),
        }
    }

    fn issue(&self, row: usize, now: Duration) -> Value {
        self.issued.borrow_mut().push(Issued { row, until: now + TOKEN_LIFE });
        self.grant_of(row, now)
    }

    /// The newest token.
    pub(super) fn token(&self) -> String {
        format!("token.number.{}", self.issued.borrow().len().saturating_sub(1))
    }

    /// A grant for the session of the cookie as it would be given at `now`.
    pub(super) fn grant(&self, now: Duration) -> Value {
        let row = self.cookie.get().unwrap_or_else(|| self.begins_session("ada", now));
        self.grant_of(row, now)
    }

    fn grant_of(&self, row: usize, now: Duration) -> Value {
        let rows = self.rows.borrow();
        let Row { id, user, created_at, .. } = &rows[row];
        grant(&self.token(), id, user, *created_at, now)
    }
}

/// Which of the tokens that were granted this is.
fn number(bearer: &str) -> usize {
    bearer.rsplit('.').next().and_then(|number| number.parse().ok()).expect("a token of ours")
}

/// An answer on its way.
pub(super) struct Outcome {
    reply: Reply,
    set_cookie: SetCookie,
}
