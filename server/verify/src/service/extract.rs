//! Axum extractors: the caller of a handler, with or without a requirement.

use std::{fmt, marker::PhantomData, ops::Deref, sync::Arc};

use axum_core::extract::{FromRef, FromRequestParts, OptionalFromRequestParts};
use http::request::Parts;

use super::{doorward::Doorward, rejection::Rejection, requirement::Requirement};
use crate::Claims;

/// The caller: the owner of a valid access token whose session has not been revoked. Dereferences to [`Claims`].
///
/// Rejects as [`Doorward::verify_headers`] does: 401 or 503. `Option<Caller>` is `None` for a request without a token;
/// a token that is not valid is rejected there too.
#[derive(Clone, Debug)]
pub struct Caller(Arc<Claims>);

/// A [`Caller`] who meets the requirement `R`: has a [`Role`](super::Role), has proved who they are
/// [`Recent`](super::Recent)ly or [strongly enough](super::AtLeast), or several of these.
/// Dereferences to [`Claims`].
pub struct CallerWith<R: Requirement> {
    caller: Caller,
    requirement: PhantomData<fn() -> R>,
}

// Not derived: that would require `R: Clone` and `R: Debug`, although there is no value of `R`.
impl<R: Requirement> Clone for CallerWith<R> {
    fn clone(&self) -> Self {
        Self { caller: self.caller.clone(), requirement: PhantomData }
    }
}

impl<R: Requirement> fmt::Debug for CallerWith<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let requirement = std::any::type_name::<R>();
        f.debug_struct("CallerWith").field("requirement", &requirement).field("caller", &self.caller).finish()
    }
}

impl Deref for Caller {
    type Target = Claims;

    fn deref(&self) -> &Claims {
        &self.0
    }
}

impl<R: Requirement> Deref for CallerWith<R> {
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
    R: Requirement,
{
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejection> {
        let caller = <Caller as FromRequestParts<S>>::from_request_parts(parts, state).await?;
        R::check(&Doorward::from_ref(state), &caller)?;
        Ok(Self { caller, requirement: PhantomData })
    }
}
