//! The settings of policies: one for everybody, others for roles, and values in place of their own.

use std::time::Duration;

use doorward_api::PolicyName;

use super::{Settings, parse::duration};
use crate::model::{
    policy::{Overrides, Policies, Policy},
    user::Role,
};

/// Reads them. What contradicts itself is an error.
pub(super) fn policies(settings: &Settings) -> Result<Policies, String> {
    let values = overrides(settings)?;
    let usual =
        Policy::preset(settings.policy.as_deref().map_or(Ok(PolicyName::Retention), |text| name(text, "policy"))?);
    let usual = usual.with(&values);
    agree(&usual, &values)?;

    let of_role = |(role, policy): &(String, String)| {
        let key = format!("policy_for_role.{role}");
        let role = Role::parse(role).ok_or_else(|| format!("{key}: {}", Role::RULE))?;
        Ok::<_, String>((role.into(), Policy::preset(name(policy, &key)?).with(&values)))
    };
    Ok(Policies { usual, by_role: settings.policy_for_role.iter().map(of_role).collect::<Result<_, _>>()? })
}

fn name(text: &str, key: &str) -> Result<PolicyName, String> {
    let all = PolicyName::ALL.map(|policy| format!("`{}`", policy.name())).join(", ");
    PolicyName::from_name(text).ok_or_else(|| format!("{key}: there is no policy {text:?}; there are {all}"))
}

fn overrides(settings: &Settings) -> Result<Overrides, String> {
    let time = |text: &Option<String>, key| text.as_deref().map(|text| duration(text, key)).transpose();
    let values = Overrides {
        access_token_lifetime: time(&settings.access_token_lifetime, "access_token_lifetime")?,
        lifetime: time(&settings.session_lifetime, "session_lifetime")?,
        idle_timeout: match settings.session_idle.as_deref() {
            Some("off") => Some(None),
            Some(text) => Some(Some(duration(text, "session_idle")?)),
            None => None,
        },
    };
    if values.access_token_lifetime.is_some_and(|life| life > Duration::from_mins(15)) {
        return Err("access_token_lifetime: is 15m at most".into());
    }
    Ok(values)
}

/// Where one access token is the whole session, nothing can be promised that goes beyond it. Only of the policy for
/// everybody: beside it, the values are meant for the others.
fn agree(usual: &Policy, values: &Overrides) -> Result<(), String> {
    if usual.name.credential_storage().is_renewable() {
        return Ok(());
    }
    let (policy, life) = (usual.name.name(), humantime::format_duration(usual.access_token_lifetime));
    let whole = format!("under `policy = \"{policy}\"` one access token ({life}) is the whole session");
    if values.lifetime.is_some_and(|lifetime| lifetime > usual.access_token_lifetime) {
        return Err(format!("session_lifetime: {whole}, so it cannot be longer; leave it out"));
    }
    if values.idle_timeout.flatten().is_some_and(|limit| limit < usual.lifetime) {
        return Err(format!("session_idle: {whole}, and no use prolongs it; leave it out, or set it to `off`"));
    }
    Ok(())
}
