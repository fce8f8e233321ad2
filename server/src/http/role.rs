//! Authorization in the type of a handler's argument: a handler that takes `CallerWith<Admin>` always has the check.

use std::marker::PhantomData;

use axum::{extract::FromRequestParts, http::request::Parts};

use doorward_api::EventKind;

use super::{caller::Caller, client_info::ClientInfo, refusal_events};
use crate::{http::error::Error, model::user::ADMIN, state::AppState};

/// What a caller must have.
pub trait Requirement: Send {
    /// The error if the caller does not have it.
    fn check(caller: &Caller, parts: &mut Parts, app: &AppState) -> impl Future<Output = Result<(), Error>> + Send;
}

/// Both, in this order.
impl<A: Requirement, B: Requirement> Requirement for (A, B) {
    async fn check(caller: &Caller, parts: &mut Parts, app: &AppState) -> Result<(), Error> {
        A::check(caller, parts, app).await?;
        B::check(caller, parts, app).await
    }
}

/// The role that manages users. Without it the response is 403 `forbidden`.
pub struct Admin;

impl Requirement for Admin {
    async fn check(caller: &Caller, parts: &mut Parts, app: &AppState) -> Result<(), Error> {
        if caller.roles.iter().any(|role| role == ADMIN) {
            return Ok(());
        }
        let client = ClientInfo::from_request_parts(parts, app).await?;
        let account = (&caller.user_id, Some(&caller.session_id));
        refusal_events::record(app, EventKind::AccessDenied, account, &client).await;
        Err(Error::Forbidden(ADMIN))
    }
}

/// A caller who meets the requirement `R`. Without a valid credential the response is 401 as everywhere.
pub struct CallerWith<R> {
    pub caller: Caller,
    requirement: PhantomData<R>,
}

impl<R: Requirement> FromRequestParts<AppState> for CallerWith<R> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Error> {
        let caller = Caller::from_request_parts(parts, app).await?;
        R::check(&caller, parts, app).await?;
        Ok(Self { caller, requirement: PhantomData })
    }
}
