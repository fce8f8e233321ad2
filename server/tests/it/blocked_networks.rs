//! `blocked_networks`: clients whose requests are refused.

use doorward_api::ErrorCode;
use test_macros::app_test;

use crate::support::{PASSWORD, TestApp, metric};

const ADA: &str = "ada@example.com";

#[app_test]
async fn a_blocked_network_is_refused_everywhere(app: TestApp) {
    app.restart_with(|settings| settings.set("blocked_networks", "192.0.2.0/24, 2001:db8::/32")).await;
    app.register(ADA, PASSWORD).await.assert_ok();

    for peer in ["192.0.2.9", "::ffff:192.0.2.9", "2001:db8::1"] {
        app.get("/api/me").with_address(peer).await.assert_refused(ErrorCode::Forbidden);
        let login = serde_json::json!({"email": ADA, "password": PASSWORD});
        app.post("/api/auth/login").with_address(peer).json(&login).await.assert_refused(ErrorCode::Forbidden);
        app.get("/.well-known/jwks.json").with_address(peer).await.assert_status(403);
        app.get("/login").with_address(peer).await.assert_status(403);
    }

    app.get("/login").with_address("192.0.3.9").await.assert_status(200);
    assert_eq!(metric(&app, "doorward_refusals_total{reason=\"blocked_network\"}").await, "12");
}

#[app_test]
async fn behind_a_trusted_proxy_its_clients_are_blocked_and_not_the_proxy(app: TestApp) {
    app.restart_with(|settings| {
        settings.set("trusted_proxies", "10.0.0.0/8");
        settings.set("blocked_networks", "203.0.113.9, 10.0.0.0/8");
    })
    .await;
    let get =
        |forwarded: &'static str| app.get("/healthz").with_address("10.0.0.1").header("x-forwarded-for", forwarded);
    get("203.0.113.9").await.assert_status(403);
    get("203.0.113.10").await.assert_status(200);
    app.get("/healthz").with_address("10.0.0.1").await.assert_status(403);
    app.get("/healthz").with_address("192.0.2.1").header("x-forwarded-for", "203.0.113.9").await.assert_status(200);
}
