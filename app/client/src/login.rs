//! Login: how a session starts, also that of a registration. With a password, with a passkey, or in two steps.

use std::rc::Rc;

use doorward_api::{
    ChallengePurpose, EndReason, ErrorCode, FactorKind, Login, PasskeyLogin, PendingRegistration, Problem,
    RequestChallenge, SecondFactor,
};

use futures::future::LocalBoxFuture;

use crate::{
    Error, SessionEnd,
    auth_api::{self, Started},
    auth_client::AuthClient,
    interceptor,
    platform::Platform,
    request::{Method, Request},
    shared_future::spawn_shared,
    state::SessionEvent,
    tab_message::TabMessage,
};

const CHALLENGE: &str = "/api/auth/challenge";

/// What a login has led to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum LoginOutcome {
    /// The user is logged in.
    LoggedIn,
    /// The password is right, and the account requires a second factor: nothing has changed yet.
    /// [`finish_login`](crate::SessionHandle::finish_login) takes it.
    SecondFactorRequired(PendingLogin),
}

/// A login that waits for its second factor.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PendingLogin {
    /// Identifies the login; worth nothing without a second factor. Keep it in memory only.
    pub ticket: String,
    /// The kinds of factor that the account has, the one used last first.
    pub methods: Vec<FactorKind>,
    /// Lifetime of the ticket, in seconds.
    pub expires_in: u64,
}

impl PendingLogin {
    fn from_problem(problem: &mut Problem) -> Option<Self> {
        let ticket = problem.ticket.take().filter(|_| problem.code == ErrorCode::SecondFactorRequired)?;
        Some(Self { ticket, methods: problem.methods.take()?, expires_in: problem.expires_in? })
    }
}

/// Logs in with the password.
pub(crate) async fn login<P: Platform>(client: &Rc<AuthClient<P>>, form: &Login) -> Result<LoginOutcome, Error> {
    match start_session(client, auth_api::login(form)).await {
        Ok(_) => Ok(LoginOutcome::LoggedIn),
        Err(Error::Problem(mut problem)) => match PendingLogin::from_problem(&mut problem) {
            Some(pending) => Ok(LoginOutcome::SecondFactorRequired(pending)),
            None => Err(Error::Problem(problem)),
        },
        Err(error) => Err(error),
    }
}

/// Completes a login with its second factor.
pub(crate) async fn finish<P: Platform>(client: &Rc<AuthClient<P>>, form: &SecondFactor) -> Result<(), Error> {
    let request = Request::new(Method::Post, "/api/auth/login/factor").json(form);
    start_session(client, request).await.map(drop)
}

/// Logs in with a passkey, which is both factors at once.
pub(crate) async fn with_passkey<P: Platform>(client: &Rc<AuthClient<P>>, form: &PasskeyLogin) -> Result<(), Error> {
    let request = Request::new(Method::Post, "/api/auth/login/passkey").json(form);
    start_session(client, request).await.map(drop)
}

/// Requests a challenge for an authenticator; returns the response as text. The one for a login has no user yet, the others are for
/// the user of the session. It never asks for a confirmation, which may be what it is for.
pub(crate) async fn challenge<P: Platform>(
    client: &Rc<AuthClient<P>>,
    purpose: ChallengePurpose,
    ticket: Option<&str>,
) -> Result<String, Error> {
    let form = RequestChallenge { purpose, ticket: ticket.map(str::to_owned) };
    let request = Request::new(Method::Post, CHALLENGE).json(&form);
    let response = match purpose {
        ChallengePurpose::Login | ChallengePurpose::SecondFactor => {
            auth_api::request_anonymously(&*client.platform, &request).await?
        }
        ChallengePurpose::Confirm | ChallengePurpose::Passkey => {
            interceptor::send_authorized(client, client.session.epoch(), &request).await?.response
        }
    };
    response.text()
}

/// Starts a session with a login or a registration. `Some`: a registration waits for the code from its mail, and nothing has
/// changed.
pub(crate) fn start_session<P: Platform>(
    client: &Rc<AuthClient<P>>,
    request: Request,
) -> LocalBoxFuture<'static, Result<Option<PendingRegistration>, Error>> {
    let logouts = client.logouts.count();
    let this = Rc::clone(client);
    // The response sets a cookie even if the caller is gone, so it is always handled. Boxed: one copy of the code for all callers.
    Box::pin(spawn_shared(&*client.platform, async move {
        let AuthClient { platform, session, tabs, .. } = &*this;
        let _lock = tabs.cookie_lock(&|| false).await;
        let started = match auth_api::start_session(&**platform, &request).await? {
            Started::Session(started) => started,
            Started::Pending(pending) => return Ok(Some(pending)),
        };
        if this.logouts.count() != logouts {
            // The user logged out in the meantime. If the new session is that of the cookie, that logout will end it.
            if started.is_tab_bound() {
                this.logouts.push(Some(started));
            }
            return Err(Error::SessionEnded { end: Some(SessionEnd::new(EndReason::LoggedOut)) });
        }
        let tab_bound = session.tab_bound();
        let shared = session.id().filter(|_| tab_bound.is_none());
        let forwarded = started.forwarded();
        // Events in other tabs came before this one: the browser now has the cookie of this login.
        session.apply(session.epoch(), SessionEvent::LoggedIn(started));
        // The server has ended the session whose cookie it received. If the new session is bound to this tab, the other
        // tabs have none any more.
        let message = forwarded.map(TabMessage::LoggedIn).or_else(|| {
            let end = Some(SessionEnd::new(EndReason::Replaced));
            shared.map(|id| TabMessage::Ended { session: Some(id), end })
        });
        if let Some(message) = message {
            tabs.broadcast(&message);
        }
        // A session without a cookie is unknown to the login endpoint.
        if tab_bound.is_some() {
            this.logouts.push(tab_bound);
        }
        Ok(None)
    }))
}
