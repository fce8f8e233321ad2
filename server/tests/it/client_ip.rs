//! The client's IP address, with and without trusted proxies.

use serde_json::json;
use test_macros::app_test;

use crate::support::{PASSWORD, TestApp};

/// The address that a login from `peer` records, with these `X-Forwarded-For` headers.
async fn recorded_ip(app: &TestApp, peer: &str, forwarded: &[&str]) -> String {
    let mut request = app.post("/api/auth/login").with_address(peer);
    for line in forwarded {
        request = request.header("x-forwarded-for", line);
    }
    let response = request.json(&json!({"email": "ada@example.com", "password": PASSWORD})).await.assert_ok();
    response.json()["session"]["ip"].as_str().expect("an address").to_owned()
}

#[app_test]
async fn forwarded_addresses_are_ignored_without_trusted_proxies(app: TestApp) {
    app.register("ada@example.com", PASSWORD).await.assert_ok();
    assert_eq!(recorded_ip(&app, "203.0.113.9", &[]).await, "203.0.113.9");
    assert_eq!(recorded_ip(&app, "203.0.113.9", &["198.51.100.1"]).await, "203.0.113.9");
    assert_eq!(recorded_ip(&app, "127.0.0.1", &["198.51.100.1"]).await, "127.0.0.1");
    assert_eq!(recorded_ip(&app, "::ffff:203.0.113.9", &[]).await, "203.0.113.9");
    assert_eq!(recorded_ip(&app, "2001:db8::1", &["198.51.100.1"]).await, "2001:db8::1");
}

#[app_test]
async fn the_last_untrusted_forwarded_address_counts_behind_trusted_proxies(app: TestApp) {
    app.restart_with(|settings| settings.set("trusted_proxies", "10.0.0.0/8, ::1")).await;
    app.register("ada@example.com", PASSWORD).await.assert_ok();
    assert_eq!(recorded_ip(&app, "10.0.0.1", &["198.51.100.1"]).await, "198.51.100.1");
    assert_eq!(recorded_ip(&app, "::1", &["198.51.100.1"]).await, "198.51.100.1");
    assert_eq!(recorded_ip(&app, "10.0.0.1", &["1.1.1.1, 198.51.100.1"]).await, "198.51.100.1");
    assert_eq!(recorded_ip(&app, "10.0.0.1", &["1.1.1.1", "198.51.100.1, 10.0.0.2"]).await, "198.51.100.1");
    assert_eq!(recorded_ip(&app, "203.0.113.9", &["198.51.100.1"]).await, "203.0.113.9");
    assert_eq!(recorded_ip(&app, "10.0.0.1", &["<script>"]).await, "10.0.0.1");
    assert_eq!(recorded_ip(&app, "10.0.0.1", &["198.51.100.1,"]).await, "198.51.100.1");
    assert_eq!(recorded_ip(&app, "10.0.0.1", &["[2001:db8::1]"]).await, "2001:db8::1");
    assert_eq!(recorded_ip(&app, "::ffff:10.0.0.1", &["198.51.100.1", "", " , "]).await, "198.51.100.1");
    assert_eq!(recorded_ip(&app, "10.0.0.1", &[]).await, "10.0.0.1");
}
