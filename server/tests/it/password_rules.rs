//! Which passwords are allowed, and that they are checked exactly as sent.

use doorward_api::ErrorCode;
use serde_json::json;
use test_macros::app_test;

use crate::support::{PASSWORD, TestApp};

const ADA: &str = "ada@example.com";

/// An uncommon password of this many bytes.
fn long(bytes: usize) -> String {
    "a dozen purple elephants dance daily; ".chars().cycle().take(bytes).collect()
}

#[app_test]
async fn a_password_has_at_least_fifteen_characters(app: TestApp) {
    app.register(ADA, "fourteen chars").await.assert_invalid_fields(&["password"]);
    app.register(ADA, "ünïcödé wörd sé").await.assert_ok();
}

#[app_test]
async fn the_length_is_counted_before_normalization(app: TestApp) {
    // U+FDFA becomes eighteen letters in NFKC.
    app.register(ADA, "\u{FDFA}").await.assert_invalid_fields(&["password"]);
}

#[app_test]
async fn the_minimum_length_is_configurable(app: TestApp) {
    app.restart_with(|settings| settings.set("password_min_length", "40")).await;
    let response = app.register(ADA, PASSWORD).await.assert_invalid_fields(&["password"]);
    assert!(response.problem().errors.expect("errors").get("password").expect("a message").contains("40"));
}

#[app_test]
async fn passwords_up_to_1024_bytes_count_whole(app: TestApp) {
    app.register(ADA, &long(1025)).await.assert_invalid_fields(&["password"]);
    app.register(ADA, &long(1024)).await.assert_ok();

    app.log_in(ADA, &long(1024)).await.assert_ok();
    app.log_in(ADA, &long(1023)).await.assert_refused(ErrorCode::InvalidCredentials);
    app.log_in(ADA, &long(1025)).await.assert_refused(ErrorCode::InvalidCredentials);
    app.log_in(ADA, &long(72)).await.assert_refused(ErrorCode::InvalidCredentials);
}

#[app_test]
async fn the_maximum_length_is_in_bytes(app: TestApp) {
    let crabs = "🦀🐢🦊🐙🐝🦋🐞🐠".repeat(32);
    assert_eq!(crabs.len(), 1024);
    app.register(ADA, &format!("{crabs}!")).await.assert_invalid_fields(&["password"]);
    app.register(ADA, &crabs).await.assert_ok();
    app.log_in(ADA, &crabs).await.assert_ok();
}

#[app_test]
async fn a_password_of_a_megabyte_is_too_large(app: TestApp) {
    let password = "x".repeat(1 << 20);
    app.register(ADA, &password).await.assert_refused(ErrorCode::TooLarge);
    app.log_in(ADA, &password).await.assert_refused(ErrorCode::TooLarge);
}

#[app_test]
async fn a_password_is_neither_trimmed_nor_case_folded(app: TestApp) {
    let password = " Correct Horse Battery Staple ";
    app.register(ADA, password).await.assert_ok();

    for almost in [
        "Correct Horse Battery Staple",
        " Correct Horse Battery Staple",
        "Correct Horse Battery Staple ",
        " correct horse battery staple ",
        " CORRECT HORSE BATTERY STAPLE ",
        " Correct Horse Battery Staple \0",
        " Correct Horse Battery Staple\n",
        "",
    ] {
        app.log_in(ADA, almost).await.assert_refused(ErrorCode::InvalidCredentials);
    }
    app.log_in(ADA, password).await.assert_ok();
}

#[app_test]
async fn composed_and_decomposed_letters_are_the_same_password(app: TestApp) {
    app.register(ADA, "Motörhead im Café um drei").await.assert_ok();
    app.log_in(ADA, "Moto\u{308}rhead im Cafe\u{301} um drei").await.assert_ok();
}

#[app_test]
async fn nul_and_emoji_count_like_any_character(app: TestApp) {
    let password = "before the NUL\0and after it 🦀";
    app.register(ADA, password).await.assert_ok();

    app.log_in(ADA, "before the NUL").await.assert_refused(ErrorCode::InvalidCredentials);
    app.log_in(ADA, "before the NUL\0and after it 🐢").await.assert_refused(ErrorCode::InvalidCredentials);
    app.log_in(ADA, "before the NUL\0").await.assert_refused(ErrorCode::InvalidCredentials);
    app.log_in(ADA, password).await.assert_ok();
}

#[app_test]
async fn common_passwords_are_refused_with_the_reason(app: TestApp) {
    for common in ["passwordpassword", "123456789012345", "adalovelace1815", "doorwarddoorward", "ada@example.com"] {
        let response = app.register(ADA, common).await.assert_invalid_fields(&["password"]);
        let reason = response.problem().errors.expect("errors").get("password").expect("a message").clone();
        assert!(reason.contains("too common") || reason.contains("your name"), "{common}: {reason}");
        assert!(!reason.contains(common), "a password is never echoed");
    }
}

#[app_test(each_policy)]
async fn the_rules_apply_to_a_changed_password(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    for new in ["fourteen chars", "\u{FDFA}", "passwordpassword", "adalovelace1815", &long(1025), ""] {
        ada.change_password(PASSWORD, new).await.assert_invalid_fields(&["new_password"]);
    }
    app.log_in(ADA, PASSWORD).await.assert_ok();
}

#[app_test]
async fn a_password_that_is_no_string_is_malformed(app: TestApp) {
    for password in [json!(null), json!(123_456_789_012_345_u64), json!(["x"]), json!({"a": 1}), json!(true)] {
        let form = json!({"email": ADA, "password": password});
        app.post("/api/auth/login").json(&form).await.assert_refused(ErrorCode::MalformedRequest);
    }
}
