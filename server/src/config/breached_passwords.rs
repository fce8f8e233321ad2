//! The value of `breached_passwords`.

use std::path::Path;

use url::Url;

use super::links::is_https;
use crate::{
    login::breached_passwords::{BreachedPasswords, PWNED_PASSWORDS},
    model::password_list::PasswordList,
};

pub(super) fn breached_passwords(text: &str) -> Result<BreachedPasswords, String> {
    match text {
        "off" => Ok(BreachedPasswords::Off),
        "built-in" => Ok(BreachedPasswords::List(PasswordList::built_in())),
        "hibp" => service(PWNED_PASSWORDS),
        url if url.contains("://") => service(url),
        path => PasswordList::read(Path::new(path)).map(BreachedPasswords::List),
    }
}

/// The five digits follow the URL.
fn service(url: &str) -> Result<BreachedPasswords, String> {
    let usable = Url::parse(url).ok().filter(|url| is_https(url) && url.query().is_none() && url.path().ends_with('/'));
    let usable = usable.ok_or_else(|| format!("{url:?} is not an `https:` URL with a slash at the end"))?;
    Ok(BreachedPasswords::Service(usable))
}
