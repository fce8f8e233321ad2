//! Headers of all answers. Most of them are checked on every answer of every test (`fixture/promises.rs`).

use macro_rules_attribute::apply;

use crate::fixture::PASSWORD;

#[apply(under_each_policy!)]
async fn r62_r80_what_is_private_is_not_stored(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    for answer in [
        app.log_in("ada@example.com", PASSWORD).await,
        ada.refresh().await,
        ada.me().await,
        ada.account().await,
        app.get("/api/nothing").await,
        app.get("/api/me").await,
        app.get("/api").await,
        app.get("/account").await,
        app.get("/").in_browser_of(&ada).await,
        ada.log_out().await,
    ] {
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{answer:?}");
    }
}

#[apply(on_both_databases!)]
async fn r79_browsers_insist_on_https_only_where_there_is_https(app: TestApp) {
    for path in ["/", "/healthz", "/api/me", "/nothing"] {
        let answer = app.get(path).await;
        assert_eq!(answer.header("strict-transport-security"), Some("max-age=63072000; includeSubDomains"));
    }

    app.restart_with(|settings| settings.set("public_url", "http://127.0.0.1:3000")).await;

    assert_eq!(app.get("/").await.header("strict-transport-security"), None);
}

#[apply(on_both_databases!)]
async fn an_answer_of_the_api_can_do_nothing_in_a_browser(app: TestApp) {
    for path in ["/api/me", "/healthz", "/.well-known/jwks.json", "/api/openapi.json"] {
        let answer = app.get(path).await;
        let policy = answer.header("content-security-policy").expect("a policy");
        assert_eq!(policy, "default-src 'none'; frame-ancestors 'none'; base-uri 'none'");
    }
}

#[apply(under_each_policy!)]
async fn json_says_that_it_is_json(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let answers = [ada.me().await, ada.account().await, ada.refresh().await, app.get("/api/openapi.json").await];
    for answer in answers.into_iter().chain([app.get("/.well-known/jwks.json").await]) {
        assert_eq!(answer.assert_ok().header("content-type"), Some("application/json"));
    }
}
