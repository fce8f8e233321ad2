//! The stream that announces the end of a session to its open tabs.

use std::time::Duration;

use axum::{body::Body, http::HeaderMap};
use doorward_api::EndedSession;
use http_body_util::BodyExt;

/// An open stream, as a tab reads it.
pub struct SessionEndStream {
    pub headers: HeaderMap,
    pub body: Body,
}

impl SessionEndStream {
    /// The event with which the stream ends; `None` if it closes without one.
    pub async fn end(self) -> Option<EndedSession> {
        let body = tokio::time::timeout(Duration::from_secs(4), self.body.collect());
        let text = body.await.expect("the stream ends").expect("a complete body").to_bytes();
        let text = str::from_utf8(&text).expect("text");
        if text.is_empty() {
            return None;
        }
        let data = text.strip_prefix("event: session-ended\ndata: ").unwrap_or_else(|| panic!("{text:?}"));
        Some(serde_json::from_str(data.strip_suffix("\n\n").expect("one event")).expect("its data"))
    }

    /// Whether the stream is open and silent.
    pub async fn is_silent(&mut self) -> bool {
        tokio::time::timeout(Duration::from_millis(20), self.body.frame()).await.is_err()
    }
}
