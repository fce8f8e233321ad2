//! What is in an access token is bounded where it is set, so that verifiers accept every token that is issued.

use doorward_api::ErrorCode;
use doorward_verify::jws::MAX_BYTES;
use serde_json::json;
use test_macros::app_test;

use crate::support::{TestApp, run_cli};

const ADA: &str = "ada@example.com";

/// The longest origin: a name of a host has at most 253 characters.
fn longest_origin() -> String {
    format!("https://{}.{}.{}.{}:65535", "a".repeat(63), "b".repeat(63), "c".repeat(63), "d".repeat(61))
}

/// This many different roles, each of this length.
fn role_flags(count: usize, length: usize) -> String {
    let roles: Vec<String> = (0..count).map(|number| format!("--add {number:0length$}")).collect();
    roles.join(" ")
}

#[app_test]
async fn the_largest_token_is_accepted(app: TestApp) {
    app.restart_with(|settings| {
        settings.set("public_url", longest_origin());
        settings.set("audience", "x".repeat(256));
    })
    .await;
    app.set_wall_clock_to_now();
    let mut ada = app.logged_in(ADA).await;
    let name = "𝒜".repeat(100);
    ada.post("/api/fn/change_name").json(&json!({"name": name})).await.assert_ok();
    // 50 roles with 49 spaces between them are just below 1,024 characters.
    let arguments = format!("user role {ADA} {}", role_flags(50, 19));
    run_cli(app.database(), &arguments, "").await.assert_success();

    ada.refresh_and_store().await;

    let length = ada.access_token().len();
    assert!((3000..=MAX_BYTES).contains(&length), "{length}");
    ada.me().await.assert_ok();
}

#[app_test]
async fn roles_that_a_token_has_no_room_for_are_refused_when_they_are_added(app: TestApp) {
    app.set_wall_clock_to_now();
    app.logged_in(ADA).await;
    for flags in [role_flags(51, 2), role_flags(60, 50), role_flags(17, 64)] {
        let output = run_cli(app.database(), &format!("user role {ADA} {flags}"), "").await;
        output.assert_failure(1, "too many for an access token: at most 50 with 1024 characters");
        let flags = flags.replace("--add", "--role");
        let output = run_cli(app.database(), &format!("user add bob@example.com --name Bob {flags}"), "").await;
        output.assert_failure(1, "too many for an access token");
    }
    assert_eq!(app.database().value("select roles from users").await, "");
}

/// As they were allowed before there was a bound.
#[app_test]
async fn a_token_that_no_verifier_would_accept_is_not_issued(app: TestApp) {
    app.set_wall_clock_to_now();
    let ada = app.logged_in(ADA).await;
    let roles: Vec<String> = (0..60).map(|number| format!("{number:050}")).collect();
    app.database().execute(format!("update users set roles = '{}'", roles.join(" "))).await;

    ada.refresh().await.assert_refused(ErrorCode::Unavailable);

    let flags: Vec<String> = roles[5..].iter().map(|role| format!("--remove {role}")).collect();
    run_cli(app.database(), &format!("user role {ADA} {}", flags.join(" ")), "").await.assert_success();
    ada.refresh().await.assert_ok();
}
