//! The declaration of every setting.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use app::{Language, RegistrationMode};
use clap::{ArgAction, Parser};
use doorward_api::PolicyName;
use ipnet::IpNet;

use super::{
    RawSettings,
    brand_files::{BrandFile, logo, theme},
    breached_passwords::breached_passwords,
    email_change::EmailChange,
    links::{home, link},
    mail::{MailPassword, MailTransport},
    values::{
        LogFormat, OrOff, Switch, access_token_lifetime, audience, brand_name, confirm_within, directory, duration,
        language, log_filter, mail_domain, network, number, or_off, origin, parse, policy_name, reset_lifetime,
        role_policy, role_switch, zero_or_duration,
    },
};
use crate::{
    keys::master_secret::MasterSecret,
    login::breached_passwords::BreachedPasswords,
    model::{
        color::Color, database_url::DatabaseUrl, mail::MailAddress, rate_limit::Limit, user::Role,
        valkey_url::ValkeyUrl,
    },
};

/// The settings, checked. A field's name is the key in `doorward.toml`; its description is the text of `--help` and of
/// `server/CONFIGURATION.md`, where `(default: …)` stands for a default that depends on other settings.
#[derive(Clone, Debug, Parser)]
#[command(no_binary_name = true, disable_help_flag = true, next_help_heading = "Settings")]
#[expect(clippy::struct_excessive_bools, reason = "settings that do not depend on each other")]
pub struct Config {
    /// Address and port to listen on; port 0 picks a free port and prints it
    #[arg(long, default_value = "127.0.0.1:3000")]
    #[arg(value_parser = parse::<SocketAddr>("an address with a port, such as `127.0.0.1:3000`"))]
    pub listen: SocketAddr,

    /// Address and port that serve `/metrics`, which `listen` does not then (default: none)
    #[arg(long, value_parser = parse::<SocketAddr>("an address with a port, such as `127.0.0.1:9100`"))]
    pub metrics_listen: Option<SocketAddr>,

    /// Origin that browsers see; issuer of tokens; required unless `listen` is a loopback address (default:
    /// `http://localhost:<port>`)
    #[arg(long, value_parser = origin)]
    pub public_url: Option<String>,

    /// Directory of the SQLite file and the master secret; created on first start, readable by its owner only
    #[arg(long, default_value = "./data", value_parser = directory)]
    pub data_dir: PathBuf,

    /// `sqlite:<path>` or `postgres://…`; with a password not as a flag (default: `sqlite:<data_dir>/doorward.db`)
    #[arg(long, value_parser = DatabaseUrl::parse)]
    pub(super) database_url: Option<DatabaseUrl>,

    /// Connections of this node to Postgres, and one more that listens to notifications
    #[arg(long, default_value = "16", value_parser = number::<u32>(2..=1000))]
    pub(super) database_connections: u32,

    /// `on` notifies other nodes of ended sessions through Postgres; with `off`, and on engines that cannot, they notice by
    /// polling, within a second as well
    #[arg(long, default_value = "on", value_parser = parse::<Switch>("`on` or `off`"))]
    pub(super) notifications: Switch,

    /// Valkey (or Redis up to 7.2) that keeps live sessions for `server-session` and refreshes, so that they need no
    /// database query: `valkey://…`, `valkeys://…` (TLS) or `unix:///…`; the same on all nodes; never required to serve
    /// (default: none)
    #[arg(long, value_parser = ValkeyUrl::parse)]
    pub session_cache: Option<ValkeyUrl>,

    /// Master secret, at least 32 characters: encrypts signing keys at rest and signs refresh tokens; the same on all
    /// nodes; not as a flag, which every user of the machine can see (default: a file in `data_dir`)
    #[arg(long, hide = true, value_parser = MasterSecret::from_setting)]
    pub secret: Option<MasterSecret>,

    /// How long a key signs access tokens before it is rotated, at least `5s`; the same on all nodes
    #[arg(long, default_value = "30d", value_parser = duration)]
    pub key_lifetime: Duration,

    /// `aud` of access tokens (default: `public_url`)
    #[arg(long, value_parser = audience)]
    pub audience: Option<String>,

    /// How sessions behave: `retention`, `server-session`, `memory-only` or `banking`
    #[arg(long, default_value = "retention", value_parser = policy_name)]
    pub(super) policy: PolicyName,

    /// Policy for users with a role; of several, the strictest applies (default: none)
    #[arg(long, value_name = "ROLE=POLICY", value_parser = role_policy)]
    pub(super) policy_for_role: Vec<(Role, PolicyName)>,

    /// `true` for a role that users have only in sessions in which they have proved a second factor: without one, they can log in
    /// and set it up (default: none)
    #[arg(long, value_name = "ROLE=BOOL", value_parser = role_switch)]
    pub(super) second_factor_for_role: Vec<(Role, bool)>,

    /// Lifetime of an access token, from `5s` to `15m` (default: `5m`; `banking`: `15m`)
    #[arg(long, value_parser = access_token_lifetime)]
    pub(super) access_token_lifetime: Option<Duration>,

    /// Absolute timeout of a session, counted from login (default: `30d`; `banking`: the access token's lifetime)
    #[arg(long, value_parser = duration)]
    pub(super) session_lifetime: Option<Duration>,

    /// Idle timeout of a session, or `off`: the longest time between uses (a login, a refresh; under `server-session` a
    /// request) (default: `14d`; `banking`: `off`)
    #[arg(long, value_parser = or_off(duration))]
    pub(super) session_idle: Option<OrOff<Duration>>,

    /// How recently users must have entered their password for what needs that, such as disabling other users, from `1m` to
    /// `12h`; after that they are asked for it again
    #[arg(long, default_value = "10m", value_parser = confirm_within)]
    pub confirm_within: Duration,

    /// `false` switches passkeys off. They belong to the host of `public_url`: on another one, users cannot use theirs, and on an
    /// IP address browsers have none
    #[arg(long, default_value = "true", action = ArgAction::Set, value_parser = parse::<bool>("`true` or `false`"))]
    pub passkeys: bool,

    /// How mails are sent: `folder` writes them to files in `data_dir/mail`; `smtps://user@host` (TLS),
    /// `smtp+starttls://user@host:587`, or on this machine `smtp://127.0.0.1:1025` sends them; `off`
    #[arg(long, default_value = "folder", value_parser = MailTransport::parse)]
    pub mail: MailTransport,

    /// Who can create an account: `open` (everyone; with mail, an address is proved by a code first), `invite` (those whom an
    /// administrator or `doorward user invite` has invited) or `closed` (the operator adds users)
    #[arg(long, default_value = "open", value_parser = parse::<RegistrationMode>("`open`, `invite` or `closed`"))]
    pub registration: RegistrationMode,

    /// Domains of the emails that can be registered, separated by commas: exactly these, without their subdomains;
    /// invitations go to any (default: all)
    #[arg(long, value_delimiter = ',', value_parser = mail_domain)]
    pub registration_domains: Vec<String>,

    /// How long the link to set a new password works, from `5m` to `1h`
    #[arg(long, default_value = "15m", value_parser = reset_lifetime)]
    pub reset_lifetime: Duration,

    /// What a change of the email requires besides the code from the new address: `both`, a code from the present address, too;
    /// `notify`, none, but the present address is notified; `auto`, `notify` for accounts with a second factor, else `both`
    #[arg(long, default_value = "auto", value_parser = parse::<EmailChange>("`auto`, `notify` or `both`"))]
    pub email_change: EmailChange,

    /// How long users, or the operator, can undo the deletion of an account; `0` deletes at once
    #[arg(long, default_value = "7d", value_parser = zero_or_duration)]
    pub deletion_grace: Duration,

    /// How long a user can stop the removal of their second factors, for which an administrator or the operator has asked; `0`
    /// removes them at once
    #[arg(long, default_value = "24h", value_parser = zero_or_duration)]
    pub factor_reset_delay: Duration,

    /// `on` mails users about logins on new devices, new passwords, emails and second factors, and what administrators do to
    /// their accounts; `off` leaves only what a change of the email needs, and the links that undo something
    #[arg(long, default_value = "on", value_parser = parse::<Switch>("`on` or `off`"))]
    pub notices: Switch,

    /// Password of the user in `mail`; not as a flag, which every user of the machine can see (default: none)
    #[arg(long, hide = true, value_parser = MailPassword::parse)]
    pub mail_password: Option<MailPassword>,

    /// Sender of mails, such as `no-reply@example.com` or `Example <no-reply@example.com>`; required if `mail` is a server
    /// (default: `no-reply@<host of public_url>`)
    #[arg(long, value_parser = MailAddress::parse)]
    pub(super) mail_from: Option<MailAddress>,

    /// Address that replies to mails go to (default: none)
    #[arg(long, value_parser = MailAddress::parse)]
    pub(super) mail_reply_to: Option<MailAddress>,

    /// Minimum length of a password in characters, at least 8
    #[arg(long, default_value = "15", value_parser = number::<usize>(8..=128))]
    pub password_min_length: usize,

    /// Refuses new passwords from data breaches: `built-in`, a list of common passwords of 15 and more characters; the path of a
    /// file made by `doorward passwords build`, for shorter ones, too; `hibp`, the service of Have I Been Pwned, or the
    /// `https:` URL of another with its range API; `off`
    #[arg(long, default_value = "built-in", value_parser = breached_passwords)]
    pub breached_passwords: BreachedPasswords,

    /// Memory of one Argon2id hash, in KiB; a warning at start if below OWASP's minimum
    #[arg(long, default_value = "19456", value_parser = number::<u32>(8..=4 * 1024 * 1024))]
    pub argon2_memory_kib: u32,

    /// Iterations of one Argon2id hash; a warning at start if below OWASP's minimum
    #[arg(long, default_value = "2", value_parser = number::<u32>(1..=100))]
    pub argon2_iterations: u32,

    /// Memory budget of all concurrent password hashes, in MiB; more wait in a short queue, then get 503
    #[arg(long, default_value = "256", value_parser = number::<u32>(1..=1024 * 1024))]
    pub hashing_memory_mib: u32,

    /// Failed logins allowed per account and period; further attempts have to wait, longer each time; `off` for load tests
    #[arg(long, default_value = "10/15m", value_parser = or_off(str::parse::<Limit>))]
    pub login_attempts: OrOff<Limit>,

    /// How long audit events are kept and shown in `/api/activity`
    #[arg(long, default_value = "90d", value_parser = duration)]
    pub events_kept: Duration,

    /// Proxies whose `X-Forwarded-For` is trusted (CIDR), separated by commas (default: none)
    #[arg(long, value_delimiter = ',', value_parser = network)]
    pub trusted_proxies: Vec<IpNet>,

    /// Networks whose requests are refused with 403 (CIDR), separated by commas (default: none)
    #[arg(long, value_delimiter = ',', value_parser = network)]
    pub blocked_networks: Vec<IpNet>,

    /// Maximum open connections, fewer if the limit on open files requires it; at the limit, a new connection takes the
    /// place of one that waits for its client
    #[arg(long, default_value = "10000", value_parser = number::<usize>(16..=1_000_000))]
    pub max_connections: usize,

    /// Maximum open connections per IPv4 address or IPv6 /64; more are refused, except from loopback addresses and
    /// `trusted_proxies`
    #[arg(long, default_value = "1000", value_parser = number::<usize>(1..=1_000_000))]
    pub max_connections_per_address: usize,

    /// `false` for browsers that reject `Secure` cookies from localhost; loopback only
    #[arg(long, default_value = "true", action = ArgAction::Set, value_parser = parse::<bool>("`true` or `false`"))]
    pub cookie_secure: bool,

    /// `true` adds `/inspector`, a page that decodes the access token; loopback only, in builds with the feature `inspector`
    #[arg(long, default_value = "false", action = ArgAction::Set, value_parser = parse::<bool>("`true` or `false`"))]
    pub inspector: bool,

    /// Language of the pages, `en` or `de` (default: the one that the browser prefers, else English)
    #[arg(long, value_parser = language)]
    pub language: Option<Language>,

    /// Name of your product or organization, in the header and the titles of pages
    #[arg(long, default_value = "Doorward", value_parser = brand_name)]
    pub brand_name: String,

    /// File of the logo: SVG, PNG or WebP, at most 64 KiB (default: Doorward's)
    #[arg(long, value_parser = logo)]
    pub brand_logo: Option<BrandFile>,

    /// Color of links and buttons, such as `#0b6653`; a warning at start if it is hard to read (default: Doorward's)
    #[arg(long, value_parser = parse::<Color>("a color such as `#0b6653`"))]
    pub(super) brand_accent: Option<Color>,

    /// Color of links and buttons on dark pages (default: `brand_accent`, lightened until it can be read)
    #[arg(long, value_parser = parse::<Color>("a color such as `#6fcfb3`"))]
    pub(super) brand_accent_dark: Option<Color>,

    /// Style sheet that is loaded after Doorward's, at most 64 KiB (default: none)
    #[arg(long, value_parser = theme)]
    pub theme: Option<BrandFile>,

    /// Help for those who cannot log in: an `https:` or `mailto:` URL, or a path (default: none)
    #[arg(long, value_parser = link)]
    pub support_url: Option<String>,

    /// Your terms of service: a URL or a path (default: none)
    #[arg(long, value_parser = link)]
    pub terms_url: Option<String>,

    /// Your privacy policy: a URL or a path (default: none)
    #[arg(long, value_parser = link)]
    pub privacy_url: Option<String>,

    /// Where `/`, the logo and a login lead to: a path of this origin or an `https:` URL (default: `/account`)
    #[arg(long, value_parser = home)]
    pub home: Option<String>,

    /// `true` shows a page about Doorward at `/`
    #[arg(long, default_value = "false", action = ArgAction::Set, value_parser = parse::<bool>("`true` or `false`"))]
    pub demo: bool,

    /// Log filter: a level (`off`, `error`, `warn`, `info`, `debug`, `trace`), or levels of modules, too, such as
    /// `info,server=debug`
    #[arg(long, default_value = "info", value_parser = log_filter)]
    pub log: String,

    /// Log format, `text` or `json`
    #[arg(long, default_value = "text", value_parser = parse::<LogFormat>("`text` or `json`"))]
    pub log_format: LogFormat,

    /// The style of the accents.
    #[arg(skip)]
    pub accent_style: String,

    /// What the settings were read from, to find what has changed at a reload.
    #[arg(skip)]
    pub(super) texts: RawSettings,

    /// About the files that settings come from.
    #[arg(skip)]
    pub(super) file_warnings: Vec<String>,
}
