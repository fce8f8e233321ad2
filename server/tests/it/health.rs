//! Is it alive, and can it serve?

use macro_rules_attribute::apply;

#[apply(on_both_databases!)]
async fn it_is_alive_and_ready(app: TestApp) {
    app.get("/healthz").await.assert_status(200);
    app.get("/readyz").await.assert_status(200);
}

#[apply(on_both_databases!)]
async fn without_its_tables_it_is_alive_but_not_ready(app: TestApp) {
    app.database().lose("keys").await;
    app.get("/healthz").await.assert_status(200);
    let answer = app.get("/readyz").await.assert_refused(doorward_api::ErrorCode::Unavailable);
    assert!(answer.headers.contains_key("retry-after"));

    app.database().bring_back("keys").await;
    app.get("/readyz").await.assert_status(200);
}
