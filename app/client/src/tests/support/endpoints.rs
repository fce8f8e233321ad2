//! The endpoints of the fake server.

use std::time::Duration;

use doorward_api::{CredentialStorage, PolicyName};
use serde_json::Value;

use super::{
    confirmations::{CONFIRM, DANGEROUS},
    factors::{self, CHALLENGE, FACTOR, PASSKEY_LOGIN},
    registration::{CONFIRM_REGISTRATION, RESEND},
    replies::{Reply, problem, reply, session_ended, session_lifetime, token_response},
    server::{LOGIN, LOGOUT, OK_BODY, PASSWORD, REFRESH, REGISTER, Received, Server, TOKEN_LIFETIME},
};

/// A session in the database of the server.
#[derive(Clone)]
pub(in crate::tests) struct StoredSession {
    pub(super) id: String,
    pub(super) user: String,
    pub(super) policy: PolicyName,
    pub(super) created_at: Duration,
    /// When its user last proved who they are.
    pub(super) auth_time: Duration,
    pub(super) ended: Option<&'static str>,
    /// Its id before the latest password change.
    pub(super) rotated_from: Option<String>,
}

/// The response to a registration that waits for its code.
const PENDING: &str = r#"{"ticket":"ticket","expires_in":600,"resend_in":30}"#;

const RIGHT_CODE: &str = "12345678";

/// The end of a session that continues under another id.
pub(super) const ROTATED: &str = "password_changed";

impl StoredSession {
    /// Why the session has ended, if it has.
    pub(super) fn end_reason(&self, now: Duration) -> Option<&'static str> {
        let is_expired = now >= self.created_at + session_lifetime(self.policy);
        self.ended.or(is_expired.then_some("expired"))
    }
}

/// An access token that the server has issued.
pub(in crate::tests) struct IssuedToken {
    pub(super) session: usize,
    pub(super) expires_at: Duration,
    pub(super) auth_time: Duration,
}

/// What a response does to the browser's cookie when it is delivered.
#[derive(Clone, Copy)]
pub(super) enum SetCookie {
    No,
    To(Option<usize>),
}

/// A response that has not been delivered yet.
pub(super) struct Outcome {
    pub(super) reply: Reply,
    pub(super) set_cookie: SetCookie,
}

impl Server {
    /// The correct response to a request, and its effect on the cookie.
    pub(super) fn answer(&self, now: Duration, received: &Received, cookie: Option<usize>) -> (Reply, SetCookie) {
        let body: Value = received.body.as_ref().and_then(|body| serde_json::from_str(body).ok()).unwrap_or_default();
        // A refresh token is the number of its session.
        let presented = body["refresh_token"].as_str().map(token_number);
        match received.path.as_str() {
            REGISTER if self.sends_mail.get() => (reply(202, PENDING), SetCookie::No),
            RESEND => (reply(202, PENDING), SetCookie::No),
            CONFIRM_REGISTRATION if body["code"] != RIGHT_CODE => {
                let problem = r#"{"type":"","title":"","status":422,"code":"code_invalid","tries_left":4}"#;
                (reply(422, problem), SetCookie::No)
            }
            LOGIN if self.requires_factor.get() => (factors::second_factor_required(), SetCookie::No),
            FACTOR if body["totp"] != factors::RIGHT_CODE => (problem(401, "second_factor_invalid"), SetCookie::No),
            CHALLENGE => (factors::challenge(), SetCookie::No),
            LOGIN | REGISTER | CONFIRM_REGISTRATION | FACTOR | PASSKEY_LOGIN => {
                if let Some(old) = cookie {
                    self.end(old, "replaced");
                }
                let user = body["email"].as_str().filter(|email| !email.is_empty()).unwrap_or("ada");
                let session = self.start_session(user, now);
                let storage = self.policy.get().credential_storage();
                let response = self.issue(session, refresh_token(storage, session), now).to_string();
                (reply(201, response), SetCookie::To(storage.is_cookie().then_some(session)))
            }
            REFRESH => (self.refresh(now, presented.or(cookie)), SetCookie::No),
            LOGOUT => {
                let bearer = received.bearer.as_deref();
                let bearer = bearer.map(|bearer| self.issued.borrow()[token_number(bearer)].session);
                if let Some(session) = presented.or(bearer).or(cookie) {
                    self.end(session, "logged_out");
                }
                (reply(204, ""), SetCookie::To(None))
            }
            PASSWORD => self.change_password(now, received, cookie),
            CONFIRM => (self.confirm(now, received, cookie, &body), SetCookie::No),
            DANGEROUS => (self.dangerous(now, received, cookie), SetCookie::No),
            _ => (self.guarded(now, received, cookie), SetCookie::No),
        }
    }

    /// Replaces the id and the credentials of the session.
    fn change_password(&self, now: Duration, received: &Received, cookie: Option<usize>) -> (Reply, SetCookie) {
        let guarded = self.guarded(now, received, cookie);
        if !matches!(&guarded, Reply::Response(response) if response.is_success()) {
            return (guarded, SetCookie::No);
        }
        let old = self.session_of(received, cookie);
        let new = self.rotate(old);
        let storage = self.sessions.borrow()[new].policy.credential_storage();
        if storage.is_cookie() {
            return (reply(204, ""), SetCookie::To(Some(new)));
        }
        (reply(200, self.issue(new, refresh_token(storage, new), now).to_string()), SetCookie::No)
    }

    /// The session of an authorized request.
    pub(super) fn session_of(&self, received: &Received, cookie: Option<usize>) -> usize {
        let bearer = received.bearer.as_deref().map(|bearer| self.issued.borrow()[token_number(bearer)].session);
        bearer.or(cookie).expect("the session of an authorized request")
    }

    fn refresh(&self, now: Duration, session: Option<usize>) -> Reply {
        let Some(session) = session else { return problem(401, "session_missing") };
        let ended = self.sessions.borrow()[session].end_reason(now);
        ended.map_or_else(|| reply(200, self.issue(session, None, now).to_string()), session_ended)
    }

    pub(super) fn guarded(&self, now: Duration, received: &Received, cookie: Option<usize>) -> Reply {
        match (&received.bearer, &received.session, cookie) {
            (Some(bearer), _, _) => self.guarded_by_token(now, bearer),
            (None, Some(id), Some(session)) if self.has_session_cookie(session) => {
                let session = &self.sessions.borrow()[session];
                let is_expected = session.id == *id || session.rotated_from.as_ref() == Some(id);
                let ended = if is_expected { session.end_reason(now) } else { Some("replaced") };
                ended.map_or_else(|| reply(200, OK_BODY), session_ended)
            }
            _ => problem(401, "token_missing"),
        }
    }

    fn has_session_cookie(&self, session: usize) -> bool {
        self.sessions.borrow()[session].policy.credential_storage() == CredentialStorage::SessionCookie
    }

    fn guarded_by_token(&self, now: Duration, bearer: &str) -> Reply {
        let number = bearer.strip_prefix("token.number.").and_then(|number| number.parse::<usize>().ok());
        let issued = self.issued.borrow();
        let Some((number, token)) = number.and_then(|number| Some((number, issued.get(number)?))) else {
            return problem(401, "token_invalid");
        };
        match self.sessions.borrow()[token.session].ended {
            Some(ROTATED) => problem(401, "token_invalid"),
            Some(reason) => session_ended(reason),
            None if number < self.first_valid.get() || now >= token.expires_at => problem(401, "token_expired"),
            None => reply(200, OK_BODY),
        }
    }

    pub(in crate::tests) fn issue(&self, session: usize, refresh_token: Option<String>, now: Duration) -> Value {
        let sessions = self.sessions.borrow();
        let StoredSession { policy, created_at, auth_time, .. } = sessions[session];
        // No token outlives its session.
        let expires_at = (now + TOKEN_LIFETIME).min(created_at + session_lifetime(policy));
        self.issued.borrow_mut().push(IssuedToken { session, expires_at, auth_time });
        token_response(&sessions[session], &self.token(), refresh_token, (now, expires_at.saturating_sub(now)))
    }
}

/// The refresh token in the response to a login, if the browser keeps it in memory.
pub(in crate::tests) fn refresh_token(storage: CredentialStorage, session: usize) -> Option<String> {
    (storage == CredentialStorage::RefreshToken).then(|| format!("refresh.token.{session}"))
}

/// The number at the end of a token.
pub(super) fn token_number(token: &str) -> usize {
    token.rsplit('.').next().and_then(|number| number.parse().ok()).expect("a token of this server")
}
