//! The settings as they are written: `doorward.toml`, overridden by `DOORWARD_<KEY>`, overridden by flags.

use std::collections::HashMap;

use config::{Config as Sources, ConfigBuilder, File, FileFormat, builder::DefaultState};
use serde::{Deserialize, Deserializer, Serialize};

/// The beginning of a setting's name in the environment.
const PREFIX: &str = "DOORWARD_";

/// Every setting, as text. The field is the key of the file, the variable and the flag.
#[derive(Clone, clap::Args, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Address and port; port 0 picks one and prints it (default: 127.0.0.1:3000)
    #[arg(long, global = true)]
    pub listen: Option<String>,
    /// The origin that browsers see; issuer of tokens (default: `http://<listen>`)
    #[arg(long, global = true)]
    pub public_url: Option<String>,
    /// Folder of the `SQLite` file and the master secret (default: ./data)
    #[arg(long, global = true)]
    pub data_dir: Option<String>,
    /// `sqlite:<path>` or `postgres://…` (default: `sqlite:<data_dir>/doorward.db`)
    #[arg(long, global = true)]
    pub database_url: Option<String>,
    /// Master secret, at least 32 characters; better kept in a file or the environment (default: a file in `data_dir`)
    #[arg(long, global = true)]
    pub secret: Option<String>,
    /// How long a key signs access tokens before a new one does, at least 5s (default: 30d)
    #[arg(long, global = true)]
    pub key_lifetime: Option<String>,
    /// `aud` of access tokens (default: `public_url`)
    #[arg(long, global = true)]
    pub audience: Option<String>,
    /// How sessions behave: `retention`, `banking`, `memory-only` or `server-session` (default: retention)
    #[arg(long, global = true)]
    pub policy: Option<String>,
    /// How sessions of people with a role behave; of several roles the strictest (default: as all)
    #[arg(long, global = true, value_name = "ROLE=POLICY", value_parser = pair)]
    #[serde(default, with = "table", skip_serializing_if = "Vec::is_empty")]
    pub policy_for_role: Vec<(String, String)>,
    /// Life of an access token, 5s to 15m (default: 5m; banking: 15m)
    #[arg(long, global = true)]
    pub access_token_lifetime: Option<String>,
    /// From login to the end of the session (default: 30d; banking: the access token's life)
    #[arg(long, global = true)]
    pub session_lifetime: Option<String>,
    /// The longest time between uses, or `off` (default: 14d; banking: off)
    #[arg(long, global = true)]
    pub session_idle: Option<String>,
    /// The shortest password, at least 8 (default: 15)
    #[arg(long, global = true)]
    pub password_min_length: Option<String>,
    /// Memory of one password hash, in KiB (default: 19456)
    #[arg(long, global = true)]
    pub argon2_memory_kib: Option<String>,
    /// Passes of one password hash over its memory (default: 2)
    #[arg(long, global = true)]
    pub argon2_iterations: Option<String>,
    /// Memory of all password hashes at once, in MiB (default: 256)
    #[arg(long, global = true)]
    pub hashing_memory_mib: Option<String>,
    /// Failed tries for one account, or `off` (default: 10/15m)
    #[arg(long, global = true)]
    pub login_attempts: Option<String>,
    /// How long security events are remembered (default: 90d)
    #[arg(long, global = true)]
    pub events_kept: Option<String>,
    /// Networks whose word on the client's address is taken, separated by commas (default: none)
    #[arg(long, global = true, value_delimiter = ',')]
    #[serde(default, deserialize_with = "one_or_many", skip_serializing_if = "Vec::is_empty")]
    pub trusted_proxies: Vec<String>,
    /// `false` drops `Secure` and the cookie's prefix, on loopback only (default: true)
    #[arg(long, global = true)]
    pub cookie_secure: Option<String>,
    /// `true` adds a page that takes the access token apart, on loopback only (default: false)
    #[arg(long, global = true)]
    pub inspector: Option<String>,
    /// Log filter (default: info)
    #[arg(long, global = true)]
    pub log: Option<String>,
    /// `text` or `json` (default: text)
    #[arg(long, global = true)]
    pub log_format: Option<String>,
}

impl Settings {
    /// Reads the file's text, the environment's variables and the flags; an error is one line that names the key.
    pub fn read(
        file: Option<&str>,
        environment: impl Iterator<Item = (String, String)>,
        flags: &Self,
    ) -> Result<Self, String> {
        let line = |error: config::ConfigError| error.to_string().replace('\n', " ");

        let file = file.map(|text| File::from_str(text, FileFormat::Toml));
        let written = Sources::builder().add_source(file.into_iter().collect::<Vec<_>>()).build().map_err(line)?;
        let _: Self = written.clone().try_deserialize().map_err(|error| format!("doorward.toml: {}", line(error)))?;

        let mut sources = Sources::builder().add_source(written);
        for (name, value) in environment {
            let Some(key) = name.strip_prefix(PREFIX) else { continue };
            let key = key.to_lowercase().replace("__", ".");
            let alone = Sources::builder()
                .set_override(&key, value.as_str())
                .and_then(ConfigBuilder::<DefaultState>::build)
                .map_err(line)?;
            let _: Self = alone.try_deserialize().map_err(|error| format!("{name}: {}", line(error)))?;
            sources = sources.set_override(key, value).map_err(line)?;
        }
        for (key, value) in flags.given() {
            sources = sources.set_override(key, value).map_err(line)?;
        }
        sources.build().and_then(Sources::try_deserialize).map_err(line)
    }

    /// The settings that are there, by key.
    fn given(&self) -> impl Iterator<Item = (String, config::Value)> + use<> {
        let all = serde_json::to_value(self).unwrap_or_default();
        let all = if let serde_json::Value::Object(all) = all { all } else { serde_json::Map::new() };
        all.into_iter().filter_map(|(key, value)| match value {
            serde_json::Value::String(text) => Some((key, text.into())),
            serde_json::Value::Array(list) => {
                let list: Vec<String> = list.iter().filter_map(|text| text.as_str().map(str::to_owned)).collect();
                Some((key, list.into()))
            }
            serde_json::Value::Object(table) => {
                let table = table.into_iter().filter_map(|(key, text)| Some((key, text.as_str()?.to_owned())));
                Some((key, table.collect::<HashMap<_, _>>().into()))
            }
            _ => None,
        })
    }
}

/// A flag of the form `key=value`.
fn pair(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("is not of the form ROLE=POLICY")?;
    Ok((key.to_owned(), value.to_owned()))
}

/// Pairs that are a table in the file.
mod table {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(pairs: &[(String, String)], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(pairs.iter().map(|(key, value)| (key, value)))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<(String, String)>, D::Error> {
        BTreeMap::deserialize(deserializer).map(|table| table.into_iter().collect())
    }
}

/// A list in the file, or one text with commas in the environment.
fn one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OneOrMany {
        Many(Vec<String>),
        One(String),
    }
    Ok(match OneOrMany::deserialize(deserializer)? {
        OneOrMany::Many(list) => list,
        OneOrMany::One(text) => {
            text.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
        }
    })
}
