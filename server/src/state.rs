//! The state shared by all requests and background jobs.

use std::{
    ops::Deref,
    sync::{Arc, Mutex},
};

use tokio::sync::Semaphore;
use url::Url;

use crate::{
    clock::Clock,
    clock_trust::ClockTrust,
    config::{Config, MailTransport, Switch},
    keys::{bootstrap, key_ring::KeyRing, rotation::KeyRotation, schedule::KeySchedule, sealer::Sealer, totp_seeds},
    log_once::{FailureLog, FailureSummary},
    login::{
        challenges::Challenges, device_cookie::DeviceCookies, mail_codes::MailCodes, params_in_use::HashCost,
        passkey_host, password_hasher::PasswordHasher, rate_limiter::Limiter,
    },
    mail::{
        Mailer,
        folder::MailFolder,
        message::MessageWriter,
        notices::Notices,
        sender::MailSender,
        smtp::{SmtpClient, SmtpTimeouts},
        transport::Transport,
    },
    metrics::Metrics,
    model::{policy::Policies, second_factor_roles::SecondFactorRoles},
    network_rules::{NetworkRules, Networks},
    private_files,
    readiness::Readiness,
    refusal_log::RefusalLog,
    revocation::{set::Revocations, signed_pages::SignedPages, subscribers::Subscribers, sync},
    sessions::{Sessions, cache::SessionCache, cache_entry::EntrySealer, last_used::LastUsedBuffer},
    store::{IfAbsent, Store},
    tokens::{access_token::AccessTokens, issuer, refresh_token::RefreshTokens},
    valkey::Valkey,
    webauthn::RelyingParty,
};

#[derive(Clone)]
pub struct AppState(Arc<State>);

pub struct State {
    pub config: Config,
    pub policies: Policies,
    pub second_factor_roles: SecondFactorRoles,
    /// The origin in the browser, and the issuer of tokens.
    pub public_url: String,
    /// The site that passkeys belong to. `None`: there are none.
    pub relying_party: Option<RelyingParty>,
    pub clock: Clock,
    pub store: Store,
    pub readiness: Readiness,
    pub password_hasher: PasswordHasher,
    pub limiter: Limiter,
    pub network_rules: NetworkRules,
    pub device_cookies: DeviceCookies,
    pub mailer: Arc<Mailer>,
    pub mail_sender: MailSender,
    /// For the details of tickets.
    pub ticket_sealer: Sealer,
    pub mail_codes: MailCodes,
    pub challenges: Challenges,
    /// For the seeds of one-time codes.
    pub totp_sealer: Sealer,
    pub sessions: Sessions,
    pub key_ring: KeyRing,
    pub key_rotation: KeyRotation,
    pub access_tokens: AccessTokens,
    pub refresh_tokens: RefreshTokens,
    pub revocations: Arc<Revocations>,
    pub signed_pages: SignedPages,
    pub valkey: Valkey,
    /// Open tabs subscribed to the end of their session.
    pub subscribers: Subscribers,
    pub metrics: Arc<Metrics>,
    pub failed_requests: FailureSummary,
    pub refusals: RefusalLog,
    /// Bounds the concurrent recordings of refused attempts.
    pub recording_refusals: Semaphore,
}

impl AppState {
    /// Opens the database and loads the keys. The error is one line for the operator.
    pub async fn open(config: Config, public_url: String, clock: Clock) -> Result<Self, String> {
        create_data_dir(&config)?;
        let unreachable = |error: sqlx::Error| format!("database_url: {error}");
        let store = Store::open(&config.database(), config.connections(), IfAbsent::Create).await?;

        let is_used = bootstrap::is_used(&store).await.map_err(unreachable)?;
        let secret = bootstrap::load_or_create_secret(config.secret.as_ref(), &config.secret_file(), &store).await?;
        let refresh_tokens = RefreshTokens::new(public_url.clone(), &secret);
        let device_cookies = DeviceCookies::new(&secret);
        let entry_sealer = EntrySealer::new(&secret);
        let mailer = Arc::new(Mailer::new(&secret, &public_url, config.mail != MailTransport::Off));
        let ticket_sealer = Sealer::new(&secret, "tickets");
        let mail_codes = MailCodes::new(&secret);
        let challenges = Challenges::new(&secret);
        let totp_sealer = totp_seeds::sealer(&secret);
        let key_ring = bootstrap::open_key_ring(&store, secret, &clock).await?;
        let clock_trust = if is_used {
            ClockTrust::of_start(clock.clone(), store.trusted_time().await.map_err(unreachable)?)
        } else {
            ClockTrust::of_first_start(clock.clone())
        };
        if let Some(warning) = issuer::change(&store, &public_url).await.map_err(unreachable)? {
            tracing::warn!("{warning}");
        }
        let relying_party = config.relying_party(&public_url);
        passkey_host::warn(&store, relying_party.as_ref(), config.passkeys).await.map_err(unreachable)?;
        let key_rotation = KeyRotation {
            store: store.clone(),
            key_ring: key_ring.clone(),
            schedule: KeySchedule(config.key_lifetime),
            clock: clock.clone(),
        };
        let (metrics, subscribers) =
            (Arc::new(Metrics::with_database(&store)), Subscribers::new(config.max_connections / 2));
        let valkey = Valkey::new(config.session_cache.as_ref(), &clock, &metrics);
        let valkey = valkey.map_err(|error| format!("session_cache: {error}"))?;
        let revocations =
            Arc::new(Revocations::new(subscribers.clone(), valkey.clone(), metrics.clone(), clock.clone()));
        sync::load(&store, &revocations, clock.now()).await.map_err(unreachable)?;
        let params_in_use = store.hash_params_in_use().await.map_err(unreachable)?;
        let params_in_use: Vec<_> = params_in_use.iter().filter_map(|text| HashCost::parse(text)).collect();
        let password_hasher = PasswordHasher::start(config.hashing(), &params_in_use)?;
        let policies = config.policies();
        let sessions = Sessions {
            store: store.clone(),
            revocations: revocations.clone(),
            cache: Arc::new(SessionCache::new(valkey.clone(), entry_sealer, key_ring.clone(), metrics.clone())),
            last_used: Arc::new(LastUsedBuffer::default()),
            policies: policies.clone(),
            metrics: metrics.clone(),
            clock: clock.clone(),
            clock_trust: Arc::new(clock_trust),
        };

        let mail_sender = MailSender {
            store: store.clone(),
            mailer: mailer.clone(),
            writer: message_writer(&config, &public_url),
            transport: mail_transport(&config, &public_url, SmtpTimeouts::DEFAULT),
            metrics: metrics.clone(),
            clock: clock.clone(),
            clock_trust: sessions.clock_trust.clone(),
            outage: Mutex::new(FailureLog::new("sending of mails")),
        };
        let audience = config.audience.clone().unwrap_or_else(|| public_url.clone());
        Ok(Self(Arc::new(State {
            access_tokens: AccessTokens::new(public_url.clone(), audience, key_ring.clone()),
            signed_pages: SignedPages::new(public_url.clone(), key_ring.clone()),
            limiter: Limiter::new(config.login_attempts.on(), store.clone(), clock.clone()),
            network_rules: NetworkRules::new(Networks {
                trusted_proxies: config.trusted_proxies.clone(),
                blocked: config.blocked_networks.clone(),
            }),
            readiness: Readiness::new(store.clone(), clock.clone()),
            failed_requests: FailureSummary::new(clock.clone()),
            refusals: RefusalLog::new(metrics.clone(), clock.clone()),
            recording_refusals: Semaphore::new(1),
            refresh_tokens,
            device_cookies,
            mailer,
            mail_sender,
            ticket_sealer,
            mail_codes,
            challenges,
            totp_sealer,
            sessions,
            revocations,
            valkey,
            metrics,
            subscribers,
            key_ring,
            key_rotation,
            password_hasher,
            store,
            clock,
            relying_party,
            public_url,
            policies: config.policies(),
            second_factor_roles: config.second_factor_roles(),
            config,
        })))
    }
}

impl State {
    /// The host that passkeys belong to. Empty, as no host is, where there are none.
    pub fn rp_id(&self) -> &str {
        self.relying_party.as_ref().map_or("", |site| &site.rp_id)
    }

    /// Writes notices with the settings of this server.
    pub fn notices(&self) -> Notices<'_> {
        Notices {
            mailer: &self.mailer,
            sealer: &self.ticket_sealer,
            brand: &self.config.brand_name,
            is_on: self.config.notices == Switch::On,
        }
    }
}

/// Writes the messages of a server at this origin.
pub fn message_writer(config: &Config, public_url: &str) -> MessageWriter {
    MessageWriter::new(&config.mail_from(public_url), config.mail_reply_to(), &host(public_url))
}

/// `None`: mails are off.
pub fn mail_transport(config: &Config, public_url: &str, timeouts: SmtpTimeouts) -> Option<Transport> {
    match &config.mail {
        MailTransport::Off => None,
        MailTransport::Folder => Some(Transport::Folder(MailFolder::in_data_dir(&config.data_dir))),
        MailTransport::Smtp(url) => {
            let password = config.mail_password.as_ref().map(|password| password.reveal().to_owned());
            Some(Transport::Smtp(Box::new(SmtpClient::new(url.clone(), password, &host(public_url), timeouts))))
        }
    }
}

fn host(origin: &str) -> String {
    let url = Url::parse(origin).ok();
    url.as_ref().and_then(Url::host_str).unwrap_or("localhost").to_owned()
}

impl Deref for AppState {
    type Target = State;

    fn deref(&self) -> &State {
        &self.0
    }
}

/// Creates the directory of the SQLite file and the master secret, unless both are elsewhere.
pub fn create_data_dir(config: &Config) -> Result<(), String> {
    if !config.uses_data_dir() {
        return Ok(());
    }
    private_files::create_directory(&config.data_dir).map_err(|error| format!("data_dir: {error}"))?;
    private_files::check_root(&config.data_dir.join("file"))
        .map_err(|reason| format!("data_dir: {}: {reason}", config.data_dir.display()))
}
