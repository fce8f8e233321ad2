//! The server's background jobs, which tests run explicitly.

use server::{
    background,
    keys::reload::reload,
    node_sync,
    sessions::sweep::{sweep_before_set_back, sweep_shortened},
};

use super::TestApp;

impl TestApp {
    /// Writes the last-used times that are in memory.
    pub async fn flush_last_used(&self) {
        self.state().sessions.last_used.flush(&self.state().store, self.now()).await.expect("the database works");
    }

    /// Writes those of them that are due, as every second.
    pub async fn flush_due_last_used(&self) {
        self.state().sessions.last_used.flush_due(&self.state().store, self.now()).await.expect("the database works");
    }

    /// Records the sessions that have expired and deletes what is kept no longer.
    pub async fn clean_up(&self) {
        background::clean_up_store(&self.state()).await.expect("the database works");
    }

    /// Applies the configured policies to the live sessions, as every start does.
    pub async fn migrate_policies(&self) {
        background::migrate_once(&self.state()).await.expect("the database works");
    }

    /// Leaves the time of day for the next start, as a server does every minute and when it stops.
    pub async fn store_trusted_time(&self) {
        background::store_trusted_time(&self.state()).await.expect("the database works");
    }

    /// What the jobs do that watch the clock.
    pub async fn follow_clock(&self) {
        let sessions = &self.state().sessions;
        if let Some(trusted) = sessions.clock_trust.take_set_back() {
            sweep_before_set_back(sessions, trusted).await.expect("the database works");
        }
        self.migrate_policies().await;
    }

    /// Ends the sessions that a migration to stricter policies has shortened and whose new end has come.
    pub async fn end_shortened_sessions(&self) {
        sweep_shortened(&self.state().sessions).await.expect("the database works");
    }

    /// Publishes a new signing key if it is time.
    pub async fn rotate_keys_if_due(&self) {
        self.state().key_rotation.rotate_if_due().await.expect("the database works");
    }

    /// Retires the keys whose last token has expired.
    pub async fn retire_keys(&self) {
        self.state().key_rotation.retire().await.expect("the database works");
    }

    /// Reads the keys and counts as in sync with the other nodes from now on.
    pub async fn sync_keys(&self) {
        let state = self.state();
        reload(&state.store, &state.key_ring, state.clock.now()).await.expect("the database works");
        state.revocations.polled(state.clock.uptime(), state.clock.now());
    }

    /// From now on, treats the revocation set as stale unless it is kept in sync.
    pub fn require_revocation_sync(&self) {
        self.state().revocations.require_polls();
    }

    /// Drops the revocations whose last access token has expired.
    pub fn drop_expired_revocations(&self) {
        self.state().revocations.prune();
    }

    /// Keeps in sync with the other nodes and serves the revocation feed, as a running server does, until the test ends.
    pub fn with_revocation_sync(self) -> Self {
        let state = self.state();
        state.revocations.require_polls();
        tokio::spawn(async move { tokio::join!(node_sync::run(&state), state.revocations.feed().publish()) });
        self
    }

    /// Keeps in sync with the other nodes by polling alone.
    pub fn poll_revocations(&self) {
        let state = self.state();
        tokio::spawn(async move { node_sync::poll(&state).await });
    }

    /// Keeps in sync with the other nodes by notifications alone.
    pub fn listen_for_revocations(&self) {
        let state = self.state();
        tokio::spawn(async move { node_sync::listen(&state).await });
    }
}
