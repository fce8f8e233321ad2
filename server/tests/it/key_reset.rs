//! The panic button, and the other commands that look after keys.

use doorward_api::{EndReason, ErrorCode};
use futures::future::join;
use macro_rules_attribute::apply;
use server::{clock::Clock, reset, session::SessionId, unlock};

use crate::fixture::{Database, PASSWORD, Person, Said, TestApp, doorward, keys_of, soon};

const ADA: &str = "ada@example.com";
const SECRET: &str = "--secret the-master-secret-of-these-tests,-long-enough";

/// A running server at the time of day that the program has, too, with a secret without spaces.
async fn today(app: TestApp) -> TestApp {
    app.set_clock(Clock::system().now().seconds() - app.seconds());
    app.database().execute("delete from secrets").await;
    app.database().execute("delete from keys").await;
    let secret = SECRET.split(' ').nth(1).expect("a secret");
    app.restart_with(|settings| settings.set("secret", secret)).await;
    app.follow()
}

async fn run(app: &TestApp, words: &str) -> Said {
    doorward(app.database(), &format!("{words} {SECRET}"), "").await
}

#[track_caller]
fn assert_done(said: Said) -> String {
    assert_eq!((said.status, said.err.as_str()), (0, ""), "{said:?}");
    said.out
}

#[apply(on_both_databases!)]
async fn r68_a_reset_refuses_all_tokens_and_ends_all_sessions_on_all_nodes(app: TestApp) {
    let app = today(app).await;
    let other = app.another_node().await.follow();
    let (ada, bob) = (app.logged_in(ADA).await, app.logged_in("bob@example.com").await);
    let tab = ada.events().await;
    let stolen = app.state().key_ring.current();
    let first = run(&app, "keys reset").await;
    assert_eq!(first.status, 2, "{first:?}");
    assert!(first.out.contains(ADA) && first.out.contains("bob@example.com"), "whom it touches: {first:?}");
    ada.me().await.assert_ok();

    let said = assert_done(run(&app, "keys reset --yes").await);

    assert!(said.ends_with("A new key is signing; 2 sessions ended.\n"), "{said}");
    for node in [&app, &other] {
        for person in [&ada, &bob] {
            let there = Person { app: node.clone(), ..person.clone() };
            soon(async || there.me().await.status == 401).await;
            there.me().await.assert_refused(ErrorCode::TokenInvalid);
            there.refresh().await.assert_ended(EndReason::KeysReset);
        }
        let forged = ada.access_forgery().claim("sid", "another-session".into());
        let forged = forged.signed(jsonwebtoken::Algorithm::EdDSA, &stolen.signing(app.state().clock.now()).key);
        node.get("/api/me").bearer(&forged).await.assert_refused(ErrorCode::TokenInvalid);
        assert_eq!(keys_of(node).await.0.keys.len(), 1);
    }
    assert_eq!(tab.end().await.expect("an event").reason, EndReason::KeysReset);
    let again = app.log_in(ADA, PASSWORD).await;
    let again = Person::from_grant(&app, ADA, again);
    again.me().await.assert_ok();
    let told = "select count(*) from events where kind = 'session_ended' and reason = 'keys_reset'";
    assert_eq!(app.database().value(told).await, "2");
}

#[apply(on_both_databases!)]
async fn a_rotation_logs_nobody_out(app: TestApp) {
    let app = today(app).await;
    let ada = app.logged_in(ADA).await;
    let first = run(&app, "keys rotate").await;
    assert!(first.status == 2 && first.out.contains("Sessions stay logged in"), "{first:?}");
    assert_eq!(keys_of(&app).await.0.keys.len(), 1);

    assert_done(run(&app, "keys rotate --yes").await);

    soon(async || keys_of(&app).await.0.keys.len() == 2).await;
    ada.me().await.assert_ok();
    let old = ada.access_forgery().header;
    app.advance(303);
    let ada = app.logged_in(ADA).await;
    ada.me().await.assert_ok();
    assert_ne!(ada.access_forgery().header, old, "the new key signs");
}

#[apply(on_both_databases!)]
async fn keys_are_listed_with_what_they_do(app: TestApp) {
    let app = today(app).await;
    assert_done(run(&app, "keys reset --yes").await);
    assert_done(run(&app, "keys rotate --yes").await);

    let said = assert_done(run(&app, "keys list").await);

    let states = said.lines().map(|line| line.split_whitespace().nth(4).unwrap_or("").to_owned());
    assert_eq!(states.collect::<Vec<_>>(), ["FROM", "published", "signing", "retired"], "{said}");
}

#[apply(on_both_databases!)]
async fn keys_are_not_touched_with_another_secret(app: TestApp) {
    let app = today(app).await;
    for words in ["keys rotate --yes", "keys reset --yes"] {
        let said = doorward(app.database(), &format!("{words} --secret {}", "x".repeat(32)), "").await;
        assert_eq!((said.status, said.out.as_str()), (1, ""), "{said:?}");
        assert!(said.err.contains("secret: does not match"), "{said:?}");
        let said = doorward(app.database(), words, "").await;
        assert!(said.status == 1 && said.err.contains("secret: not found"), "{said:?}");
    }
    assert!(!app.database().folder.path().join("data/secret").exists(), "none is made");
    assert_eq!(app.database().value("select count(*) from keys").await, "1");
}

#[apply(under_each_policy!)]
async fn r68_a_reset_leaves_nobody_logged_in(app: TestApp) {
    let other = app.another_node().await.follow();
    let ada = app.logged_in(ADA).await;
    let there = Person { app: other.clone(), ..ada.clone() };
    there.me().await.assert_ok();
    let state = app.state();
    let secret = unlock::configured(&state.config).expect("no fault").expect("tests set the secret");

    reset::reset(&state.store, &secret, &state.clock, |_| {}).await.expect("no fault");

    soon(async || there.me().await.status == 401 && there.refresh().await.status == 401).await;
    assert_eq!(app.database().value("select end_reason from sessions").await, "keys_reset");
    other.logged_in(ADA).await.me().await.assert_ok();
}

/// Only Postgres has several writers.
#[tokio::test]
async fn r68_a_reset_that_waits_in_a_circle_tries_again() {
    let app = TestApp::start(Database::postgres().await).await;
    let id = |person: &Person| person.grant.session.id.clone();
    let ada = app.logged_in(ADA).await;
    // Whichever order the database takes, by age or by id: Ada comes first.
    let bob = loop {
        let bob = app.logged_in("bob@example.com").await;
        if id(&bob) > id(&ada) {
            break bob;
        }
    };
    let take = |person| format!("update sessions set label = label where session_id = '{}'", id(person));
    let (state, database) = (app.state(), app.database());
    let (first, last) = (SessionId(String::new()), SessionId(id(&bob)));
    database.execute("begin").await;
    database.execute(take(&bob)).await;

    let somebody = async {
        let waits =
            "select count(*) from pg_locks where not granted and transactionid = pg_current_xact_id()::text::xid";
        soon(async || database.value(waits).await == "1").await;
        database.execute(take(&ada)).await;
        database.execute("commit").await;
    };
    let (ended, ()) = join(state.store.end_by_reset(&first, &last, state.clock.now()), somebody).await;

    let ended: Vec<_> = ended.expect("it goes on").into_iter().map(|ended| ended.session_id.0).collect();
    assert!(ended.contains(&id(&ada)) && ended.contains(&id(&bob)), "{ended:?}");
}
