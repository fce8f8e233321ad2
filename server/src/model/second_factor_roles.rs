//! Roles that a session has only once its user has proved a second factor in it.

use std::collections::BTreeSet;

use doorward_verify::Acr;

use crate::model::authentication::Authentication;

#[derive(Clone, Debug, Default)]
pub struct SecondFactorRoles(BTreeSet<String>);

impl FromIterator<String> for SecondFactorRoles {
    fn from_iter<I: IntoIterator<Item = String>>(roles: I) -> Self {
        Self(roles.into_iter().collect())
    }
}

impl SecondFactorRoles {
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Those of these roles that require a second factor.
    pub fn among<'a>(&self, roles: &'a [String]) -> impl Iterator<Item = &'a String> {
        roles.iter().filter(|role| self.0.contains(*role))
    }

    /// Those of a user's roles that a session lacks. What counts is the proof in that session: a thief who has logged in with
    /// the password must not get a role because the user has set up a second factor since.
    pub fn withheld(&self, roles: &[String], has_second_step: bool, authentication: &Authentication) -> Vec<String> {
        let acr = authentication.acr;
        // Two factors count until the user turns the second step off.
        let is_proved = acr >= Acr::Phr || (acr >= Acr::Two && has_second_step);
        if is_proved { vec![] } else { self.among(roles).cloned().collect() }
    }
}

#[cfg(test)]
mod tests {
    use doorward_api::FactorKind;

    use super::*;
    use crate::clock::Moment;

    #[test]
    fn a_role_is_withheld_until_a_second_factor_is_proved_in_the_session() {
        let requirement = SecondFactorRoles::from_iter(["admin".to_owned()]);
        let assigned = ["admin".to_owned(), "editor".to_owned()];
        let withheld = |has_second_step, authentication| {
            !requirement.withheld(&assigned, has_second_step, &authentication).is_empty()
        };
        let now = Moment(0);
        assert_eq!(requirement.withheld(&assigned, true, &Authentication::with_password(now)), ["admin"]);
        assert!(withheld(false, Authentication::with_password(now)));
        assert!(!withheld(true, Authentication::with_second_factor(FactorKind::Totp, now)));
        assert!(withheld(false, Authentication::with_second_factor(FactorKind::Totp, now)), "it has been turned off");
        assert!(!withheld(false, Authentication::with_passkey(now)));
        assert!(
            SecondFactorRoles::default().withheld(&assigned, false, &Authentication::with_password(now)).is_empty()
        );
    }
}
