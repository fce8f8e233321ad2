//! `doorward keys`: reset, rotate and list.

use doorward_api::{EndReason, ErrorCode};
use futures::future::join;
use server::{keys::bootstrap, keys::reset, model::session::SessionId};
use test_macros::app_test;

use crate::support::{Browser, Database, Output, TestApp, eventually, published_keys, run_cli, run_cli_with};

const ADA: &str = "ada@example.com";
const SECRET: (&str, &str) = ("DOORWARD_SECRET", "the master secret of these tests, long enough");

/// A server on the real clock, as the commands are.
async fn prepared_for_commands(app: TestApp) -> TestApp {
    app.set_wall_clock_to_now();
    app.database().execute("delete from secrets").await;
    app.database().execute("delete from keys").await;
    app.restart_with(|settings| settings.set("secret", SECRET.1)).await;
    app.with_revocation_sync()
}

async fn run(app: &TestApp, arguments: &str) -> Output {
    run_cli_with(app.database(), &[SECRET], arguments, b"").await
}

#[app_test]
async fn a_reset_rejects_all_tokens_and_ends_all_sessions_on_all_nodes(app: TestApp) {
    let app = prepared_for_commands(app).await;
    let other = app.another_node().await.with_revocation_sync();
    let (ada, bob) = (app.logged_in(ADA).await, app.logged_in("bob@example.com").await);
    let tab = ada.session_end_stream().await;
    let stolen_keys = app.state().key_ring.current();
    let unconfirmed = run(&app, "keys reset").await;
    assert_eq!(unconfirmed.status, 2, "{unconfirmed:?}");
    assert!(unconfirmed.stdout.contains(ADA) && unconfirmed.stdout.contains("bob@example.com"), "{unconfirmed:?}");
    ada.me().await.assert_ok();

    let output = run(&app, "keys reset --yes").await.assert_success();

    assert!(output.ends_with("A new key is signing; 2 sessions ended.\n"), "{output}");
    for node in [&app, &other] {
        for browser in [&ada, &bob] {
            let browser = browser.on_node(node);
            eventually(async || browser.me().await.status == 401).await;
            browser.me().await.assert_refused(ErrorCode::TokenInvalid);
            browser.refresh().await.assert_ended(EndReason::KeysReset);
        }
        let forged = ada.access_forgery().claim("sid", "another-session".into());
        let forged =
            forged.signed(jsonwebtoken::Algorithm::EdDSA, &stolen_keys.signing(app.state().clock.now()).private_key);
        node.get("/api/me").bearer(&forged).await.assert_refused(ErrorCode::TokenInvalid);
        assert_eq!(published_keys(node).await.0.keys.len(), 1);
    }
    assert_eq!(tab.end().await.expect("an event").reason, EndReason::KeysReset);
    app.logged_in(ADA).await.me().await.assert_ok();
    let events = "select count(*) from events where kind = 'session_ended' and reason = 'keys_reset'";
    assert_eq!(app.database().value(events).await, "2");
}

#[app_test]
async fn a_rotation_ends_no_session(app: TestApp) {
    let app = prepared_for_commands(app).await;
    let ada = app.logged_in(ADA).await;
    let unconfirmed = run(&app, "keys rotate").await;
    assert!(unconfirmed.status == 2 && unconfirmed.stdout.contains("Sessions stay logged in"), "{unconfirmed:?}");
    assert_eq!(published_keys(&app).await.0.keys.len(), 1);

    run(&app, "keys rotate --yes").await.assert_success();

    eventually(async || published_keys(&app).await.0.keys.len() == 2).await;
    ada.me().await.assert_ok();
    let old = ada.access_forgery().header;
    // The publish lead time, plus a minute: the commands ran on the real clock.
    app.advance(302 + 60);
    let ada = app.logged_in(ADA).await;
    ada.me().await.assert_ok();
    assert_ne!(ada.access_forgery().header, old, "the new key signs");
}

#[app_test]
async fn keys_are_listed_with_their_state(app: TestApp) {
    let app = prepared_for_commands(app).await;
    run(&app, "keys reset --yes").await.assert_success();
    run(&app, "keys rotate --yes").await.assert_success();

    let output = run(&app, "keys list").await.assert_success();

    let states = output.lines().map(|line| line.split_whitespace().nth(4).unwrap_or("").to_owned());
    assert_eq!(states.collect::<Vec<_>>(), ["FROM", "published", "signing", "retired"], "{output}");
}

#[app_test]
async fn commands_with_another_master_secret_change_no_key(app: TestApp) {
    let app = prepared_for_commands(app).await;
    for arguments in ["keys rotate --yes", "keys reset --yes"] {
        let other = [("DOORWARD_SECRET", "another secret, as long as it has to be")];
        let output = run_cli_with(app.database(), &other, arguments, b"").await;
        assert_eq!((output.status, output.stdout.as_str()), (1, ""), "{output:?}");
        assert!(output.stderr.contains("secret: does not match"), "{output:?}");
        let output = run_cli(app.database(), arguments, "").await;
        assert!(output.status == 1 && output.stderr.contains("secret: not found"), "{output:?}");
    }
    assert!(!app.database().folder.path().join("data/secret").exists(), "no secret is created");
    assert_eq!(app.database().value("select count(*) from keys").await, "1");
}

#[app_test(each_policy)]
async fn a_reset_ends_the_sessions_of_every_policy(app: TestApp) {
    let other = app.another_node().await.with_revocation_sync();
    let ada = app.logged_in(ADA).await;
    let ada_on_other = ada.on_node(&other);
    ada_on_other.me().await.assert_ok();
    let state = app.state();
    let secret = bootstrap::load_secret(state.config.secret.as_ref(), &state.config.secret_file())
        .expect("no fault")
        .expect("the tests set it");

    reset::reset(&state.store, &secret, &state.clock, |_| {}).await.expect("no fault");

    eventually(async || ada_on_other.me().await.status == 401 && ada_on_other.refresh().await.status == 401).await;
    assert_eq!(app.database().value("select end_reason from sessions").await, "keys_reset");
    other.logged_in(ADA).await.me().await.assert_ok();
}

/// Only Postgres has several writers.
#[tokio::test]
async fn a_reset_retries_after_a_deadlock() {
    let app = TestApp::start(Database::postgres().await).await;
    let id = |browser: &Browser| browser.session_id().to_owned();
    let ada = app.logged_in(ADA).await;
    // Ada's session comes first whether the database orders by age or by id.
    let bob = loop {
        let bob = app.logged_in("bob@example.com").await;
        if id(&bob) > id(&ada) {
            break bob;
        }
    };
    let lock = |browser| format!("update sessions set label = label where session_id = '{}'", id(browser));
    let (state, database) = (app.state(), app.database());
    let (first, last) = (SessionId(String::new()), SessionId(id(&bob)));
    database.execute("begin").await;
    database.execute(lock(&bob)).await;

    let other_transaction = async {
        let waiting =
            "select count(*) from pg_locks where not granted and transactionid = pg_current_xact_id()::text::xid";
        eventually(async || database.value(waiting).await == "1").await;
        database.execute(lock(&ada)).await;
        database.execute("commit").await;
    };
    let (ended, ()) =
        join(state.store.end_by_reset(&first, &last, EndReason::KeysReset, state.clock.now()), other_transaction).await;

    let ended: Vec<_> = ended.expect("the reset succeeds").into_iter().map(|ended| ended.session_id.0).collect();
    assert!(ended.contains(&id(&ada)) && ended.contains(&id(&bob)), "{ended:?}");
}
