//! A link to set a new password, asked for with the API or with the form of the page: one path decides, two answer.

use app::Language;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
};
use doorward_api::{Forgot, Problem};

use crate::{
    http::{
        client_info::ClientInfo, error::Error, invalid_fields::InvalidField, json::Json, language::LanguagePreference,
    },
    login::attempt::Attempt,
    model::email::Email,
    state::AppState,
};

/// Send a link to set a new password, if there is an account with the email.
///
/// The response is the same whether there is one or not.
#[utoipa::path(post, path = "/api/auth/forgot", tag = "auth", request_body = Forgot, responses(
    (status = 202, description = "If there is an active account with this email, a link is on its way"),
    (status = 404, description = "`not_found`: this server sends no mails", body = Problem),
    (status = 422, description = "`invalid_input`: not an email address", body = Problem),
    (status = 429, description = "`too_many_attempts`", body = Problem),
))]
pub async fn forgot(
    State(app): State<AppState>,
    client: ClientInfo,
    headers: HeaderMap,
    Json(form): Json<Forgot>,
) -> Result<StatusCode, Error> {
    let language = LanguagePreference::of(&app.config, &headers).language();
    ask_for_reset(&app, &client, language, &form.email).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Writes a link. An address that must not get one, because it has no account, a disabled one or too many mails already,
/// causes the same work: neither the response nor its time reveal which addresses have accounts.
pub async fn ask_for_reset(app: &AppState, client: &ClientInfo, language: Language, email: &str) -> Result<(), Error> {
    if !app.mailer.is_on() {
        return Err(Error::NotFound);
    }
    let email = Email::parse(email).ok_or_else(|| Error::field("email", InvalidField::Email))?;
    app.limiter.spend(Attempt::Forgot { ip: client.ip }).await?;
    let may_mail = app.limiter.may_mail(&email, client.ip).await?;
    let user = app.store.user_by_email(&email).await?;
    let user = user.filter(|user| may_mail && user.is_active());

    let (config, now) = (&app.config, app.clock.now());
    let details = (config.reset_lifetime, language, now);
    let link = app.mailer.reset_link(&config.brand_name, &email, user.as_ref(), details);
    app.store.ask_reset(&link.ticket, Some(&link.mail), &client.actor(), now).await?;
    Ok(())
}
