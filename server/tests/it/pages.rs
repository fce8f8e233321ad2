//! The pages, as far as the server decides about them. What a browser makes of them is tested in `end2end`.

use doorward_api::ErrorCode;
use macro_rules_attribute::apply;

#[apply(on_both_databases!)]
async fn an_unknown_page_is_a_page_with_status_404(app: TestApp) {
    let answer = app.get("/nothing/here").await.assert_status(404);
    assert!(answer.header("content-type").is_some_and(|kind| kind.starts_with("text/html")), "{answer:?}");
    assert!(answer.text().contains("<h1"));
}

#[apply(on_both_databases!)]
async fn r78_every_page_has_a_nonce_of_its_own(app: TestApp) {
    let nonces = [app.get("/").await, app.get("/").await].map(|answer| {
        let policy = answer.header("content-security-policy").expect("a policy").to_owned();
        for directive in ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"] {
            assert!(policy.contains(directive), "{policy}");
        }
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{policy}");
        let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).expect("a nonce");
        assert!(nonce.len() >= 16 && answer.text().contains(nonce), "{policy}");
        nonce.to_owned()
    });
    assert_ne!(nonces[0], nonces[1]);
}

#[apply(under_each_policy!)]
async fn r77_no_page_holds_a_token_or_who_is_logged_in(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    for path in ["/", "/account", "/login", "/register", "/nothing"] {
        let page = app.get(path).in_browser_of(&ada).await;
        let token = ada.grant.access_token.as_deref();
        let kept = Some(ada.kept.as_str()).filter(|kept| !kept.is_empty());
        let who = ["ada@example.com", "Lovelace", ada.session()];
        for private in who.into_iter().chain(token).chain(kept) {
            assert!(!page.text().contains(private), "{path} shows {private}");
        }
    }
}

#[apply(on_both_databases!)]
async fn a_form_sent_too_early_leads_back_to_its_page_and_nowhere_else(app: TestApp) {
    let form = "email=ada%40example.com&password=secret";
    let early = |path: &str| {
        let kind = "application/x-www-form-urlencoded";
        app.post(path).header("content-type", kind).body(form.to_owned())
    };
    for (path, location) in [
        ("/login", "/login?early=1"),
        ("/login?", "/login?early=1"),
        ("/login?early=1", "/login?early=1"),
        ("/login?early=1&early=2&%65arly", "/login?early=1"),
        ("/login?next=/account", "/login?next=%2Faccount&early=1"),
        ("/login?early=1&next=/docs?a%3D1%26b%3D2", "/login?next=%2Fdocs%3Fa%3D1%26b%3D2&early=1"),
        ("/register?name=J%C3%B6rg+%26+co", "/register?name=J%C3%B6rg+%26+co&early=1"),
        ("/login?x=ö", "/login?x=%C3%B6&early=1"),
        ("/login?x=%0d%0aSet-Cookie:%20a=b", "/login?x=%0D%0ASet-Cookie%3A+a%3Db&early=1"),
        ("/login?next=//evil.example", "/login?next=%2F%2Fevil.example&early=1"),
    ] {
        let answer = early(path).await.assert_status(303);
        assert_eq!(answer.header("location"), Some(location), "{path}");
    }

    for path in ["//evil.example", "//evil.example/login", "/\\evil.example", "/login//evil.example", "/nothing"] {
        early(path).await.assert_refused(ErrorCode::NotFound);
    }
}

#[apply(on_both_databases!)]
async fn a_page_takes_no_other_method(app: TestApp) {
    for method in ["PUT", "PATCH", "DELETE"] {
        app.request(method, "/login").await.assert_refused(ErrorCode::MethodNotAllowed);
    }
}

#[apply(on_both_databases!)]
async fn a_file_that_is_gone_is_no_page(app: TestApp) {
    for path in ["/pkg/gone.js", "/pkg/../secret", "/pkg/%2e%2e/%2e%2e/Cargo.toml"] {
        let answer = app.get(path).await.assert_status(404);
        assert!(!answer.text().contains("<html"), "{path}");
    }
}

#[apply(on_both_databases!)]
async fn without_its_setting_there_is_no_inspector(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    for request in [app.get("/inspector"), app.get("/inspector").cookie(&ada.kept)] {
        let page = request.await.assert_status(404);
        assert!(page.text().contains("Page not found") && !page.text().contains("Inspector"), "{}", page.text());
    }
    app.post("/inspector").await.assert_refused(ErrorCode::NotFound);
}

#[apply(on_both_databases!)]
async fn on_loopback_the_inspector_can_be_switched_on(app: TestApp) {
    app.restart_with(|settings| {
        settings.set("inspector", "true");
        settings.set("public_url", "http://127.0.0.1:3000");
    })
    .await;
    let page = app.get("/inspector").cookie("x").await.assert_status(200);
    assert!(page.text().contains("Inspector"), "{}", page.text());
}

#[apply(on_both_databases!)]
async fn a_server_on_the_network_does_not_start_with_an_inspector(app: TestApp) {
    let refused = app.try_restart_with(|settings| settings.set("inspector", "true")).await;
    assert!(refused.expect_err("refused").starts_with("inspector: "));
}
