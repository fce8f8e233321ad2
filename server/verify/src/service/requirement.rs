//! What a service requires of a caller beyond a valid token.

use std::marker::PhantomData;

use super::{doorward::Doorward, rejection::Rejection};
use crate::{Acr, Claims};

/// A requirement as a type, to use it with [`CallerWith`](super::CallerWith): a [`Role`], [`Recent`], [`AtLeast`], one of
/// your own, or a pair of them such as `CallerWith<(Admin, Recent<300>)>`.
pub trait Requirement {
    /// Checks the claims of a token that has been verified.
    ///
    /// # Errors
    ///
    /// The response for a caller who does not meet the requirement.
    fn check(doorward: &Doorward, claims: &Claims) -> Result<(), Rejection>;
}

/// A role as a type, to require it with [`CallerWith`](super::CallerWith). Each service declares its own.
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

/// Rejects callers without the role with 403 `forbidden`.
impl<R: Role> Requirement for R {
    fn check(_: &Doorward, claims: &Claims) -> Result<(), Rejection> {
        if claims.has_role(R::NAME) { Ok(()) } else { Err(Rejection::Forbidden(R::NAME)) }
    }
}

/// The user has proved who they are, at the login or with a confirmation, less than this many seconds ago.
///
/// Other callers are rejected with 401 `step_up_required` and the challenge of RFC 9470: see
/// [`Doorward::require_recent`]. Doorward's browser client then asks the user for the password and repeats the request.
///
/// ```
/// use doorward_verify::service::{CallerWith, Recent};
///
/// async fn pay(caller: CallerWith<Recent<300>>) -> String {
///     format!("paid by {}", caller.sub)
/// }
/// ```
pub struct Recent<const SECONDS: u64>;

impl<const SECONDS: u64> Requirement for Recent<SECONDS> {
    fn check(doorward: &Doorward, claims: &Claims) -> Result<(), Rejection> {
        doorward.require_recent(claims, SECONDS)
    }
}

/// A level of the claim `acr` as a type, to require it with [`AtLeast`].
pub trait Level {
    /// The level.
    const ACR: Acr;
}

/// Two factors, such as the password and a one-time code: [`Acr::Two`].
pub struct Two;

/// A factor that resists phishing, such as a passkey: [`Acr::Phr`].
pub struct Phr;

impl Level for Two {
    const ACR: Acr = Acr::Two;
}

impl Level for Phr {
    const ACR: Acr = Acr::Phr;
}

/// The user has proved who they are at least this strongly, at the login or with a confirmation, however long ago.
///
/// Other callers are rejected with 401 `step_up_required` and the challenge of RFC 9470 with `acr_values`, and so is a token
/// without `acr`. `(AtLeast<Two>, Recent<300>)` also requires that it was a short while ago.
///
/// ```
/// use doorward_verify::service::{AtLeast, CallerWith, Two};
///
/// async fn refund(caller: CallerWith<AtLeast<Two>>) -> String {
///     format!("refunded to {}", caller.sub)
/// }
/// ```
pub struct AtLeast<L>(PhantomData<fn() -> L>);

impl<L: Level> Requirement for AtLeast<L> {
    fn check(_: &Doorward, claims: &Claims) -> Result<(), Rejection> {
        if claims.is_at_least(L::ACR) { Ok(()) } else { Err(Rejection::AcrRequired { acr: L::ACR }) }
    }
}

/// Both, in this order.
impl<A: Requirement, B: Requirement> Requirement for (A, B) {
    fn check(doorward: &Doorward, claims: &Claims) -> Result<(), Rejection> {
        A::check(doorward, claims)?;
        B::check(doorward, claims)
    }
}
