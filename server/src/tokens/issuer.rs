//! The issuer in tokens, which is the public URL. Tokens of another issuer are rejected, so a changed URL logs users out.

use crate::store::Store;

/// The issuer of the tokens in circulation, if it is another one than `issuer`.
pub async fn previous(store: &Store, issuer: &str) -> Result<Option<String>, sqlx::Error> {
    Ok(store.issuer().await?.filter(|stored| stored != issuer))
}

/// Stores the issuer of this server. Returns the warning for the operator if it has changed.
pub async fn change(store: &Store, issuer: &str) -> Result<Option<String>, sqlx::Error> {
    let previous = previous(store, issuer).await?;
    store.set_issuer(issuer).await?;
    Ok(previous.map(|previous| warning(&previous, issuer)))
}

/// A line for the operator.
pub fn warning(previous: &str, issuer: &str) -> String {
    format!(
        "public_url: {issuer}, but this database was last used with {previous}: the access and refresh tokens from then are \
         rejected, and their users have to log in again"
    )
}
