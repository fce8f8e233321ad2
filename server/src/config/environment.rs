//! Settings in the environment: `DOORWARD_<KEY>`, or `DOORWARD_<KEY>_FILE` with the path of a file that holds the value.
//! An error is one line that names the variable.

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    path::Path,
};

use super::declaration::declaration;
use crate::text_file;

/// Prefix of our variables. All other variables belong to other programs and need not be UTF-8.
const PREFIX: &str = "DOORWARD_";

const FILE_SUFFIX: &str = "_file";

/// The key and text of each setting in the environment.
pub(super) fn settings(
    environment: impl Iterator<Item = (OsString, OsString)>,
    warnings: &mut Vec<String>,
) -> Result<BTreeMap<String, String>, String> {
    let mut settings = BTreeMap::new();
    let mut names = BTreeMap::new();
    for (name, value) in environment {
        // Compose files and shells leave a variable empty when they mean that it is not set.
        if !name.as_encoded_bytes().starts_with(PREFIX.as_bytes()) || value.is_empty() {
            continue;
        }
        let Some((key, source)) = key(&name, &value)? else { continue };
        let name = name.display().to_string();
        let text = value.to_str().ok_or_else(|| format!("{name}: is not UTF-8"))?;
        let text = match source {
            Source::Value => text.to_owned(),
            Source::File => {
                let path = text;
                let text = value_in_file(path).map_err(|error| format!("{name}: {error}"))?;
                // Not as an empty variable: who names a file means it to have a value.
                if text.trim().is_empty() {
                    return Err(format!("{name}: {path}: is empty; write the value into it"));
                }
                if text.contains('\n') {
                    return Err(format!("{name}: {path}: has several lines; leave only the value in it"));
                }
                if let Some(mode) = text_file::readable_by_others(Path::new(path)).filter(|_| is_secret(&key)) {
                    warnings.push(format!("{key}: every user of this machine can read {path} (mode {mode:04o})"));
                }
                text
            }
        };
        if let Some(other) = names.insert(key.clone(), name.clone()) {
            return Err(format!("{other} and {name} are both set; remove one of them"));
        }
        settings.insert(key, text);
    }
    Ok(settings)
}

/// Whether the value is a secret, or may contain one.
pub(super) fn is_secret(key: &str) -> bool {
    matches!(key, "secret" | "database_url" | "session_cache" | "mail_password")
}

enum Source {
    Value,
    File,
}

/// The key that a variable stands for; `None` for a variable that a platform has injected.
fn key(name: &OsStr, value: &OsStr) -> Result<Option<(String, Source)>, String> {
    let unknown = |reason| format!("{}: {reason}", name.display());
    let upper = name.to_str().and_then(|name| name.strip_prefix(PREFIX)).ok_or_else(|| unknown("unknown setting"))?;
    let key = upper.to_lowercase().replace("__", ".");
    // First, because a member of a table may have any name.
    if let Some(key) = key.strip_suffix(FILE_SUFFIX)
        && declaration(key).is_ok()
    {
        return Ok(Some((key.to_owned(), Source::File)));
    }
    match declaration(&key) {
        Ok(_) => Ok(Some((key, Source::Value))),
        Err(_) if is_of_platform(upper, value) => Ok(None),
        Err(reason) => Err(unknown(reason)),
    }
}

fn value_in_file(path: &str) -> Result<String, String> {
    let text = text_file::read(Path::new(path))?.ok_or_else(|| format!("{path}: does not exist"))?;
    Ok(text_file::value(&text).to_owned())
}

/// Whether Kubernetes or Docker has injected this variable for a service whose name begins with `doorward`:
/// `DOORWARD_SERVICE_HOST`, `DOORWARD_PORT=tcp://…`, `DOORWARD_PORT_3000_TCP_ADDR`, `DOORWARD_WEB_SERVICE_PORT_HTTP`,
/// `DOORWARD_1_NAME=/app/doorward_1`, `DOORWARD_1_ENV_PATH`.
fn is_of_platform(name: &str, value: &OsStr) -> bool {
    const PROTOCOLS: [&str; 3] = ["tcp", "udp", "sctp"];
    let words: Vec<String> = name.split('_').map(str::to_lowercase).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let is_number = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
    let is_port = |at: usize| match &words[at + 1..] {
        [] => value
            .to_str()
            .and_then(|value| value.split_once("://"))
            .is_some_and(|(scheme, _)| PROTOCOLS.contains(&scheme)),
        [number, protocol] | [number, protocol, "addr" | "port" | "proto"] => {
            is_number(number) && PROTOCOLS.contains(protocol)
        }
        _ => false,
    };
    let is_service = |at: usize| matches!(&words[at + 1..], ["host"] | ["port", ..]);
    let is_link = || {
        words.iter().rev().skip(1).any(|word| *word == "env")
            || (words.last() == Some(&"name") && value.as_encoded_bytes().starts_with(b"/"))
    };
    (0..words.len()).any(|at| (words[at] == "port" && is_port(at)) || (words[at] == "service" && is_service(at)))
        || is_link()
}
