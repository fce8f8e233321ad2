//! Password hashing with Argon2id: a bounded queue, and rehashing under changed settings.

use std::collections::HashMap;

use doorward_api::ErrorCode;
use futures::future::join_all;
use test_macros::app_test;

use crate::support::{PASSWORD, TestApp};

async fn stored_hash(app: &TestApp) -> String {
    app.database().value("select password_hash from users").await
}

/// Waits until the background job has replaced the hash.
async fn changed_hash(app: &TestApp, old: &str) -> String {
    for _ in 0..10_000 {
        let hash = stored_hash(app).await;
        if hash != old {
            return hash;
        }
        tokio::task::yield_now().await;
    }
    panic!("the hash is still {old}");
}

#[app_test]
async fn a_login_rehashes_the_password_under_changed_settings(app: TestApp) {
    app.register("ada@example.com", PASSWORD).await.assert_ok();
    let old = stored_hash(&app).await;

    app.restart_with(|settings| settings.set("argon2_memory_kib", "128")).await;
    app.log_in("ada@example.com", "wrong horse battery staple").await.assert_refused(ErrorCode::InvalidCredentials);
    assert_eq!(stored_hash(&app).await, old);
    app.log_in("ada@example.com", PASSWORD).await.assert_ok();

    let new = changed_hash(&app, &old).await;
    assert!(new.starts_with("$argon2id$v=19$m=128,t=1,p=1$"), "{new}");
    app.log_in("ada@example.com", PASSWORD).await.assert_ok();
    assert_eq!(stored_hash(&app).await, new, "the password is rehashed once");
}

#[app_test]
async fn logins_beyond_the_hashing_queue_are_refused_at_once(app: TestApp) {
    app.restart_with(|settings| {
        settings.set("login_attempts", "off");
        // One worker, which needs some milliseconds for each hash.
        settings.set("argon2_memory_kib", "8192");
        settings.set("hashing_memory_mib", "8");
    })
    .await;

    let responses = join_all((0..200).map(|_| app.log_in("nobody@example.com", PASSWORD))).await;

    let mut counts = HashMap::new();
    for response in responses {
        *counts.entry(response.status).or_insert(0) += 1;
        let code = if response.status == 503 { ErrorCode::Busy } else { ErrorCode::InvalidCredentials };
        response.assert_refused(code);
    }
    assert!(counts[&401] >= 64 && counts[&503] >= 1, "{counts:?}");
    // The queue recovers.
    app.register("ada@example.com", PASSWORD).await.assert_ok();
}

#[app_test]
async fn a_hash_under_older_settings_still_verifies(app: TestApp) {
    app.register("ada@example.com", PASSWORD).await.assert_ok();
    for (memory, iterations) in [("8", "1"), ("256", "3"), ("64", "2")] {
        app.restart_with(|settings| {
            settings.set("argon2_memory_kib", memory);
            settings.set("argon2_iterations", iterations);
        })
        .await;
        let old = stored_hash(&app).await;
        app.log_in("ada@example.com", PASSWORD).await.assert_ok();
        changed_hash(&app, &old).await;
    }
}
