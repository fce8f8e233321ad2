//! Authorization by role, in the type of a handler's argument: a handler that takes `CallerWith<Admin>` always has
//! the check.

use std::marker::PhantomData;

use axum::{extract::FromRequestParts, http::request::Parts};

use doorward_api::EventKind;

use super::{caller::Caller, client_info::ClientInfo, refusal_events};
use crate::{http::error::Error, model::user::ADMIN, state::AppState};

pub trait Role: Send {
    /// Its name in access tokens.
    const NAME: &'static str;
}

/// Manages users.
pub struct Admin;

impl Role for Admin {
    const NAME: &'static str = ADMIN;
}

/// A caller whose access token has the role. Without a valid credential the response is 401 as everywhere, without the role
/// 403 `forbidden`.
pub struct CallerWith<R> {
    pub caller: Caller,
    role: PhantomData<R>,
}

impl<R: Role> FromRequestParts<AppState> for CallerWith<R> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Error> {
        let caller = Caller::from_request_parts(parts, app).await?;
        if caller.roles.iter().any(|role| role == R::NAME) {
            return Ok(Self { caller, role: PhantomData });
        }
        let client = ClientInfo::from_request_parts(parts, app).await?;
        let account = (&caller.user_id, Some(&caller.session_id));
        refusal_events::record(app, EventKind::AccessDenied, account, &client).await;
        Err(Error::Forbidden(R::NAME))
    }
}
