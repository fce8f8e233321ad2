//! Signed pages of the [feed](crate::revocation::feed). Concurrent requests for the same page share one signature.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

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
    pub text: PageText,
    /// Whether the page has entries after a cursor. Such a page never becomes outdated, so proxies may cache it for
    /// longer.
    pub is_change: bool,
}

/// A JWS, one for all clients that receive it.
#[derive(Clone, Debug)]
pub struct PageText(Arc<Counted>);

#[derive(Debug)]
struct Counted {
    text: Vec<u8>,
    /// The memory of all pages.
    total: Arc<AtomicUsize>,
}

impl AsRef<[u8]> for PageText {
    fn as_ref(&self) -> &[u8] {
        &self.0.text
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.total.fetch_sub(self.text.len(), Relaxed);
    }
}

/// Maximum memory of the pages that are cached or being sent, in bytes. There can be as many as cursors, and clients that
/// receive nothing keep them.
const MAX_BYTES: usize = 64 * 1024 * 1024;

#[derive(Default)]
struct Cache {
    /// The pages of the current second, in which each was signed.
    pages: Mutex<VecDeque<(Page, i64, SignedPage)>>,
    bytes: Arc<AtomicUsize>,
}

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
        Self { issuer, keys, changes: Cache::default(), full: Cache::default() }
    }

    /// The signed page of `feed` after `after`, or from the beginning. `None` when too many pages are still being sent.
    pub async fn page_after(&self, feed: &Feed, after: Option<u64>, now: Moment) -> Option<SignedPage> {
        let cache = if after.is_some() { &self.changes } else { &self.full };
        // Locked while signing: concurrent requests wait for this page instead of signing it, too.
        let mut pages = cache.pages.lock().await;
        let (page, second) = (feed.page(after), now.seconds());
        if let Some((.., signed)) = pages.iter().find(|(cached, at, _)| (*cached, *at) == (page, second)) {
            return Some(signed.clone());
        }
        pages.retain(|(_, at, _)| *at == second);
        pages.truncate(CACHE_CAPACITY - 1);
        if cache.bytes.load(Relaxed) > MAX_BYTES {
            return None;
        }
        let signed = self.sign(feed, page, now, &cache.bytes);
        pages.push_front((page, second, signed.clone()));
        Some(signed)
    }

    fn sign(&self, feed: &Feed, page: Page, now: Moment, total: &Arc<AtomicUsize>) -> SignedPage {
        let claims = FeedPage {
            iss: self.issuer.clone(),
            iat: now.seconds(),
            after: page.after.map(|position| feed.cursor(position)),
            cursor: feed.cursor(page.end),
            revoked: feed.read(page),
        };
        let text = self.keys.current().sign(FEED_KIND.typ, &claims, now).into_bytes();
        total.fetch_add(text.len(), Relaxed);
        let text = PageText(Arc::new(Counted { text, total: total.clone() }));
        SignedPage { text, is_change: claims.after.is_some() && !claims.revoked.is_empty() }
    }
}
