//! What a handler asks for: its caller, and the role that it takes.

use std::{fmt, marker::PhantomData, ops::Deref, sync::Arc};

use axum_core::extract::{FromRef, FromRequestParts, OptionalFromRequestParts};
use http::{HeaderMap, HeaderValue, header, request::Parts};

use super::{Doorward, Refusal};
use crate::{Claims, bearer};

/// A role that a handler can ask for: a type of the service's own.
///
/// ```
/// struct Admin;
/// impl doorward_verify::service::Role for Admin {
///     const NAME: &'static str = "admin";
/// }
/// ```
pub trait Role {
    /// The role as it stands in access tokens.
    const NAME: &'static str;
}

/// Whoever sends a request, proved by an access token of a session that has not ended; everybody else gets 401. Reads as
/// [`Claims`]. `Option<Caller>` is `None` for a request without a token; a token that is not good is refused there too.
#[derive(Clone, Debug)]
pub struct Caller(Arc<Claims>);

/// A caller who has the role `R`; one who has not gets 403 `forbidden`. Reads as [`Claims`].
pub struct CallerWith<R: Role> {
    caller: Caller,
    role: PhantomData<fn() -> R>,
}

// By hand: derived, they would ask the same of the role, which is never made.
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

impl Doorward {
    /// The claims of whoever sent these headers: exactly one `Authorization: Bearer`, and nothing else that could be a
    /// token. This is what the extractors ask, for whoever has no extractors.
    pub async fn check_headers(&self, headers: &HeaderMap) -> Result<Arc<Claims>, Refusal> {
        let values = headers.get_all(header::AUTHORIZATION).iter().map(HeaderValue::as_bytes);
        let token = bearer(values).map_err(|_| Refusal::TokenInvalid)?;
        self.check(token.ok_or(Refusal::TokenMissing)?).await
    }
}

impl<S> FromRequestParts<S> for Caller
where
    S: Send + Sync,
    Doorward: FromRef<S>,
{
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        Doorward::from_ref(state).check_headers(&parts.headers).await.map(Self)
    }
}

impl<S> OptionalFromRequestParts<S> for Caller
where
    S: Send + Sync,
    Doorward: FromRef<S>,
{
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Refusal> {
        match <Self as FromRequestParts<S>>::from_request_parts(parts, state).await {
            Ok(caller) => Ok(Some(caller)),
            Err(Refusal::TokenMissing) => Ok(None),
            Err(refusal) => Err(refusal),
        }
    }
}

/// A copy of the caller's claims, to be kept; [`Caller`] copies nothing.
impl<S> FromRequestParts<S> for Claims
where
    S: Send + Sync,
    Doorward: FromRef<S>,
{
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
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
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let caller = <Caller as FromRequestParts<S>>::from_request_parts(parts, state).await?;
        if caller.has_role(R::NAME) { Ok(Self { caller, role: PhantomData }) } else { Err(Refusal::Forbidden(R::NAME)) }
    }
}
