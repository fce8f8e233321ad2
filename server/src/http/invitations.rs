//! Invitations, by administrators.

use app::{Language, RegistrationMode};
use axum::{extract::State, http::HeaderMap, http::StatusCode};
use doorward_api::{Invitation, InviteUser, Problem};

use super::{
    error::Error,
    invalid_fields::InvalidField,
    json::Json,
    language::LanguagePreference,
    role::{Admin, CallerWith},
    step_up::Recent,
};
use crate::{
    login::attempt::Attempt,
    model::{
        email::Email,
        user::{Name, Role, check_roles},
    },
    state::AppState,
    users::invitations::{self, InvitationDetails, InvitationError},
};

/// Invite a user by mail.
///
/// The invitation is valid for 72 hours, for this email and these roles, and replaces an earlier one for the email. The
/// account is created when it is accepted.
#[utoipa::path(post, path = "/api/admin/users", tag = "admin", security(("access_token" = [])), request_body = InviteUser, responses(
    (status = 201, description = "The invitation is on its way", body = Invitation),
    (status = 401, description = "`step_up_required`: the administrator has not entered the password lately; otherwise see `GET /api/me`", body = Problem),
    (status = 403, description = "`forbidden`: the caller lacks the role `admin`; `registration_closed`; `cross_site_request`", body = Problem),
    (status = 409, description = "`email_taken`", body = Problem),
    (status = 422, description = "`invalid_input`, with a message for each invalid field", body = Problem),
    (status = 429, description = "`too_many_attempts`: the session has sent too many requests that write", body = Problem),
    (status = 503, description = "`mail_unavailable`: the server sends no mail", body = Problem),
))]
pub async fn invite(
    State(app): State<AppState>,
    CallerWith { caller, .. }: CallerWith<(Admin, Recent)>,
    headers: HeaderMap,
    Json(form): Json<InviteUser>,
) -> Result<(StatusCode, Json<Invitation>), Error> {
    app.limiter.spend(Attempt::Write { session_id: &caller.session_id }).await?;
    if app.config.registration == RegistrationMode::Closed {
        return Err(Error::RegistrationClosed(RegistrationMode::Closed));
    }
    if !app.mailer.is_on() {
        return Err(Error::MailUnavailable);
    }
    let (email, details) = validate(&form)?;
    let services = (&app.store, &*app.mailer, &app.ticket_sealer);
    let language = language(&app, &headers);
    let invited = invitations::invite(services, &email, &details, language, app.clock.now()).await;
    let invited = invited.map_err(|error| match error {
        InvitationError::EmailTaken => Error::EmailTaken,
        InvitationError::Unavailable(cause) => cause.into(),
    })?;
    tracing::info!(admin = %caller.user_id, "a user was invited by an administrator");
    let (email, expires_at) = (email.to_unicode(), invited.expires_at.into());
    Ok((StatusCode::CREATED, Json(Invitation { email, roles: details.roles, expires_at })))
}

fn language(app: &AppState, headers: &HeaderMap) -> Language {
    LanguagePreference::of(&app.config, headers).language()
}

/// Reports all invalid fields at once.
fn validate(form: &InviteUser) -> Result<(Email, InvitationDetails), Error> {
    let email = Email::parse(&form.email).ok_or(InvalidField::Email);
    let name = form.name.as_deref().map(|name| Name::parse(name).ok_or(InvalidField::Name)).transpose();
    let roles: Option<Vec<_>> = form.roles.iter().map(|role| Role::parse(role).map(String::from)).collect();
    let roles = roles.filter(|roles| check_roles(roles).is_ok()).ok_or(InvalidField::Roles);
    match (email, name, roles) {
        (Ok(email), Ok(name), Ok(mut roles)) => {
            roles.sort();
            roles.dedup();
            Ok((email, InvitationDetails { name: name.map(|name| name.as_str().to_owned()), roles }))
        }
        (email, name, roles) => {
            let errors = [("email", email.err()), ("name", name.err()), ("roles", roles.err())];
            let errors = errors.into_iter().filter_map(|(field, reason)| Some((field.to_owned(), reason?)));
            Err(Error::InvalidInput(errors.collect()))
        }
    }
}
