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

struct Cache {
    /// The pages of the current second, in which each was signed.
    pages: Mutex<VecDeque<(Page, i64, SignedPage)>>,
    bytes: Arc<AtomicUsize>,
    max_bytes: usize,
}

impl Cache {
    fn new(max_bytes: usize) -> Self {
        Self { pages: Mutex::default(), bytes: Arc::default(), max_bytes }
    }
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
        Self::with_max_bytes(issuer, keys, MAX_BYTES)
    }

    fn with_max_bytes(issuer: String, keys: KeyRing, max_bytes: usize) -> Self {
        Self { issuer, keys, changes: Cache::new(max_bytes), full: Cache::new(max_bytes) }
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
        if cache.bytes.load(Relaxed) > cache.max_bytes {
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

#[cfg(test)]
mod tests {
    use super::SignedPages;
    use crate::{
        clock::Moment,
        keys::{
            generate::generate_key,
            key_ring::{KeyRing, Keys},
            master_secret::MasterSecret,
        },
        revocation::feed::Feed,
    };

    fn signed_pages(max_bytes: usize) -> SignedPages {
        let secret = || MasterSecret::from_setting(&"a".repeat(32)).expect("long enough");
        let stored = generate_key(1, &secret(), Moment(0), Moment(0));
        let keys = Keys::open(vec![stored], &secret(), Moment(0)).expect("keys");
        SignedPages::with_max_bytes("https://doorward.test".into(), KeyRing::new(keys, secret()), max_bytes)
    }

    #[tokio::test]
    async fn pages_that_clients_do_not_receive_are_bounded() {
        let (pages, feed) = (signed_pages(1), Feed::default());
        let second = |second: i64| Moment(second * 1000);

        let unread = pages.page_after(&feed, None, second(1)).await.expect("a page");
        let same = pages.page_after(&feed, None, second(1)).await;
        assert!(same.is_some(), "one page for all clients of a second costs no more");
        drop(same);
        assert!(pages.page_after(&feed, None, second(2)).await.is_none(), "another one would be beyond the limit");
        let change = pages.page_after(&feed, Some(0), second(2)).await;
        assert!(change.is_some(), "the memory of clients with a cursor is apart");

        drop(unread);
        assert!(pages.page_after(&feed, None, second(2)).await.is_some(), "the client has received it");
    }

    #[tokio::test]
    async fn pages_below_the_limit_are_signed_however_many_are_unread() {
        let (pages, feed) = (signed_pages(1024 * 1024), Feed::default());
        let mut unread = Vec::new();
        for second in 0..10 {
            unread.push(pages.page_after(&feed, None, Moment(second * 1000)).await.expect("a page"));
        }
        assert_eq!(unread.len(), 10);
    }
}
