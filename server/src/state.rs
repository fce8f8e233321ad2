//! What every handler may reach.

use std::{fs::DirBuilder, os::unix::fs::DirBuilderExt, sync::Arc};

use crate::{
    clock::Clock,
    config::Config,
    keys::{bootstrap, key_ring::KeyRing},
    login::{password_hasher::PasswordHasher, rate_limiter::Limiter},
    metrics::Metrics,
    readiness::Readiness,
    revocation::{set::Revocations, signed_pages::SignedPages, subscribers::Subscribers, sync},
    sessions::last_used::LastUsedBuffer,
    store::Store,
    tokens::{access_token::AccessTokens, refresh_token::RefreshTokens},
};

/// The server's state, shared by all requests.
#[derive(Clone)]
pub struct AppState(Arc<State>);

/// The parts of the state.
pub struct State {
    /// What the operator decided.
    pub config: Config,
    /// The origin that browsers see.
    pub public_url: String,
    /// The time.
    pub clock: Clock,
    /// The database.
    pub store: Store,
    /// Whether the database takes writes.
    pub readiness: Readiness,
    /// Password hashing.
    pub password_hasher: PasswordHasher,
    /// The signing keys.
    pub key_ring: KeyRing,
    /// Access tokens.
    pub access_tokens: AccessTokens,
    /// Refresh tokens.
    pub refresh_tokens: RefreshTokens,
    /// What is counted and measured.
    pub metrics: Arc<Metrics>,
    /// Sessions that ended lately.
    pub revocations: Revocations,
    /// What services are told of them.
    pub signed_pages: SignedPages,
    /// Tabs that wait to hear of the end of their session.
    pub subscribers: Subscribers,
    /// Last uses on their way to the database.
    pub last_used: LastUsedBuffer,
    /// What may be tried.
    pub limiter: Limiter,
}

impl AppState {
    /// Opens everything. An error is one line for the operator.
    pub async fn open(config: Config, public_url: String, clock: Clock) -> Result<Self, String> {
        let password_hasher = PasswordHasher::start(config.hashing)?;
        create_data_dir(&config)?;
        let unreachable = |error: sqlx::Error| format!("database_url: {error}");
        let store = Store::open(&config.database_url).await.map_err(unreachable)?;

        let secret = bootstrap::secret(&config, &store).await?;
        let refresh_tokens = RefreshTokens::new(public_url.clone(), &secret);
        let key_ring = bootstrap::keys(&store, secret, &clock).await?;
        let (metrics, subscribers) = (Arc::new(Metrics::default()), Subscribers::default());
        let revocations = Revocations::new(subscribers.clone(), metrics.clone(), clock.clone());
        sync::begin(&store, &revocations, clock.now()).await.map_err(unreachable)?;

        let audience = config.audience.clone().unwrap_or_else(|| public_url.clone());
        Ok(Self(Arc::new(State {
            access_tokens: AccessTokens::new(public_url.clone(), audience, key_ring.clone()),
            signed_pages: SignedPages::new(public_url.clone(), key_ring.clone()),
            refresh_tokens,
            limiter: Limiter::new(config.login_attempts, store.clone(), clock.clone()),
            last_used: LastUsedBuffer::default(),
            readiness: Readiness::new(store.clone(), clock.clone()),
            revocations,
            metrics,
            subscribers,
            key_ring,
            password_hasher,
            store,
            clock,
            public_url,
            config,
        })))
    }
}

impl std::ops::Deref for AppState {
    type Target = State;

    fn deref(&self) -> &State {
        &self.0
    }
}

/// Creates the folder of the `SQLite` file and the master secret, where one of them is to be there.
pub fn create_data_dir(config: &Config) -> Result<(), String> {
    let is_sqlite_in_data_dir = config.database_url.starts_with("sqlite:");
    if config.secret.is_some() && !is_sqlite_in_data_dir {
        return Ok(());
    }
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&config.data_dir)
        .map_err(|error| format!("data_dir: {}: {error}", config.data_dir.display()))
}
