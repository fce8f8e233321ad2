//! The wire format of the revocation feed at `/.well-known/revocations`: signed pages of recently ended sessions, with
//! which services reject the access tokens of those sessions before they expire.

use jsonwebtoken::Algorithm;
use serde::{Deserialize, Serialize};

use crate::jws;

/// How a page of the feed is signed: `typ` is `revocations+jwt`, at most 16 MiB.
pub const FEED_KIND: jws::Kind =
    jws::Kind { typ: "revocations+jwt", algorithm: Algorithm::EdDSA, max_bytes: 16 * 1024 * 1024 };

/// The claims of one page of the feed. Pages only add: a session that is missing from one is not active again.
///
/// Times are whole seconds since the Unix epoch, by Doorward's clock.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct FeedPage {
    /// Issuer: the `public_url` of the Doorward server.
    pub iss: String,
    /// When the page was issued. Together with the pages before it, it is complete up to this time.
    pub iat: i64,
    /// The cursor that this page continues from; `None` for a page with every session that still matters.
    pub after: Option<String>,
    /// The cursor to request the next page with: `?after=<cursor>`. The server holds that request until a session ends,
    /// at most 25 seconds.
    pub cursor: String,
    /// The ended sessions: session ID (`sid`), and when the last of its access tokens has expired, so that a service
    /// may drop the entry.
    pub revoked: Vec<(String, i64)>,
}
