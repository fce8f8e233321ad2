//! Clients that disconnect before they have received the response.

use std::{
    future::IntoFuture,
    pin::Pin,
    task::{Context, Waker},
};

use doorward_api::ErrorCode;
use serde_json::json;
use test_macros::app_test;

use crate::support::{Browser, PASSWORD, Request, Response, TestApp};

/// Sends a request, and disconnects as soon as `progress` selects a row, or at the latest when the response is there.
async fn disconnect_when(app: &TestApp, request: Request, progress: &str) {
    let mut response: Pin<Box<dyn Future<Output = Response> + Send>> = request.into_future();
    while response.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending() {
        if !app.database().rows(progress).await.is_empty() {
            return;
        }
        // What the request waits for, such as the database, advances between two polls.
        tokio::task::yield_now().await;
    }
}

/// Selects the session once it has ended in the database.
fn session_has_ended(browser: &Browser) -> String {
    let id = browser.session_id();
    format!("select session_id from sessions where session_id = '{id}' and ended_at is not null")
}

/// Asserts that the server completes, without the client, what it began.
async fn assert_revoked_soon(browser: &Browser) {
    for _ in 0..1000 {
        let response = browser.me().await;
        if response.status != 200 {
            response.assert_refused(ErrorCode::SessionEnded);
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("the access token of an ended session is still accepted");
}

#[app_test(each_policy)]
async fn an_interrupted_logout_still_revokes_the_access_token(app: TestApp) {
    for _ in 0..10 {
        let ada = app.logged_in("ada@example.com").await;

        disconnect_when(&app, ada.log_out_request(), &session_has_ended(&ada)).await;

        assert_revoked_soon(&ada).await;
    }
}

#[app_test(each_policy)]
async fn an_interrupted_password_change_still_revokes_the_other_sessions(app: TestApp) {
    for round in 0..10 {
        let email = format!("ada{round}@example.com");
        let phone = app.logged_in(&email).await;
        let laptop = app.logged_in(&email).await;
        let form = json!({"current_password": PASSWORD, "new_password": "another horse and another staple"});
        let change = laptop.post("/api/account/password").json(&form);

        disconnect_when(&app, change, &session_has_ended(&phone)).await;

        assert_revoked_soon(&phone).await;
    }
}
