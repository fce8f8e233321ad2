//! `GET /api/admin/users?search=`: users by the beginning of email, name or a word of the name.

use std::collections::HashSet;

use doorward_api::UserList;
use serde_json::json;
use test_macros::app_test;

use crate::{
    support::{Browser, PASSWORD, TestApp},
    users::{admin, page, users},
};

async fn add(app: &TestApp, email: &str, name: &str) {
    app.post("/api/auth/register")
        .json(&json!({"email": email, "password": PASSWORD, "name": name}))
        .await
        .assert_status(201);
    app.advance(1);
}

async fn found(admin: &Browser, search: &str) -> Vec<String> {
    let search = percent_encode(search);
    let list = page(admin, &format!("?search={search}")).await;
    list.users.into_iter().map(|user| user.email).collect()
}

fn percent_encode(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

#[app_test]
async fn users_are_found_by_the_beginning_of_email_name_and_word_in_any_case(app: TestApp) {
    let ada = admin(&app).await;
    add(&app, "bob_k@example.com", "Robert Straße").await;
    add(&app, "bobxk@example.com", "Ναταλία O’Neil").await;
    add(&app, "zoe@bücher.example", "100% Zoë").await;

    for (search, emails) in [
        ("BOB", vec!["bob_k@example.com", "bobxk@example.com"]),
        ("robert s", vec!["bob_k@example.com"]),
        ("STRASSE", vec!["bob_k@example.com"]),
        ("ΝΑΤ", vec!["bobxk@example.com"]),
        (" neil ", vec!["bobxk@example.com"]),
        ("zoe@BÜ", vec!["zoe@bücher.example"]),
        ("zoe@xn--", vec!["zoe@bücher.example"]),
        ("zoë", vec!["zoe@bücher.example"]),
        // Wildcards of `like`, and quotes, are letters like any others.
        ("bob_", vec!["bob_k@example.com"]),
        ("100%", vec!["zoe@bücher.example"]),
        ("%", vec![]),
        ("_", vec![]),
        ("\\", vec![]),
        ("'", vec![]),
        ("\0", vec![]),
        ("example.com", vec![]),
        ("ob", vec![]),
    ] {
        assert_eq!(found(&ada, search).await, emails, "{search:?}");
    }
    let lovelace = page(&ada, "?search=love").await;
    assert_eq!((lovelace.users.len(), lovelace.users[0].sessions, lovelace.before), (1, 2, None));
}

#[app_test]
async fn a_changed_name_is_found_and_the_old_one_is_not(app: TestApp) {
    let ada = admin(&app).await;
    ada.request("PATCH", "/api/account").json(&json!({"name": "Countess"})).await.assert_ok();
    assert_eq!(found(&ada, "count").await, ["ada@example.com"]);
    assert!(found(&ada, "love").await.is_empty());
}

#[app_test]
async fn users_of_an_earlier_version_are_found_once_they_are_indexed(app: TestApp) {
    let ada = admin(&app).await;
    app.database().execute("delete from user_search_terms").await;
    app.database().execute("update users set search_name = ''").await;
    assert!(found(&ada, "ada").await.is_empty());

    app.clean_up().await;

    assert_eq!(found(&ada, "ada").await, ["ada@example.com"]);
    // As an earlier version changes it, on another node.
    app.database().execute("update users set name = 'Countess'").await;
    app.clean_up().await;
    assert_eq!(found(&ada, "count").await, ["ada@example.com"]);
    assert!(found(&ada, "love").await.is_empty());
}

#[app_test]
async fn pages_of_a_search_have_no_gaps_and_no_duplicates(app: TestApp) {
    let ada = admin(&app).await;
    // Each is found by email, name and word.
    let rows = "insert into users (user_id, email, name, roles, password_hash, password_version, created_at) \
                with digits (n) as (select '0' union all select '1' union all select '2' union all select '3' union all select '4') \
                select 'id' || a.n || b.n || c.n, 'x' || a.n || b.n || c.n || '@example.com', 'Xa Xb X', '', 'x', 1, 1 \
                from digits a, digits b, digits c";
    app.database().execute(rows).await;
    app.clean_up().await;

    let (mut seen, mut query, mut pages) = (HashSet::new(), String::new(), Vec::new());
    loop {
        let UserList { users, before } = page(&ada, &format!("?search=x{query}")).await;
        pages.push(users.len());
        assert!(users.into_iter().all(|user| seen.insert(user.id)), "no user twice");
        let Some(before) = before else { break };
        query = format!("&before={before}");
    }

    assert_eq!((seen.len(), pages), (125, vec![50, 50, 25]));
}

#[app_test]
async fn an_invalid_search_is_refused(app: TestApp) {
    let ada = admin(&app).await;
    for query in ["?search=", "?search=%20", "?search=%E2%80%8B", "?search=a&search=b"] {
        users(&ada, query).await.assert_invalid_fields(&["search"]);
    }
    users(&ada, &format!("?search={}", "x".repeat(255))).await.assert_invalid_fields(&["search"]);
    users(&ada, &format!("?search={}", "x".repeat(254))).await.assert_ok();
    users(&ada, "?search=a&before=x").await.assert_invalid_fields(&["before"]);
    users(&ada, "?search=a&find=x").await.assert_invalid_fields(&["before"]);
}
