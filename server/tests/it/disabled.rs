//! An account that an administrator has disabled.

use doorward_api::{EndReason, ErrorCode};
use macro_rules_attribute::apply;

use crate::fixture::PASSWORD;

#[apply(under_each_policy!)]
async fn a_disabled_account_gets_nowhere(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    app.database().execute("update users set disabled_at = 1").await;

    app.log_in("ada@example.com", PASSWORD).await.assert_refused(ErrorCode::InvalidCredentials);
    ada.refresh().await.assert_refused(ErrorCode::SessionEnded);
    ada.account().await.assert_ended(EndReason::RevokedByAdmin);
    ada.change_password(PASSWORD, "another horse and another staple").await.assert_ended(EndReason::RevokedByAdmin);
}

#[apply(under_each_policy!)]
async fn its_owner_is_told_why_the_session_is_over(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    app.database().execute("update users set disabled_at = 1").await;
    ada.refresh().await.assert_ended(EndReason::RevokedByAdmin);
}

#[apply(under_each_policy!)]
async fn its_email_stays_taken(app: TestApp) {
    app.register("ada@example.com", PASSWORD).await.assert_ok();
    app.database().execute("update users set disabled_at = 1").await;
    app.register("ada@example.com", PASSWORD).await.assert_refused(ErrorCode::EmailTaken);
}

#[apply(under_each_policy!)]
async fn an_account_that_is_enabled_again_works_again(app: TestApp) {
    app.register("ada@example.com", PASSWORD).await.assert_ok();
    app.database().execute("update users set disabled_at = 1").await;
    app.log_in("ada@example.com", PASSWORD).await.assert_refused(ErrorCode::InvalidCredentials);

    app.database().execute("update users set disabled_at = null").await;

    app.log_in("ada@example.com", PASSWORD).await.assert_ok();
}

#[apply(under_each_policy!)]
async fn o4_a_login_to_it_is_recorded_as_failed(app: TestApp) {
    app.register("ada@example.com", PASSWORD).await.assert_ok();
    app.database().execute("update users set disabled_at = 1").await;
    app.log_in("ada@example.com", PASSWORD).await.assert_refused(ErrorCode::InvalidCredentials);
    assert_eq!(app.database().value("select count(*) from events where kind = 'login_failed'").await, "1");
}
