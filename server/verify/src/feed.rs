//! What Doorward says at `/.well-known/revocations`: the sessions that ended lately, signed, so that services can refuse
//! their access tokens before these expire.

use jsonwebtoken::Algorithm;
use serde::{Deserialize, Serialize};

use crate::jws;

/// A document of the feed, as a signed token.
pub const REVOCATIONS: jws::Kind =
    jws::Kind { typ: "revocations+jwt", algorithm: Algorithm::EdDSA, max_bytes: 16 * 1024 * 1024 };

/// The claims of a document of the feed. Documents only ever add: a session that one of them lacks has not come back.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Revocations {
    /// Who issued it: the `public_url` of the Doorward server.
    pub iss: String,
    /// When it was issued, in seconds of the Unix epoch: nothing that ended before is missing.
    pub iat: i64,
    /// It holds what has come after this cursor; without one, everything that still matters.
    pub after: Option<String>,
    /// Where to go on: `?after=` this waits for what comes next.
    pub cursor: String,
    /// Each session's id, and the moment, in seconds of the Unix epoch, from which on it need not be remembered.
    pub revoked: Vec<(String, i64)>,
}
