//! Signed pages of the [feed](crate::revocation::feed). Concurrent requests for the same page share one signature.

use std::{collections::VecDeque, sync::Arc};

use doorward_verify::feed::{FEED_KIND, FeedPage};
use tokio::sync::Mutex;

use crate::{
    clock::Moment,
    keys::key_ring::KeyRing,
    revocation::feed::{Feed, Page},
};

/// Cached pages: almost all clients request one of the last two.
const CACHE_CAPACITY: usize = 16;

#[derive(Clone, Debug)]
pub struct SignedPage {
    /// The JWS.
    pub text: Arc<[u8]>,
    /// Whether the page has entries after a cursor. Such a page never becomes outdated, so proxies may cache it for
    /// longer.
    pub is_change: bool,
}

/// The pages of the current second, in which each was signed.
type Cache = Mutex<VecDeque<(Page, i64, SignedPage)>>;

/// Signs pages, and caches them for a second.
pub struct SignedPages {
    issuer: String,
    keys: KeyRing,
    changes: Cache,
    /// Pages for clients without a cursor. In a cache of their own, because they can be large and take long to sign:
    /// clients with a cursor do not wait for them.
    full: Cache,
}

impl SignedPages {
    pub fn new(issuer: String, keys: KeyRing) -> Self {
        Self { issuer, keys, changes: Mutex::default(), full: Mutex::default() }
    }

    /// The signed page of `feed` after `after`, or from the beginning.
    pub async fn page_after(&self, feed: &Feed, after: Option<u64>, now: Moment) -> SignedPage {
        let cache = if after.is_some() { &self.changes } else { &self.full };
        // Locked while signing: concurrent requests wait for this page instead of signing it, too.
        let mut cache = cache.lock().await;
        let (page, second) = (feed.page(after), now.seconds());
        if let Some((.., signed)) = cache.iter().find(|(cached, at, _)| (*cached, *at) == (page, second)) {
            return signed.clone();
        }
        let signed = self.sign(feed, page, now);
        cache.retain(|(_, at, _)| *at == second);
        cache.truncate(CACHE_CAPACITY - 1);
        cache.push_front((page, second, signed.clone()));
        signed
    }

    fn sign(&self, feed: &Feed, page: Page, now: Moment) -> SignedPage {
        let claims = FeedPage {
            iss: self.issuer.clone(),
            iat: now.seconds(),
            after: page.after.map(|position| feed.cursor(position)),
            cursor: feed.cursor(page.end),
            revoked: feed.read(page),
        };
        let text = self.keys.current().sign(FEED_KIND.typ, &claims, now);
        SignedPage { text: text.into_bytes().into(), is_change: claims.after.is_some() && !claims.revoked.is_empty() }
    }
}
