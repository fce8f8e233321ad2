//! The command line, while the server runs.

use doorward_api::{EndReason, ErrorCode};
use macro_rules_attribute::apply;
use server::clock::Clock;

use crate::fixture::{PASSWORD, Said, TestApp, doorward, soon};

const ADA: &str = "ada@example.com";

/// A running server whose clock shows the real time, as the program's does.
fn today(app: TestApp) -> TestApp {
    app.set_clock(Clock::system().now().seconds() - app.seconds());
    app.follow()
}

async fn run(app: &TestApp, words: &str) -> Said {
    doorward(app.database(), words, "").await
}

#[track_caller]
fn assert_done(said: Said) -> String {
    assert_eq!((said.status, said.err.as_str()), (0, ""), "{said:?}");
    said.out
}

/// The command changed nothing and printed one line that says why.
#[track_caller]
fn assert_not_done(said: &Said, status: i32, why: &str) {
    assert_eq!((said.status, said.out.as_str()), (status, ""), "{said:?}");
    assert!(said.err.starts_with("doorward: ") && said.err.contains(why), "{said:?}");
    assert_eq!(said.err.lines().count(), 1, "{said:?}");
}

#[apply(on_both_databases!)]
async fn an_added_user_can_log_in(app: TestApp) {
    let app = today(app);
    let words = "user add Ada@Example.com --name Ada --role editor --role admin";

    let said = assert_done(doorward(app.database(), words, &format!("{PASSWORD}\n")).await);

    assert_eq!(said, "Added ada@example.com.\n");
    let ada = app.logged_in(ADA).await;
    assert_eq!(ada.grant.user.roles, ["admin", "editor"]);
    assert_eq!(ada.grant.user.name, "Ada");
    assert_not_done(&doorward(app.database(), words, PASSWORD).await, 1, "already has an account");
}

#[apply(on_both_databases!)]
async fn an_invalid_new_user_is_rejected_with_the_reason(app: TestApp) {
    for (words, password, status, why) in [
        ("user add ada --name Ada", PASSWORD, 2, "email"),
        ("user add ada@example.com --name \u{202E}", PASSWORD, 2, "--name"),
        ("user add ada@example.com --name Ada --role a,b", PASSWORD, 2, "role"),
        ("user add ada@example.com --name Ada", "short", 1, "password"),
        ("user add ada@example.com --name Ada", "", 1, "password"),
    ] {
        let said = doorward(app.database(), words, password).await;
        assert_not_done(&said, status, why);
        assert!(!said.err.contains(PASSWORD));
    }
    assert_eq!(app.database().value("select count(*) from users").await, "0");
}

#[apply(on_both_databases!)]
async fn users_are_listed_with_their_sessions(app: TestApp) {
    let app = today(app);
    app.logged_in(ADA).await;
    app.logged_in(ADA).await;
    app.logged_in("bob@example.com").await.log_out().await.assert_ok();

    let said = assert_done(run(&app, "user list").await);

    let lines: Vec<Vec<&str>> = said.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0], ["EMAIL", "NAME", "ROLES", "SESSIONS", "CREATED", "STATE"]);
    assert_eq!((lines[1][0], lines[1][4]), (ADA, "2"));
    assert_eq!((lines[2][0], lines[2][4]), ("bob@example.com", "0"));
}

#[apply(on_both_databases!)]
async fn a_disabled_user_is_logged_out_within_a_second_and_can_log_in_again_when_enabled(app: TestApp) {
    let app = today(app);
    let ada = app.logged_in(ADA).await;
    let tab = ada.events().await;
    assert_not_done(&run(&app, "user disable ada@example.com").await, 2, "--yes");
    ada.me().await.assert_ok();

    let said = assert_done(run(&app, "user disable ada@example.com --yes").await);

    assert_eq!(said, "ada@example.com is disabled; 1 session ended.\n");
    soon(async || ada.me().await.status == 401).await;
    ada.me().await.assert_ended(EndReason::RevokedByAdmin);
    ada.refresh().await.assert_ended(EndReason::RevokedByAdmin);
    assert_eq!(tab.end().await.expect("an event").reason, EndReason::RevokedByAdmin);
    app.log_in(ADA, PASSWORD).await.assert_refused(ErrorCode::InvalidCredentials);
    assert!(assert_done(run(&app, "user list").await).contains("disabled since"));
    assert_done(run(&app, "user disable ada@example.com").await);

    assert_done(run(&app, "user enable ada@example.com").await);
    app.log_in(ADA, PASSWORD).await.assert_ok();
    ada.refresh().await.assert_ended(EndReason::RevokedByAdmin);
}

#[apply(on_both_databases!)]
async fn changed_roles_apply_at_the_next_refresh(app: TestApp) {
    let mut ada = today(app).logged_in(ADA).await;
    let app = ada.app.clone();

    let said = assert_done(run(&app, "user role ada@example.com --add admin --add editor").await);
    assert_eq!(said, "ada@example.com: admin editor\n");
    assert_eq!(ada.renew().await.user.roles, ["admin", "editor"]);

    let said = assert_done(run(&app, "user role ada@example.com --remove admin --remove editor").await);
    assert_eq!(said, "ada@example.com: no roles\n");
    assert!(ada.renew().await.user.roles.is_empty());
    assert_eq!(app.database().value("select count(*) from events where kind = 'roles_changed'").await, "2");
}

#[apply(on_both_databases!)]
async fn changed_roles_apply_at_once_if_the_sessions_end(app: TestApp) {
    let app = today(app);
    let (phone, bob) = (app.logged_in(ADA).await, app.logged_in("bob@example.com").await);
    app.logged_in(ADA).await;
    let words = "user role ada@example.com --add admin --now";
    let first = run(&app, words).await;
    assert!(first.status == 2 && first.out.contains("ends 2 sessions of Ada Lovelace"), "{first:?}");
    phone.me().await.assert_ok();

    let said = assert_done(run(&app, &format!("{words} --yes")).await);

    assert!(
        said.starts_with("ada@example.com: admin, effective at once") && said.ends_with("2 sessions ended.\n"),
        "{said}"
    );
    soon(async || phone.me().await.status == 401).await;
    phone.refresh().await.assert_ended(EndReason::RevokedByAdmin);
    bob.me().await.assert_ok();
    let ada = app.logged_in(ADA).await;
    assert_eq!(ada.grant.user.roles, ["admin"]);
    app.get("/api/admin/users").bearer(ada.access_token()).await.assert_ok();
    // Also if the roles are unchanged: an access token may still carry old ones.
    let said = assert_done(run(&app, &format!("{words} --yes")).await);
    assert!(said.ends_with("1 session ended.\n"), "{said}");
    assert_eq!(app.database().value("select count(*) from events where kind = 'roles_changed'").await, "1");
}

#[apply(on_both_databases!)]
async fn sessions_are_listed_and_ended(app: TestApp) {
    let app = today(app);
    let phone = app.logged_in(ADA).await;
    let laptop = app.logged_in(ADA).await;
    let bob = app.logged_in("bob@example.com").await;

    let all = assert_done(run(&app, "session list").await);
    assert_eq!(all.lines().count(), 4);
    let hers = assert_done(run(&app, "session list ada@example.com").await);
    assert!(hers.contains(phone.session()) && hers.contains(laptop.session()) && !hers.contains(bob.session()));

    let end = format!("session end {}", phone.session());
    let said = run(&app, &end).await;
    assert_eq!(said.status, 2, "{said:?}");
    phone.me().await.assert_ok();
    let said = assert_done(run(&app, &format!("{end} --yes")).await);
    assert!(said.contains(phone.session()) && said.ends_with("1 session ended.\n"), "{said}");
    soon(async || phone.me().await.status == 401).await;
    phone.me().await.assert_ended(EndReason::RevokedByAdmin);
    laptop.me().await.assert_ok();
    assert_not_done(&run(&app, &format!("{end} --yes")).await, 1, "no live session");

    let said = assert_done(run(&app, "session end --user ada@example.com --yes").await);
    assert!(said.ends_with("1 session ended.\n"), "{said}");
    soon(async || laptop.me().await.status == 401).await;
    bob.me().await.assert_ok();
}

#[apply(on_both_databases!)]
async fn wrong_usage_exits_with_2_and_what_is_missing_with_1(app: TestApp) {
    for words in ["user", "user add", "user fly", "session end", "session end --user", "users list"] {
        assert_eq!(run(&app, words).await.status, 2, "{words}");
    }
    for words in ["user disable eve@example.com --yes", "session list eve@example.com", "user enable eve@example.com"] {
        assert_not_done(&run(&app, words).await, 1, "eve@example.com has no account");
    }
    assert_not_done(&run(&app, "session end nothing --yes").await, 1, "no live session");
    assert_not_done(&run(&app, "user list --database-url postgres://127.0.0.1:1/nothing").await, 1, "database_url");
}
