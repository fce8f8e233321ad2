//! How many live sessions one person may have.

use doorward_api::EndReason;
use futures::future::join_all;
use macro_rules_attribute::apply;

use crate::fixture::{PASSWORD, Person};

const ADA: &str = "ada@example.com";

#[apply(under_each_policy!)]
async fn r50_the_fifty_first_login_ends_the_oldest_session(app: TestApp) {
    let oldest = app.logged_in(ADA).await;
    app.advance(1);
    let second = app.logged_in(ADA).await;
    let bob = app.logged_in("bob@example.com").await;
    for _ in 2..50 {
        app.advance(1);
        app.log_in(ADA, PASSWORD).await.assert_ok();
    }
    oldest.me().await.assert_ok();
    assert_eq!(oldest.sessions().await.len(), 50);

    app.advance(1);
    let newest = app.logged_in(ADA).await;

    oldest.me().await.assert_ended(EndReason::Replaced);
    oldest.refresh().await.assert_ended(EndReason::Replaced);
    second.me().await.assert_ok();
    bob.refresh().await.assert_ok();
    assert_eq!(newest.sessions().await.len(), 50);
}

#[apply(under_policies_with_cookies!)]
async fn r50_a_login_in_the_place_of_another_one_costs_nobody_else_theirs(app: TestApp) {
    let oldest = app.logged_in(ADA).await;
    for _ in 2..50 {
        app.advance(1);
        app.log_in(ADA, PASSWORD).await.assert_ok();
    }
    app.advance(1);
    let newest = app.logged_in(ADA).await;
    app.advance(1);

    let again = newest.log_in_again().await;

    oldest.me().await.assert_ok();
    newest.me().await.assert_ended(EndReason::Replaced);
    assert_eq!(again.sessions().await.len(), 50);
}

#[apply(under_each_policy!)]
async fn r50_sessions_that_are_over_take_no_place(app: TestApp) {
    let oldest = app.logged_in(ADA).await;
    app.advance(1);
    for _ in 0..60 {
        let passing = app.logged_in(ADA).await;
        passing.log_out().await.assert_ok();
    }
    oldest.refresh().await.assert_ok();
}

#[apply(under_each_policy!)]
async fn r50_logins_at_once_leave_fifty(app: TestApp) {
    let oldest = app.logged_in(ADA).await;
    app.advance(1);
    app.restart_with(|settings| settings.set("login_attempts", "off")).await;
    for _ in 0..3 {
        join_all((0..20).map(|_| app.log_in(ADA, PASSWORD))).await;
    }
    let person = Person::from_grant(&app, ADA, app.log_in(ADA, PASSWORD).await);
    assert_eq!(person.sessions().await.len(), 50);
    oldest.me().await.assert_ended(EndReason::Replaced);
}
