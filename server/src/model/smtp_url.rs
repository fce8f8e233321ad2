//! Where the mail server is, and whether the connection is encrypted.

use std::fmt;

use percent_encoding::percent_decode_str;
use url::Host;

/// How the connection is encrypted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SmtpSecurity {
    /// From the first byte: `smtps://`.
    Tls,
    /// After a command, without which nothing is sent: `smtp+starttls://`.
    StartTls,
    /// Not at all, to this machine only: `smtp://`.
    Plaintext,
}

impl SmtpSecurity {
    const fn scheme(self) -> &'static str {
        match self {
            Self::Tls => "smtps",
            Self::StartTls => "smtp+starttls",
            Self::Plaintext => "smtp",
        }
    }

    const fn default_port(self) -> u16 {
        match self {
            Self::Tls => 465,
            Self::StartTls => 587,
            Self::Plaintext => 25,
        }
    }
}

/// `smtps://user@host`, `smtp+starttls://user@host:587` or `smtp://127.0.0.1:1025`. Contains no password.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SmtpUrl {
    pub security: SmtpSecurity,
    host: Host,
    pub port: u16,
    /// None: the server wants no login.
    pub user: Option<String>,
}

impl SmtpUrl {
    /// Parses a setting. The error does not repeat the text, which may contain a password.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (scheme, rest) = text.split_once("://").ok_or(EXPECTED)?;
        let security = match scheme {
            "smtps" => SmtpSecurity::Tls,
            "smtp+starttls" => SmtpSecurity::StartTls,
            "smtp" => SmtpSecurity::Plaintext,
            _ => return Err(EXPECTED.into()),
        };
        // A user is often an address, and its `@` often not encoded.
        let (user, address) = rest.rsplit_once('@').map_or((None, rest), |(user, address)| (Some(user), address));
        if user.is_some_and(|user| user.contains(':')) {
            return Err(
                "contains a password: put it into a file and its path into DOORWARD_MAIL_PASSWORD_FILE, or set \
                        DOORWARD_MAIL_PASSWORD; a `:` of a user is written as `%3A`"
                    .into(),
            );
        }
        let (host, port) = host_and_port(address.strip_suffix('/').unwrap_or(address))?;
        let url = Self {
            security,
            host: Host::parse(host).map_err(|error| format!("has an invalid host: {error}"))?,
            port: port.unwrap_or(security.default_port()),
            user: user.map(decode_user).transpose()?,
        };
        if security == SmtpSecurity::Plaintext && !url.is_loopback() {
            return Err(
                "`smtp://` is not encrypted, so passwords can be reset by who reads the mails on the way; use \
                        `smtps://` or `smtp+starttls://`, and `smtp://` for this machine only"
                    .into(),
            );
        }
        Ok(url)
    }

    fn is_loopback(&self) -> bool {
        match &self.host {
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.is_loopback(),
            Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
        }
    }

    pub fn is_plaintext(&self) -> bool {
        self.security == SmtpSecurity::Plaintext
    }

    /// The name in the server's certificate. An IPv6 address is without brackets.
    pub fn host(&self) -> String {
        match &self.host {
            Host::Ipv6(address) => address.to_string(),
            host => host.to_string(),
        }
    }
}

const EXPECTED: &str = "must be `folder`, `off`, or begin with `smtps://`, `smtp+starttls://` or `smtp://`";

/// For the operator: without the user.
impl fmt::Display for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}:{}", self.security.scheme(), self.host, self.port)
    }
}

fn host_and_port(address: &str) -> Result<(&str, Option<u16>), String> {
    if address.contains(['/', '?', '#']) {
        return Err("has something after the host and the port; remove it".into());
    }
    // The colons of an IPv6 address are in brackets.
    let (host, port) = match address.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (address, None),
    };
    let is_port = |port: &u16| *port != 0;
    match port.map(|port| port.parse().ok().filter(is_port)) {
        Some(None) => Err("has an invalid port".into()),
        port => Ok((host, port.flatten())),
    }
}

fn decode_user(user: &str) -> Result<String, String> {
    let decoded = percent_decode_str(user).decode_utf8().map_err(|_| "has a user that is not UTF-8")?;
    if decoded.is_empty() || decoded.chars().any(char::is_control) {
        return Err("has an invalid user; without one, remove the `@`".into());
    }
    Ok(decoded.into_owned())
}

#[cfg(test)]
mod tests {
    use super::{SmtpSecurity, SmtpUrl};

    #[test]
    fn encrypted_servers_and_this_machine_are_accepted() {
        for (text, shown, security, user) in [
            ("smtps://mail.example.com", "smtps://mail.example.com:465", SmtpSecurity::Tls, None),
            ("smtps://ada@mail.example.com:2465/", "smtps://mail.example.com:2465", SmtpSecurity::Tls, Some("ada")),
            (
                "smtp+starttls://apikey%3A1@smtp.example.com",
                "smtp+starttls://smtp.example.com:587",
                SmtpSecurity::StartTls,
                Some("apikey:1"),
            ),
            ("smtps://a@example.com@10.0.0.7", "smtps://10.0.0.7:465", SmtpSecurity::Tls, Some("a@example.com")),
            ("smtps://BÜCHER.example", "smtps://xn--bcher-kva.example:465", SmtpSecurity::Tls, None),
            ("smtp://127.0.0.1:1025", "smtp://127.0.0.1:1025", SmtpSecurity::Plaintext, None),
            ("smtp://localhost", "smtp://localhost:25", SmtpSecurity::Plaintext, None),
            ("smtp://[::1]:1025", "smtp://[::1]:1025", SmtpSecurity::Plaintext, None),
        ] {
            let url = SmtpUrl::parse(text).expect(text);
            assert_eq!((url.to_string().as_str(), url.security, url.user.as_deref()), (shown, security, user));
        }
        assert_eq!(SmtpUrl::parse("smtps://[2001:db8::1]").expect("IPv6").host(), "2001:db8::1");
    }

    #[test]
    fn a_password_is_refused_with_the_way_to_give_it() {
        for text in ["smtps://ada:hunter2pw@mail.example.com", "smtps://:hunter2pw@mail.example.com"] {
            let error = SmtpUrl::parse(text).expect_err(text);
            assert!(error.contains("DOORWARD_MAIL_PASSWORD_FILE") && !error.contains("hunter2pw"), "{error}");
        }
    }

    #[test]
    fn what_others_on_the_way_can_read_is_refused() {
        for text in ["smtp://mail.example.com", "smtp://10.0.0.7:25", "smtp://localhost.example.com", "smtp://[::2]"] {
            let error = SmtpUrl::parse(text).expect_err(text);
            assert!(error.contains("is not encrypted"), "{text}: {error}");
        }
    }

    #[test]
    fn what_is_no_url_of_a_mail_server_is_refused() {
        for text in [
            "",
            "folders",
            "http://mail.example.com",
            "smtps://",
            "smtps://mail.example.com:0",
            "smtps://mail.example.com:99999",
            "smtps://mail.example.com:25/path",
            "smtps://mail.example.com?tls=none",
            "smtps://@mail.example.com",
            "smtps://mail example.com",
            "smtps://a%0Ab@mail.example.com",
        ] {
            assert!(SmtpUrl::parse(text).is_err(), "{text}");
        }
    }
}
