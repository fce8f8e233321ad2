//! The end of every login: starts the session of a user who has proved who they are.

use std::time::Duration;

use doorward_api::TokenResponse;

use super::{
    browser::Browser,
    token_response::{login_response, new_session},
};
use crate::{
    clock::Moment,
    http::{cookies::SetCookies, error::Error, passkey_assertion::VerifiedPasskey},
    login::{attempt::Attempt, proven::Proven},
    mail::letters::Cause,
    model::{notice::Notice, rate_limit::RateLimitKey, session::Session, user::User},
    sessions::authenticate,
    state::AppState,
    store::NewLogin,
};

/// A login on a device whose last one is older than this is on a new device.
const FAMILIAR_FOR: Duration = Duration::from_hours(90 * 24);

/// What a login uses up.
#[derive(Clone, Copy, Default)]
pub struct LoginProof<'a> {
    /// The attempts that a success gives back.
    pub limits: &'a [RateLimitKey],
    pub passkey: Option<&'a VerifiedPasskey>,
}

/// Starts a session, in the place of those that the browser had, and answers with its credentials.
pub async fn start_session(
    app: &AppState,
    browser: &Browser,
    proven: Proven,
    LoginProof { limits, passkey }: LoginProof<'_>,
    now: Moment,
) -> Result<(SetCookies, TokenResponse), Error> {
    app.limiter.spend(Attempt::StartSession { user_id: &proven.user().id }).await?;
    let (new, credential) = new_session(app, &proven, browser, now)?;
    let user = proven.into_user();
    let replaced = authenticate::session_ids(&app.sessions, browser.cookies.presented(app, now)).await?;
    app.sessions.last_used.flush_user(&app.store, &user.id, now).await?;
    let notice = new_device_notice(app, browser, &user, &new.session, now);
    let device = (&browser.client.device, Some(&new.session.id));
    let counter_notice =
        passkey.and_then(|passkey| passkey.counter_notice(app, &user, device, (browser.language, now)));
    let passkey = passkey.map(|passkey| passkey.proof(counter_notice.as_ref()));
    let login = NewLogin {
        user: &user,
        session: &new,
        replaces: &replaced,
        limits,
        passkey: passkey.as_ref(),
        notice: notice.as_ref(),
    };
    let ended = app.store.log_in(&login, (&browser.client.actor(), now)).await?;
    // `None`: the password or a factor was changed or refused, or the account deleted, after the proof; or the answer of the
    // authenticator was used before.
    app.revocations.add(ended.ok_or(Error::InvalidCredentials)?).await;
    app.metrics.login(true);
    login_response(app, user, new.session, credential.as_ref(), browser, now)
}

/// The notice of a login on a device that the account has not used lately.
fn new_device_notice(app: &AppState, browser: &Browser, user: &User, session: &Session, now: Moment) -> Option<Notice> {
    let since = now.minus(FAMILIAR_FOR);
    if app.device_cookies.has_logged_in_since(&browser.device_cookie, &user.email, since, now) {
        return None;
    }
    let cause = Cause::NewDevice { session: &session.id, device: &browser.client.device };
    app.notices().compose(&cause, user, browser.language, now)
}
