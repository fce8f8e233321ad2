//! `second_factor_for_role`: a session has such a role only once its user has proved a second factor in it.

use doorward_api::{Account, AccountSecurity, ErrorCode, PolicyName};
use test_macros::app_test;

use crate::{
    support::{Browser, MASTER_SECRET, TestApp, run_cli_with},
    users::admin,
};

const ADA: &str = "ada@example.com";

async fn require_for_administrators(app: &TestApp) {
    app.restart_with(|settings| settings.set("second_factor_for_role.admin", "true")).await;
}

async fn users(browser: &Browser) -> crate::support::Response {
    browser.get("/api/admin/users").await
}

async fn withheld(browser: &Browser) -> Vec<String> {
    let account: Account = browser.account().await.assert_status(200).parse();
    let security: AccountSecurity = browser.get("/api/account/security").await.assert_status(200).parse();
    assert_eq!(account.withheld_roles, security.withheld_roles);
    assert!(account.withheld_roles.iter().all(|role| account.roles.contains(role)));
    account.withheld_roles
}

#[app_test(each_policy, also_with_valkey)]
async fn without_a_second_factor_a_session_lacks_the_role_and_can_set_one_up(app: TestApp) {
    require_for_administrators(&app).await;
    let mut ada = admin(&app).await;

    assert_eq!(ada.token_response.user.roles, ["editor"]);
    assert_eq!(ada.me().await.assert_ok().parse::<doorward_api::User>().roles, ["editor"]);
    users(&ada).await.assert_refused(ErrorCode::Forbidden);
    assert_eq!(withheld(&ada).await, ["admin"]);

    let (authenticator, _) = ada.set_up_totp().await;
    assert!(withheld(&ada).await.is_empty());
    if ada.credential_storage().is_renewable() {
        ada.refresh_and_store().await;
    } else {
        // Its only access token is from before.
        ada.confirm_with_app(&authenticator).await;
    }

    assert_eq!(ada.token_response.user.roles, ["admin", "editor"]);
    users(&ada).await.assert_ok();
}

#[app_test(each_policy, also_with_valkey)]
async fn a_session_from_before_gets_the_role_with_its_own_proof_alone(app: TestApp) {
    require_for_administrators(&app).await;
    let (ada, mut thief) = (admin(&app).await, app.logged_in(ADA).await);
    let (authenticator, _) = ada.set_up_totp().await;
    if thief.credential_storage().is_renewable() {
        thief.refresh_and_store().await;
    }
    users(&thief).await.assert_refused(ErrorCode::Forbidden);
    assert_eq!(withheld(&thief).await, ["admin"]);

    thief.confirm_with_app(&authenticator).await;

    users(&thief).await.assert_ok();
    assert!(withheld(&thief).await.is_empty());
}

#[app_test(each_policy)]
async fn the_role_goes_when_the_second_step_goes(app: TestApp) {
    require_for_administrators(&app).await;
    let mut ada = admin(&app).await;
    let (authenticator, _) = ada.set_up_totp().await;
    ada.confirm_with_app(&authenticator).await;
    users(&ada).await.assert_ok();

    ada.request("DELETE", "/api/account/totp").await.assert_status(204);

    assert_eq!(withheld(&ada).await, ["admin"]);
    if ada.credential_storage().is_renewable() {
        ada.refresh_and_store().await;
        users(&ada).await.assert_refused(ErrorCode::Forbidden);
    }
}

#[app_test(each_policy)]
async fn a_withheld_role_still_chooses_the_policy_and_counts_as_an_administrator(app: TestApp) {
    app.restart_with(|settings| {
        settings.set("second_factor_for_role.admin", "true");
        settings.set("policy_for_role.admin", "banking");
    })
    .await;
    let ada = admin(&app).await;
    assert_eq!(ada.token_response.session.policy, PolicyName::Banking);
    assert!(!ada.token_response.user.roles.contains(&"admin".to_owned()));
    // The only one, and Bob may go.
    ada.request("DELETE", "/api/account").await.assert_refused(ErrorCode::LastAdministrator);
    app.logged_in("bob@example.com").await;
    app.database().execute("update users set roles = 'admin' where email = 'bob@example.com'").await;
    let bob = app.logged_in("bob@example.com").await;
    bob.request("DELETE", "/api/account").await.assert_status(202);
    ada.request("DELETE", "/api/account").await.assert_refused(ErrorCode::LastAdministrator);
}

#[app_test(each_policy)]
async fn other_roles_and_other_settings_are_not_concerned(app: TestApp) {
    app.restart_with(|settings| {
        settings.set("second_factor_for_role.admin", "false");
        settings.set("second_factor_for_role.teller", "true");
    })
    .await;
    let ada = admin(&app).await;
    assert_eq!(ada.token_response.user.roles, ["admin", "editor"]);
    users(&ada).await.assert_ok();
    assert!(withheld(&ada).await.is_empty());
}

#[app_test]
async fn the_check_of_the_settings_says_how_many_users_are_concerned(app: TestApp) {
    let ada = admin(&app).await;
    app.logged_in("bob@example.com").await;
    let settings = [("DOORWARD_SECRET", MASTER_SECRET), ("DOORWARD_SECOND_FACTOR_FOR_ROLE__ADMIN", "true")];
    let check = || run_cli_with(app.database(), &settings, "config check", b"");
    let output = check().await.assert_success();
    assert!(output.contains("warning: second_factor_for_role.admin: 1 user"), "{output}");

    ada.set_up_totp().await;
    let output = check().await.assert_success();
    assert!(!output.contains("second_factor_for_role"), "{output}");
}

#[app_test(sqlite)]
async fn the_setting_has_roles_and_booleans(app: TestApp) {
    for (key, value) in [
        ("second_factor_for_role.admin", "yes"),
        ("second_factor_for_role.ad min", "true"),
        ("second_factor_for_role", "true"),
    ] {
        let error = app.try_restart_with(|settings| settings.set(key, value)).await.expect_err("refused");
        assert!(error.starts_with("second_factor_for_role"), "{error}");
    }
}

#[app_test(each_policy)]
async fn a_login_with_the_second_step_has_the_role_at_once(app: TestApp) {
    require_for_administrators(&app).await;
    let ada = admin(&app).await;
    let (authenticator, _) = ada.set_up_totp().await;
    app.advance(30);

    let again = app.logged_in_with(ADA, &authenticator.factor(&app)).await;

    assert_eq!(again.token_response.user.roles, ["admin", "editor"]);
    users(&again).await.assert_ok();
}
