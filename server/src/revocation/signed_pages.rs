//! The signed documents of the [feed](crate::revocation::feed): each is made once for all who ask the same at the same time.

use std::{collections::VecDeque, sync::Arc};

use doorward_verify::feed::{FEED_KIND, FeedPage};
use tokio::sync::Mutex;

use crate::{
    clock::Moment,
    keys::key_ring::KeyRing,
    revocation::feed::{Feed, Page},
};

/// So many are remembered: almost everybody asks for one of the last two.
const RETENTION: usize = 16;

/// A document as it is sent.
#[derive(Clone, Debug)]
pub struct Document {
    /// The signed text.
    pub text: Arc<[u8]>,
    /// Whether it says something new to whoever asked with a cursor: such a document stays true for ever.
    pub is_change: bool,
}

/// SignedPages of one second, each with what it is about.
type Made = Mutex<VecDeque<(Page, i64, Document)>>;

/// Makes documents, and remembers those of this second.
pub struct SignedPages {
    issuer: String,
    keys: KeyRing,
    changes: Made,
    /// Apart, because they can be large: nobody who has a cursor waits for one.
    everything: Made,
}

impl SignedPages {
    /// SignedPages of `issuer`.
    pub fn new(issuer: String, keys: KeyRing) -> Self {
        Self { issuer, keys, changes: Mutex::default(), everything: Mutex::default() }
    }

    /// What `feed` says to whoever knows everything before `after`, signed now.
    pub async fn after(&self, feed: &Feed, after: Option<u64>, now: Moment) -> Document {
        let made = if after.is_some() { &self.changes } else { &self.everything };
        // Whoever asks the same meanwhile waits for this one.
        let mut made = made.lock().await;
        let (part, second) = (feed.part(after), now.seconds());
        if let Some((.., document)) = made.iter().find(|(of, at, _)| (*of, *at) == (part, second)) {
            return document.clone();
        }
        let document = self.make(feed, part, now);
        made.retain(|(_, at, _)| *at == second);
        made.truncate(RETENTION - 1);
        made.push_front((part, second, document.clone()));
        document
    }

    fn make(&self, feed: &Feed, part: Page, now: Moment) -> Document {
        let claims = FeedPage {
            iss: self.issuer.clone(),
            iat: now.seconds(),
            after: part.after.map(|number| feed.cursor(number)),
            cursor: feed.cursor(part.to),
            revoked: feed.read(part),
        };
        let text = self.keys.current().sign(FEED_KIND.typ, &claims, now);
        Document { text: text.into_bytes().into(), is_change: claims.after.is_some() && !claims.revoked.is_empty() }
    }
}
