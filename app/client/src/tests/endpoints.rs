//! What the tests' server does where nobody has told it to misbehave.

use std::time::Duration;

use serde_json::Value;

use super::{
    replies::{Reply, ended, grant, problem, reply, session_life},
    server::{HERE_YOU_ARE, LOGIN, LOGOUT, REFRESH, REGISTER, Received, Server, TOKEN_LIFE},
};
use doorward_api::{CredentialStorage, PolicyName};

/// A session in the database.
pub(super) struct Row {
    pub(super) id: String,
    pub(super) user: String,
    pub(super) policy: PolicyName,
    pub(super) created_at: Duration,
    pub(super) ended: Option<&'static str>,
}

impl Row {
    /// Why it is over, if it is.
    pub(super) fn over(&self, now: Duration) -> Option<&'static str> {
        let is_past_its_end = now >= self.created_at + session_life(self.policy);
        self.ended.or(is_past_its_end.then_some("expired"))
    }
}

/// A token that was granted.
pub(super) struct Issued {
    pub(super) row: usize,
    pub(super) until: Duration,
}

/// What an answer does to the browser's cookie, once it has arrived.
#[derive(Clone, Copy)]
pub(super) enum SetCookie {
    No,
    To(Option<usize>),
}

impl Server {
    /// The answer of a server that behaves, and what it does to the cookie.
    pub(super) fn usual(&self, now: Duration, received: &Received, cookie: Option<usize>) -> (Reply, SetCookie) {
        let body: Value = received.body.as_ref().and_then(|body| serde_json::from_str(body).ok()).unwrap_or_default();
        // A refresh token is the number of its session.
        let presented = body["refresh_token"].as_str().map(number);
        match received.path.as_str() {
            LOGIN | REGISTER => {
                if let Some(old) = cookie {
                    self.end(old, "replaced");
                }
                let user = body["email"].as_str().filter(|email| !email.is_empty()).unwrap_or("ada");
                let row = self.begins_session(user, now);
                let keeps = self.policy.get().credential_storage();
                let grant = self.issue(row, refresh_token(keeps, row), now).to_string();
                (reply(201, grant), SetCookie::To(keeps.is_cookie().then_some(row)))
            }
            REFRESH => (self.refresh(now, presented.or(cookie)), SetCookie::No),
            LOGOUT => {
                let bearer = received.bearer.as_deref().map(|bearer| self.issued.borrow()[number(bearer)].row);
                if let Some(row) = presented.or(bearer).or(cookie) {
                    self.end(row, "logged_out");
                }
                (reply(204, ""), SetCookie::To(None))
            }
            _ => (self.guarded(now, received, cookie), SetCookie::No),
        }
    }

    fn refresh(&self, now: Duration, row: Option<usize>) -> Reply {
        let Some(row) = row else { return problem(401, "session_missing") };
        let over = self.rows.borrow()[row].over(now);
        over.map_or_else(|| reply(200, self.issue(row, None, now).to_string()), ended)
    }

    fn guarded(&self, now: Duration, received: &Received, cookie: Option<usize>) -> Reply {
        match (&received.bearer, &received.session, cookie) {
            (Some(bearer), _, _) => self.guarded_by_token(now, bearer),
            (None, Some(id), Some(row)) if self.proves_requests(row) => {
                let row = &self.rows.borrow()[row];
                let over = if row.id == *id { row.over(now) } else { Some("replaced") };
                over.map_or_else(|| reply(200, HERE_YOU_ARE), ended)
            }
            _ => problem(401, "token_missing"),
        }
    }

    fn proves_requests(&self, row: usize) -> bool {
        self.rows.borrow()[row].policy.credential_storage() == CredentialStorage::SessionCookie
    }

    fn guarded_by_token(&self, now: Duration, bearer: &str) -> Reply {
        let number = bearer.strip_prefix("token.number.").and_then(|number| number.parse::<usize>().ok());
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

    pub(super) fn issue(&self, row: usize, refresh_token: Option<String>, now: Duration) -> Value {
        self.issued.borrow_mut().push(Issued { row, until: now + TOKEN_LIFE });
        grant(&self.rows.borrow()[row], &self.token(), refresh_token, now)
    }
}

/// What the login of a session brings, where the browser keeps it.
pub(super) fn refresh_token(keeps: CredentialStorage, row: usize) -> Option<String> {
    (keeps == CredentialStorage::RefreshToken).then(|| format!("refresh.token.{row}"))
}

/// Which of the tokens that were granted this is.
pub(super) fn number(bearer: &str) -> usize {
    bearer.rsplit('.').next().and_then(|number| number.parse().ok()).expect("a token of ours")
}
