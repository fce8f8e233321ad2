//! The seeds of one-time codes, which are encrypted under the master secret, when that is replaced.

use crate::{
    keys::{master_secret::MasterSecret, sealer::Sealer},
    model::totp::{ResealedSeed, Seed},
    store::Store,
};

/// Seeds per query.
const PAGE_SIZE: i64 = 1000;

/// Encrypts the seeds of one-time codes.
pub fn sealer(secret: &MasterSecret) -> Sealer {
    Sealer::new(secret, "totp")
}

/// All seeds that `secret` does not open: encrypted with it if `previous` opens them. The others are lost.
pub async fn resealed(
    store: &Store,
    previous: Option<&MasterSecret>,
    secret: &MasterSecret,
) -> Result<Vec<ResealedSeed>, sqlx::Error> {
    let (previous, new) = (previous.map(sealer), sealer(secret));
    let (mut resealed, mut after) = (Vec::new(), String::new());
    loop {
        let page = store.totp_seeds_after(&after, PAGE_SIZE).await?;
        let Some((last, _)) = page.last() else { return Ok(resealed) };
        after.clone_from(&last.id.0);
        for (seed, is_in_use) in page {
            if new.open(&seed.id.0, &seed.sealed).is_some() {
                continue;
            }
            let bytes = previous.as_ref().and_then(|previous| previous.open(&seed.id.0, &seed.sealed));
            let opened = bytes.and_then(|bytes| Seed::from_bytes(&bytes));
            let sealed = opened.map(|opened| new.seal(&seed.id.0, opened.as_bytes()));
            resealed.push(ResealedSeed { id: seed.id, previous: seed.sealed, sealed, is_in_use });
        }
    }
}
