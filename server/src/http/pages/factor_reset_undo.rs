//! `/factor-reset/undo`: stops the removal of all second factors, with the link of a mail.

use app::plain::{
    FactorResetAnswer, factor_reset_answered, factor_reset_answered_title, factor_reset_undo, factor_reset_undo_title,
};
use axum::{
    extract::{Request, State},
    http::{StatusCode, Uri},
    response::{IntoResponse, Redirect, Response},
};
use doorward_api::Problem;

use super::{
    fallback,
    plain::{SubmittedForm, plain_page, query_value, read_form, rejected_page},
    reset::refused,
};
use crate::{
    http::{client_info::ClientInfo, error::Error, invalid_fields::InvalidField},
    mail::letters::utc,
    model::{
        ticket::{TicketPurpose, TicketToken},
        user::User,
    },
    state::AppState,
};

/// Where the answers lead: without the token, so that nothing shows it again.
const KEPT: &str = "/factor-reset/undo?kept";
const UNCHANGED: &str = "/factor-reset/undo?unchanged";

/// Changes nothing: scanners open every link of a mail.
pub async fn show(State(app): State<AppState>, request: Request) -> Response {
    let headers = request.headers();
    if let Some(answer) = answered(request.uri()) {
        return plain_page(
            &app,
            headers,
            StatusCode::OK,
            || factor_reset_answered_title(answer),
            || factor_reset_answered(answer),
        );
    }
    let token = query_value(request.uri(), "token").unwrap_or_default();
    match user_of(&app, &token).await {
        Ok(user) => plain_page(&app, headers, StatusCode::OK, factor_reset_undo_title, || form(token, &user, None)),
        Err(Error::NotFound) => fallback(State(app), request).await,
        Err(error) => refused(&app, headers, error),
    }
}

fn answered(uri: &Uri) -> Option<FactorResetAnswer> {
    match query_value(uri, "kept") {
        Some(_) => Some(FactorResetAnswer::Kept),
        None => query_value(uri, "unchanged").map(|_| FactorResetAnswer::Unchanged),
    }
}

pub async fn submit(State(app): State<AppState>, request: Request) -> Response {
    let SubmittedForm { headers, client, body } = match read_form(&app, request, ["token", "answer"]).await {
        Ok(form) => form,
        Err(error) => return error.into_response(),
    };
    let [token, answer] = body.texts();
    let user = match user_of(&app, token).await {
        Ok(user) => user,
        Err(error) => return refused(&app, &headers, error),
    };
    match answer.as_str() {
        // The link stays valid.
        "remove" => Redirect::to(UNCHANGED).into_response(),
        "keep" => match undo(&app, &client, token, &user).await {
            Ok(()) => Redirect::to(KEPT).into_response(),
            Err(error) => refused(&app, &headers, error),
        },
        _ => {
            let error = Error::field("answer", InvalidField::Answer);
            rejected_page(&app, &headers, error, factor_reset_undo_title, |problem| {
                self::form(token.clone(), &user, Some(&problem))
            })
        }
    }
}

/// The user who can stop it with this token.
async fn user_of(app: &AppState, token: &str) -> Result<User, Error> {
    let now = app.clock.now();
    let token = TicketToken::parse(token).ok_or_else(|| invalid_ticket(app))?;
    let ticket = app.store.ticket(&token.hash(), TicketPurpose::FactorResetUndo, now).await?;
    let Some(id) = ticket.and_then(|ticket| ticket.user_id) else { return Err(invalid_ticket(app)) };
    let user = app.store.user(&id).await?.filter(|user| user.factors_reset_at.is_some_and(|at| at > now));
    user.ok_or_else(|| invalid_ticket(app))
}

/// Without mails there are no links: the server is as if it had no such page.
fn invalid_ticket(app: &AppState) -> Error {
    if app.mailer.is_on() { Error::TicketInvalid } else { Error::NotFound }
}

async fn undo(app: &AppState, client: &ClientInfo, token: &str, user: &User) -> Result<(), Error> {
    let token = TicketToken::parse(token).ok_or(Error::TicketInvalid)?;
    let is_undone = app.store.undo_factor_reset(&user.id, &token.hash(), &client.actor(), app.clock.now()).await?;
    if is_undone { Ok(()) } else { Err(Error::TicketInvalid) }
}

fn form(token: String, user: &User, problem: Option<&Problem>) -> impl leptos::IntoView + use<> {
    let until = user.factors_reset_at.map(utc).unwrap_or_default();
    factor_reset_undo(token, &user.email.masked(), &until, problem)
}
