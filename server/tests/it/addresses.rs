//! Whose address is it? (R21)

use macro_rules_attribute::apply;
use serde_json::json;

use crate::fixture::{PASSWORD, TestApp};

/// The address that the session of a login is written down with.
async fn noted(app: &TestApp, peer: &str, forwarded: &[&str]) -> String {
    let mut request = app.post("/api/auth/login").from(peer);
    for line in forwarded {
        request = request.header("x-forwarded-for", line);
    }
    let answer = request.json(&json!({"email": "ada@example.com", "password": PASSWORD})).await.assert_ok();
    answer.json()["session"]["ip"].as_str().expect("an address").to_owned()
}

#[apply(on_both_databases!)]
async fn r21_without_proxies_a_client_cannot_choose_its_address(app: TestApp) {
    app.register("ada@example.com", PASSWORD).await.assert_ok();
    assert_eq!(noted(&app, "203.0.113.9", &[]).await, "203.0.113.9");
    assert_eq!(noted(&app, "203.0.113.9", &["198.51.100.1"]).await, "203.0.113.9");
    assert_eq!(noted(&app, "127.0.0.1", &["198.51.100.1"]).await, "127.0.0.1");
    assert_eq!(noted(&app, "::ffff:203.0.113.9", &[]).await, "203.0.113.9");
    assert_eq!(noted(&app, "2001:db8::1", &["198.51.100.1"]).await, "2001:db8::1");
}

#[apply(on_both_databases!)]
async fn r21_a_trusted_proxy_is_believed_as_far_as_it_is_trusted(app: TestApp) {
    app.restart_with(|settings| settings.set("trusted_proxies", "10.0.0.0/8, ::1")).await;
    app.register("ada@example.com", PASSWORD).await.assert_ok();
    assert_eq!(noted(&app, "10.0.0.1", &["198.51.100.1"]).await, "198.51.100.1");
    assert_eq!(noted(&app, "::1", &["198.51.100.1"]).await, "198.51.100.1");
    assert_eq!(noted(&app, "10.0.0.1", &["1.1.1.1, 198.51.100.1"]).await, "198.51.100.1");
    assert_eq!(noted(&app, "10.0.0.1", &["1.1.1.1", "198.51.100.1, 10.0.0.2"]).await, "198.51.100.1");
    assert_eq!(noted(&app, "203.0.113.9", &["198.51.100.1"]).await, "203.0.113.9");
    assert_eq!(noted(&app, "10.0.0.1", &["<script>"]).await, "10.0.0.1");
    assert_eq!(noted(&app, "10.0.0.1", &[]).await, "10.0.0.1");
}
