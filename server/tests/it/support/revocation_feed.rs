//! The revocation feed, as a service reads it.

use doorward_verify::{
    Jwks, KeySet,
    feed::{FEED_KIND, FeedPage},
    jws,
};

use super::{Request, Response, TestApp};

/// The keys that the server publishes.
pub async fn published_keys(app: &TestApp) -> (Jwks, KeySet) {
    let body = app.get("/.well-known/jwks.json").await.assert_status(200).body;
    let jwks: Jwks = serde_json::from_slice(&body).expect("a key set");
    let keys = KeySet::try_from(&jwks).expect("usable keys");
    (jwks, keys)
}

/// A page of the feed, its signature verified, and its `Cache-Control`.
#[derive(Debug)]
pub struct FeedResponse {
    pub claims: FeedPage,
    pub cache_control: String,
}

impl FeedResponse {
    async fn verify(app: &TestApp, response: Response) -> Self {
        let response = response.assert_status(200);
        assert_eq!(response.header("content-type"), Some("application/jwt"));
        let (_, keys) = published_keys(app).await;
        let claims = jws::verify(response.text(), FEED_KIND, |kid| keys.get(kid?)).expect("a signed document");
        Self { claims, cache_control: response.header("cache-control").expect("a cache lifetime").into() }
    }

    /// The ids of the revoked sessions.
    pub fn sessions(&self) -> Vec<&str> {
        self.claims.revoked.iter().map(|(session, _)| session.as_str()).collect()
    }
}

impl TestApp {
    /// The request for all revocations, or for those after a cursor.
    pub fn feed_request(&self, after: Option<&str>) -> Request {
        let query = after.map_or(String::new(), |cursor| format!("?after={cursor}"));
        self.get(&format!("/.well-known/revocations{query}"))
    }

    /// A page of the feed, unless the set of revocations is too old to answer.
    pub async fn feed_if_fresh(&self, after: Option<&str>) -> Option<FeedResponse> {
        let response = self.feed_request(after).await;
        if response.status == 503 { None } else { Some(FeedResponse::verify(self, response).await) }
    }

    pub async fn feed(&self, after: Option<&str>) -> FeedResponse {
        FeedResponse::verify(self, self.feed_request(after).await).await
    }
}
