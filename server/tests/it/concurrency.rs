//! Races and deadlocks: concurrent requests, repeated many times.

use std::collections::VecDeque;

use doorward_api::{EndReason, ErrorCode, PolicyName, TokenResponse};
use futures::future::{join, join_all, join3};
use test_macros::app_test;

use crate::support::{Browser, PASSWORD, TestApp, eventually};

const ADA: &str = "ada@example.com";

/// All rounds under the default policy, a tenth under the others, which run the same code.
fn rounds(app: &TestApp, all: usize) -> usize {
    if app.policy() == PolicyName::Retention { all } else { all / 10 }
}

#[app_test(policies_with_refresh_tokens)]
async fn no_access_token_of_a_racing_refresh_outlives_a_revocation(app: TestApp) {
    app.restart_with(|settings| settings.set("login_attempts", "off")).await;
    let laptop = app.logged_in(ADA).await;
    let other = app.another_node().await.with_revocation_sync();
    let mut tokens = Vec::new();
    let rounds = rounds(&app, 1000);
    for _ in 0..rounds {
        let phone = app.logged_in(ADA).await;
        // Refreshes on both nodes, before, during and after the revocation.
        let phone_on_other = phone.on_node(&other);
        let both_refreshes = join(phone.refresh(), phone_on_other.refresh());

        let (revoked, (refreshed, refreshed_on_other)) = join(laptop.revoke(&phone), both_refreshes).await;

        revoked.assert_status(204);
        phone.me().await.assert_ended(EndReason::Revoked);
        phone.refresh().await.assert_ended(EndReason::Revoked);
        for response in [refreshed, refreshed_on_other] {
            if response.status != 200 {
                response.assert_ended(EndReason::Revoked);
                continue;
            }
            let token = response.parse::<TokenResponse>().access_token.expect("an access token");
            app.get("/api/me").bearer(&token).await.assert_ended(EndReason::Revoked);
            tokens.push(token);
        }
    }
    // The other node follows in order: once it rejects the last token, it rejects them all.
    let last = tokens.last().expect("some refreshes come first");
    eventually(async || other.get("/api/me").bearer(last).await.status == 401).await;
    for token in &tokens {
        other.get("/api/me").bearer(token).await.assert_ended(EndReason::Revoked);
    }
    assert_eq!(
        app.database().value("select count(*) from events where kind = 'session_ended'").await,
        rounds.to_string()
    );
}

#[app_test(each_policy)]
async fn of_concurrent_ways_to_end_a_session_exactly_one_succeeds(app: TestApp) {
    for _ in 0..rounds(&app, 50) {
        let phone = app.logged_in(ADA).await;
        let laptop = app.logged_in(ADA).await;
        let ends = join_all([
            Box::pin(laptop.revoke(&phone)) as std::pin::Pin<Box<dyn Future<Output = _> + Send>>,
            Box::pin(phone.log_out()),
            Box::pin(phone.revoke(&phone)),
            Box::pin(laptop.revoke_others()),
            Box::pin(phone.log_out_everywhere()),
            Box::pin(laptop.change_password(PASSWORD, PASSWORD)),
        ]);
        for response in ends.await {
            assert!(response.status < 500, "{response:?}");
        }
        phone.me().await.assert_refused(ErrorCode::SessionEnded);
        app.log_in(ADA, PASSWORD).await.assert_ok();
    }
    let ended_twice = "select count(*) from (select session_id from events where kind = 'session_ended' \
                 group by session_id having count(*) > 1) twice";
    assert_eq!(app.database().value(ended_twice).await, "0");
    let without_event = "select count(*) from sessions s where s.ended_at is not null and s.rotated_to is null and not exists \
                   (select 1 from events e where e.session_id = s.session_id and e.kind = 'session_ended')";
    assert_eq!(app.database().value(without_event).await, "0");
}

/// Two users, each with as many sessions as are allowed, log in again and again with the browser of the other's oldest
/// session: each login ends a session of both users.
#[app_test(policies_with_cookies)]
async fn logins_that_replace_each_others_sessions_do_not_deadlock(app: TestApp) {
    app.restart_with(|settings| settings.set("login_attempts", "off")).await;
    let emails = [ADA, "bob@example.com"];
    let mut browsers = [VecDeque::new(), VecDeque::new()];
    for (email, browsers) in emails.iter().zip(&mut browsers) {
        for _ in 0..50 {
            app.advance(1);
            browsers.push_back(app.logged_in(email).await);
        }
    }
    for _ in 0..rounds(&app, 100) {
        app.advance(1);
        let [adas, bobs] = &mut browsers;
        let (adas_oldest, bobs_oldest) = (adas.pop_front().expect("fifty"), bobs.pop_front().expect("fifty"));
        let (ada, bob) = join(bobs_oldest.log_in_as(emails[0]), adas_oldest.log_in_as(emails[1])).await;
        adas.push_back(Browser::from_response(&app, emails[0], ada));
        bobs.push_back(Browser::from_response(&app, emails[1], bob));
        // Either login may have ended either session.
        adas_oldest.me().await.assert_ended(EndReason::Replaced);
        bobs_oldest.me().await.assert_ended(EndReason::Replaced);
    }
}

/// Both lock the same rows.
#[app_test(renewable_policies)]
async fn last_used_updates_and_logouts_do_not_deadlock(app: TestApp) {
    app.restart_with(|settings| settings.set("login_attempts", "off")).await;
    let other = app.another_node().await;
    for _ in 0..rounds(&app, 20) {
        let browsers = join_all((0..8).map(|_| app.logged_in(ADA))).await;
        app.advance(1);
        for node in [&app, &other] {
            let tabs: Vec<_> = browsers.iter().map(|browser| browser.on_node(node)).collect();
            for response in join_all(tabs.iter().map(Browser::refresh)).await {
                response.assert_status(200);
            }
        }
        let ((), (), logout) =
            join3(app.flush_last_used(), other.flush_last_used(), browsers[0].log_out_everywhere()).await;
        logout.assert_status(200);
    }
}
