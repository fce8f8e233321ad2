//! Registration: what it has led to, and the code that proves an address.

use std::rc::Rc;

use doorward_api::{ConfirmRegistration, PendingRegistration, Register, ResendCode};

use crate::{
    Error, auth_api,
    auth_client::AuthClient,
    login,
    platform::Platform,
    request::{Method, Request},
};

/// What a registration has led to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Registration {
    /// The account exists and its user is logged in: the server sends no mail.
    LoggedIn,
    /// The server has sent a mail to the address. The code in it
    /// [completes the registration](crate::SessionHandle::confirm_registration). Whether the address has an account already is
    /// visible in that mailbox alone.
    Pending(PendingRegistration),
}

/// Registers; logs in, if the server proves no addresses.
pub(crate) async fn register<P: Platform>(client: &Rc<AuthClient<P>>, form: &Register) -> Result<Registration, Error> {
    let request = Request::new(Method::Post, "/api/auth/register").json(form);
    let pending = login::start_session(client, request).await?;
    Ok(pending.map_or(Registration::LoggedIn, Registration::Pending))
}

/// Completes a registration with the code from the mail, and logs in.
pub(crate) async fn confirm<P: Platform>(client: &Rc<AuthClient<P>>, form: &ConfirmRegistration) -> Result<(), Error> {
    let request = Request::new(Method::Post, "/api/auth/register/confirm").json(form);
    login::start_session(client, request).await.map(drop)
}

/// Requests a new code.
pub(crate) async fn resend<P: Platform>(
    client: &Rc<AuthClient<P>>,
    ticket: &str,
) -> Result<PendingRegistration, Error> {
    let form = ResendCode { ticket: ticket.to_owned() };
    let request = Request::new(Method::Post, "/api/auth/register/resend").json(&form);
    auth_api::request_anonymously(&*client.platform, &request).await?.read()
}
