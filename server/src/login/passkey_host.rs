//! The host that passkeys belong to. On another one, users cannot use theirs.

use crate::{store::Store, webauthn::RelyingParty};

/// The warning for the operator if passkeys of users do not work at this address. With passkeys switched off, that is intended.
pub async fn lost(
    store: &Store,
    relying_party: Option<&RelyingParty>,
    passkeys: bool,
) -> Result<Option<String>, sqlx::Error> {
    if !passkeys {
        return Ok(None);
    }
    // No host has an empty name.
    let host = relying_party.map_or("", |site| site.rp_id.as_str());
    let users = store.users_without_passkeys_on(host).await?;
    Ok((users > 0).then(|| {
        let place = if host.is_empty() { "this address" } else { host };
        format!(
            "public_url: {} with passkeys of other hosts alone cannot use them at {place}; they log in another way, and add \
             new ones",
            if users == 1 { "1 user".to_owned() } else { format!("{users} users") }
        )
    }))
}

/// Logs the warning at the start.
pub async fn warn(store: &Store, relying_party: Option<&RelyingParty>, passkeys: bool) -> Result<(), sqlx::Error> {
    if let Some(warning) = lost(store, relying_party, passkeys).await? {
        tracing::warn!("{warning}");
    }
    Ok(())
}
