//! What may be a password, and that it is taken exactly as sent.

use doorward_api::ErrorCode;
use macro_rules_attribute::apply;
use serde_json::json;

use crate::fixture::PASSWORD;

const ADA: &str = "ada@example.com";

/// Text of this many bytes that nobody would guess.
fn long(bytes: usize) -> String {
    "a dozen purple elephants dance daily; ".chars().cycle().take(bytes).collect()
}

#[apply(on_both_databases!)]
async fn r1_a_password_has_fifteen_characters(app: TestApp) {
    app.register(ADA, "fourteen chars").await.assert_wrong(&["password"]);
    app.register(ADA, "ünïcödé wörd sé").await.assert_ok();
}

#[apply(on_both_databases!)]
async fn r1_a_character_that_normalization_spells_out_is_still_one(app: TestApp) {
    // U+FDFA becomes eighteen letters in NFKC.
    app.register(ADA, "\u{FDFA}").await.assert_wrong(&["password"]);
}

#[apply(on_both_databases!)]
async fn r1_the_operator_may_ask_for_more(app: TestApp) {
    app.restart_with(|settings| settings.set("password_min_length", "40")).await;
    let answer = app.register(ADA, PASSWORD).await.assert_wrong(&["password"]);
    assert!(answer.problem().errors.expect("errors").get("password").expect("a message").contains("40"));
}

#[apply(on_both_databases!)]
async fn r2_1024_bytes_are_taken_whole_and_1025_are_refused(app: TestApp) {
    app.register(ADA, &long(1025)).await.assert_wrong(&["password"]);
    app.register(ADA, &long(1024)).await.assert_ok();

    app.log_in(ADA, &long(1024)).await.assert_ok();
    app.log_in(ADA, &long(1023)).await.assert_refused(ErrorCode::InvalidCredentials);
    app.log_in(ADA, &long(1025)).await.assert_refused(ErrorCode::InvalidCredentials);
    app.log_in(ADA, &long(72)).await.assert_refused(ErrorCode::InvalidCredentials);
}

#[apply(on_both_databases!)]
async fn r2_the_limit_is_in_bytes_not_characters(app: TestApp) {
    let crabs = "🦀🐢🦊🐙🐝🦋🐞🐠".repeat(32);
    assert_eq!(crabs.len(), 1024);
    app.register(ADA, &format!("{crabs}!")).await.assert_wrong(&["password"]);
    app.register(ADA, &crabs).await.assert_ok();
    app.log_in(ADA, &crabs).await.assert_ok();
}

#[apply(on_both_databases!)]
async fn a_password_of_a_megabyte_is_too_large(app: TestApp) {
    let password = "x".repeat(1 << 20);
    app.register(ADA, &password).await.assert_refused(ErrorCode::TooLarge);
    app.log_in(ADA, &password).await.assert_refused(ErrorCode::TooLarge);
}

#[apply(on_both_databases!)]
async fn r3_a_password_is_checked_exactly_as_sent(app: TestApp) {
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

#[apply(on_both_databases!)]
async fn r3_keyboards_that_compose_letters_differently_make_the_same_password(app: TestApp) {
    app.register(ADA, "Motörhead im Café um drei").await.assert_ok();
    app.log_in(ADA, "Moto\u{308}rhead im Cafe\u{301} um drei").await.assert_ok();
}

#[apply(on_both_databases!)]
async fn r4_nul_and_emoji_count_like_everything_else(app: TestApp) {
    let password = "before the NUL\0and after it 🦀";
    app.register(ADA, password).await.assert_ok();

    app.log_in(ADA, "before the NUL").await.assert_refused(ErrorCode::InvalidCredentials);
    app.log_in(ADA, "before the NUL\0and after it 🐢").await.assert_refused(ErrorCode::InvalidCredentials);
    app.log_in(ADA, "before the NUL\0").await.assert_refused(ErrorCode::InvalidCredentials);
    app.log_in(ADA, password).await.assert_ok();
}

#[apply(on_both_databases!)]
async fn r5_passwords_that_are_guessed_first_are_refused_with_the_reason(app: TestApp) {
    for guessed in ["passwordpassword", "123456789012345", "adalovelace1815", "doorwarddoorward", "ada@example.com"] {
        let answer = app.register(ADA, guessed).await.assert_wrong(&["password"]);
        let reason = answer.problem().errors.expect("errors").get("password").expect("a message").clone();
        assert!(reason.contains("guessed first") || reason.contains("your name"), "{guessed}: {reason}");
        assert!(!reason.contains(guessed), "a password is never echoed");
    }
}

#[apply(under_each_policy!)]
async fn r5_a_new_password_keeps_the_same_rules(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    for new in ["fourteen chars", "\u{FDFA}", "passwordpassword", "adalovelace1815", &long(1025), ""] {
        ada.change_password(PASSWORD, new).await.assert_wrong(&["new_password"]);
    }
    app.log_in(ADA, PASSWORD).await.assert_ok();
}

#[apply(on_both_databases!)]
async fn a_password_that_is_no_text_is_malformed(app: TestApp) {
    for password in [json!(null), json!(123_456_789_012_345_u64), json!(["x"]), json!({"a": 1}), json!(true)] {
        let form = json!({"email": ADA, "password": password});
        app.post("/api/auth/login").json(&form).await.assert_refused(ErrorCode::MalformedRequest);
    }
}
