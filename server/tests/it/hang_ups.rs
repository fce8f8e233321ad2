//! Clients that hang up before they have read their answer.

use std::{
    future::IntoFuture,
    pin::Pin,
    task::{Context, Waker},
};

use doorward_api::ErrorCode;
use macro_rules_attribute::apply;
use serde_json::json;

use crate::fixture::{Answer, PASSWORD, Person, Request, TestApp};

/// Sends `request`, and hangs up once the server has got so far that `done` selects a row, at the latest with its answer.
async fn hang_up_when(app: &TestApp, request: Request, done: &str) {
    let mut answer: Pin<Box<dyn Future<Output = Answer> + Send>> = request.into_future();
    // What the server waits for goes on by itself between two looks.
    while answer.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending() {
        if !app.database().rows(done).await.is_empty() {
            return;
        }
        tokio::task::yield_now().await;
    }
}

/// The row of this session, once it is over.
fn is_over(person: &Person) -> String {
    let id = &person.grant.session.id;
    format!("select session_id from sessions where session_id = '{id}' and ended_at is not null")
}

/// Asserts that what was begun is finished without the client.
async fn assert_soon_over(person: &Person) {
    for _ in 0..1000 {
        let answer = person.me().await;
        if answer.status != 200 {
            answer.assert_refused(ErrorCode::SessionEnded);
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("the access token of a session that is over lives on");
}

#[apply(under_each_policy!)]
async fn r37_a_session_that_is_over_in_the_database_is_over_for_its_access_token(app: TestApp) {
    for _ in 0..10 {
        let ada = app.logged_in("ada@example.com").await;

        hang_up_when(&app, ada.log_out_request(), &is_over(&ada)).await;

        assert_soon_over(&ada).await;
    }
}

#[apply(under_each_policy!)]
async fn r39_a_password_that_has_changed_has_ended_the_other_sessions(app: TestApp) {
    for round in 0..10 {
        let email = format!("ada{round}@example.com");
        let phone = app.logged_in(&email).await;
        let laptop = app.logged_in(&email).await;
        let form = json!({"current_password": PASSWORD, "new_password": "another horse and another staple"});
        let change = laptop.post("/api/account/password").json(&form);

        hang_up_when(&app, change, &is_over(&phone)).await;

        assert_soon_over(&phone).await;
    }
}
