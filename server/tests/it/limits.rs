//! Attempts are limited per account.

use doorward_api::ErrorCode;
use futures::future::join_all;
use macro_rules_attribute::apply;

use crate::fixture::{Answer, PASSWORD, Person, TestApp};

const ADA: &str = "ada@example.com";
const WRONG: &str = "wrong horse battery staple";

/// Fails as often as is allowed.
async fn use_up(app: &TestApp, email: &str) {
    for _ in 0..10 {
        app.log_in(email, WRONG).await.assert_refused(ErrorCode::InvalidCredentials);
    }
}

/// The seconds that a refused attempt is told to wait.
fn wait(answer: Answer) -> u64 {
    let answer = answer.assert_refused(ErrorCode::TooManyAttempts);
    answer.header("retry-after").and_then(|seconds| seconds.parse().ok()).expect("whole seconds")
}

#[apply(under_each_policy!)]
async fn r17_after_ten_failures_even_the_right_password_has_to_wait(app: TestApp) {
    app.register(ADA, PASSWORD).await.assert_ok();
    use_up(&app, ADA).await;

    let seconds = wait(app.log_in(ADA, PASSWORD).await);

    assert!((1..=900).contains(&seconds), "{seconds}");
    app.advance(seconds - 1);
    wait(app.log_in(ADA, PASSWORD).await);
    app.advance(1);
    app.log_in(ADA, PASSWORD).await.assert_ok();
}

#[apply(under_each_policy!)]
async fn r17_an_account_that_does_not_exist_is_limited_alike(app: TestApp) {
    app.register(ADA, PASSWORD).await.assert_ok();
    use_up(&app, ADA).await;
    use_up(&app, "nobody@example.com").await;

    let known = app.log_in(ADA, WRONG).await;
    let unknown = app.log_in("nobody@example.com", WRONG).await;

    assert_eq!((&known.body, known.telling_headers()), (&unknown.body, unknown.telling_headers()), "R14");
    wait(known);
    wait(unknown);
}

#[apply(under_each_policy!)]
async fn r17_a_disabled_account_is_limited_alike(app: TestApp) {
    app.register(ADA, PASSWORD).await.assert_ok();
    app.database().execute("update users set disabled_at = 1").await;
    for _ in 0..10 {
        app.log_in(ADA, PASSWORD).await.assert_refused(ErrorCode::InvalidCredentials);
    }
    wait(app.log_in(ADA, PASSWORD).await);
}

#[apply(under_each_policy!)]
async fn r17_the_limit_goes_by_account_not_by_address_or_spelling(app: TestApp) {
    let spellings = ["ada@example.com", "ADA@example.com", " ada@example.com", "ａda@example.com"];
    for n in 0..10 {
        let form = serde_json::json!({"email": spellings[n % 4], "password": WRONG});
        let answer = app.post("/api/auth/login").from(&format!("198.51.100.{n}")).json(&form).await;
        answer.assert_refused(ErrorCode::InvalidCredentials);
    }
    wait(app.log_in("aDA@example.com", WRONG).await);
}

#[apply(under_each_policy!)]
async fn nobody_else_is_affected(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    app.register("bob@example.com", PASSWORD).await.assert_ok();
    use_up(&app, ADA).await;
    wait(app.log_in(ADA, PASSWORD).await);

    app.log_in("bob@example.com", PASSWORD).await.assert_ok();
    ada.me().await.assert_ok();
    ada.refresh().await.assert_ok();
}

#[apply(under_each_policy!)]
async fn r18_a_burst_gets_no_more_tries_than_a_queue(app: TestApp) {
    app.register(ADA, PASSWORD).await.assert_ok();
    for email in [ADA, "nobody@example.com"] {
        let answers = join_all((0..50).map(|_| app.log_in(email, WRONG))).await;

        let (tried, limited): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 401);
        assert_eq!(tried.len(), 10, "{email}");
        for answer in limited {
            wait(answer);
        }
    }
}

#[apply(under_each_policy!)]
async fn a_success_gives_all_tries_back(app: TestApp) {
    app.register(ADA, PASSWORD).await.assert_ok();
    for _ in 0..5 {
        for _ in 0..9 {
            app.log_in(ADA, WRONG).await.assert_refused(ErrorCode::InvalidCredentials);
        }
        app.log_in(ADA, PASSWORD).await.assert_ok();
    }
    assert_eq!(app.database().value("select count(*) from attempts").await, "0");
}

#[apply(under_each_policy!)]
async fn r19_a_restart_gives_no_tries_back(app: TestApp) {
    app.register(ADA, PASSWORD).await.assert_ok();
    use_up(&app, ADA).await;

    app.restart().await;

    wait(app.log_in(ADA, PASSWORD).await);
}

#[apply(under_each_policy!)]
async fn r19_failures_on_other_names_do_not_push_one_out(app: TestApp) {
    app.restart_with(|settings| settings.set("hashing_memory_mib", "64")).await;
    use_up(&app, ADA).await;
    for n in 0..200 {
        let email = format!("other{n}@example.com");
        app.log_in(&email, WRONG).await.assert_refused(ErrorCode::InvalidCredentials);
    }
    wait(app.log_in(ADA, PASSWORD).await);
}

#[apply(under_each_policy!)]
async fn r17_who_goes_on_guessing_waits_longer_and_longer(app: TestApp) {
    use_up(&app, ADA).await;
    let mut waits = Vec::new();
    for _ in 0..30 {
        let seconds = wait(app.log_in(ADA, WRONG).await);
        waits.push(seconds);
        app.advance(seconds);
        app.log_in(ADA, WRONG).await.assert_refused(ErrorCode::InvalidCredentials);
    }
    assert!(waits.is_sorted() && waits[29] >= 4 * waits[0], "{waits:?}");
}

#[apply(under_each_policy!)]
async fn r22_changing_the_password_is_under_the_same_limit(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    for _ in 0..5 {
        ada.change_password(WRONG, "another horse and another staple")
            .await
            .assert_refused(ErrorCode::InvalidCredentials);
        app.log_in(ADA, WRONG).await.assert_refused(ErrorCode::InvalidCredentials);
    }
    wait(ada.change_password(PASSWORD, "another horse and another staple").await);
    wait(app.log_in(ADA, PASSWORD).await);
}

#[apply(under_each_policy!)]
async fn r16_one_address_cannot_ask_for_ever_which_emails_are_taken(app: TestApp) {
    app.restart_with(|settings| settings.set("login_attempts", "1/15m")).await;
    let ask = |from: &'static str| {
        let form = serde_json::json!({"email": ADA, "password": PASSWORD, "name": "Eve"});
        app.post("/api/auth/register").from(from).json(&form)
    };
    ask("203.0.113.7").await.assert_ok();
    for _ in 1..60 {
        ask("203.0.113.7").await.assert_refused(ErrorCode::EmailTaken);
    }
    wait(ask("203.0.113.7").await);
    ask("203.0.113.8").await.assert_refused(ErrorCode::EmailTaken);
}

#[apply(under_each_policy!)]
async fn the_limit_can_be_set_and_switched_off(app: TestApp) {
    app.restart_with(|settings| settings.set("login_attempts", "2/1m")).await;
    app.log_in(ADA, WRONG).await.assert_refused(ErrorCode::InvalidCredentials);
    app.log_in(ADA, WRONG).await.assert_refused(ErrorCode::InvalidCredentials);
    assert_eq!(wait(app.log_in(ADA, WRONG).await), 30);

    app.restart_with(|settings| settings.set("login_attempts", "off")).await;
    for _ in 0..20 {
        app.log_in(ADA, WRONG).await.assert_refused(ErrorCode::InvalidCredentials);
    }
}

#[apply(under_each_policy!)]
async fn a_form_that_cannot_be_read_costs_no_attempt(app: TestApp) {
    app.register(ADA, PASSWORD).await.assert_ok();
    for _ in 0..20 {
        let form = serde_json::json!({"email": ADA, "password": 1});
        app.post("/api/auth/login").json(&form).await.assert_refused(ErrorCode::MalformedRequest);
    }
    let answer = app.log_in(ADA, PASSWORD).await;
    Person::from_grant(&app, ADA, answer).me().await.assert_ok();
}
