//! Parameters of a query string. An unknown or repeated one is an error: nothing is silently ignored.

use axum::{RequestPartsExt, extract::Query, http::request::Parts};

/// The values of the parameters with these names, each of which may be absent. The error is the name of a parameter that is
/// repeated or, in place of one that is unknown, the first name.
pub async fn parameters<const N: usize>(
    parts: &mut Parts,
    names: [&'static str; N],
) -> Result<[Option<String>; N], &'static str> {
    let unknown = names.first().copied().unwrap_or_default();
    let Query(pairs): Query<Vec<(String, String)>> = parts.extract().await.map_err(|_| unknown)?;
    let mut values = [const { None }; N];
    for (name, value) in pairs {
        let at = names.iter().position(|known| *known == name).ok_or(unknown)?;
        if values[at].replace(value).is_some() {
            return Err(names[at]);
        }
    }
    Ok(values)
}
