//! A server of the tests' own: it grants tokens, knows the newest one, and misbehaves when told to.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use futures::channel::oneshot;
use serde_json::Value;

pub(super) use super::replies::{Reply, SESSION_LIFE, ended, problem, reply, time_of_day, wait_for};
use super::{
    endpoints::{Issued, Row, SetCookie, number, refresh_token},
    streams::{Pieces, Streams},
};
use crate::{
    pass::Proof,
    platform::NoAnswer,
    request::{Body, Request, Response},
};
use doorward_api::PolicyName;

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

/// One request as it came in.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Received {
    pub(super) path: String,
    pub(super) bearer: Option<String>,
    /// The session that it says it means.
    pub(super) session: Option<String>,
    /// Whether the browser attached its cookie.
    pub(super) has_cookie: bool,
    pub(super) body: Option<String>,
}

pub(super) struct Server {
    /// How the next sessions behave.
    pub(super) policy: Cell<PolicyName>,
    received: RefCell<Vec<Received>>,
    pub(super) rows: RefCell<Vec<Row>>,
    pub(super) issued: RefCell<Vec<Issued>>,
    /// Tokens before this one are not good any longer.
    pub(super) good_from: Cell<usize>,
    /// The browser's cookie: the session that it means.
    cookie: Cell<Option<usize>>,
    always: RefCell<BTreeMap<String, Reply>>,
    held: RefCell<BTreeSet<String>>,
    waiting: RefCell<Vec<(String, oneshot::Sender<()>)>>,
    pub(super) streams: Streams,
}

impl Server {
    pub(super) fn new(policy: PolicyName) -> Self {
        Self {
            policy: Cell::new(policy),
            received: RefCell::default(),
            rows: RefCell::default(),
            issued: RefCell::default(),
            good_from: Cell::default(),
            cookie: Cell::default(),
            always: RefCell::default(),
            held: RefCell::default(),
            waiting: RefCell::default(),
            streams: Streams::default(),
        }
    }

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

    /// From now on, requests to `path` are answered again; what waits goes on waiting.
    pub(super) fn answers_again(&self, path: &str) {
        self.held.borrow_mut().remove(path);
    }

    /// Answers what waited.
    pub(super) fn releases(&self, path: &str) {
        self.held.borrow_mut().remove(path);
        self.waiting.borrow_mut().retain(|(waiting, _)| waiting != path);
    }

    /// A session begins, of somebody of this name.
    pub(super) fn begins_session(&self, user: &str, now: Duration) -> usize {
        let mut rows = self.rows.borrow_mut();
        let id = format!("session {} of {user}", rows.len());
        rows.push(Row { id, user: user.to_owned(), policy: self.policy.get(), created_at: now, ended: None });
        rows.len() - 1
    }

    /// The browser has the cookie of a session that began at `now`, of somebody of this name.
    pub(super) fn has_cookie_of(&self, user: &str, now: Duration) {
        self.cookie.set(Some(self.begins_session(user, now)));
    }

    /// Somebody else logged in in a tab that told nobody.
    pub(super) fn changes_session(&self, user: &str) {
        self.has_cookie_of(user, Duration::from_mins(1));
    }

    /// Somebody deletes the browser's cookies.
    pub(super) fn wipes_cookie(&self) {
        self.cookie.set(None);
    }

    /// The session of the cookie, or else the newest one, ends.
    pub(super) fn ends_session(&self, reason: &'static str) {
        if let Some(row) = self.row_of_now() {
            self.end(row, reason);
        }
    }

    fn row_of_now(&self) -> Option<usize> {
        self.cookie.get().or_else(|| self.rows.borrow().len().checked_sub(1))
    }

    pub(super) fn end(&self, row: usize, reason: &'static str) {
        self.rows.borrow_mut()[row].ended.get_or_insert(reason);
        self.streams.tell(row, reason);
    }

    /// A stream about the session that this proves.
    pub(super) fn opens_stream(&self, proof: &Proof) -> Pieces {
        let row = match proof {
            Proof::Token(token) => self.issued.borrow()[number(token.secret())].row,
            Proof::Cookie { of } => self.row(of).expect("a session of ours"),
        };
        self.streams.open(row)
    }

    fn row(&self, id: &str) -> Option<usize> {
        self.rows.borrow().iter().position(|row| row.id == id)
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

    /// Whose request it says it is.
    pub(super) fn owner(&self, received: &Received) -> Option<String> {
        let row = match (&received.bearer, &received.session) {
            (Some(bearer), _) => self.issued.borrow()[number(bearer)].row,
            (None, Some(id)) => self.row(id)?,
            (None, None) => return None,
        };
        Some(self.rows.borrow()[row].user.clone())
    }

    /// Whether the session of this id is over.
    pub(super) fn is_over(&self, id: &str, now: Duration) -> bool {
        self.row(id).is_some_and(|row| self.rows.borrow()[row].over(now).is_some())
    }

    /// Whose session the cookie means, if that is live.
    pub(super) fn cookie_owner(&self) -> Option<String> {
        let rows = self.rows.borrow();
        let row = &rows[self.cookie.get()?];
        row.ended.is_none().then(|| row.user.clone())
    }

    /// The answer to a request, and what it does to the cookie when it arrives.
    pub(super) async fn serve(&self, now: Duration, request: &Request, proof: Option<&Proof>) -> Outcome {
        let body = match &request.body {
            Body::Text(text) => Some(text.clone()),
            _ => None,
        };
        let cookie = self.cookie.get().filter(|_| !request.omits_cookies);
        let (bearer, session) = match proof {
            Some(Proof::Token(token)) => (Some(token.secret().to_owned()), None),
            Some(Proof::Cookie { of }) => (None, Some(of.clone())),
            None => (None, None),
        };
        let received = Received { path: request.path.clone(), bearer, session, has_cookie: cookie.is_some(), body };
        self.received.borrow_mut().push(received.clone());
        if self.held.borrow().contains(&request.path) {
            let (release, released) = oneshot::channel();
            self.waiting.borrow_mut().push((request.path.clone(), release));
            _ = released.await;
        }
        let misbehaviour = self.always.borrow().get(&request.path).cloned();
        let (reply, set_cookie) = match misbehaviour {
            Some(reply) => (reply, SetCookie::No),
            None => self.usual(now, &received, cookie),
        };
        let set_cookie = if request.omits_cookies { SetCookie::No } else { set_cookie };
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

    /// The newest token.
    pub(super) fn token(&self) -> String {
        format!("token.number.{}", self.issued.borrow().len().saturating_sub(1))
    }

    /// What a refresh would be granted at `now`.
    pub(super) fn grant(&self, now: Duration) -> Value {
        self.issue(self.row_of_now().expect("a session"), None, now)
    }

    /// What Ada would be granted if she logged in at `now`, as if she had.
    pub(super) fn grant_at_login(&self, now: Duration) -> Value {
        let row = self.begins_session("ada", now);
        let keeps = self.policy.get().credential_storage();
        self.cookie.set(keeps.is_cookie().then_some(row));
        self.issue(row, refresh_token(keeps, row), now)
    }

    /// How many sessions are live.
    pub(super) fn live_sessions(&self, now: Duration) -> usize {
        self.rows.borrow().iter().filter(|row| row.over(now).is_none()).count()
    }
}

/// An answer on its way.
pub(super) struct Outcome {
    reply: Reply,
    set_cookie: SetCookie,
}
