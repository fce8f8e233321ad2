//! Accepts an invitation, with the form of its page.

use app::RegistrationMode;

use super::{
    browser::Browser,
    new_account::entered,
    start_session::{NewBy, start_first_session},
};
use crate::{
    http::{cookies::SetCookies, error::Error},
    login::{attempt::Attempt, password_hasher::Priority},
    model::{email::Email, ticket::TicketToken, user::User},
    state::AppState,
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
    let token = TicketToken::parse(token).ok_or(Error::TicketInvalid)?.hash();
    let started = start_first_session(app, browser, user, NewBy::Invitation(&token), now).await?;
    Ok(started.map(|(cookies, _)| cookies))
}
