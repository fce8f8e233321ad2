//! The master secret and the signing keys.

use std::time::Duration;

use super::report::Report;
use crate::{
    clock::Clock,
    config::Config,
    keys::{bootstrap, key_ring::Keys, master_secret::shorten},
    preflight,
    store::Store,
};

/// How late a rotation may be, for example because no server runs at night.
const MAX_DELAY: Duration = Duration::from_hours(24);

pub(super) async fn check(config: &Config, store: &Store, clock: &Clock, report: &mut Report) {
    if let Err(problem) = preflight::secret(config, Some(store), clock).await {
        return report.fail("secret", problem);
    }
    // What cannot be read has just been reported.
    let Ok(Some(secret)) = bootstrap::load_secret(config.secret.as_ref(), &config.secret_file()) else { return };
    report.ok("secret", format!("the one of this database (fingerprint {})", shorten(&secret.fingerprint())));
    let stored = match store.keys().await {
        Ok(stored) => stored,
        Err(error) => return report.fail("keys", error),
    };
    let (count, now) = (stored.len(), clock.now());
    let Ok(keys) = Keys::open(stored, &secret, now) else {
        return report.warn("keys", "there are none; the next start generates one");
    };
    let age = now.since(keys.signing(now).signs_from);
    if age > config.key_lifetime + MAX_DELAY {
        let age = humantime::format_duration(Duration::from_secs(age.as_secs()));
        report.warn("keys", format!("the signing key is {age} old, longer than `key_lifetime`; does no server run?"));
    } else {
        report.ok("keys", format!("{count} verify, one of them signs"));
    }
}
