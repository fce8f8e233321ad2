//! The policies that the settings make: one by default, others for roles, with the settings' values in place of theirs.

use super::{Config, OrOff};
use crate::model::{
    policy::{Overrides, Policies, Policy},
    second_factor_roles::SecondFactorRoles,
};

impl Config {
    pub fn policies(&self) -> Policies {
        let values = self.overrides();
        let by_role = self.policy_for_role.iter().cloned();
        Policies {
            default: Policy::preset(self.policy).with_overrides(&values),
            by_role: by_role.map(|(role, name)| (role.into(), Policy::preset(name).with_overrides(&values))).collect(),
        }
    }

    pub fn second_factor_roles(&self) -> SecondFactorRoles {
        let required = self.second_factor_for_role.iter().filter(|(_, is_required)| *is_required);
        required.map(|(role, _)| String::from(role.clone())).collect()
    }

    fn overrides(&self) -> Overrides {
        Overrides {
            access_token_lifetime: self.access_token_lifetime,
            lifetime: self.session_lifetime,
            idle_timeout: self.session_idle.map(OrOff::on),
        }
    }

    /// Where one access token is the whole session, no timeout can outlast it. Checked for the default policy only: with
    /// several policies, the values are meant for the others.
    pub(super) fn check_policy(&self) -> Result<(), String> {
        let policy = Policy::preset(self.policy).with_overrides(&self.overrides());
        if policy.name.credential_storage().is_renewable() {
            return Ok(());
        }
        let (name, lifetime) = (policy.name.name(), humantime::format_duration(policy.access_token_lifetime));
        let whole = format!("under `policy = \"{name}\"` one access token ({lifetime}) is the whole session");
        if self.session_lifetime.is_some_and(|lifetime| lifetime > policy.access_token_lifetime) {
            return Err(format!("session_lifetime: {whole}, so it cannot be longer; remove it"));
        }
        if self.session_idle.and_then(OrOff::on).is_some_and(|timeout| timeout < policy.lifetime) {
            return Err(format!("session_idle: {whole}, and no use extends it; remove it or set it to `off`"));
        }
        Ok(())
    }
}
