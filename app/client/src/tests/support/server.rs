//! A fake server: issues tokens, keeps sessions, and injects faults.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use doorward_api::PolicyName;
use futures::channel::oneshot;
use serde_json::Value;

use super::{
    endpoints::{IssuedToken, Outcome, ROTATED, SetCookie, StoredSession, refresh_token, token_number},
    replies::Reply,
    streams::{Streams, Subscription},
};
use crate::{
    platform::NoResponse,
    request::{Authorization, Body, Request, Response},
};

pub(in crate::tests) const LOGIN: &str = "/api/auth/login";
pub(in crate::tests) const REFRESH: &str = "/api/auth/refresh";
pub(in crate::tests) const REGISTER: &str = "/api/auth/register";
pub(in crate::tests) const LOGOUT: &str = "/api/auth/logout";
pub(in crate::tests) const PASSWORD: &str = "/api/account/password";
pub(in crate::tests) const ME: &str = "/api/me";
pub(in crate::tests) const EVENTS: &str = "/api/sessions/events";

/// The body of the response to an authorized request.
pub(in crate::tests) const OK_BODY: &str = r#""ok""#;

pub(in crate::tests) const TOKEN_LIFETIME: Duration = Duration::from_mins(5);

/// A request that the server received.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(in crate::tests) struct Received {
    pub(in crate::tests) path: String,
    pub(in crate::tests) bearer: Option<String>,
    /// The header `Doorward-Session`.
    pub(in crate::tests) session: Option<String>,
    /// Whether the browser attached its cookie.
    pub(in crate::tests) has_cookie: bool,
    pub(in crate::tests) body: Option<String>,
}

pub(in crate::tests) struct Server {
    /// The policy of new sessions.
    pub(in crate::tests) policy: Cell<PolicyName>,
    pub(in crate::tests) sends_mail: Cell<bool>,
    /// Whether the account requires a second factor after its password.
    pub(in crate::tests) requires_factor: Cell<bool>,
    received: RefCell<Vec<Received>>,
    pub(super) sessions: RefCell<Vec<StoredSession>>,
    pub(super) issued: RefCell<Vec<IssuedToken>>,
    /// Number of the first token that has not been expired by [`expire_tokens`](Self::expire_tokens).
    pub(super) first_valid: Cell<usize>,
    /// The browser's cookie: the index of its session.
    cookie: Cell<Option<usize>>,
    overrides: RefCell<BTreeMap<String, Reply>>,
    held: RefCell<BTreeSet<String>>,
    waiting: RefCell<Vec<(String, oneshot::Sender<()>)>>,
    pub(in crate::tests) streams: Streams,
}

impl Server {
    pub(in crate::tests) fn new(policy: PolicyName) -> Self {
        Self {
            policy: Cell::new(policy),
            sends_mail: Cell::default(),
            requires_factor: Cell::default(),
            received: RefCell::default(),
            sessions: RefCell::default(),
            issued: RefCell::default(),
            first_valid: Cell::default(),
            cookie: Cell::default(),
            overrides: RefCell::default(),
            held: RefCell::default(),
            waiting: RefCell::default(),
            streams: Streams::default(),
        }
    }

    /// Answers requests to `path` with this reply from now on.
    pub(in crate::tests) fn always_answers(&self, path: &str, reply: Reply) {
        self.overrides.borrow_mut().insert(path.to_owned(), reply);
    }

    /// Answers requests to `path` correctly again.
    pub(in crate::tests) fn recovers(&self, path: &str) {
        self.overrides.borrow_mut().remove(path);
    }

    /// Holds back the responses to `path` from now on.
    pub(in crate::tests) fn holds(&self, path: &str) {
        self.held.borrow_mut().insert(path.to_owned());
    }

    /// Holds back no further responses to `path`; those held back remain so.
    pub(in crate::tests) fn stops_holding(&self, path: &str) {
        self.held.borrow_mut().remove(path);
    }

    /// Sends the responses that were held back.
    pub(in crate::tests) fn releases(&self, path: &str) {
        self.held.borrow_mut().remove(path);
        self.waiting.borrow_mut().retain(|(waiting, _)| waiting != path);
    }

    /// Starts a session of this user.
    pub(in crate::tests) fn start_session(&self, user: &str, now: Duration) -> usize {
        let mut sessions = self.sessions.borrow_mut();
        let id = format!("session {} of {user}", sessions.len());
        let policy = self.policy.get();
        sessions.push(StoredSession {
            id,
            user: user.to_owned(),
            policy,
            created_at: now,
            auth_time: now,
            ended: None,
            rotated_from: None,
        });
        sessions.len() - 1
    }

    /// Lets a session continue under another id. Its stream closes.
    pub(super) fn rotate(&self, old: usize) -> usize {
        let mut sessions = self.sessions.borrow_mut();
        let id = format!("session {} of {}", sessions.len(), sessions[old].user);
        let rotated_from = Some(sessions[old].id.clone());
        let new = StoredSession { id, rotated_from, ..sessions[old].clone() };
        sessions[old].ended.get_or_insert(ROTATED);
        sessions.push(new);
        self.streams.close(old);
        sessions.len() - 1
    }

    /// Starts a session of this user, and sets the browser's cookie to it.
    pub(in crate::tests) fn set_cookie_of(&self, user: &str, now: Duration) {
        self.cookie.set(Some(self.start_session(user, now)));
    }

    /// Replaces the browser's cookie, like a login in a tab that sent no message.
    pub(in crate::tests) fn replace_session(&self, user: &str) {
        self.set_cookie_of(user, Duration::from_mins(1));
    }

    pub(in crate::tests) fn delete_cookie(&self) {
        self.cookie.set(None);
    }

    /// Ends the session of the cookie, or else the newest one.
    pub(in crate::tests) fn end_session(&self, reason: &'static str) {
        if let Some(session) = self.present_session() {
            self.end(session, reason);
        }
    }

    pub(super) fn present_session(&self) -> Option<usize> {
        self.cookie.get().or_else(|| self.sessions.borrow().len().checked_sub(1))
    }

    pub(super) fn end(&self, session: usize, reason: &'static str) {
        self.sessions.borrow_mut()[session].ended.get_or_insert(reason);
        self.streams.publish_end(session, reason);
    }

    /// Opens a stream about the session of this authorization.
    pub(super) fn open_stream(&self, authorization: &Authorization) -> Subscription {
        let session = match authorization {
            Authorization::Bearer(token) => self.issued.borrow()[token_number(token)].session,
            Authorization::Session(id) => self.find(id).expect("a session of this server"),
        };
        self.streams.open(session)
    }

    fn find(&self, id: &str) -> Option<usize> {
        self.sessions.borrow().iter().position(|session| session.id == id)
    }

    /// Lets all tokens issued so far expire.
    pub(in crate::tests) fn expire_tokens(&self) {
        self.first_valid.set(self.issued.borrow().len());
    }

    pub(in crate::tests) fn received(&self) -> Vec<Received> {
        self.received.borrow().clone()
    }

    /// The requests received at `path`.
    pub(in crate::tests) fn received_at(&self, path: &str) -> Vec<Received> {
        self.received().into_iter().filter(|received| received.path == path).collect()
    }

    /// Number of requests received at `path`.
    pub(in crate::tests) fn count(&self, path: &str) -> usize {
        self.received.borrow().iter().filter(|received| received.path == path).count()
    }

    /// Number of all requests received.
    pub(in crate::tests) fn total(&self) -> usize {
        self.received.borrow().len()
    }

    /// The user whom a request's authorization names.
    pub(in crate::tests) fn owner(&self, received: &Received) -> Option<String> {
        let session = match (&received.bearer, &received.session) {
            (Some(bearer), _) => self.issued.borrow()[token_number(bearer)].session,
            (None, Some(id)) => self.find(id)?,
            (None, None) => return None,
        };
        Some(self.sessions.borrow()[session].user.clone())
    }

    /// Whether the session with this id has ended.
    pub(in crate::tests) fn has_ended(&self, id: &str, now: Duration) -> bool {
        self.find(id).is_some_and(|session| self.sessions.borrow()[session].end_reason(now).is_some())
    }

    /// The user of the cookie's session, if it is active.
    pub(in crate::tests) fn cookie_owner(&self) -> Option<String> {
        let sessions = self.sessions.borrow();
        let session = &sessions[self.cookie.get()?];
        session.ended.is_none().then(|| session.user.clone())
    }

    /// Answers a request. The effect on the cookie happens when the response is delivered.
    pub(super) async fn serve(
        &self,
        now: Duration,
        request: &Request,
        authorization: Option<&Authorization>,
    ) -> Outcome {
        let body = match &request.body {
            Body::Text(text) => Some(text.clone()),
            _ => None,
        };
        let cookie = self.cookie.get().filter(|_| !request.omits_cookies);
        let (bearer, session) = match authorization {
            Some(Authorization::Bearer(token)) => (Some(token.to_string()), None),
            Some(Authorization::Session(id)) => (None, Some(id.clone())),
            None => (None, None),
        };
        let received = Received { path: request.path.clone(), bearer, session, has_cookie: cookie.is_some(), body };
        self.received.borrow_mut().push(received.clone());
        if self.held.borrow().contains(&request.path) {
            let (release, released) = oneshot::channel();
            self.waiting.borrow_mut().push((request.path.clone(), release));
            _ = released.await;
        }
        let overridden = self.overrides.borrow().get(&request.path).cloned();
        let (reply, set_cookie) = match overridden {
            Some(reply) => (reply, SetCookie::No),
            None => self.answer(now, &received, cookie),
        };
        let set_cookie = if request.omits_cookies { SetCookie::No } else { set_cookie };
        Outcome { reply, set_cookie }
    }

    /// Delivers a response to the browser.
    pub(super) fn deliver(&self, outcome: Outcome) -> Result<Response, NoResponse> {
        match (outcome.reply, outcome.set_cookie) {
            (Reply::ConnectionLost, _) => Err(NoResponse),
            (Reply::Response(response), SetCookie::No) => Ok(response),
            (Reply::Response(response), SetCookie::To(cookie)) => {
                self.cookie.set(cookie);
                Ok(response)
            }
        }
    }

    /// The newest token.
    pub(in crate::tests) fn token(&self) -> String {
        format!("token.number.{}", self.issued.borrow().len().saturating_sub(1))
    }

    /// The token response to a refresh at `now`.
    pub(in crate::tests) fn refresh_response(&self, now: Duration) -> Value {
        self.issue(self.present_session().expect("a session"), None, now)
    }

    /// The token response to a login of Ada at `now`, which takes place.
    pub(in crate::tests) fn login_response(&self, now: Duration) -> Value {
        let session = self.start_session("ada", now);
        let storage = self.policy.get().credential_storage();
        self.cookie.set(storage.is_cookie().then_some(session));
        self.issue(session, refresh_token(storage, session), now)
    }

    /// Number of active sessions.
    pub(in crate::tests) fn active_sessions(&self, now: Duration) -> usize {
        self.sessions.borrow().iter().filter(|session| session.end_reason(now).is_none()).count()
    }
}
