//! Administrators and the operator remove the second factors of users who have lost them, who can stop it for a while.

use doorward_api::{EndReason, ErrorCode, FactorReset};
use futures::future::join_all;
use server::config::RawSettings;
use test_macros::app_test;

use crate::{
    recovery_pages::{scan, submit},
    support::{Browser, MASTER_SECRET, Output, PASSWORD, PUBLIC_URL, Response, TestApp, eventually, run_cli_with},
    users::admin,
};

const BOB: &str = "bob@example.com";
const DAY: u64 = 24 * 3600;

async fn reset(admin: &Browser, id: &str) -> Response {
    admin.post(&format!("/api/admin/users/{id}/reset-second-factor")).await
}

async fn answer(app: &TestApp, token: &str, answer: &str) -> Response {
    submit(app, "/factor-reset/undo", &[("token", token), ("answer", answer)]).await
}

/// Gives a user every kind of factor.
async fn add_factors(app: &TestApp, id: &str) {
    for statement in [
        format!("update users set second_step = 1 where user_id = '{id}'"),
        format!(
            "insert into totp_seeds (seed_id, user_id, sealed, created_at, confirmed_at) values ('s1', '{id}', 'ab', 1, 1)"
        ),
        format!("insert into recovery_codes (code_hash, user_id, created_at) values ('c1', '{id}', 1)"),
        format!(
            "insert into passkeys (passkey_id, credential_id, user_id, name, public_key, rp_id, sign_count, backup_eligible, \
             backed_up, user_verified, transports, aaguid, created_at) \
             values ('p1', 'p1', '{id}', 'Key', 'ab', 'doorward.test', 0, 0, 0, 1, '', '00', 1)"
        ),
    ] {
        app.database().execute(statement).await;
    }
}

async fn factor_count(app: &TestApp) -> String {
    let counts = "select (select count(*) from totp_seeds) + (select count(*) from recovery_codes) + \
                  (select count(*) from passkeys) + (select count(*) from users where second_step = 1)";
    app.database().value(counts).await
}

async fn count(app: &TestApp, condition: &str) -> String {
    app.database().value(format!("select count(*) from events where {condition}")).await
}

/// An administrator, and a user with all kinds of factors.
async fn prepared(app: &TestApp) -> (Browser, Browser) {
    let ada = admin(app).await;
    let bob = app.logged_in(BOB).await;
    add_factors(app, bob.user_id()).await;
    app.restart_with_mail().await;
    app.verify_emails().await;
    (ada, bob)
}

#[app_test(each_policy, also_with_valkey)]
async fn after_the_delay_all_factors_are_gone_all_sessions_have_ended_and_the_password_logs_in(app: TestApp) {
    let (ada, bob) = prepared(&app).await;

    let asked: FactorReset = reset(&ada, bob.user_id()).await.assert_status(202).parse();

    assert_eq!(asked.effective_at.as_str(), "2026-01-02T00:00:00Z");
    assert_eq!(count(&app, "kind = 'factor_reset_asked' and actor_id is not null").await, "1");
    let mail = app.mail_to(BOB).await;
    let text = &mail.content.text;
    assert_eq!(mail.purpose, "factor-reset");
    assert!(text.contains("2026-01-02 00:00 UTC") && !text.contains("Lovelace"), "{text}");
    bob.me().await.assert_ok();
    app.clean_up().await;
    assert_eq!(factor_count(&app).await, "4");

    // Again: the first one stands.
    app.advance(60);
    let again: FactorReset = reset(&ada, bob.user_id()).await.assert_status(202).parse();
    assert_eq!(again, asked);
    assert_eq!(app.mails_to(BOB).await.iter().filter(|mail| mail.purpose == "factor-reset").count(), 1);

    let node = app.another_node().await.with_revocation_sync();
    app.advance(DAY);
    let fresh = if app.credential_storage().is_renewable() {
        let mut bob = bob.clone();
        bob.refresh_and_store().await;
        Some(bob)
    } else {
        None
    };
    app.clean_up().await;

    assert_eq!(factor_count(&app).await, "0");
    assert_eq!(count(&app, "kind = 'factor_reset_done'").await, "1");
    if let Some(bob) = &fresh {
        bob.me().await.assert_ended(EndReason::FactorReset);
        bob.refresh().await.assert_ended(EndReason::FactorReset);
        let on_node = bob.on_node(&node);
        eventually(async || on_node.me().await.status == 401).await;
    }
    assert_eq!(app.mail_to(BOB).await.purpose, "factors-reset");
    let done = app.mail_to(BOB).await.content.text;
    assert!(!done.contains("http"), "no link: {done}");
    app.log_in(BOB, PASSWORD).await.assert_ok();
    app.clean_up().await;
    assert_eq!(count(&app, "kind = 'factor_reset_done'").await, "1");
}

#[app_test(each_policy)]
async fn the_user_stops_it_with_the_link_in_the_mail(app: TestApp) {
    let (ada, bob) = prepared(&app).await;
    reset(&ada, bob.user_id()).await.assert_status(202);
    let link = app.mail_to(BOB).await.link().to_owned();
    let token = app.mail_to(BOB).await.token().to_owned();
    assert!(link.starts_with("https://doorward.test/factor-reset/undo?token="), "{link}");

    let page = app.get(&format!("/factor-reset/undo?token={token}")).await.assert_status(200);
    for text in ["Keep my second factors", "Remove them as planned", r#"type="radio""#, "2026-01-02 00:00 UTC"] {
        assert!(page.text().contains(text), "{text}: {}", page.text());
    }
    for (name, value) in
        [("referrer-policy", "strict-origin"), ("cache-control", "no-store"), ("x-robots-tag", "noindex")]
    {
        assert_eq!(page.header(name), Some(value));
    }
    assert!(!page.text().contains("checked") && !page.text().contains("<script") && !page.text().contains(BOB));
    scan(&app, &link).await;
    let unchosen = answer(&app, &token, "").await.assert_status(422);
    assert!(unchosen.text().contains("Choose one of the answers."));
    let planned = answer(&app, &token, "remove").await.assert_status(303);
    assert_eq!(planned.header("location"), Some("/factor-reset/undo?unchanged"));
    app.get("/factor-reset/undo?unchanged").await.assert_status(200);
    assert_eq!(count(&app, "kind = 'factor_reset_undone'").await, "0");

    let node = app.another_node().await;
    let answers =
        join_all((0..10).map(|number| answer(if number % 2 == 0 { &app } else { &node }, &token, "keep"))).await;

    assert_eq!(answers.iter().filter(|answer| answer.status == 303).count(), 1);
    assert_eq!(count(&app, "kind = 'factor_reset_undone'").await, "1");
    let page = app.get("/factor-reset/undo?kept").await.assert_status(200);
    assert!(page.text().contains("Your second factors stay"));
    app.advance(2 * DAY);
    app.clean_up().await;
    assert_eq!(factor_count(&app).await, "4");
    app.get(&format!("/factor-reset/undo?token={token}")).await.assert_status(422);
}

#[app_test]
async fn it_is_stopped_until_the_last_millisecond_and_also_after_a_change_of_password_and_email(app: TestApp) {
    let (ada, bob) = prepared(&app).await;
    reset(&ada, bob.user_id()).await.assert_status(202);
    let token = app.mail_to(BOB).await.token().to_owned();
    app.database()
        .execute(format!(
            "update users set email = 'thief@example.com', password_version = 7, factors_version = factors_version + 1 \
             where email = '{BOB}'"
        ))
        .await;
    app.advance_millis(DAY * 1000 - 1);
    answer(&app, &token, "keep").await.assert_status(303);

    reset(&ada.log_in_again().await, bob.user_id()).await.assert_status(202);
    let token = app.mail_to("thief@example.com").await.token().to_owned();
    app.advance_millis(DAY * 1000);
    answer(&app, &token, "keep").await.assert_status(422);
    app.clean_up().await;
    assert_eq!(factor_count(&app).await, "0");
}

#[app_test(each_policy)]
async fn without_a_delay_it_happens_at_once(app: TestApp) {
    let (ada, bob) = prepared(&app).await;
    app.restart_with(|settings: &mut RawSettings| settings.set("factor_reset_delay", "0")).await;
    let asked: FactorReset = reset(&ada, bob.user_id()).await.assert_status(202).parse();
    assert_eq!(asked.effective_at.as_str(), "2026-01-01T00:00:00Z");
    assert_eq!(factor_count(&app).await, "0");
    bob.me().await.assert_ended(EndReason::FactorReset);
    assert_eq!(app.mail_to(BOB).await.purpose, "factors-reset");
    assert_eq!(count(&app, "kind = 'factor_reset_done' and actor_id is not null").await, "1");
}

#[app_test]
async fn only_administrators_with_a_recent_proof_remove_factors_that_exist(app: TestApp) {
    let (ada, bob) = prepared(&app).await;
    reset(&bob, ada.user_id()).await.assert_refused(ErrorCode::Forbidden);
    reset(&ada, "00").await.assert_refused(ErrorCode::NotFound);
    reset(&ada, ada.user_id()).await.assert_refused(ErrorCode::NotFound);
    app.advance(600);
    let mut ada = ada;
    ada.refresh_and_store().await;
    reset(&ada, bob.user_id()).await.assert_refused(ErrorCode::StepUpRequired);
    ada.confirm_and_store().await;
    reset(&ada, bob.user_id()).await.assert_status(202);
    assert_eq!(count(&app, "kind = 'factor_reset_asked'").await, "1");
}

#[app_test]
async fn without_mail_there_is_no_such_page_and_the_user_sees_the_event(app: TestApp) {
    let ada = admin(&app).await;
    let bob = app.logged_in(BOB).await;
    add_factors(&app, bob.user_id()).await;
    reset(&ada, bob.user_id()).await.assert_status(202);
    app.get("/factor-reset/undo?token=00").await.assert_status(404);
    let activity = bob.get("/api/activity").await.assert_status(200);
    assert!(activity.text().contains("factor_reset_asked"), "{}", activity.text());
}

async fn run(app: &TestApp, mail: &str, arguments: &str) -> Output {
    app.set_wall_clock_to_now();
    let settings = [("DOORWARD_SECRET", MASTER_SECRET), ("DOORWARD_PUBLIC_URL", PUBLIC_URL), ("DOORWARD_MAIL", mail)];
    run_cli_with(app.database(), &settings, arguments, b"").await
}

#[app_test]
async fn the_operator_removes_factors_with_and_without_mail(app: TestApp) {
    app.set_wall_clock_to_now();
    let bob = app.logged_in(BOB).await;
    let none = run(&app, "off", "user reset-second-factor bob@example.com --yes").await.assert_success();
    assert!(none.contains("no second factor"), "{none}");
    add_factors(&app, bob.user_id()).await;
    app.verify_emails().await;
    run(&app, "off", "user reset-second-factor bob@example.com").await.assert_failure(2, BOB);
    assert_eq!(factor_count(&app).await, "4");

    let output = run(&app, "folder", "user reset-second-factor bob@example.com --yes").await.assert_success();
    assert!(output.contains("UTC") && output.contains("link in a mail") && output.contains("--now"), "{output}");
    app.restart_with_mail().await;
    assert_eq!(app.mail_to(BOB).await.purpose, "factor-reset");
    assert_eq!(factor_count(&app).await, "4");

    let output = run(&app, "off", "user reset-second-factor bob@example.com --now --yes").await.assert_success();
    assert!(output.contains("are removed; 1 session ended"), "{output}");
    assert_eq!(factor_count(&app).await, "0");
    app.restart().await;
    bob.refresh().await.assert_ended(EndReason::FactorReset);
    app.log_in(BOB, PASSWORD).await.assert_ok();
    run(&app, "off", "user reset-second-factor nobody@example.com --yes").await.assert_failure(1, "has no account");
}

#[app_test(sqlite)]
async fn the_delay_is_a_duration_or_zero(app: TestApp) {
    for delay in ["off", "-1d", "1s"] {
        let error =
            app.try_restart_with(|settings| settings.set("factor_reset_delay", delay)).await.expect_err("refused");
        assert!(error.starts_with("factor_reset_delay: "), "{error}");
    }
}
