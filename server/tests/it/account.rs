//! `GET /api/account`: the caller's account, fresh from the database.

use doorward_api::{EndReason, ErrorCode};
use serde_json::json;
use test_macros::app_test;

use crate::support::TestApp;

#[app_test(each_policy)]
async fn an_account_shows_the_current_row_of_the_database(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;

    let expected = json!({
        "id": ada.user_id(), "name": "Ada Lovelace", "roles": [],
        "email": "ada@example.com", "created_at": "2026-01-01T00:00:00Z",
    });
    assert_eq!(ada.account().await.assert_status(200).json(), expected);

    app.database().execute("update users set name = 'Countess', roles = 'admin'").await;
    let account = ada.account().await.assert_ok().json();
    assert_eq!((&account["name"], &account["roles"]), (&json!("Countess"), &json!(["admin"])));
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
