//! The database URL.

use std::{fmt, net::IpAddr, path::PathBuf, str::FromStr};

use sqlx::postgres::{PgConnectOptions, PgSslMode};
use url::{Url, form_urlencoded};

/// Parameters of SQLite URLs as drivers have them; a path that happens to contain one is much less likely.
const SQLITE_PARAMETERS: [&str; 4] = ["?mode=", "?cache=", "?immutable=", "?vfs="];

/// Those that the driver reads; it ignores others. A parameter of a server's session is `options[<name>]`.
const POSTGRES_PARAMETERS: [&str; 18] = [
    "sslmode",
    "ssl-mode",
    "sslrootcert",
    "ssl-root-cert",
    "ssl-ca",
    "sslcert",
    "ssl-cert",
    "sslkey",
    "ssl-key",
    "statement-cache-capacity",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
    "options",
];

fn unknown_parameter(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    let is_known =
        |name: &str| POSTGRES_PARAMETERS.contains(&name) || (name.starts_with("options[") && name.ends_with(']'));
    let mut names = url.query_pairs().map(|(name, _)| name.into_owned());
    names.find(|name| !is_known(name))
}

/// The name of a parameter, decoded.
fn name_of(parameter: &str) -> String {
    form_urlencoded::parse(parameter.as_bytes()).next().map(|(name, _)| name.into_owned()).unwrap_or_default()
}

/// `sqlite:<path>` or `postgres://…`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum DatabaseUrl {
    /// A path is a path: nothing in it is decoded or cut off.
    Sqlite(PathBuf),
    Postgres(PostgresUrl),
}

/// Contains a password, which its `Debug` output hides.
#[derive(Clone, Eq, PartialEq)]
pub struct PostgresUrl(String);

impl PostgresUrl {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The URL as it can be shown.
    pub fn without_password(&self) -> String {
        let (address, query) =
            self.0.split_once('?').map_or((self.0.as_str(), ""), |(address, query)| (address, query));
        let Ok(mut url) = Url::parse(address) else { return "postgres://…".into() };
        // A URL without a host has no password to remove.
        if url.set_password(None).is_err() && url.password().is_some() {
            return "postgres://…".into();
        }
        let parameters = query.split('&').filter(|parameter| !parameter.is_empty() && name_of(parameter) != "password");
        let query = parameters.collect::<Vec<_>>().join("&");
        url.set_query((!query.is_empty()).then_some(query.as_str()));
        url.into()
    }

    /// The URL as it can be shown, with the parameters as Postgres' own programs have them.
    pub fn for_postgres_programs(&self) -> String {
        let shown = self.without_password();
        let Some((address, query)) = shown.split_once('?') else { return shown };
        let (mut parameters, mut options) = (Vec::new(), Vec::new());
        for parameter in query.split('&') {
            let (name, value) = (name_of(parameter), parameter.split_once('=').map_or("", |(_, value)| value));
            match name.as_str() {
                "statement-cache-capacity" => {}
                "ssl-mode" => parameters.push(format!("sslmode={value}")),
                "ssl-root-cert" | "ssl-ca" => parameters.push(format!("sslrootcert={value}")),
                "ssl-cert" => parameters.push(format!("sslcert={value}")),
                "ssl-key" => parameters.push(format!("sslkey={value}")),
                "options" => options.push(value.to_owned()),
                name => match name.strip_prefix("options[").and_then(|name| name.strip_suffix(']')) {
                    Some(name) => options.push(format!("-c%20{name}%3D{value}")),
                    None => parameters.push(parameter.to_owned()),
                },
            }
        }
        if !options.is_empty() {
            parameters.push(format!("options={}", options.join("%20")));
        }
        if parameters.is_empty() { address.to_owned() } else { format!("{address}?{}", parameters.join("&")) }
    }

    /// As the driver reads it, which takes what the URL lacks from the environment (`PGSSLMODE`).
    fn options(&self) -> Option<PgConnectOptions> {
        PgConnectOptions::from_str(&self.0).ok()
    }

    /// Whether connections leave this machine: neither a socket nor a loopback address.
    pub fn is_remote(&self) -> bool {
        self.options().is_some_and(|options| {
            let host = options.get_host();
            let is_loopback = host
                .trim_matches(['[', ']'])
                .parse()
                .map_or(host == "localhost", |address: IpAddr| address.to_canonical().is_loopback());
            options.get_socket().is_none() && !host.starts_with('/') && !is_loopback
        })
    }

    /// The `sslmode`, if it accepts any server: the certificate is not verified, or there need not be one.
    pub fn unverified_ssl_mode(&self) -> Option<&'static str> {
        match self.options()?.get_ssl_mode() {
            PgSslMode::Disable => Some("disable"),
            PgSslMode::Allow => Some("allow"),
            PgSslMode::Prefer => Some("prefer"),
            PgSslMode::Require => Some("require"),
            PgSslMode::VerifyCa | PgSslMode::VerifyFull => None,
        }
    }
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("postgres://(hidden)")
    }
}

impl DatabaseUrl {
    /// Parses a setting. The error does not repeat the text, which may contain a password.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return match path {
                "" => Err("lacks the path of a file: `sqlite:<path>`".into()),
                ":memory:" => Err("a database in memory loses everything at a restart; give the path of a file".into()),
                _ if SQLITE_PARAMETERS.iter().any(|parameter| path.contains(parameter)) => {
                    Err("takes no parameters; give the path alone: `sqlite:<path>`".into())
                }
                _ => Ok(Self::Sqlite(path.into())),
            };
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            PgConnectOptions::from_str(text).map_err(|error| format!("is not a valid Postgres URL: {error}"))?;
            if let Some(name) = unknown_parameter(text) {
                // A password with a question mark would make a part of itself a parameter.
                let is_word = name.bytes().all(|byte| byte.is_ascii_lowercase() || b"-_".contains(&byte));
                let name = if is_word { format!(" `{name}`") } else { String::new() };
                return Err(format!("has an unknown parameter{name}, which would be ignored; correct or remove it"));
            }
            return Ok(Self::Postgres(PostgresUrl(text.to_owned())));
        }
        Err("must begin with `sqlite:` or `postgres://`".into())
    }
}

#[cfg(test)]
mod tests {
    use super::DatabaseUrl;

    #[test]
    fn a_path_is_taken_as_it_is() {
        for (text, path) in [
            ("sqlite:data/doorward.db", "data/doorward.db"),
            ("sqlite://data/doorward.db", "data/doorward.db"),
            ("sqlite:///srv/doorward.db", "/srv/doorward.db"),
            ("sqlite:/srv/tenant%41/what?.db", "/srv/tenant%41/what?.db"),
        ] {
            assert_eq!(DatabaseUrl::parse(text), Ok(DatabaseUrl::Sqlite(path.into())), "{text}");
        }
    }

    #[test]
    fn a_url_that_cannot_be_used_is_refused_without_its_password() {
        for text in [
            "sqlite:",
            "sqlite://",
            "sqlite::memory:",
            "sqlite:doorward.db?mode=rwc",
            "postgres://dw:hunter2pw@localhost:notaport/x",
            "postgres://dw:hunter2pw@localhost/x?sslmode=sometimes",
            "postgres://dw:hunter2pw@[::1/x",
            "postgres://dw:hunter2pw@localhost/x?sslmod=verify-full",
            "postgres://dw@localhost/x?sslmode=require&passwort=hunter2pw",
            "mysql://dw:hunter2pw@localhost/x",
            "dw:hunter2pw",
        ] {
            let error = DatabaseUrl::parse(text).expect_err(text);
            assert!(!error.contains("hunter2pw") && !error.contains('\n'), "{error}");
        }
        let url = DatabaseUrl::parse("postgres://dw:hunter2pw@localhost/x").expect("valid");
        assert!(!format!("{url:?}").contains("hunter2pw"));
        for (text, shown) in [
            ("postgres://dw:hunter2pw@localhost/x", "postgres://dw@localhost/x"),
            ("postgres://dw@localhost/x?password=hunter2pw", "postgres://dw@localhost/x"),
            ("postgres://dw@%2Ftmp/x?password=hunter2pw&sslmode=require", "postgres://dw@%2Ftmp/x?sslmode=require"),
            ("postgres://dw@localhost/x?p%61ssword=hunter2pw", "postgres://dw@localhost/x"),
            ("postgres:///x?host=/tmp", "postgres:///x?host=/tmp"),
        ] {
            let DatabaseUrl::Postgres(url) = DatabaseUrl::parse(text).expect("valid") else { panic!("{text}") };
            assert_eq!(url.without_password(), shown);
        }
        let text =
            "postgres://dw:hunter2pw@localhost/x?statement-cache-capacity=0&ssl-mode=require&options[search_path]=a,b";
        let DatabaseUrl::Postgres(url) = DatabaseUrl::parse(text).expect("valid") else { panic!("{text}") };
        let shown = "postgres://dw@localhost/x?sslmode=require&options=-c%20search_path%3Da,b";
        assert_eq!(url.for_postgres_programs(), shown);
    }
}
