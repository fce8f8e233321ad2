//! The start of a session. Every way in ends here: nothing else begins one.

use std::time::Duration;

use doorward_api::TokenResponse;

use super::{
    browser::Browser,
    token_response::{policy, token_response},
};
use crate::{
    clock::Moment,
    http::{
        cookies::{self, SetCookies},
        device_cookie,
        error::Error,
    },
    login::proven::Proven,
    mail::letters::Cause,
    model::{
        credential::{CredentialHash, IssuedCredential, NewSession},
        notice::Notice,
        rate_limit::RateLimitKey,
        second_factor::FactorUse,
        session::Session,
        user::User,
    },
    sessions::authenticate,
    state::AppState,
    store::{LoginOutcome, NewAccount, NewLogin},
};

/// A login on a device whose last one is older than this is on a new device.
const FAMILIAR_FOR: Duration = Duration::from_hours(90 * 24);

/// What a login uses up, in the transaction that starts its session.
#[derive(Default)]
pub struct UsedUp<'a> {
    /// Full again after the login.
    pub limits: &'a [RateLimitKey],
    /// Of the second step.
    pub ticket: Option<&'a CredentialHash>,
    pub factor: Option<&'a FactorUse>,
}

/// How an account comes to be, with its first session.
#[derive(Clone, Copy)]
pub enum NewBy<'a> {
    /// Without mail.
    Registration,
    /// With the code from a mail, for this ticket.
    Code(&'a CredentialHash),
    Invitation(&'a CredentialHash),
}

/// Starts a session of a user who has proved who they are.
pub async fn start_session(
    app: &AppState,
    browser: &Browser,
    proven: Proven,
    used_up: &UsedUp<'_>,
    now: Moment,
) -> Result<(SetCookies, TokenResponse), Error> {
    let (new, credential) = begin(app, &proven, browser, now)?;
    let user = proven.into_user();
    let replaced = authenticate::session_ids(&app.sessions, browser.cookies.presented(app, now)).await?;
    app.sessions.last_used.flush_user(&app.store, &user.id, now).await?;
    let notice = new_device_notice(app, browser, &user, &new.session, now);
    let login = NewLogin {
        user: &user,
        session: &new,
        replaces: &replaced,
        limits: used_up.limits,
        notice: notice.as_ref(),
        ticket: used_up.ticket,
        factor: used_up.factor,
    };
    match app.store.log_in(&login, (&browser.client.actor(), now)).await? {
        LoginOutcome::Started(ended) => app.revocations.add(ended).await,
        // Without a ticket, the factor is a passkey that logs in alone.
        LoginOutcome::Outdated | LoginOutcome::FactorUsed if used_up.ticket.is_none() => {
            return Err(Error::InvalidCredentials);
        }
        LoginOutcome::Outdated | LoginOutcome::TicketInvalid => return Err(Error::TicketInvalid),
        LoginOutcome::FactorUsed => return Err(Error::SecondFactorInvalid),
    }
    app.metrics.login(true);
    login_response(app, user, new.session, credential.as_ref(), browser, now)
}

/// Creates an account, and starts its first session. `None`: there is no session, because the browser cannot have its credential;
/// the user of an invitation then logs in.
pub async fn start_first_session(
    app: &AppState,
    browser: &Browser,
    user: User,
    by: NewBy<'_>,
    now: Moment,
) -> Result<Option<(SetCookies, TokenResponse)>, Error> {
    let proven = Proven::with_registration(user, now);
    let (new, credential) = match begin(app, &proven, browser, now) {
        Err(Error::WebAssemblyRequired) if matches!(by, NewBy::Invitation(_)) => (None, None),
        started => started.map(|(new, credential)| (Some(new), credential))?,
    };
    let replaced = authenticate::session_ids(&app.sessions, browser.cookies.presented(app, now)).await?;
    let actor = browser.client.actor();
    let account = NewAccount { user: proven.user(), session: new.as_ref(), replaces: &replaced, actor: &actor };
    let ended = match by {
        NewBy::Registration => app.store.register(&account, now).await?.ok_or(Error::EmailTaken)?,
        NewBy::Code(ticket) => {
            app.store.finish_registration(ticket, &account, now).await?.ok_or(Error::TicketInvalid)?
        }
        NewBy::Invitation(token) => {
            app.store.accept_invitation(token, &account, now).await?.ok_or(Error::TicketInvalid)?
        }
    };
    app.revocations.add(ended).await;
    let Some(new) = new else { return Ok(None) };
    app.metrics.login(true);
    login_response(app, proven.into_user(), new.session, credential.as_ref(), browser, now).map(Some)
}

/// A session under the policy of the user's roles, not stored yet, and the credential for the browser.
fn begin(
    app: &AppState,
    proven: &Proven,
    browser: &Browser,
    now: Moment,
) -> Result<(NewSession, Option<IssuedCredential>), Error> {
    let user = proven.user();
    let policy = policy(app, &user.roles, browser)?;
    let from = (browser.client.device.clone(), browser.client.ip);
    let session = Session::begin(user.id.clone(), policy, from, proven.authentication().clone(), now);
    Ok(authenticate::issue(&app.refresh_tokens, session, proven.began_with().clone()))
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

/// The response to a login: the credential cookie, the device cookie and the token response.
fn login_response(
    app: &AppState,
    user: User,
    session: Session,
    credential: Option<&IssuedCredential>,
    browser: &Browser,
    now: Moment,
) -> Result<(SetCookies, TokenResponse), Error> {
    let mut cookies = cookies::replace(&browser.cookies, credential, &session, app.config.cookie_secure, now);
    cookies.0.push(device_cookie::set(app, &browser.device_cookie, &user.email, now));
    Ok((cookies, token_response(app, user.into(), session, credential, now)?))
}
