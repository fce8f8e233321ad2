//! Password hashing: bounded, and brought up to date.

use std::collections::HashMap;

use doorward_api::ErrorCode;
use futures::future::join_all;
use macro_rules_attribute::apply;

use crate::fixture::{PASSWORD, TestApp};

async fn stored_hash(app: &TestApp) -> String {
    app.database().value("select password_hash from users").await
}

/// Waits until a job beside the requests has changed the hash.
async fn changed_hash(app: &TestApp, old: &str) -> String {
    for _ in 0..10_000 {
        let hash = stored_hash(app).await;
        if hash != old {
            return hash;
        }
        tokio::task::yield_now().await;
    }
    panic!("the hash stays {old}");
}

#[apply(on_both_databases!)]
async fn r9_a_login_brings_the_hash_up_to_higher_settings(app: TestApp) {
    app.register("ada@example.com", PASSWORD).await.assert_ok();
    let old = stored_hash(&app).await;

    app.restart_with(|settings| settings.set("argon2_memory_kib", "128")).await;
    app.log_in("ada@example.com", "wrong horse battery staple").await.assert_refused(ErrorCode::InvalidCredentials);
    assert_eq!(stored_hash(&app).await, old);
    app.log_in("ada@example.com", PASSWORD).await.assert_ok();

    let new = changed_hash(&app, &old).await;
    assert!(new.starts_with("$argon2id$v=19$m=128,t=1,p=1$"), "{new}");
    app.log_in("ada@example.com", PASSWORD).await.assert_ok();
    assert_eq!(stored_hash(&app).await, new, "once is enough");
}

#[apply(on_both_databases!)]
async fn r20_what_the_queue_cannot_hold_is_refused_at_once(app: TestApp) {
    app.restart_with(|settings| {
        settings.set("login_attempts", "off");
        // One worker, busy for some milliseconds with each.
        settings.set("argon2_memory_kib", "8192");
        settings.set("hashing_memory_mib", "8");
    })
    .await;

    let answers = join_all((0..200).map(|_| app.log_in("nobody@example.com", PASSWORD))).await;

    let mut counts = HashMap::new();
    for answer in answers {
        *counts.entry(answer.status).or_insert(0) += 1;
        let code = if answer.status == 503 { ErrorCode::Busy } else { ErrorCode::InvalidCredentials };
        answer.assert_refused(code);
    }
    assert!(counts[&401] >= 64 && counts[&503] >= 1, "{counts:?}");
    // And it recovers.
    app.register("ada@example.com", PASSWORD).await.assert_ok();
}

#[apply(on_both_databases!)]
async fn a_hash_that_is_older_than_the_settings_still_logs_in(app: TestApp) {
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
