//! `GET /api/account`: the caller's account, fresh from the database.

use doorward_api::{EndReason, ErrorCode};
use serde_json::json;
use test_macros::app_test;

use crate::support::{PASSWORD, TestApp};

#[app_test(each_policy)]
async fn an_account_shows_the_current_row_of_the_database(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;

    let expected = json!({
        "id": ada.user_id(), "name": "Ada Lovelace", "roles": [],
        "email": "ada@example.com", "email_verified": false, "created_at": "2026-01-01T00:00:00Z",
        "password_changed_at": "2026-01-01T00:00:00Z", "must_change_password": false,
    });
    assert_eq!(ada.account().await.assert_status(200).json(), expected);

    app.database().execute("update users set name = 'Countess', roles = 'admin', email_verified_at = 1").await;
    let account = ada.account().await.assert_ok().json();
    assert_eq!((&account["name"], &account["roles"]), (&json!("Countess"), &json!(["admin"])));
    assert_eq!(account["email_verified"], true);
}

#[app_test(each_policy)]
async fn each_user_sees_their_own_account(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let bob = app.logged_in("bob@example.com").await;
    assert_eq!(ada.account().await.assert_ok().json()["email"], "ada@example.com");
    assert_eq!(bob.account().await.assert_ok().json()["email"], "bob@example.com");
}

#[app_test(each_policy)]
async fn a_deleted_account_is_not_shown(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    for table in ["events", "sessions", "users"] {
        app.database().execute(format!("delete from {table}")).await;
    }
    ada.account().await.assert_refused(ErrorCode::SessionEnded);
    if app.credential_storage().is_renewable() {
        ada.refresh().await.assert_ended(EndReason::Unknown);
    }
}

#[app_test(each_policy)]
async fn the_account_shows_when_the_password_was_changed(app: TestApp) {
    let mut ada = app.logged_in("ada@example.com").await;
    app.advance(60);
    ada.change_password_and_store(PASSWORD, "another horse and another staple").await;
    app.advance(60);
    let account = ada.account().await.assert_ok().json();
    assert_eq!(account["password_changed_at"], "2026-01-01T00:01:00Z");
    // As an earlier version leaves it, on another node.
    app.database().execute("update users set password_changed_at = 0").await;
    assert_eq!(ada.account().await.assert_ok().json()["password_changed_at"], "2026-01-01T00:00:00Z");
}

#[app_test(each_policy)]
async fn a_changed_name_is_in_the_response_and_in_the_next_token(app: TestApp) {
    let mut ada = app.logged_in("ada@example.com").await;
    let change = |name: &str| ada.request("PATCH", "/api/account").json(&json!({"name": name}));

    let account = change("  Countess Lovelace ").await.assert_status(200).json();

    assert_eq!(account["name"], "Countess Lovelace");
    assert_eq!(account, ada.account().await.assert_ok().json());
    assert_eq!(app.database().value("select count(*) from events where kind = 'name_changed'").await, "1");
    for name in ["", " ", "a\nb", &"x".repeat(101)] {
        change(name).await.assert_invalid_fields(&["name"]);
    }
    ada.request("PATCH", "/api/account").json(&json!({})).await.assert_invalid_fields(&["name"]);
    let unknown = ada.request("PATCH", "/api/account").json(&json!({"name": "x", "email": "eve@example.com"})).await;
    unknown.assert_invalid_fields(&["email"]);
    if app.credential_storage().is_renewable() {
        assert_eq!(ada.refresh_and_store().await.user.name, "Countess Lovelace");
    }
}
