//! `GET /api/auth/methods`: what a server offers.

use serde_json::{Value, json};
use test_macros::app_test;

use crate::support::{PASSWORD, TestApp};

async fn methods(app: &TestApp) -> Value {
    app.get("/api/auth/methods").await.assert_status(200).json()
}

#[app_test]
async fn a_server_says_how_accounts_are_created_and_opened(app: TestApp) {
    assert_eq!(methods(&app).await, json!({"registration": "open", "mail": false, "passkeys": false}));
    app.restart_with_mail().await;
    for mode in ["invite", "closed"] {
        app.restart_with(|settings| settings.set("registration", mode)).await;
        assert_eq!(methods(&app).await, json!({"registration": mode, "mail": true, "passkeys": false}));
    }
}

#[app_test(sqlite)]
async fn it_is_the_same_for_all_and_takes_no_account(app: TestApp) {
    let before = methods(&app).await;
    let ada = app.logged_in("ada@example.com").await;
    app.database().execute("update users set roles = 'admin'").await;
    assert_eq!(ada.get("/api/auth/methods").await.assert_status(200).json(), before);
    let with_cookie = app.log_in("ada@example.com", PASSWORD).await;
    assert_eq!(methods(&app).await, before, "{}", with_cookie.status);
}
