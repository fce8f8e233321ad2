//! Known browsers and live sessions: strangers cannot spend their attempts.

use std::collections::HashSet;

use doorward_api::ErrorCode;
use serde_json::json;
use test_macros::app_test;

use crate::{
    rate_limit::{retry_after, use_up_attempts},
    support::{Browser, PASSWORD, TestApp},
};

const ADA: &str = "ada@example.com";
const WRONG: &str = "wrong horse battery staple";
const NEW_PASSWORD: &str = "another horse and another staple";
const DAY: u64 = 24 * 3600;

#[app_test(each_policy)]
async fn strangers_cannot_keep_a_known_browser_from_logging_in(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    ada.log_out().await.assert_ok();
    use_up_attempts(&app, ADA).await;
    retry_after(app.log_in(ADA, PASSWORD).await);

    ada.log_in_with(PASSWORD).await.assert_ok();
}

#[app_test(each_policy)]
async fn strangers_cannot_keep_a_live_session_from_changing_the_password(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    use_up_attempts(&app, ADA).await;

    ada.change_password(PASSWORD, NEW_PASSWORD).await.assert_ok();
}

#[app_test(each_policy)]
async fn wrong_current_passwords_are_limited_per_session_and_spend_no_login(app: TestApp) {
    let (thief, ada) = (app.logged_in(ADA).await, app.logged_in(ADA).await);
    for _ in 0..10 {
        thief.change_password(WRONG, NEW_PASSWORD).await.assert_refused(ErrorCode::InvalidCredentials);
    }
    retry_after(thief.change_password(PASSWORD, NEW_PASSWORD).await);

    app.log_in(ADA, PASSWORD).await.assert_ok();
    ada.change_password(PASSWORD, NEW_PASSWORD).await.assert_ok();
}

#[app_test(each_policy)]
async fn a_known_browser_has_ten_failures_and_then_those_of_all_browsers(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    for _ in 0..20 {
        ada.log_in_with(WRONG).await.assert_refused(ErrorCode::InvalidCredentials);
    }
    retry_after(ada.log_in_with(PASSWORD).await);
    retry_after(app.log_in(ADA, PASSWORD).await);
}

#[app_test]
async fn a_success_gives_back_the_failures_of_a_known_browser(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    for _ in 0..5 {
        for _ in 0..9 {
            ada.log_in_with(WRONG).await.assert_refused(ErrorCode::InvalidCredentials);
        }
        ada.log_in_with(PASSWORD).await.assert_ok();
    }
    assert_eq!(app.database().value("select count(*) from attempts").await, "0");
}

#[app_test]
async fn a_login_from_a_known_browser_resets_no_failures_of_strangers(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    use_up_attempts(&app, ADA).await;
    ada.log_in_with(PASSWORD).await.assert_ok();
    retry_after(app.log_in(ADA, WRONG).await);
}

#[app_test]
async fn a_device_cookie_is_worth_nothing_for_another_account_and_nothing_without_the_password(app: TestApp) {
    let eve = app.logged_in("eve@example.com").await;
    app.register(ADA, PASSWORD).await.assert_ok();
    use_up_attempts(&app, ADA).await;

    let form = json!({"email": ADA, "password": PASSWORD});
    retry_after(app.post("/api/auth/login").with_device_cookie_of(&eve).json(&form).await);
    for path in ["/api/me", "/api/account"] {
        app.get(path).with_device_cookie_of(&eve).await.assert_refused(ErrorCode::TokenMissing);
    }
    app.post("/api/auth/refresh").with_device_cookie_of(&eve).await.assert_refused(ErrorCode::SessionMissing);
    eve.log_in_with(WRONG).await.assert_refused(ErrorCode::InvalidCredentials);
}

#[app_test]
async fn a_browser_stays_known_for_400_days_and_for_each_of_its_users(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    app.register("bob@example.com", PASSWORD).await.assert_ok();
    let form = json!({"email": "bob@example.com", "password": PASSWORD});
    let response = app.post("/api/auth/login").with_device_cookie_of(&ada).json(&form).await;
    let bob = Browser::from_response(&app, "bob@example.com", response);
    let ada = Browser { device_cookie: bob.device_cookie.clone(), ..ada };

    app.advance(399 * DAY);
    for (user, email) in [(&ada, ADA), (&bob, "bob@example.com")] {
        use_up_attempts(&app, email).await;
        user.log_in_with(PASSWORD).await.assert_ok();
    }
    app.advance(2 * DAY);
    while app.log_in(ADA, WRONG).await.status != 429 {}
    retry_after(ada.log_in_with(PASSWORD).await);
}

#[app_test]
async fn the_allowances_of_known_browsers_hold_across_nodes_and_restarts(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let other = app.another_node().await;
    for node in [&app, &other] {
        for _ in 0..5 {
            ada.on_node(node).log_in_with(WRONG).await.assert_refused(ErrorCode::InvalidCredentials);
        }
    }
    use_up_attempts(&app, ADA).await;
    app.restart().await;
    retry_after(ada.log_in_with(PASSWORD).await);
}

/// A former owner of the password may have collected cookies before it was changed.
#[app_test]
async fn many_device_cookies_of_an_account_share_a_bounded_number_of_attempts(app: TestApp) {
    app.restart_with(|settings| settings.set("login_attempts", "2/15m")).await;
    let mut browsers = vec![app.logged_in(ADA).await];
    for _ in 0..400 {
        let response = app.log_in(ADA, PASSWORD).await;
        browsers.push(Browser::from_response(&app, ADA, response));
    }
    let mut tried = 0;
    for browser in browsers.iter().chain(&browsers) {
        tried += usize::from(browser.log_in_with(WRONG).await.status == 401);
    }
    // 32 allowances of known browsers, and that of all others.
    assert!(tried <= 33 * 2, "{tried}");
}

#[app_test]
async fn the_cookie_is_set_by_logins_alone_and_shows_no_identity(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let again = app.logged_in(ADA).await;
    assert_ne!(ada.device_cookie, again.device_cookie);
    let bytes = hex::decode(&ada.device_cookie).expect("hex");
    // Long enough that chance does not contain them.
    for identity in [ada.user_id(), ada.session_id(), ADA] {
        assert!(!ada.device_cookie.contains(identity));
        assert!(!bytes.windows(identity.len()).any(|window| window == identity.as_bytes()));
    }
    let contents = app.database().contents().await;
    assert!(!contents.contains(&ada.device_cookie[..24]), "{contents}");
}

#[app_test]
async fn a_planted_or_malformed_device_cookie_changes_nothing(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let form = json!({"email": ADA, "password": PASSWORD});
    for planted in ["", "x", "..", &"ab".repeat(2000), "%00", &ada.device_cookie[1..]] {
        let login = app.post("/api/auth/login").header("cookie", format!("__Host-Http-device={planted}"));
        login.json(&form).await.assert_ok();
    }
    // Beside a planted one, the genuine one counts.
    use_up_attempts(&app, ADA).await;
    let login = app.post("/api/auth/login").header("cookie", "__Host-Http-device=x").with_device_cookie_of(&ada);
    login.json(&form).await.assert_ok();
}

/// Simulated attack: for an hour, one guess a second, each from another address; the owner logs in once a minute, in a known
/// and in an unknown browser. `--nocapture` prints the figures.
#[app_test(sqlite)]
async fn during_an_hour_of_guessing_every_login_from_a_known_browser_succeeds(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let (mut guesses, mut known, mut unknown) = (0, 0, 0);
    let mut addresses = HashSet::new();
    for second in 0..3600_u32 {
        app.advance(1);
        let address = format!("{}.{}.{}.7", 11 + second % 89, second / 256, second % 256);
        let guess = json!({"email": ADA, "password": format!("the wrong password {second}")});
        guesses += usize::from(app.post("/api/auth/login").with_address(&address).json(&guess).await.status == 401);
        addresses.insert(address);
        if second % 60 == 30 {
            known += usize::from(ada.log_in_with(PASSWORD).await.status == 200);
            unknown += usize::from(app.log_in(ADA, PASSWORD).await.status == 200);
        }
    }
    println!(
        "an hour, {} addresses: {guesses} guesses tried; logins of the owner: {known} of 60 from a known browser, \
         {unknown} of 60 from another",
        addresses.len()
    );
    assert_eq!((addresses.len(), known), (3600, 60));
    assert!(guesses < 40, "{guesses}");
}
