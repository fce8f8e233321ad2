//! Accepts an invitation, with the form of its page.

use app::RegistrationMode;

use super::{
    browser::Browser,
    new_account::entered,
    token_response::{login_response, new_session, policy},
};
use crate::{
    http::{cookies::SetCookies, error::Error},
    login::{attempt::Attempt, password_hasher::Priority, proven::Proven},
    model::{email::Email, ticket::TicketToken, user::User},
    sessions::authenticate,
    state::AppState,
    store::NewAccount,
    users::invitations::InvitationDetails,
};

/// An invitation that can be accepted.
pub struct Invitee {
    pub email: Email,
    pub details: InvitationDetails,
}

/// The invitation of a token. Changes nothing.
pub async fn invitee(app: &AppState, token: &str) -> Result<Invitee, Error> {
    if app.config.registration == RegistrationMode::Closed {
        return Err(Error::RegistrationClosed(RegistrationMode::Closed));
    }
    let token = TicketToken::parse(token).ok_or(Error::TicketInvalid)?;
    let invitation = app.store.invitation(&token.hash(), app.clock.now()).await?.ok_or(Error::TicketInvalid)?;
    let details = InvitationDetails::open(&app.ticket_sealer, &token, &invitation).ok_or(Error::TicketInvalid)?;
    Ok(Invitee { email: invitation.email, details })
}

/// Creates the account of an invitation, whose mail has proved the address, and starts its first session. `None`: there is
/// none, because the browser cannot have its credential; then the user logs in.
pub async fn accept(
    app: &AppState,
    browser: &Browser,
    token: &str,
    [name, password]: &[String; 2],
) -> Result<Option<SetCookies>, Error> {
    let Invitee { email, details } = invitee(app, token).await?;
    let entered = entered(Ok(email), name, password, app.config.password_min_length)?;
    let hashing = app.password_hasher.reserve(Priority::Unknown)?;
    app.limiter.spend(Attempt::Register { ip: browser.client.ip }).await?;
    entered.check_password(app).await?;

    let password_hash = hashing.hash(entered.password).await?;
    let now = app.clock.now();
    let user = User::new(entered.email, entered.name.as_str(), password_hash, now);
    let user = User { roles: details.roles, email_verified_at: Some(now), ..user };
    let has_session = policy(app, &user.roles, browser).is_ok();
    let proven = Proven::with_registration(user, now);
    let started = has_session.then(|| new_session(app, &proven, browser, now)).transpose()?;
    let (new, credential) = started.unzip();
    let replaced = authenticate::session_ids(&app.sessions, browser.cookies.presented(app, now)).await?;
    let actor = browser.client.actor();
    let account = NewAccount { user: proven.user(), session: new.as_ref(), replaces: &replaced, actor: &actor };
    let token = TicketToken::parse(token).ok_or(Error::TicketInvalid)?.hash();
    let ended = app.store.accept_invitation(&token, &account, now).await?;
    app.revocations.add(ended.ok_or(Error::TicketInvalid)?).await;
    let Some(new) = new else { return Ok(None) };
    app.metrics.login(true);
    let (cookies, _) =
        login_response(app, proven.into_user(), new.session, credential.flatten().as_ref(), browser, now)?;
    Ok(Some(cookies))
}
