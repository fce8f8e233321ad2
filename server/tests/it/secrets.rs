//! The master secret, and that nothing in the database can be replayed.

use std::os::unix::fs::PermissionsExt;

use doorward_api::CredentialStorage;
use macro_rules_attribute::apply;

use crate::fixture::{Forgery, PASSWORD};

#[apply(under_each_policy!)]
async fn r31_the_database_holds_no_token_and_no_password(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let new = "another horse and another staple";
    ada.refresh().await.assert_ok();
    ada.change_password(PASSWORD, new).await.assert_ok();
    app.log_in("ada@example.com", "a wrong one, typed by hand").await;
    server::background::flush(&app.state()).await.expect("written");

    let contents = app.database().contents().await;

    assert!(contents.contains(&ada.grant.session.id), "{contents}");
    let mut secrets = vec![PASSWORD.to_owned(), new.to_owned(), "typed by hand".to_owned(), "eyJ".to_owned()];
    secrets.extend(Some(ada.kept.clone()).filter(|kept| !kept.is_empty()));
    secrets.extend(ada.grant.access_token.clone());
    let id = |token: Forgery| token.claims["jti"].as_str().expect("a jti").to_owned();
    secrets.extend(ada.grant.access_token.is_some().then(|| id(ada.access_forgery())));
    if matches!(ada.credential_storage(), CredentialStorage::RefreshCookie | CredentialStorage::RefreshToken) {
        let id = id(ada.refresh_forgery());
        assert_eq!(id.len(), 64, "R32: 256 random bits");
        secrets.push(id);
    }
    for secret in &secrets {
        assert!(!contents.contains(secret), "{secret} in {contents}");
    }
    assert!(contents.contains("$argon2id$v=19$m=64,t=1,p=1$"), "R8: {contents}");
}

#[apply(on_both_databases!)]
async fn r8_equal_passwords_have_different_hashes(app: TestApp) {
    app.register("ada@example.com", PASSWORD).await.assert_ok();
    app.register("bob@example.com", PASSWORD).await.assert_ok();
    assert_eq!(app.database().value("select count(distinct password_hash) from users").await, "2");
}

#[apply(on_both_databases!)]
async fn private_keys_are_encrypted_at_rest(app: TestApp) {
    let sealed = app.database().value("select private_key from keys").await;
    let bytes = hex::decode(&sealed).expect("hex");
    // PKCS#8 of an Ed25519 key begins with these bytes.
    assert!(!bytes.windows(4).any(|window| window == [0x06, 0x03, 0x2b, 0x65]));
}

#[apply(on_both_databases!)]
async fn the_secret_is_made_at_the_first_start_for_this_user_only(app: TestApp) {
    let fresh = app.database().folder.path().join("fresh/data");
    app.database().execute("delete from keys").await;
    app.database().execute("delete from secrets").await;

    app.restart_with(|settings| {
        settings.secret = None;
        settings.data_dir = Some(fresh.display().to_string());
    })
    .await;

    let file = fresh.join("secret");
    let mode = std::fs::metadata(&file).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let secret = std::fs::read_to_string(&file).expect("text");
    assert_eq!(secret.len(), 64);
    let ada = app.logged_in("ada@example.com").await;
    app.restart().await;
    ada.refresh().await.assert_ok();
    assert_eq!(std::fs::read_to_string(&file).expect("text"), secret);
}

#[apply(on_both_databases!)]
async fn a_secret_that_is_too_short_is_refused(app: TestApp) {
    let short = "thirty-one characters, not more".to_owned();
    assert_eq!(short.len(), 31);
    let line = app.try_restart_with(|settings| settings.secret = Some(short)).await.expect_err("refused");
    assert!(line.starts_with("secret: ") && !line.contains('\n') && !line.contains("thirty"), "{line}");
}
