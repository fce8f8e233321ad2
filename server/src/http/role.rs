//! What a caller may do, required by the type of a handler's argument: a handler that takes `CallerWith<Admin>` cannot
//! forget to ask.

use std::marker::PhantomData;

use axum::{extract::FromRequestParts, http::request::Parts};

use super::caller::Caller;
use crate::{http::error::Error, state::AppState};

/// A role, as a type.
pub trait Role: Send {
    /// How it is called in access tokens.
    const NAME: &'static str;
}

/// Looks after accounts.
pub struct Admin;

impl Role for Admin {
    const NAME: &'static str = "admin";
}

/// A caller who has the role, as their access token says. Who comes without a good token is refused as everywhere (401),
/// who lacks the role with `forbidden` (403, R64).
pub struct CallerWith<R>(PhantomData<R>);

impl<R: Role> FromRequestParts<AppState> for CallerWith<R> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Error> {
        let caller = Caller::from_request_parts(parts, app).await?;
        let has_it = caller.roles.iter().any(|role| role == R::NAME);
        if has_it { Ok(Self(PhantomData)) } else { Err(Error::Forbidden(R::NAME)) }
    }
}
