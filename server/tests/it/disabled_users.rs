//! Users whom an administrator has disabled.

use doorward_api::{EndReason, ErrorCode};
use test_macros::app_test;

use crate::support::{PASSWORD, TestApp};

#[app_test(each_policy)]
async fn a_disabled_user_can_neither_log_in_nor_use_their_sessions(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    app.database().execute("update users set disabled_at = 1").await;

    app.log_in("ada@example.com", PASSWORD).await.assert_refused(ErrorCode::InvalidCredentials);
    ada.refresh().await.assert_refused(ErrorCode::SessionEnded);
    ada.account().await.assert_ended(EndReason::RevokedByAdmin);
    ada.change_password(PASSWORD, "another horse and another staple").await.assert_ended(EndReason::RevokedByAdmin);
}

#[app_test(each_policy)]
async fn the_session_of_a_disabled_user_ends_as_revoked_by_an_admin(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    app.database().execute("update users set disabled_at = 1").await;
    ada.refresh().await.assert_ended(EndReason::RevokedByAdmin);
}

#[app_test(each_policy)]
async fn the_email_of_a_disabled_user_stays_taken(app: TestApp) {
    app.register("ada@example.com", PASSWORD).await.assert_ok();
    app.database().execute("update users set disabled_at = 1").await;
    app.register("ada@example.com", PASSWORD).await.assert_refused(ErrorCode::EmailTaken);
}

#[app_test(each_policy)]
async fn an_enabled_user_can_log_in_again(app: TestApp) {
    app.register("ada@example.com", PASSWORD).await.assert_ok();
    app.database().execute("update users set disabled_at = 1").await;
    app.log_in("ada@example.com", PASSWORD).await.assert_refused(ErrorCode::InvalidCredentials);

    app.database().execute("update users set disabled_at = null").await;

    app.log_in("ada@example.com", PASSWORD).await.assert_ok();
}

#[app_test(each_policy)]
async fn a_login_of_a_disabled_user_is_recorded_as_failed(app: TestApp) {
    app.register("ada@example.com", PASSWORD).await.assert_ok();
    app.database().execute("update users set disabled_at = 1").await;
    app.log_in("ada@example.com", PASSWORD).await.assert_refused(ErrorCode::InvalidCredentials);
    assert_eq!(app.database().value("select count(*) from events where kind = 'login_failed'").await, "1");
}
