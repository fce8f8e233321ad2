//! The only key to a new session.

use doorward_api::FactorKind;

use crate::{
    clock::Moment,
    model::{
        authentication::Authentication,
        began_with::{BeganWith, PasskeyId},
        user::User,
    },
};

/// A user who has proved who they are, with everything that the account requires. Each constructor is a gate: sessions start
/// from this type alone.
pub struct Proven {
    user: User,
    authentication: Authentication,
    began_with: BeganWith,
}

/// The password is right, and the account requires a second factor.
pub struct SecondFactorMissing;

impl Proven {
    /// With the right password, of an account that requires no second factor.
    pub fn with_password(user: User, now: Moment) -> Result<Self, SecondFactorMissing> {
        if user.has_second_step {
            return Err(SecondFactorMissing);
        }
        let authentication = Authentication::with_password(now);
        Ok(Self { user, authentication, began_with: BeganWith::Password })
    }

    /// With the right password, and then a right second factor.
    pub fn with_second_factor(user: User, factor: FactorKind, now: Moment) -> Self {
        let authentication = Authentication::with_second_factor(factor, now);
        Self { user, authentication, began_with: BeganWith::Password }
    }

    /// With a passkey whose authenticator has verified the user: that is two factors.
    pub fn with_passkey(user: User, passkey: PasskeyId, now: Moment) -> Self {
        let authentication = Authentication::with_passkey(now);
        Self { user, authentication, began_with: BeganWith::Passkey(passkey) }
    }

    /// A new account, whose password has just been chosen.
    pub fn with_registration(user: User, now: Moment) -> Self {
        Self { user, authentication: Authentication::with_password(now), began_with: BeganWith::Password }
    }

    pub fn user(&self) -> &User {
        &self.user
    }

    pub fn authentication(&self) -> &Authentication {
        &self.authentication
    }

    pub fn began_with(&self) -> &BeganWith {
        &self.began_with
    }

    pub fn into_user(self) -> User {
        self.user
    }
}
