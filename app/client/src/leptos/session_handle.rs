//! The session as components use it.

use std::time::Duration;

use doorward_api::{
    ChallengePurpose, ChangePassword, Confirm, ConfirmRegistration, Login, PasskeyLogin, PendingRegistration, Register,
    SecondFactor,
};
use leptos::prelude::*;

use super::RequestBuilder;
use crate::{
    Connection, Error, LoginOutcome, Registration, SessionEnd, Status, confirmation, global, login, password_change,
    registration, request::Method, state::SessionState,
};

/// The session of this browser, for every component below [`AuthProvider`](super::AuthProvider).
///
/// On the server it has the status with which the page starts, and every request fails with [`Error::Unreachable`]: private
/// data is fetched by the browser.
#[derive(Clone, Copy)]
pub struct SessionHandle {
    status: Signal<Status>,
    connection: Signal<Connection>,
    is_logged_in: Memo<Option<bool>>,
}

/// The session of this browser. Panics outside an [`AuthProvider`](super::AuthProvider).
pub fn use_session() -> SessionHandle {
    expect_context()
}

impl SessionHandle {
    /// Opens the client of this tab; on the server, the status of the page that is rendered.
    pub(super) fn open(may_be_logged_in: bool, end: Option<SessionEnd>) -> Self {
        let (status, connection) = if let Some(client) = global::open(may_be_logged_in, end.as_ref()) {
            (client.session.status().into(), client.session.connection().into())
        } else {
            let status = match end {
                Some(_) => Status::Anonymous { end },
                None => SessionState::initial(may_be_logged_in).status(),
            };
            (Signal::stored(status), Signal::stored(Connection::Online))
        };
        let is_logged_in = Memo::new(move |_| status.with(Status::is_logged_in));
        Self { status, connection, is_logged_in }
    }

    /// Whether a user is logged in, and who. Changes with each refresh; [`is_logged_in`](Self::is_logged_in) does not.
    pub fn status(self) -> Signal<Status> {
        self.status
    }

    /// Whether the server can be reached. Becomes [`Connection::Unreachable`] or [`Connection::InvalidResponse`] when a refresh
    /// fails or the browser loses its network. The client then retries with back-off until it is [`Connection::Online`]:
    /// within ten seconds of the server's return while the page is visible. A request that needs a refresh is a reason to
    /// retry at once, so a click reaches a server that is back.
    pub fn connection(self) -> Signal<Connection> {
        self.connection
    }

    /// Whether the server has not confirmed the user's last logout yet. The client retries while this page stays open.
    pub fn is_logout_pending(self) -> bool {
        // While no user is logged in, a logout is the only thing that the client retries.
        self.is_logged_in() == Some(false) && self.connection.get() != Connection::Online
    }

    /// Whether a user is logged in; `None` while that is unknown. Fits the condition of Leptos's `ProtectedRoute`. Reactive,
    /// and does not run again when a refresh brings a newer session of the same user.
    pub fn is_logged_in(self) -> Option<bool> {
        self.is_logged_in.get()
    }

    /// Registers. A server that sends mail proves the address first: then the registration is
    /// [pending](Registration::Pending), until [`confirm_registration`](Self::confirm_registration). Otherwise the user is
    /// logged in, in all tabs.
    ///
    /// # Errors
    ///
    /// [`Error::Problem`] with the reason, such as `invalid_input`, `registration_closed` or, without mail, `email_taken`;
    /// [`Error::Unreachable`]; [`Error::InvalidResponse`]; [`Error::SessionEnded`] if the user logged out in the meantime.
    pub async fn register(self, form: &Register) -> Result<Registration, Error> {
        registration::register(&global::client().ok_or(Error::Unreachable)?, form).await
    }

    /// Completes a registration with the code from its mail, and logs in, in all tabs. Pass the code as it was typed.
    ///
    /// # Errors
    ///
    /// [`Error::Problem`] with the reason: `code_invalid`, whose `tries_left` says how often another code can be tried;
    /// `ticket_invalid` if the registration has to start again; `invalid_input` or `too_many_attempts`. Otherwise those of
    /// [`register`](Self::register).
    pub async fn confirm_registration(self, form: &ConfirmRegistration) -> Result<(), Error> {
        registration::confirm(&global::client().ok_or(Error::Unreachable)?, form).await
    }

    /// Sends a new code for a pending registration. The codes before it stay valid for their own time.
    ///
    /// # Errors
    ///
    /// [`Error::Problem`] with the reason: `too_many_attempts` within [`resend_in`](PendingRegistration::resend_in) of the last
    /// code, with the time to wait, or `ticket_invalid`; [`Error::Unreachable`]; [`Error::InvalidResponse`].
    pub async fn resend_code(self, ticket: &str) -> Result<PendingRegistration, Error> {
        registration::resend(&global::client().ok_or(Error::Unreachable)?, ticket).await
    }

    /// Logs in: in all tabs, unless the session is bound to this tab. If the account requires a second factor, nothing has changed
    /// yet, and [`finish_login`](Self::finish_login) logs in.
    ///
    /// # Errors
    ///
    /// [`Error::Problem`] with the reason, such as `invalid_credentials` or `too_many_attempts`; [`Error::Unreachable`];
    /// [`Error::InvalidResponse`]; [`Error::SessionEnded`] if the user logged out in the meantime.
    pub async fn login(self, form: &Login) -> Result<LoginOutcome, Error> {
        login::login(&global::client().ok_or(Error::Unreachable)?, form).await
    }

    /// Completes a [login](Self::login) that requires a second factor, with its ticket and exactly one factor. Pass a code as it was
    /// typed.
    ///
    /// # Errors
    ///
    /// [`Error::Problem`] with the reason: `second_factor_invalid`, after which another factor can be tried; `ticket_invalid` if the
    /// login has to start again; `passkey_unknown` or `too_many_attempts`. Otherwise those of [`login`](Self::login).
    pub async fn finish_login(self, form: &SecondFactor) -> Result<(), Error> {
        login::finish(&global::client().ok_or(Error::Unreachable)?, form).await
    }

    /// Logs in with a passkey, without email and password: with the answer of an authenticator to a
    /// [challenge](Self::challenge) for [`Login`](ChallengePurpose::Login). A second factor is not required.
    ///
    /// # Errors
    ///
    /// [`Error::Problem`] with the reason: `passkey_unknown` if the passkey belongs to no account, so that the authenticator can
    /// remove it; otherwise those of [`login`](Self::login).
    pub async fn login_with_passkey(self, form: &PasskeyLogin) -> Result<(), Error> {
        login::with_passkey(&global::client().ok_or(Error::Unreachable)?, form).await
    }

    /// Requests a challenge for an authenticator; one of a second factor with the `ticket` of the login. Returns the JSON of
    /// the response: its member `publicKey` is what `PublicKeyCredential.parseRequestOptionsFromJSON` takes, and for
    /// [`Passkey`](ChallengePurpose::Passkey) what `parseCreationOptionsFromJSON` takes.
    ///
    /// # Errors
    ///
    /// [`Error::Problem`] with the reason, such as `ticket_invalid`, `step_up_required` or `too_many_attempts`;
    /// [`Error::Unreachable`]; [`Error::InvalidResponse`]; [`Error::SessionEnded`].
    pub async fn challenge(self, purpose: ChallengePurpose, ticket: Option<&str>) -> Result<String, Error> {
        login::challenge(&global::client().ok_or(Error::Unreachable)?, purpose, ticket).await
    }

    /// Logs in over a page whose session has expired or is about to. For the same user, the page stays as it is and the
    /// waiting requests are sent, each of them once. For another user, the page is rebuilt and those requests fail with
    /// [`Error::SessionEnded`]. The old session is ended on the server, if it is still active. All ways to log in do the same.
    ///
    /// # Errors
    ///
    /// Those of [`login`](Self::login).
    pub async fn reauthenticate(self, form: &Login) -> Result<LoginOutcome, Error> {
        self.login(form).await
    }

    /// Changes the password. All other sessions of the user end; this one continues, with new credentials, in all its tabs.
    ///
    /// # Errors
    ///
    /// [`Error::Problem`] with the reason: `invalid_credentials` if the current password is wrong, `invalid_input` or
    /// `too_many_attempts`; [`Error::Unreachable`]; [`Error::SessionEnded`].
    pub async fn change_password(self, form: &ChangePassword) -> Result<(), Error> {
        password_change::change_password(&global::client().ok_or(Error::Unreachable)?, form).await
    }

    /// Whether requests wait until the user has [confirmed](Self::confirm) that it is them, because the server requires a recent
    /// proof (401 `step_up_required`). The application then asks for the password or a factor, and confirms or
    /// [cancels](Self::cancel_confirmation). However many requests wait, in however many tabs, one confirmation is enough.
    ///
    /// Requests wait only once the application has called this; before, they fail with [`Error::Problem`].
    pub fn confirmation_requested(self) -> Signal<bool> {
        global::client().map_or_else(|| Signal::stored(false), |client| client.step_up.watch().into())
    }

    /// Proves that it is still the user: with the password, with password and second factor, or with a passkey alone. Waiting requests
    /// are then repeated, each of them once. The session stays the same, and so does its end.
    ///
    /// # Errors
    ///
    /// [`Error::Problem`] with the reason: `invalid_credentials` if the password is wrong; `second_factor_required` if it is
    /// right and the account has a second factor, whose kinds are in `methods`: send both; `second_factor_invalid`,
    /// `passkey_unknown` or `too_many_attempts`; [`Error::Unreachable`]; [`Error::InvalidResponse`]; [`Error::SessionEnded`],
    /// also after the fifth wrong proof in a row.
    pub async fn confirm(self, form: &Confirm) -> Result<(), Error> {
        confirmation::confirm(&global::client().ok_or(Error::Unreachable)?, form).await
    }

    /// The user declines: waiting requests fail with [`Error::Problem`] and the code `step_up_required`.
    pub fn cancel_confirmation(self) {
        if let Some(client) = global::client() {
            client.step_up.cancel();
        }
    }

    /// Ends an expired session that waits for reauthentication: the status becomes [`Status::Anonymous`], and waiting
    /// requests fail with [`Error::SessionEnded`]. No effect in any other status.
    pub fn cancel_reauthentication(self) {
        if let Some(client) = global::client() {
            client.cancel_reauthentication();
        }
    }

    /// Time left of the session, for a countdown: call it whenever the countdown is drawn. It does not depend on the clock of
    /// the device, and sleep counts. If the clock is set ahead in the meantime, the time comes out short until the server has
    /// confirmed that the session is active. `None` while no session is active. In a reactive context, runs again when the
    /// status changes.
    pub fn time_left(self) -> Option<Duration> {
        let client = global::client()?;
        self.status.track();
        client.session.active(|active| active.time_left(client.session.now()))
    }

    /// Whether the session is refreshed silently until its absolute timeout, which is usually weeks away. If not (policy
    /// `banking`), warn the user [in time](Self::time_left), and let them [log in again](Self::reauthenticate) when it has
    /// expired. `true` while no user is logged in.
    pub fn is_renewable(self) -> bool {
        self.status
            .with(|status| status.session().is_none_or(|session| session.policy.credential_storage().is_renewable()))
    }

    /// Logs out: at once in all tabs that share the session, on the server as soon as it can be reached.
    pub fn logout(self) {
        if let Some(client) = global::client() {
            client.logout();
        }
    }

    /// Refreshes the session now, so that the page shows a changed name or role. Requests do not need it. A session that is
    /// not renewable shows the change after the next login.
    ///
    /// # Errors
    ///
    /// [`Error::Unreachable`] or [`Error::InvalidResponse`], also if the last attempt failed less than a second ago or the
    /// server has demanded a longer delay; [`Error::SessionEnded`].
    pub async fn refresh(self) -> Result<(), Error> {
        global::client().ok_or(Error::Unreachable)?.refresher.refresh(crate::refresher::RefreshReason::Request).await
    }

    /// `GET path` with the session's credential.
    pub fn get<T>(self, path: &str) -> RequestBuilder<T> {
        RequestBuilder::new(Method::Get, path)
    }

    /// `POST path` with the session's credential.
    pub fn post<T>(self, path: &str) -> RequestBuilder<T> {
        RequestBuilder::new(Method::Post, path)
    }

    /// `PUT path` with the session's credential.
    pub fn put<T>(self, path: &str) -> RequestBuilder<T> {
        RequestBuilder::new(Method::Put, path)
    }

    /// `PATCH path` with the session's credential.
    pub fn patch<T>(self, path: &str) -> RequestBuilder<T> {
        RequestBuilder::new(Method::Patch, path)
    }

    /// `DELETE path` with the session's credential.
    pub fn delete<T>(self, path: &str) -> RequestBuilder<T> {
        RequestBuilder::new(Method::Delete, path)
    }

    /// The inspector, for developers, in builds with the feature `inspector`: it shows the access token's claims and can break things on purpose. Do not offer it to
    /// the public.
    #[cfg(feature = "inspector")]
    pub fn inspector(self) -> crate::Inspector {
        crate::Inspector::open()
    }
}
