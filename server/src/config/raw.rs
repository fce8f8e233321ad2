//! Settings as text: `doorward.toml`, overridden by `DOORWARD_<KEY>` in the environment, overridden by flags.

use std::{collections::BTreeMap, ffi::OsString, fmt, path::Path};

use aws_lc_rs::digest::{SHA256, digest};
use clap::{ArgMatches, parser::ValueSource};
use toml::{Table, Value};

use super::{
    declaration::{declaration, declared, flags, is_list, is_table},
    environment::{self, is_secret},
    secret_flags,
};
use crate::text_file;

/// The text of each setting that has a value, by key: `session_idle`, `policy_for_role.admin`.
#[derive(Clone, Default)]
pub struct RawSettings {
    texts: BTreeMap<String, String>,
    /// About the files that they come from.
    pub(super) warnings: Vec<String>,
}

impl fmt::Debug for RawSettings {
    /// Without the values, which may be secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.texts.keys()).finish()
    }
}

impl RawSettings {
    /// Merges the file (its path and text), the environment's variables and the flags. An error is one line that names
    /// the key, and never repeats a value of the file that could be a secret.
    pub fn read(
        file: Option<(&Path, &str)>,
        environment: impl Iterator<Item = (OsString, OsString)>,
        flags: Self,
    ) -> Result<Self, String> {
        let mut settings = Self::default();
        if let Some((path, text)) = file {
            settings.read_file(text).map_err(|error| format!("{}: {error}", path.display()))?;
            let secrets = settings.texts.keys().find(|key| is_secret(key));
            if let (Some(key), Some(mode)) = (secrets, text_file::readable_by_others(path)) {
                let path = path.display();
                settings.warnings.push(format!("{key}: every user of this machine can read {path} (mode {mode:04o})"));
            }
        }
        settings.texts.extend(environment::settings(environment, &mut settings.warnings)?);
        settings.texts.extend(flags.texts);
        Ok(settings)
    }

    /// The settings on the command line. An error is one line that names the flag.
    pub fn from_flags(matches: &ArgMatches) -> Result<Self, String> {
        let mut settings = Self::default();
        for arg in flags() {
            let key = arg.get_id().as_str();
            if matches.value_source(key) != Some(ValueSource::CommandLine) {
                continue;
            }
            let values: Vec<&str> = matches.get_many::<String>(key).into_iter().flatten().map(String::as_str).collect();
            secret_flags::refuse(&arg, &values)?;
            if is_table(&arg) {
                for (member, text) in values.iter().filter_map(|value| value.split_once('=')) {
                    settings.set(format!("{key}.{member}"), text);
                }
            } else {
                settings.set(key, values.join(","));
            }
        }
        Ok(settings)
    }

    pub fn set(&mut self, key: impl Into<String>, text: impl Into<String>) {
        self.texts.insert(key.into(), text.into());
    }

    /// Restores the default.
    pub fn unset(&mut self, key: &str) {
        self.texts.remove(key);
    }

    /// To be compared with later settings: secrets are not kept as text.
    pub(super) fn with_hashed_secrets(&self) -> Self {
        let mut settings = self.clone();
        for (key, text) in &mut settings.texts {
            if is_secret(key) {
                *text = hex::encode(digest(&SHA256, text.as_bytes()));
            }
        }
        settings
    }

    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.texts.get(key).map(String::as_str)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.texts.iter().map(|(key, text)| (key.as_str(), text.as_str()))
    }

    /// A setting as command-line flags: `--session-idle=1h`, `--policy-for-role=admin=banking`.
    pub(super) fn to_flags(key: &str, text: &str) -> Result<Vec<String>, String> {
        let arg = declaration(key)?;
        let flag = format!("--{}", arg.get_long().unwrap_or_default());
        Ok(match key.split_once('.') {
            Some((_, member)) => vec![format!("{flag}={member}={text}")],
            None if is_list(&arg) => {
                let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
                items.map(|item| format!("{flag}={item}")).collect()
            }
            None => vec![format!("{flag}={text}")],
        })
    }

    fn read_file(&mut self, text: &str) -> Result<(), String> {
        let file: Table = text.parse().map_err(|error| syntax_error(text, &error))?;
        for (key, value) in file {
            match value {
                Value::Table(members) if declared(&key).is_some_and(|arg| is_table(&arg)) => {
                    for (member, value) in members {
                        self.read_value(format!("{key}.{member}"), value)?;
                    }
                }
                value => self.read_value(key, value)?,
            }
        }
        Ok(())
    }

    fn read_value(&mut self, key: String, value: Value) -> Result<(), String> {
        let arg = declaration(&key).map_err(|error| format!("{key}: {error}"))?;
        let text = match value {
            Value::Array(items) if is_list(&arg) => {
                items.into_iter().map(scalar).collect::<Option<Vec<_>>>().map(|items| items.join(","))
            }
            value => scalar(value),
        };
        let text = text.ok_or_else(|| format!("{key}: must be text, a number or a boolean"))?;
        self.set(key, text);
        Ok(())
    }
}

fn scalar(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        Value::Integer(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::Boolean(value) => Some(value.to_string()),
        Value::Datetime(moment) => Some(moment.to_string()),
        Value::Array(_) | Value::Table(_) => None,
    }
}

fn syntax_error(text: &str, error: &toml::de::Error) -> String {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    format!("line {}: {}", before.matches('\n').count() + 1, error.message().replace('\n', " "))
}
