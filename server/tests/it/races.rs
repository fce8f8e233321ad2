//! Two things at the same time, many times over.

use std::collections::VecDeque;

use doorward_api::{EndReason, ErrorCode, PolicyName, TokenResponse};
use futures::future::{join, join_all};
use macro_rules_attribute::apply;

use crate::fixture::{PASSWORD, Person, TestApp};

const ADA: &str = "ada@example.com";

/// So many rounds of a thousand, on each database: all of them under the default policy, fewer under the others, which go the
/// same way.
fn rounds(app: &TestApp, of_a_thousand: usize) -> usize {
    if app.policy() == PolicyName::Retention { of_a_thousand } else { of_a_thousand / 10 }
}

#[apply(under_policies_with_refresh_tokens!)]
async fn f5_once_a_revoke_is_answered_no_access_token_is_live(app: TestApp) {
    app.restart_with(|settings| settings.login_attempts = Some("off".into())).await;
    let laptop = app.logged_in(ADA).await;
    let other = app.another_node().await.follow();
    let mut tokens = Vec::new();
    let rounds = rounds(&app, 1000);
    for _ in 0..rounds {
        let phone = app.logged_in(ADA).await;
        // Refreshes from before, during and after the revoke, on both nodes.
        let elsewhere = Person { app: other.clone(), ..phone.clone() };
        let refreshes = join(phone.refresh(), elsewhere.refresh());

        let (revoked, (here, there)) = join(laptop.revoke(&phone), refreshes).await;

        revoked.assert_status(204);
        phone.me().await.assert_ended(EndReason::Revoked);
        phone.refresh().await.assert_ended(EndReason::Revoked);
        for answer in [here, there] {
            if answer.status != 200 {
                answer.assert_ended(EndReason::Revoked);
                continue;
            }
            let grant: TokenResponse = serde_json::from_slice(&answer.body).expect("a grant");
            let token = grant.access_token.expect("an access token");
            app.get("/api/me").bearer(&token).await.assert_ended(EndReason::Revoked);
            tokens.push(token);
        }
    }
    // On the other node within its bound: the last one ended last.
    let last = tokens.last().expect("some refreshes come first");
    crate::fixture::soon(async || other.get("/api/me").bearer(last).await.status == 401).await;
    for token in &tokens {
        other.get("/api/me").bearer(token).await.assert_ended(EndReason::Revoked);
    }
    assert_eq!(
        app.database().value("select count(*) from events where kind = 'session_ended'").await,
        rounds.to_string()
    );
}

#[apply(under_each_policy!)]
async fn of_all_ways_to_end_a_session_at_once_one_does(app: TestApp) {
    for _ in 0..rounds(&app, 50) {
        let phone = app.logged_in(ADA).await;
        let laptop = app.logged_in(ADA).await;
        let ends = join_all([
            Box::pin(laptop.revoke(&phone)) as std::pin::Pin<Box<dyn Future<Output = _> + Send>>,
            Box::pin(phone.log_out()),
            Box::pin(phone.revoke(&phone)),
            Box::pin(async { laptop.on_sessions("DELETE", "/others").await }),
            Box::pin(async { phone.on_sessions("DELETE", "").await }),
            Box::pin(laptop.change_password(PASSWORD, PASSWORD)),
        ]);
        for answer in ends.await {
            assert!(answer.status < 500, "{answer:?}");
        }
        phone.me().await.assert_refused(ErrorCode::SessionEnded);
        app.log_in(ADA, PASSWORD).await.assert_ok();
    }
    let twice = "select count(*) from (select session_id from events where kind = 'session_ended' \
                 group by session_id having count(*) > 1) twice";
    assert_eq!(app.database().value(twice).await, "0");
    let without = "select count(*) from sessions s where s.ended_at is not null and not exists \
                   (select 1 from events e where e.session_id = s.session_id and e.kind = 'session_ended')";
    assert_eq!(app.database().value(without).await, "0");
}

/// Two people, each with as many sessions as one may have, log in again and again with the browser of the other's oldest
/// session: each login ends a session of both.
#[apply(under_policies_with_cookies!)]
async fn logins_that_replace_each_other_do_not_wait_in_a_circle(app: TestApp) {
    app.restart_with(|settings| settings.login_attempts = Some("off".into())).await;
    let emails = [ADA, "bob@example.com"];
    let mut devices = [VecDeque::new(), VecDeque::new()];
    for (email, devices) in emails.iter().zip(&mut devices) {
        for _ in 0..50 {
            app.advance(1);
            devices.push_back(app.logged_in(email).await);
        }
    }
    for _ in 0..rounds(&app, 100) {
        app.advance(1);
        let [adas, bobs] = &mut devices;
        let (adas_oldest, bobs_oldest) = (adas.pop_front().expect("fifty"), bobs.pop_front().expect("fifty"));
        let (ada, bob) = join(bobs_oldest.log_in_as(emails[0]), adas_oldest.log_in_as(emails[1])).await;
        adas.push_back(Person::from_grant(&app, emails[0], ada));
        bobs.push_back(Person::from_grant(&app, emails[1], bob));
        // One of the two ends each session, whoever comes first.
        adas_oldest.me().await.assert_ended(EndReason::Replaced);
        bobs_oldest.me().await.assert_ended(EndReason::Replaced);
    }
}

/// Batches of uses, logouts everywhere and the sweep take the same rows.
#[apply(under_policies_that_renew!)]
async fn uses_and_ends_do_not_wait_in_a_circle(app: TestApp) {
    app.restart_with(|settings| settings.login_attempts = Some("off".into())).await;
    let other = app.another_node().await;
    for _ in 0..rounds(&app, 20) {
        let people = join_all((0..8).map(|_| app.logged_in(ADA))).await;
        app.advance(1);
        for node in [&app, &other] {
            let here = people.iter().map(|person| Person { app: node.clone(), ..person.clone() });
            let tabs: Vec<_> = here.collect();
            for answer in join_all(tabs.iter().map(Person::refresh)).await {
                answer.assert_status(200);
            }
        }
        let (one, two) = (app.state(), other.state());
        let flush = join(server::background::flush(&one), server::background::flush(&two));
        let ((first, second), answer) = join(flush, async { people[0].on_sessions("DELETE", "").await }).await;
        first.and(second).expect("written");
        answer.assert_status(200);
    }
}
