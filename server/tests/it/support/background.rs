//! The server's background jobs. Under test they run when a test says so.

use server::{follower, jobs, over, policy_change, replacement};

use super::TestApp;

impl TestApp {
    /// Writes the last-used times that are in memory.
    pub async fn flush_last_used(&self) {
        jobs::flush(&self.state()).await.expect("the database works");
    }

    /// Records the sessions that have expired and deletes what is kept no longer.
    pub async fn clean_up(&self) {
        jobs::sweep_store(&self.state()).await.expect("the database works");
    }

    /// Applies the configured policies to the live sessions, as every start does.
    pub async fn migrate_policies(&self) {
        policy_change::apply(&self.state()).await.expect("the database works");
    }

    /// Ends the sessions that a migration to stricter policies has shortened and whose new end has come.
    pub async fn end_shortened_sessions(&self) {
        over::sweep_shortened(&self.state()).await.expect("the database works");
    }

    /// Publishes a new signing key if it is time.
    pub async fn rotate_keys_if_due(&self) {
        replacement::replace_if_due(&self.state()).await.expect("the database works");
    }

    /// Retires the keys whose last token has expired.
    pub async fn retire_keys(&self) {
        replacement::retire(&self.state()).await.expect("the database works");
    }

    /// Reads the keys and counts as in sync with the other nodes from now on.
    pub async fn sync_keys(&self) {
        let state = self.state();
        follower::read_keys(&state).await.expect("the database works");
        state.revocations.was_read(state.clock.uptime());
    }

    /// From now on, treats the revocation set as stale unless it is kept in sync.
    pub fn require_revocation_sync(&self) {
        self.state().revocations.is_followed();
    }

    /// Drops the revocations whose last access token has expired.
    pub fn drop_expired_revocations(&self) {
        self.state().revocations.sweep();
    }

    /// Keeps in sync with the other nodes and serves the revocation feed, as a running server does, until the test ends.
    pub fn with_revocation_sync(self) -> Self {
        let state = self.state();
        tokio::spawn(async move { tokio::join!(follower::run(&state), state.revocations.feed().tell()) });
        self
    }

    /// Keeps in sync with the other nodes by polling alone.
    pub fn poll_revocations(&self) {
        let state = self.state();
        tokio::spawn(async move { follower::look(&state).await });
    }

    /// Keeps in sync with the other nodes by notifications alone.
    pub fn listen_for_revocations(&self) {
        let state = self.state();
        tokio::spawn(async move { follower::listen(&state).await });
    }
}
