//! A fake Doorward on a local port: key set, feed, and paths that misbehave.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::Query,
    response::Redirect,
    routing::get,
};
use doorward_verify::{Jwk, Jwks};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::watch};

use crate::forge::{Forge, ISSUER, NOW};

pub struct FakeDoorward {
    pub address: String,
    pub key: Arc<Forge>,
    revoked: Arc<Mutex<Vec<(String, i64)>>>,
    changes: watch::Sender<()>,
}

impl FakeDoorward {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let fake = Self {
            address: format!("http://{}", listener.local_addr().expect("an address")),
            key: Arc::new(Forge::new()),
            revoked: Arc::default(),
            changes: watch::Sender::default(),
        };
        let router = fake.router();
        tokio::spawn(async move { axum::serve(listener, router).await });
        fake
    }

    pub fn end_session(&self, sid: &str) {
        self.revoked.lock().expect("no panic").push((sid.into(), NOW + 960));
        self.changes.send_replace(());
    }

    fn router(&self) -> Router {
        let jwks = Jwks { keys: vec![Jwk::ed25519(self.key.kid.clone(), self.key.x.clone())] };
        let (key, revoked, changes) = (self.key.clone(), self.revoked.clone(), self.changes.clone());
        let feed = move |Query(query): Query<Value>| {
            let (key, revoked, mut changes) = (key.clone(), revoked.clone(), changes.subscribe());
            async move {
                let after = query["after"].as_str().map(|after| after.parse::<usize>().expect("a cursor of this fake"));
                loop {
                    let revoked = revoked.lock().expect("no panic").clone();
                    if after != Some(revoked.len()) {
                        return page(&key, after, &revoked);
                    }
                    drop(changes.changed().await);
                }
            }
        };
        Router::new()
            .route("/.well-known/jwks.json", get(async move || Json(jwks)))
            .route("/.well-known/revocations", get(feed))
            .route("/redirect/.well-known/jwks.json", get(async || Redirect::temporary("/.well-known/jwks.json")))
            .route("/endless/.well-known/jwks.json", get(async || endless()))
    }
}

fn page(key: &Forge, after: Option<usize>, revoked: &[(String, i64)]) -> String {
    let header = json!({"typ": "revocations+jwt", "alg": "EdDSA", "kid": key.kid});
    let claims = json!({
        "iss": ISSUER, "iat": NOW, "after": after.map(|after| after.to_string()),
        "cursor": revoked.len().to_string(), "revoked": &revoked[after.unwrap_or(0)..],
    });
    key.sign_text(&header.to_string(), &claims.to_string())
}

/// A body that never ends.
fn endless() -> Body {
    let spaces = Bytes::from_static(&[b' '; 4096]);
    Body::from_stream(futures::stream::repeat_with(move || Ok::<_, Infallible>(spaces.clone())))
}
