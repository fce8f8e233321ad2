//! Limits of networks and of a node: what strangers can try for many accounts, and what they cannot spend for others.

use doorward_api::ErrorCode;
use serde_json::json;
use test_macros::app_test;

use crate::{
    rate_limit::retry_after,
    support::{Browser, PASSWORD, Response, TestApp},
};

const ADA: &str = "ada@example.com";
const WRONG: &str = "wrong horse battery staple";

/// A failed login for another account, for each number and address.
async fn guess(app: &TestApp, n: usize, address: &str) -> Response {
    let network = address.replace([':', '.'], "-");
    let form = json!({"email": format!("user{n}-{network}-x@example.com"), "password": WRONG});
    app.post("/api/auth/login").with_address(address).json(&form).await
}

async fn log_in_from(app: &TestApp, address: &str) -> Response {
    app.post("/api/auth/login").with_address(address).json(&json!({"email": ADA, "password": PASSWORD})).await
}

/// How many of `attempts` guesses are tried, from addresses made of a number.
async fn tried(app: &TestApp, attempts: usize, address: impl Fn(usize) -> String) -> usize {
    let mut tried = 0;
    for n in 0..attempts {
        tried += usize::from(guess(app, n, &address(n)).await.status == 401);
    }
    tried
}

async fn start_with_one_attempt(app: &TestApp) {
    app.restart_with(|settings| settings.set("login_attempts", "1/15m")).await;
}

#[app_test(sqlite)]
async fn correct_logins_of_one_address_are_not_limited(app: TestApp) {
    app.register(ADA, PASSWORD).await.assert_ok();
    for _ in 0..700 {
        app.log_in(ADA, PASSWORD).await.assert_ok();
    }
}

#[app_test]
async fn a_success_gives_back_only_what_it_took(app: TestApp) {
    app.register(ADA, PASSWORD).await.assert_ok();
    start_with_one_attempt(&app).await;
    for n in 0..60 {
        log_in_from(&app, "203.0.113.7").await.assert_ok();
        guess(&app, n, "203.0.113.7").await.assert_refused(ErrorCode::InvalidCredentials);
    }
    retry_after(guess(&app, 60, "203.0.113.7").await);
}

#[app_test]
async fn ipv4_networks_have_a_limit_beside_that_of_each_address(app: TestApp) {
    start_with_one_attempt(&app).await;
    assert_eq!(tried(&app, 80, |_| "198.51.100.7".into()).await, 60);
    assert_eq!(tried(&app, 250, |n| format!("198.51.100.{}", n + 8 - n / 248 * 248)).await, 180);
    log_in_from(&app, "198.51.101.7").await.assert_refused(ErrorCode::InvalidCredentials);
}

#[app_test]
async fn ipv6_networks_have_limits_by_size(app: TestApp) {
    start_with_one_attempt(&app).await;
    assert_eq!(tried(&app, 70, |n| format!("2001:db8:1:1::{n:x}")).await, 60, "a /64");
    assert_eq!(tried(&app, 70, |n| format!("2001:db8:1:{:x}::1", n + 2)).await, 30, "a /56");
    assert_eq!(tried(&app, 3000, |n| format!("2001:db8:1:{:x}::1", n + 0x100)).await, 30, "a /48");
    guess(&app, 9999, "2001:db8:2::1").await.assert_refused(ErrorCode::InvalidCredentials);
}

#[app_test]
async fn strangers_of_the_same_network_cannot_keep_a_known_browser_or_a_session_from_their_password(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    start_with_one_attempt(&app).await;
    assert_eq!(tried(&app, 61, |_| "203.0.113.7".into()).await, 60);
    retry_after(log_in_from(&app, "203.0.113.7").await);

    ada.log_in_with(PASSWORD).await.assert_ok();
    ada.change_password(PASSWORD, "another horse and another staple").await.assert_ok();
}

#[app_test(sqlite)]
async fn the_brake_on_all_failures_never_stops_a_known_browser(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    start_with_one_attempt(&app).await;
    let attempts = tried(&app, 3100, |n| format!("10.{}.{}.1", n / 250, n % 250)).await;
    assert_eq!(attempts, 3000);
    retry_after(guess(&app, 9999, "192.0.2.1").await);
    retry_after(log_in_from(&app, "192.0.2.2").await);

    ada.log_in_with(PASSWORD).await.assert_ok();
    ada.refresh().await.assert_ok();
    let form = json!({"email": "new@example.com", "password": PASSWORD, "name": "New"});
    app.post("/api/auth/register").json(&form).await.assert_ok();
    // A third of a second brings one attempt back.
    app.advance(1);
    guess(&app, 9999, "192.0.2.1").await.assert_refused(ErrorCode::InvalidCredentials);
}

#[app_test]
async fn an_outage_spends_no_attempts_of_an_address(app: TestApp) {
    app.register(ADA, PASSWORD).await.assert_ok();
    start_with_one_attempt(&app).await;
    app.database().break_table("attempts").await;
    for _ in 0..100 {
        log_in_from(&app, "203.0.113.7").await.assert_refused(ErrorCode::Unavailable);
    }
    app.database().repair_table("attempts").await;
    log_in_from(&app, "203.0.113.7").await.assert_ok();
}

#[app_test(sqlite)]
async fn registrations_and_logins_of_an_address_are_limited_apart(app: TestApp) {
    app.register(ADA, PASSWORD).await.assert_ok();
    start_with_one_attempt(&app).await;
    for _ in 0..60 {
        app.register(ADA, PASSWORD).await.assert_refused(ErrorCode::EmailTaken);
    }
    retry_after(app.register("eve@example.com", PASSWORD).await);
    let response = app.log_in(ADA, PASSWORD).await;
    Browser::from_response(&app, ADA, response).me().await.assert_ok();
}
