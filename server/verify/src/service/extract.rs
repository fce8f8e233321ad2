//! Axum extractors: the caller of a handler, with or without a required role.

use std::{fmt, marker::PhantomData, ops::Deref, sync::Arc};

use axum_core::extract::{FromRef, FromRequestParts, OptionalFromRequestParts};
use http::request::Parts;

use super::{doorward::Doorward, rejection::Rejection};
use crate::Claims;

/// A role as a type, to require it with [`CallerWith`]. Each service declares its own.
///
/// ```
/// struct Admin;
/// impl doorward_verify::service::Role for Admin {
///     const NAME: &'static str = "admin";
/// }
/// ```
pub trait Role {
    /// The name of the role in the claim `roles`.
    const NAME: &'static str;
}

/// The caller: the owner of a valid access token whose session has not been revoked. Dereferences to [`Claims`].
///
/// Rejects as [`Doorward::verify_headers`] does: 401 or 503. `Option<Caller>` is `None` for a request without a token;
/// a token that is not valid is rejected there too.
#[derive(Clone, Debug)]
pub struct Caller(Arc<Claims>);

/// A [`Caller`] with the role `R`. Rejects callers without it with 403 `forbidden`. Dereferences to [`Claims`].
pub struct CallerWith<R: Role> {
    caller: Caller,
    role: PhantomData<fn() -> R>,
}

// Not derived: that would require `R: Clone` and `R: Debug`, although there is no value of `R`.
impl<R: Role> Clone for CallerWith<R> {
    fn clone(&self) -> Self {
        Self { caller: self.caller.clone(), role: PhantomData }
    }
}

impl<R: Role> fmt::Debug for CallerWith<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallerWith").field("role", &R::NAME).field("caller", &self.caller).finish()
    }
}

impl Deref for Caller {
    type Target = Claims;

    fn deref(&self) -> &Claims {
        &self.0
    }
}

impl<R: Role> Deref for CallerWith<R> {
    type Target = Claims;

    fn deref(&self) -> &Claims {
        &self.caller
    }
}

impl<S> FromRequestParts<S> for Caller
where
    S: Send + Sync,
    Doorward: FromRef<S>,
{
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejection> {
        Doorward::from_ref(state).verify_headers(&parts.headers).await.map(Self)
    }
}

impl<S> OptionalFromRequestParts<S> for Caller
where
    S: Send + Sync,
    Doorward: FromRef<S>,
{
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Rejection> {
        match <Self as FromRequestParts<S>>::from_request_parts(parts, state).await {
            Ok(caller) => Ok(Some(caller)),
            Err(Rejection::TokenMissing) => Ok(None),
            Err(rejection) => Err(rejection),
        }
    }
}

/// The caller's claims, owned. [`Caller`] avoids the copy.
impl<S> FromRequestParts<S> for Claims
where
    S: Send + Sync,
    Doorward: FromRef<S>,
{
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejection> {
        let caller = <Caller as FromRequestParts<S>>::from_request_parts(parts, state).await;
        caller.map(|caller| Arc::unwrap_or_clone(caller.0))
    }
}

impl<S, R> FromRequestParts<S> for CallerWith<R>
where
    S: Send + Sync,
    Doorward: FromRef<S>,
    R: Role,
{
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejection> {
        let caller = <Caller as FromRequestParts<S>>::from_request_parts(parts, state).await?;
        if caller.has_role(R::NAME) {
            Ok(Self { caller, role: PhantomData })
        } else {
            Err(Rejection::Forbidden(R::NAME))
        }
    }
}
