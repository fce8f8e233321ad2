//! Rate limits: login attempts per account, registrations per address. What known browsers and live sessions have beside
//! these is in `known_browsers`, what networks have in `network_limits`, and what accounts have in `account_limits`.

use doorward_api::ErrorCode;
use futures::future::join_all;
use test_macros::app_test;

use crate::support::{Browser, PASSWORD, Response, TestApp};

const ADA: &str = "ada@example.com";
const WRONG: &str = "wrong horse battery staple";

/// Fails as often as is allowed before the limit, in a browser that is not known.
pub async fn use_up_attempts(app: &TestApp, email: &str) {
    for _ in 0..10 {
        app.log_in(email, WRONG).await.assert_refused(ErrorCode::InvalidCredentials);
    }
}

/// The `Retry-After` of an attempt that was refused because of the limit.
pub fn retry_after(response: Response) -> u64 {
    let response = response.assert_refused(ErrorCode::TooManyAttempts);
    response.header("retry-after").and_then(|seconds| seconds.parse().ok()).expect("whole seconds")
}

#[app_test(each_policy)]
async fn after_ten_failures_even_the_correct_password_is_limited(app: TestApp) {
    app.register(ADA, PASSWORD).await.assert_ok();
    use_up_attempts(&app, ADA).await;

    let seconds = retry_after(app.log_in(ADA, PASSWORD).await);

    assert!((1..=900).contains(&seconds), "{seconds}");
    app.advance(seconds - 1);
    retry_after(app.log_in(ADA, PASSWORD).await);
    app.advance(1);
    app.log_in(ADA, PASSWORD).await.assert_ok();
}

#[app_test(each_policy)]
async fn an_unknown_account_is_limited_in_the_same_way(app: TestApp) {
    app.register(ADA, PASSWORD).await.assert_ok();
    use_up_attempts(&app, ADA).await;
    use_up_attempts(&app, "nobody@example.com").await;

    let known = app.log_in(ADA, WRONG).await;
    let unknown = app.log_in("nobody@example.com", WRONG).await;

    assert_eq!((&known.body, known.headers_except_request_id()), (&unknown.body, unknown.headers_except_request_id()));
    retry_after(known);
    retry_after(unknown);
}

#[app_test(each_policy)]
async fn a_disabled_account_is_limited_in_the_same_way(app: TestApp) {
    app.register(ADA, PASSWORD).await.assert_ok();
    app.database().execute("update users set disabled_at = 1").await;
    for _ in 0..10 {
        app.log_in(ADA, PASSWORD).await.assert_refused(ErrorCode::InvalidCredentials);
    }
    retry_after(app.log_in(ADA, PASSWORD).await);
}

#[app_test(each_policy)]
async fn the_limit_is_per_account_and_not_per_address_or_spelling(app: TestApp) {
    let spellings = ["ada@example.com", "ADA@example.com", " ada@example.com", "ａda@example.com"];
    for n in 0..10 {
        let form = serde_json::json!({"email": spellings[n % 4], "password": WRONG});
        let response = app.post("/api/auth/login").with_address(&format!("198.51.100.{n}")).json(&form).await;
        response.assert_refused(ErrorCode::InvalidCredentials);
    }
    retry_after(app.log_in("aDA@example.com", WRONG).await);
}

#[app_test(each_policy)]
async fn other_accounts_and_live_sessions_are_not_limited(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    app.register("bob@example.com", PASSWORD).await.assert_ok();
    use_up_attempts(&app, ADA).await;
    retry_after(app.log_in(ADA, PASSWORD).await);

    app.log_in("bob@example.com", PASSWORD).await.assert_ok();
    ada.me().await.assert_ok();
    ada.refresh().await.assert_ok();
}

#[app_test(each_policy)]
async fn concurrent_attempts_are_limited_like_sequential_ones(app: TestApp) {
    app.register(ADA, PASSWORD).await.assert_ok();
    for email in [ADA, "nobody@example.com"] {
        let responses = join_all((0..50).map(|_| app.log_in(email, WRONG))).await;

        let (tried, limited): (Vec<_>, Vec<_>) = responses.into_iter().partition(|response| response.status == 401);
        assert_eq!(tried.len(), 10, "{email}");
        for response in limited {
            retry_after(response);
        }
    }
}

#[app_test]
async fn concurrent_correct_logins_of_one_account_are_not_limited(app: TestApp) {
    app.register(ADA, PASSWORD).await.assert_ok();
    for response in join_all((0..50).map(|_| app.log_in(ADA, PASSWORD))).await {
        response.assert_ok();
    }
}

#[app_test(each_policy)]
async fn a_successful_login_restores_all_attempts(app: TestApp) {
    app.register(ADA, PASSWORD).await.assert_ok();
    for _ in 0..5 {
        for _ in 0..9 {
            app.log_in(ADA, WRONG).await.assert_refused(ErrorCode::InvalidCredentials);
        }
        app.log_in(ADA, PASSWORD).await.assert_ok();
    }
    assert_eq!(app.database().value("select count(*) from attempts").await, "0");
}

#[app_test(each_policy)]
async fn a_restart_restores_no_attempts(app: TestApp) {
    app.register(ADA, PASSWORD).await.assert_ok();
    use_up_attempts(&app, ADA).await;

    app.restart().await;

    retry_after(app.log_in(ADA, PASSWORD).await);
}

#[app_test(each_policy)]
async fn failures_of_many_other_accounts_evict_no_limit(app: TestApp) {
    app.restart_with(|settings| settings.set("hashing_memory_mib", "64")).await;
    use_up_attempts(&app, ADA).await;
    for n in 0..200 {
        let email = format!("other{n}@example.com");
        app.log_in(&email, WRONG).await.assert_refused(ErrorCode::InvalidCredentials);
    }
    retry_after(app.log_in(ADA, PASSWORD).await);
}

#[app_test(each_policy)]
async fn the_wait_grows_with_continued_failures(app: TestApp) {
    use_up_attempts(&app, ADA).await;
    let mut waits = Vec::new();
    for _ in 0..30 {
        let seconds = retry_after(app.log_in(ADA, WRONG).await);
        waits.push(seconds);
        app.advance(seconds);
        app.log_in(ADA, WRONG).await.assert_refused(ErrorCode::InvalidCredentials);
    }
    assert!(waits.is_sorted() && waits[29] >= 4 * waits[0], "{waits:?}");
}

#[app_test(each_policy)]
async fn registrations_are_limited_per_address(app: TestApp) {
    app.restart_with(|settings| settings.set("login_attempts", "1/15m")).await;
    let register = |from: &'static str| {
        let form = serde_json::json!({"email": ADA, "password": PASSWORD, "name": "Eve"});
        app.post("/api/auth/register").with_address(from).json(&form)
    };
    register("203.0.113.7").await.assert_ok();
    for _ in 1..60 {
        register("203.0.113.7").await.assert_refused(ErrorCode::EmailTaken);
    }
    retry_after(register("203.0.113.7").await);
    register("203.0.113.8").await.assert_refused(ErrorCode::EmailTaken);
}

#[app_test(each_policy)]
async fn the_limit_is_configurable_and_can_be_disabled(app: TestApp) {
    app.restart_with(|settings| settings.set("login_attempts", "2/1m")).await;
    app.log_in(ADA, WRONG).await.assert_refused(ErrorCode::InvalidCredentials);
    app.log_in(ADA, WRONG).await.assert_refused(ErrorCode::InvalidCredentials);
    assert_eq!(retry_after(app.log_in(ADA, WRONG).await), 30);

    app.restart_with(|settings| settings.set("login_attempts", "off")).await;
    for _ in 0..20 {
        app.log_in(ADA, WRONG).await.assert_refused(ErrorCode::InvalidCredentials);
    }
}

#[app_test(each_policy)]
async fn a_malformed_login_counts_as_no_attempt(app: TestApp) {
    app.register(ADA, PASSWORD).await.assert_ok();
    for _ in 0..20 {
        let form = serde_json::json!({"email": ADA, "password": 1});
        app.post("/api/auth/login").json(&form).await.assert_refused(ErrorCode::MalformedRequest);
    }
    let response = app.log_in(ADA, PASSWORD).await;
    Browser::from_response(&app, ADA, response).me().await.assert_ok();
}
