//! What a login costs: the same work for every account, and none for what is refused.

use std::future::IntoFuture;

use doorward_api::ErrorCode;
use futures::future::join_all;
use serde_json::json;
use server::login::password_hasher::Priority;
use test_macros::app_test;

use crate::support::{PASSWORD, TestApp};

const ADA: &str = "ada@example.com";
const WRONG: &str = "wrong horse battery staple";

/// The hashing work that a failed login causes.
async fn work(app: &TestApp, email: &str) -> u64 {
    let before = app.state().password_hasher.work_done();
    app.log_in(email, WRONG).await.assert_refused(ErrorCode::InvalidCredentials);
    app.state().password_hasher.work_done() - before
}

async fn set_params(app: &TestApp, memory: &str, iterations: &str) {
    app.restart_with(|settings| {
        settings.set("argon2_memory_kib", memory);
        settings.set("argon2_iterations", iterations);
    })
    .await;
}

#[app_test]
async fn hashes_of_any_age_unknown_and_disabled_accounts_cost_the_same_work(app: TestApp) {
    for (n, (memory, iterations)) in [("256", "1"), ("64", "3"), ("64", "1")].into_iter().enumerate() {
        set_params(&app, memory, iterations).await;
        app.register(&format!("user{n}@example.com"), PASSWORD).await.assert_ok();
    }
    app.register("disabled@example.com", PASSWORD).await.assert_ok();
    app.database().execute("update users set disabled_at = 1 where email = 'disabled@example.com'").await;
    // Lower, equal and higher settings than the stored hashes.
    for (memory, iterations) in [("32", "1"), ("64", "3"), ("512", "2")] {
        set_params(&app, memory, iterations).await;
        let expected = work(&app, "nobody@example.com").await;
        assert!(expected >= 256 + 3 * 64 + 64, "{expected}");
        for email in ["user0@example.com", "user1@example.com", "user2@example.com", "disabled@example.com"] {
            assert_eq!(work(&app, email).await, expected, "{email} with {memory} KiB × {iterations}");
        }
    }
}

#[app_test]
async fn parameters_that_no_hash_has_any_more_cost_nothing(app: TestApp) {
    set_params(&app, "256", "1").await;
    app.register(ADA, PASSWORD).await.assert_ok();
    set_params(&app, "64", "1").await;
    assert_eq!(work(&app, "nobody@example.com").await, 256 + 64);

    app.log_in(ADA, PASSWORD).await.assert_ok();
    let is_rehashed = "select count(*) from users where password_hash like '%m=64,%'";
    while app.database().value(is_rehashed).await == "0" {
        tokio::task::yield_now().await;
    }
    app.clean_up().await;

    assert_eq!(work(&app, "nobody@example.com").await, 64);
}

#[app_test]
async fn hashes_that_another_node_makes_with_other_settings_cost_the_same_soon(app: TestApp) {
    app.register(ADA, PASSWORD).await.assert_ok();
    let other = app.another_node().await;
    set_params(&other, "128", "1").await;
    other.register("bob@example.com", PASSWORD).await.assert_ok();

    app.clean_up().await;

    for email in [ADA, "bob@example.com", "nobody@example.com"] {
        assert_eq!(work(&app, email).await, 64 + 128, "{email}");
    }
}

#[app_test]
async fn a_full_queue_is_refused_before_the_database_is_asked(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let mut places = Vec::new();
    for priority in [Priority::Known, Priority::Unknown] {
        while let Ok(place) = app.state().password_hasher.reserve(priority) {
            places.push(place);
        }
    }
    let attempts = app.database().value("select count(*) from attempts").await;
    for table in ["attempts", "users", "events"] {
        app.database().break_table(table).await;
    }
    app.log_in(ADA, PASSWORD).await.assert_refused(ErrorCode::Busy);
    ada.log_in_with(PASSWORD).await.assert_refused(ErrorCode::Busy);
    app.register("bob@example.com", PASSWORD).await.assert_refused(ErrorCode::Busy);
    let changed = ada.change_password(PASSWORD, "another horse and another staple").await;
    assert!(changed.status == 503, "{changed:?}");
    for table in ["attempts", "users", "events"] {
        app.database().repair_table(table).await;
    }

    places.clear();
    assert_eq!(app.database().value("select count(*) from attempts").await, attempts);
    app.log_in(ADA, PASSWORD).await.assert_ok();
}

#[app_test]
async fn a_flood_of_strangers_leaves_places_to_known_browsers_and_sessions(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let mut places = Vec::new();
    while let Ok(place) = app.state().password_hasher.reserve(Priority::Unknown) {
        places.push(place);
    }
    app.log_in(ADA, PASSWORD).await.assert_refused(ErrorCode::Busy);

    ada.log_in_with(PASSWORD).await.assert_ok();
    ada.change_password(PASSWORD, "another horse and another staple").await.assert_ok();
}

#[app_test]
async fn refused_logins_spend_no_attempts(app: TestApp) {
    app.restart_with(|settings| {
        // One worker, which needs some milliseconds for each hash.
        settings.set("argon2_memory_kib", "8192");
        settings.set("hashing_memory_mib", "8");
    })
    .await;
    let guess = |n| {
        let form = json!({"email": format!("user{n}@example.com"), "password": WRONG});
        app.post("/api/auth/login").json(&form).into_future()
    };
    let responses = join_all((0..700).map(guess)).await;
    let busy = responses.iter().filter(|response| response.status == 503).count();
    assert!(busy >= 500, "{busy}");
    assert!(responses.iter().all(|response| response.status != 429), "all are from one address, which may try 600");
    let rows = app.database().value("select count(*) from attempts").await;
    assert_eq!(rows, (700 - busy).to_string());
}

#[app_test]
async fn a_refused_registration_has_no_blocklist_and_no_hash(app: TestApp) {
    app.restart_with(|settings| settings.set("login_attempts", "1/15m")).await;
    for _ in 0..60 {
        app.register(ADA, "passwordpassword").await.assert_invalid_fields(&["password"]);
    }
    // The rate limit applies before the blocklist check.
    app.register(ADA, "passwordpassword").await.assert_refused(ErrorCode::TooManyAttempts);
    assert_eq!(app.state().password_hasher.work_done(), 0);
    // Length is checked before the rate limit.
    app.register(ADA, "short").await.assert_invalid_fields(&["password"]);
    app.register(ADA, &"long ".repeat(2000)).await.assert_invalid_fields(&["password"]);
}

#[app_test]
async fn an_unreadable_hash_costs_the_same_work(app: TestApp) {
    app.register(ADA, PASSWORD).await.assert_ok();
    app.database().execute("update users set password_hash = 'none'").await;
    app.clean_up().await;
    let expected = work(&app, "nobody@example.com").await;
    let before = app.state().password_hasher.work_done();
    app.log_in(ADA, PASSWORD).await.assert_refused(ErrorCode::Unavailable);
    assert_eq!(app.state().password_hasher.work_done() - before, expected);
}
