//! `GET /api/admin/users`: the list of accounts, for administrators.

use std::collections::HashSet;

use doorward_api::{ErrorCode, UserList};
use test_macros::app_test;

use crate::support::{Browser, Response, TestApp};

const ADA: &str = "ada@example.com";

pub async fn admin(app: &TestApp) -> Browser {
    app.logged_in(ADA).await;
    app.database().execute(format!("update users set roles = 'admin editor' where email = '{ADA}'")).await;
    app.logged_in(ADA).await
}

pub async fn users(browser: &Browser, query: &str) -> Response {
    browser.get(&format!("/api/admin/users{query}")).await
}

pub async fn page(browser: &Browser, query: &str) -> UserList {
    users(browser, query).await.assert_status(200).parse()
}

#[app_test(each_policy)]
async fn an_admin_sees_all_users_newest_first(app: TestApp) {
    let ada = admin(&app).await;
    app.advance(1);
    let bob = app.logged_in("bob@example.com").await;
    app.logged_in("bob@example.com").await.log_out().await.assert_ok();
    app.database().execute("update users set disabled_at = 1000 where email = 'bob@example.com'").await;

    let UserList { users, before } = page(&ada, "").await;

    assert_eq!(before, None);
    let [newest, oldest] = users.as_slice() else { panic!("{users:?}") };
    assert_eq!((newest.id.as_str(), newest.email.as_str(), newest.sessions), (bob.user_id(), "bob@example.com", 1));
    assert_eq!(newest.disabled_at.as_ref().map(doorward_api::Timestamp::as_str), Some("1970-01-01T00:00:01Z"));
    assert_eq!((oldest.email.as_str(), oldest.sessions, oldest.roles.join(" ")), (ADA, 2, "admin editor".into()));
    assert_eq!((oldest.name.as_str(), oldest.disabled_at.as_ref()), ("Ada Lovelace", None));
    assert_eq!(oldest.created_at.as_str(), "2026-01-01T00:00:00Z");
}

#[app_test(each_policy)]
async fn users_without_the_role_are_refused(app: TestApp) {
    let bob = app.logged_in("bob@example.com").await;
    app.database().execute("update users set roles = 'administrator admin2 Admin'").await;
    let with_similar_roles = app.logged_in("bob@example.com").await;

    for browser in [&bob, &with_similar_roles] {
        let refused = users(browser, "").await.assert_refused(ErrorCode::Forbidden);
        assert_eq!(refused.header("www-authenticate"), None);
        let detail = refused.problem().detail.expect("a detail");
        assert!(detail.contains("`admin`"), "{detail}");
        assert!(!refused.text().contains("example.com"));
    }
    app.get("/api/admin/users").await.assert_refused(ErrorCode::TokenMissing);
    bob.log_out().await.assert_ok();
    users(&bob, "").await.assert_refused(ErrorCode::SessionEnded);
}

#[app_test(each_policy)]
async fn pages_have_no_gaps_and_no_duplicates(app: TestApp) {
    let ada = admin(&app).await;
    // Many of the same moment.
    let rows = "insert into users (user_id, email, name, roles, password_hash, password_version, created_at) \
                with digits (n) as (select '0' union all select '1' union all select '2' union all select '3' union all select '4') \
                select 'id' || a.n || b.n || c.n, a.n || b.n || c.n || '@example.com', 'X', '', 'x', 1, 1 \
                from digits a, digits b, digits c";
    app.database().execute(rows).await;

    let (mut seen, mut query, mut pages) = (HashSet::new(), String::new(), Vec::new());
    loop {
        let UserList { users, before } = page(&ada, &query).await;
        pages.push(users.len());
        assert!(users.into_iter().all(|user| seen.insert(user.id)), "no user twice");
        let Some(before) = before else { break };
        query = format!("?before={before}");
    }

    assert_eq!((seen.len(), pages), (126, vec![50, 50, 26]));
}

#[app_test(each_policy)]
async fn an_invalid_cursor_is_refused(app: TestApp) {
    let ada = admin(&app).await;
    for query in ["?before=", "?before=x", "?before=1-", "?before=1-%27", "?after=1-a", "?before=1-a&before=2-b"] {
        users(&ada, query).await.assert_invalid_fields(&["before"]);
    }
}
