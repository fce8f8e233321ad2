//! The feed that services follow: what has ended, signed, at once.

use std::time::Duration;

use doorward_api::{ErrorCode, PolicyName};
use futures::future::join_all;
use macro_rules_attribute::apply;

use crate::fixture::{Database, Document, PUBLIC_URL, Server, TestApp, metric, soon};

const ADA: &str = "ada@example.com";

/// Asks for what comes after a cursor, while other things happen.
fn waiting(app: &TestApp, after: &str) -> tokio::task::JoinHandle<Document> {
    let (app, after) = (app.clone(), after.to_owned());
    tokio::spawn(async move { app.feed(Some(&after)).await })
}

#[apply(on_both_databases!)]
async fn a_service_hears_of_an_end_at_once(app: TestApp) {
    let app = app.follow();
    let ada = app.logged_in(ADA).await;
    let empty = app.feed(None).await;
    assert_eq!((empty.claims.iss.as_str(), empty.claims.iat, &empty.claims.after), (PUBLIC_URL, app.seconds(), &None));
    assert_eq!((empty.sessions().len(), empty.kept.as_str()), (0, "public, max-age=1"));
    let waiting = waiting(&app, &empty.claims.cursor);
    soon(async || metric(&app, "doorward_feed_waiting").await == "1").await;

    ada.log_out().await.assert_ok();

    let change = tokio::time::timeout(Duration::from_secs(4), waiting).await.expect("soon").expect("an answer");
    assert_eq!(change.sessions(), [ada.session()]);
    assert_eq!(change.claims.after.as_ref(), Some(&empty.claims.cursor));
    assert_eq!(change.kept, "public, max-age=60", "a proxy may answer all others");
    let until = change.claims.revoked[0].1;
    assert_eq!(until, app.seconds() + 15 * 60 + 60 + 1, "when the longest access token is dead for certain");
    let all = app.feed(None).await;
    assert_eq!((all.sessions(), &all.claims.cursor), (vec![ada.session()], &change.claims.cursor));
    assert_eq!(metric(&app, "doorward_feed_waiting").await, "0");
}

#[apply(on_both_databases!)]
async fn whoever_follows_misses_nothing_and_hears_nothing_twice(app: TestApp) {
    let other = app.another_node().await.follow();
    let start = other.feed(None).await.claims.cursor;
    let people = join_all((0..20).map(|n| app.logged_in(if n % 2 == 0 { ADA } else { "bob@example.com" }))).await;

    let (mut cursor, mut heard) = (start, Vec::new());
    let ends = async {
        for person in &people {
            person.log_out().await.assert_ok();
        }
    };
    let follow = async {
        while heard.len() < people.len() {
            let document = other.feed(Some(&cursor)).await;
            assert_eq!(document.claims.after, Some(cursor));
            heard.extend(document.sessions().into_iter().map(str::to_owned));
            cursor = document.claims.cursor;
        }
    };
    let both = async { futures::join!(ends, follow) };
    tokio::time::timeout(Duration::from_secs(20), both).await.expect("soon");

    heard.sort();
    let mut sessions: Vec<_> = people.iter().map(|person| person.session().to_owned()).collect();
    sessions.sort();
    assert_eq!(heard, sessions);
}

#[tokio::test]
async fn f10_strangers_who_take_all_places_cut_no_service_off() {
    let app = TestApp::start(Database::sqlite()).await;
    let cursor = app.feed(None).await.claims.cursor;
    for _ in 0..server::revocation::feed::MOST_WAITING {
        let state = app.state();
        tokio::spawn(async move { state.revocations.feed().wait(1, Duration::from_mins(1)).await });
    }
    soon(async || app.state().revocations.feed().waiting() == server::revocation::feed::MOST_WAITING).await;

    let answer = tokio::time::timeout(Duration::from_secs(4), app.feed(Some(&cursor))).await.expect("at once");

    assert_eq!((answer.sessions().len(), answer.claims.cursor), (0, cursor));
}

#[apply(on_both_databases!)]
async fn an_end_that_is_committed_late_is_in_it(app: TestApp) {
    let app = app.follow();
    let (late, early) = (app.logged_in(ADA).await, app.logged_in(ADA).await);
    let nine_seconds_ago = app.seconds() * 1000 - 9000;
    early.log_out().await.assert_ok();
    soon(async || app.feed(None).await.sessions() == [early.session()]).await;
    let cursor = app.feed(None).await.claims.cursor;

    let end = format!(
        "update sessions set ended_at = {nine_seconds_ago}, end_reason = 'revoked' where session_id = '{}'",
        late.session()
    );
    app.database().execute(end).await;

    assert_eq!(app.feed(Some(&cursor)).await.sessions(), [late.session()]);
}

#[apply(on_both_databases!)]
async fn a_cursor_that_is_not_known_gets_everything_at_once(app: TestApp) {
    let app = app.follow();
    let other = app.another_node().await.follow();
    let ada = app.logged_in(ADA).await;
    ada.log_out().await.assert_ok();
    soon(async || app.feed(None).await.sessions().len() == 1 && other.feed(None).await.sessions().len() == 1).await;
    let here = app.feed(None).await.claims.cursor;
    let (run, number) = here.rsplit_once('-').expect("a run and a number");
    let number: u64 = number.parse().expect("a number");

    for cursor in [
        "",
        "-",
        "x",
        "-1",
        "%00",
        "a&after=b",
        &other.feed(None).await.claims.cursor,
        &format!("{run}-{}", number + 1),
    ] {
        let document = app.feed(Some(cursor)).await;
        assert_eq!((document.claims.after, document.kept.as_str()), (None, "public, max-age=1"), "{cursor}");
    }
    let restarted = app.another_node().await.follow();
    let document = restarted.feed(Some(&here)).await;
    assert_eq!((&document.claims.after, document.sessions()), (&None, vec![ada.session()]), "a restart forgets no end");
}

#[apply(on_both_databases!)]
async fn what_is_dead_for_certain_is_forgotten(app: TestApp) {
    let app = app.follow();
    let ada = app.logged_in(ADA).await;
    ada.log_out().await.assert_ok();
    soon(async || app.feed(None).await.sessions().len() == 1).await;
    let cursor = app.feed(None).await.claims.cursor;
    let before = cursor.rsplit_once('-').map(|(run, _)| format!("{run}-0")).expect("a run");
    assert_eq!(app.feed(Some(&before)).await.sessions(), [ada.session()]);

    app.advance(15 * 60 + 61);
    app.state().revocations.sweep();

    soon(async || app.ask_feed(None).await.status == 200).await;
    assert!(app.feed(None).await.sessions().is_empty());
    assert_eq!(app.feed(Some(&before)).await.claims.after, None, "too old");
    let restarted = app.another_node().await.follow();
    assert!(restarted.feed(None).await.sessions().is_empty());
}

#[apply(on_both_databases!)]
async fn f10_a_node_that_does_not_know_says_so(app: TestApp) {
    let app = app.follow();
    let cursor = app.feed(None).await.claims.cursor;
    app.database().lose("sessions").await;

    soon(async || {
        app.advance(6);
        app.ask_feed(None).await.status == 503
    })
    .await;
    app.ask_feed(Some(&cursor)).await.assert_refused(ErrorCode::Unavailable);

    app.database().bring_back("sessions").await;
    soon(async || app.ask_feed(None).await.status == 200).await;
}

#[tokio::test]
async fn a_stop_ends_all_waits() {
    let database = Database::sqlite();
    let mut server = Server::start(&database, PolicyName::Retention).await;
    let proof = server.log_in(ADA).await.expect("logged in");
    server.ask("POST", "/api/auth/logout", &proof, "").await.expect("an answer");
    let all = server.text("/.well-known/revocations").await;
    let claims = crate::fixture::Forgery::of(all.rsplit("\r\n").next().expect("a body")).claims;
    let path = format!("/.well-known/revocations?after={}", claims["cursor"].as_str().expect("a cursor"));
    let waiting = (0..3).map(|_| server.text(&path));

    let stop = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        server.signal("-TERM").await;
    };
    let (answers, ()) = futures::join!(join_all(waiting), stop);

    for answer in answers {
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    }
    let stopped = tokio::time::timeout(Duration::from_secs(5), server.child.wait());
    assert!(stopped.await.expect("it stops soon").expect("a status").success());
}
