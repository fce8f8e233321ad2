//! Secrets at rest: the master secret's file, and a database in which nothing can be replayed.

use std::os::unix::fs::PermissionsExt;

use doorward_api::CredentialStorage;
use test_macros::app_test;

use crate::support::{Forgery, PASSWORD, TestApp};

#[app_test(each_policy)]
async fn the_database_contains_no_token_and_no_password(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let new_password = "another horse and another staple";
    ada.refresh().await.assert_ok();
    ada.change_password(PASSWORD, new_password).await.assert_ok();
    app.log_in("ada@example.com", "a wrong one, typed by hand").await;
    app.flush_last_used().await;

    let contents = app.database().contents().await;

    assert!(contents.contains(ada.session_id()), "{contents}");
    let mut secrets = vec![PASSWORD.to_owned(), new_password.to_owned(), "typed by hand".to_owned(), "eyJ".to_owned()];
    secrets.extend(Some(ada.credential.clone()).filter(|credential| !credential.is_empty()));
    secrets.extend(ada.token_response.access_token.clone());
    let id = |token: Forgery| token.claims["jti"].as_str().expect("a jti").to_owned();
    secrets.extend(ada.token_response.access_token.is_some().then(|| id(ada.access_forgery())));
    if matches!(ada.credential_storage(), CredentialStorage::RefreshCookie | CredentialStorage::RefreshToken) {
        let id = id(ada.refresh_forgery());
        assert_eq!(id.len(), 64, "256 random bits");
        secrets.push(id);
    }
    for secret in &secrets {
        assert!(!contents.contains(secret), "{secret} in {contents}");
    }
    assert!(contents.contains("$argon2id$v=19$m=64,t=1,p=1$"), "{contents}");
}

#[app_test]
async fn equal_passwords_have_different_hashes(app: TestApp) {
    app.register("ada@example.com", PASSWORD).await.assert_ok();
    app.register("bob@example.com", PASSWORD).await.assert_ok();
    assert_eq!(app.database().value("select count(distinct password_hash) from users").await, "2");
}

#[app_test]
async fn private_keys_are_encrypted_at_rest(app: TestApp) {
    let encrypted = app.database().value("select private_key from keys").await;
    let bytes = hex::decode(&encrypted).expect("hex");
    // The object identifier of Ed25519, which every PKCS#8 key of that kind contains.
    assert!(!bytes.windows(4).any(|window| window == [0x06, 0x03, 0x2b, 0x65]));
}

#[app_test]
async fn the_secret_file_is_created_at_the_first_start_and_readable_by_its_owner_only(app: TestApp) {
    let fresh = app.database().folder.path().join("fresh/data");
    app.database().execute("delete from keys").await;
    app.database().execute("delete from secrets").await;

    app.restart_with(|settings| {
        settings.unset("secret");
        settings.set("data_dir", fresh.display().to_string());
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

#[app_test]
async fn a_short_secret_is_refused(app: TestApp) {
    let short = "thirty-one characters, not more".to_owned();
    assert_eq!(short.len(), 31);
    let line = app.try_restart_with(|settings| settings.set("secret", short)).await.expect_err("refused");
    assert!(line.starts_with("secret: ") && !line.contains('\n') && !line.contains("thirty"), "{line}");
}
