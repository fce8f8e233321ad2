//! Step-up authentication (RFC 9470): what is dangerous requires that the user has proved who they are a short while ago, so
//! that a stolen token, or a device that is left unlocked, is not enough.

use std::time::Duration;

use axum::http::request::Parts;

use super::{caller::Caller, role::Requirement};
use doorward_verify::Acr;

use crate::{clock::Moment, http::error::Error, state::AppState};

/// The user has proved who they are within `confirm_within`: at the login, with a confirmation or with a password change.
/// Otherwise the response is 401 `step_up_required`, and the session continues.
pub struct Recent;

impl Requirement for Recent {
    async fn check(caller: &Caller, _: &mut Parts, app: &AppState) -> Result<(), Error> {
        require_recent(app, caller).await
    }
}

/// The same, for handlers that decide later whether it is required.
pub async fn require_recent(app: &AppState, caller: &Caller) -> Result<(), Error> {
    require(app, caller, None).await
}

/// The latest proof, within `confirm_within`, was with a second factor.
pub struct RecentFactor;

impl Requirement for RecentFactor {
    async fn check(caller: &Caller, _: &mut Parts, app: &AppState) -> Result<(), Error> {
        require_recent_factor(app, caller).await
    }
}

/// The same, for handlers that decide later whether it is required.
pub async fn require_recent_factor(app: &AppState, caller: &Caller) -> Result<(), Error> {
    require(app, caller, Some(Acr::Two)).await
}

async fn require(app: &AppState, caller: &Caller, acr: Option<Acr>) -> Result<(), Error> {
    let max_age = app.config.confirm_within;
    let now = app.clock.now();
    let is_enough = |time, proved| is_recent(time, max_age, now) && acr.is_none_or(|required| proved >= required);
    if caller.proof.is_some_and(|(time, proved)| is_enough(time, proved)) {
        return Ok(());
    }
    // A cached session may not have the latest confirmation yet.
    if caller.cookie.is_some()
        && let Some(session) = app.store.session(&caller.session_id).await?
        && is_enough(session.authentication.time, session.authentication.acr)
    {
        return Ok(());
    }
    Err(Error::StepUpRequired { max_age, acr })
}

/// In whole seconds, as in access tokens.
fn is_recent(time: Moment, max_age: Duration, now: Moment) -> bool {
    now.minus(max_age).seconds() < time.seconds()
}
