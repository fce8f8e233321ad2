//! Secrets on the command line, which every user of the machine can read in the list of processes: refused.

use clap::Arg;
use url::Url;

/// Refuses a setting that is a secret, and a URL with a password.
pub(super) fn refuse(flag: &Arg, values: &[&str]) -> Result<(), String> {
    // The declaration hides what must not be a flag.
    if !flag.is_hide_set() && !values.iter().any(|value| has_password(value)) {
        return Ok(());
    }
    let (name, variable) = (flag.get_long().unwrap_or_default(), flag.get_id().as_str().to_uppercase());
    Err(format!(
        "--{name}: every user of this machine can read a password on the command line; put the value into a file and its path \
         into DOORWARD_{variable}_FILE, or set DOORWARD_{variable}"
    ))
}

fn has_password(text: &str) -> bool {
    let Ok(url) = Url::parse(text) else {
        // Not a URL that anything could connect to, but perhaps meant as one.
        return text
            .split_once("://")
            .is_some_and(|(_, rest)| rest.split_once('@').is_some_and(|(user, _)| user.contains(':')));
    };
    url.password().is_some() || url.query_pairs().any(|(name, _)| matches!(name.as_ref(), "password" | "pass"))
}
