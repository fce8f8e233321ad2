//! The settings, checked: whatever gets past here can be relied on.

mod parse;
mod policies;
mod settings;

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use ipnet::IpNet;

pub use settings::Settings;

use self::parse::{
    attempts, audience, database_url, duration, is_loopback, log_filter, log_format, network, number, on_loopback_only,
    origin, parse, secret,
};
use crate::{
    login::password_hasher::HashingParams,
    model::{policy::Policies, rate_limit::Limit},
};

const EVENTS_KEPT: Duration = Duration::from_hours(90 * 24);
const KEY_LIFETIME: Duration = Duration::from_hours(30 * 24);

/// What the operator decided.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The origin that browsers see, and the issuer of tokens. `None` until the port is known.
    pub public_url: Option<String>,
    /// Whom access tokens are for. `None` for the public URL.
    pub audience: Option<String>,
    /// Where SQLite and the master secret are.
    pub data_dir: PathBuf,
    /// `sqlite:…` or `postgres://…`.
    pub database_url: String,
    /// The master secret, where it is not in a file.
    pub secret: Option<Hidden>,
    /// How long a key signs.
    pub key_lifetime: Duration,
    /// How sessions behave.
    pub policies: Policies,
    /// The shortest password, in characters.
    pub password_min_length: usize,
    /// What a password hash costs.
    pub hashing: HashingParams,
    /// Failed tries for one account; `None` for no limit.
    pub login_attempts: Option<Limit>,
    /// How long events are remembered.
    pub events_kept: Duration,
    /// Whose word on the client's address is taken.
    pub trusted_proxies: Vec<IpNet>,
    /// Whether cookies are for secure origins only.
    pub cookie_secure: bool,
    /// Whether there is a page that takes the access token apart.
    pub inspector: bool,
    /// What to log.
    pub log: String,
    /// How to write it.
    pub log_format: LogFormat,
}

/// Text that does not show in logs.
#[derive(Clone)]
pub struct Hidden(pub String);

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(hidden)")
    }
}

/// The form of the log.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

impl Config {
    pub fn secret_setting(&self) -> Option<&str> {
        self.secret.as_ref().map(|secret| secret.0.as_str())
    }

    /// Where the master secret is unless it is a setting.
    pub fn secret_file(&self) -> PathBuf {
        self.data_dir.join("secret")
    }
}

impl TryFrom<Settings> for Config {
    /// One line that names the key.
    type Error = String;

    fn try_from(settings: Settings) -> Result<Self, String> {
        let listen = parse(settings.listen.as_deref(), "listen", "an address with a port, as in `127.0.0.1:3000`")?;
        let listen = listen.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 3000)));
        let public_url = settings.public_url.as_deref().map(origin).transpose()?;
        let data_dir = PathBuf::from(settings.data_dir.as_deref().unwrap_or("./data"));
        let is_loopback = is_loopback(public_url.as_deref(), listen);
        let password_min_length = number(settings.password_min_length.as_deref(), "password_min_length", 8, 128, 15)?;
        Ok(Self {
            policies: policies::policies(&settings)?,
            hashing: cost(&settings)?,
            events_kept: settings
                .events_kept
                .as_deref()
                .map_or(Ok(EVENTS_KEPT), |text| duration(text, "events_kept"))?,
            key_lifetime: settings
                .key_lifetime
                .as_deref()
                .map_or(Ok(KEY_LIFETIME), |text| duration(text, "key_lifetime"))?,
            password_min_length: usize::try_from(password_min_length).unwrap_or(15),
            trusted_proxies: settings.trusted_proxies.iter().map(|cidr| network(cidr)).collect::<Result<_, _>>()?,
            cookie_secure: on_loopback_only(settings.cookie_secure.as_deref(), "cookie_secure", true, is_loopback)?,
            inspector: on_loopback_only(settings.inspector.as_deref(), "inspector", false, is_loopback)?,
            login_attempts: attempts(settings.login_attempts.as_deref())?,
            log: log_filter(settings.log)?,
            log_format: log_format(settings.log_format.as_deref())?,
            secret: settings.secret.map(secret).transpose()?,
            audience: settings.audience.map(audience).transpose()?,
            database_url: database_url(settings.database_url, &data_dir)?,
            listen,
            public_url,
            data_dir,
        })
    }
}

/// What hashes cost; the budget has to do for one.
fn cost(settings: &Settings) -> Result<HashingParams, String> {
    let number = |text: &Option<String>, key, least, most, otherwise| {
        parse::number(text.as_deref(), key, least, most, otherwise)
    };
    let cost = HashingParams {
        memory_kib: number(&settings.argon2_memory_kib, "argon2_memory_kib", 8, 4 * 1024 * 1024, 19_456)?,
        iterations: number(&settings.argon2_iterations, "argon2_iterations", 1, 100, 2)?,
        budget_mib: number(&settings.hashing_memory_mib, "hashing_memory_mib", 1, 1024 * 1024, 256)?,
    };
    let needed = cost.memory_kib.div_ceil(1024);
    if cost.budget_mib < needed {
        return Err(format!("hashing_memory_mib: one hash of `argon2_memory_kib` needs {needed} MiB, more than this"));
    }
    Ok(cost)
}

#[cfg(test)]
mod tests {
    use super::{Config, Settings};

    fn read(toml: &str, environment: &[(&str, &str)]) -> Result<Config, String> {
        let environment = environment.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        Settings::read(Some(toml), environment, &Settings::default())?.try_into()
    }

    #[test]
    fn without_settings_everything_has_its_default() {
        let config = read("", &[]).expect("defaults are fine");
        assert_eq!(config.listen.to_string(), "127.0.0.1:3000");
        assert_eq!(config.database_url, "sqlite:./data/doorward.db");
        assert_eq!(config.password_min_length, 15);
        assert!(config.cookie_secure && !config.inspector);
    }

    #[test]
    fn the_environment_overrides_the_file_and_flags_override_both() {
        let file = "password_min_length = 20\nlisten = \"127.0.0.1:4000\"\nsession_idle = \"3d\"";
        let environment = [
            ("DOORWARD_PASSWORD_MIN_LENGTH".to_owned(), "16".to_owned()),
            ("DOORWARD_SESSION_IDLE".to_owned(), "2d".to_owned()),
        ];
        let flags = Settings { session_idle: Some("off".into()), ..Settings::default() };
        let config: Config =
            Settings::read(Some(file), environment.into_iter(), &flags).and_then(Config::try_from).expect("fine");
        assert_eq!(config.password_min_length, 16);
        assert_eq!(config.listen.port(), 4000);
        assert_eq!(config.policies.usual.idle_timeout, None);
    }

    #[test]
    fn a_wrong_setting_is_one_line_that_names_the_key() {
        let wrong = [
            ("passwort_min_length = 20", "passwort_min_length"),
            ("password_min_length = \"many\"", "password_min_length"),
            ("password_min_length = 7", "password_min_length"),
            ("listen = \"3000\"", "listen"),
            ("public_url = \"https://example.com/login\"", "public_url"),
            ("public_url = \"example.com\"", "public_url"),
            ("access_token_lifetime = \"16m\"", "access_token_lifetime"),
            ("access_token_lifetime = \"4s\"", "access_token_lifetime"),
            ("access_token_lifetime = \"off\"", "access_token_lifetime"),
            ("session_lifetime = 5", "session_lifetime"),
            ("session_idle = \"never\"", "session_idle"),
            ("policy = \"lax\"", "policy"),
            ("policy = \"banking\"\nsession_lifetime = \"16m\"", "session_lifetime"),
            ("policy = \"banking\"\nsession_idle = \"5m\"", "session_idle"),
            ("policy = \"banking\"\naccess_token_lifetime = \"5m\"\nsession_lifetime = \"6m\"", "session_lifetime"),
            ("policy_for_role = \"banking\"", "policy_for_role"),
            ("policy_for_role.admin = \"lax\"", "policy_for_role.admin"),
            ("policy_for_role.admin = 7", "policy_for_role.admin"),
            ("[policy_for_role]\n\"two words\" = \"banking\"", "policy_for_role.two words"),
            ("login_attempts = \"many\"", "login_attempts"),
            ("events_kept = \"for ever\"", "events_kept"),
            ("key_lifetime = \"4s\"", "key_lifetime"),
            ("key_lifetime = \"off\"", "key_lifetime"),
            ("trusted_proxies = [\"10.0.0.0/33\"]", "trusted_proxies"),
            ("cookie_secure = false\npublic_url = \"http://example.com\"", "cookie_secure"),
            ("cookie_secure = \"perhaps\"", "cookie_secure"),
            ("inspector = true\npublic_url = \"https://localhost.example.com\"", "inspector"),
            ("inspector = true\nlisten = \"0.0.0.0:3000\"", "inspector"),
            ("inspector = 1", "inspector"),
            ("database_url = \"mysql://x\"", "database_url"),
            ("log_format = \"xml\"", "log_format"),
            ("argon2_memory_kib = 0", "argon2_memory_kib"),
            ("hashing_memory_mib = 18", "hashing_memory_mib"),
            ("secret = \"too short\"", "secret"),
            ("audience = \" \"", "audience"),
            ("log = \"x=y=z\"", "log"),
            ("[session]\nlifetime = \"1d\"", "session"),
        ];
        for (toml, key) in wrong {
            let error = read(toml, &[]).expect_err(toml);
            assert!(error.contains(key) && !error.contains('\n'), "{toml}: {error}");
        }
        let error = read("", &[("DOORWARD_LISTEN_ON", "127.0.0.1:1")]).expect_err("unknown");
        assert!(error.contains("DOORWARD_LISTEN_ON") && !error.contains('\n'), "{error}");
    }

    #[test]
    fn roles_have_policies_from_the_file_the_environment_and_flags() {
        let file = "session_lifetime = \"7d\"\npolicy_for_role.admin = \"memory-only\"\npolicy_for_role.\"a.b:c\" = \"banking\"";
        let environment = [
            ("DOORWARD_POLICY_FOR_ROLE__ADMIN".to_owned(), "banking".to_owned()),
            ("DOORWARD_POLICY_FOR_ROLE__STAFF".to_owned(), "retention".to_owned()),
        ];
        let flags = Settings {
            policy: Some("server-session".into()),
            policy_for_role: vec![("staff".into(), "memory-only".into())],
            ..Settings::default()
        };
        let config: Config =
            Settings::read(Some(file), environment.into_iter(), &flags).and_then(Config::try_from).expect("fine");
        let of = |role: &str| config.policies.of(&[role.to_owned()]);
        let names = ["admin", "a.b:c", "staff", "other"].map(|role| of(role).name.name());
        assert_eq!(names, ["banking", "banking", "memory-only", "server-session"]);
        assert_eq!(of("staff").lifetime.as_secs(), 7 * 24 * 60 * 60);
        assert_eq!(of("admin").lifetime.as_secs(), 15 * 60, "its access token is all of it");
    }

    #[test]
    fn lists_and_numbers_come_from_the_environment_too() {
        let config = read("", &[("DOORWARD_TRUSTED_PROXIES", "10.0.0.0/8, ::1"), ("DOORWARD_COOKIE_SECURE", "false")])
            .expect("fine");
        assert_eq!(config.trusted_proxies.len(), 2);
        assert!(!config.cookie_secure);
    }
}
