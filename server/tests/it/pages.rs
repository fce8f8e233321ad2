//! Server-rendered pages. `end2end` tests what a browser makes of them.

use doorward_api::ErrorCode;
use test_macros::app_test;

use crate::support::TestApp;

#[app_test]
async fn an_unknown_page_is_a_page_with_status_404(app: TestApp) {
    let response = app.get("/nothing/here").await.assert_status(404);
    assert!(response.header("content-type").is_some_and(|kind| kind.starts_with("text/html")), "{response:?}");
    assert!(response.text().contains("<h1"));
}

#[app_test]
async fn every_page_has_a_fresh_csp_nonce(app: TestApp) {
    let nonces = [app.get("/").await, app.get("/").await].map(|response| {
        let policy = response.header("content-security-policy").expect("a policy").to_owned();
        for directive in ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"] {
            assert!(policy.contains(directive), "{policy}");
        }
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{policy}");
        let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).expect("a nonce");
        assert!(nonce.len() >= 16 && response.text().contains(nonce), "{policy}");
        nonce.to_owned()
    });
    assert_ne!(nonces[0], nonces[1]);
}

#[app_test(each_policy)]
async fn no_page_contains_tokens_or_user_data(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    for path in ["/", "/account", "/login", "/register", "/nothing"] {
        let page = app.get(path).with_cookie_of(&ada).await;
        let token = ada.token_response.access_token.as_deref();
        let credential = Some(ada.credential.as_str()).filter(|credential| !credential.is_empty());
        let user_data = ["ada@example.com", "Lovelace", ada.session_id()];
        for private in user_data.into_iter().chain(token).chain(credential) {
            assert!(!page.text().contains(private), "{path} shows {private}");
        }
    }
}

#[app_test]
async fn a_form_sent_before_hydration_redirects_to_its_own_page(app: TestApp) {
    let form = "email=ada%40example.com&password=secret";
    let submit = |path: &str| {
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
        let response = submit(path).await.assert_status(303);
        assert_eq!(response.header("location"), Some(location), "{path}");
    }

    for path in ["//evil.example", "//evil.example/login", "/\\evil.example", "/login//evil.example", "/nothing"] {
        submit(path).await.assert_refused(ErrorCode::NotFound);
    }
}

#[app_test]
async fn the_former_path_of_the_users_page_redirects(app: TestApp) {
    let response = app.request("GET", "/people").await.assert_status(308);
    assert_eq!(response.header("location"), Some("/users"));
}

#[app_test]
async fn pages_allow_no_other_methods(app: TestApp) {
    for method in ["PUT", "PATCH", "DELETE"] {
        app.request(method, "/login").await.assert_refused(ErrorCode::MethodNotAllowed);
    }
}

#[app_test]
async fn a_missing_asset_is_404_and_no_page(app: TestApp) {
    for path in ["/pkg/gone.js", "/pkg/../secret", "/pkg/%2e%2e/%2e%2e/Cargo.toml"] {
        let response = app.get(path).await.assert_status(404);
        assert!(!response.text().contains("<html"), "{path}");
    }
}

#[app_test]
async fn the_inspector_is_off_by_default(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    for request in [app.get("/inspector"), app.get("/inspector").refresh_cookie(&ada.credential)] {
        let page = request.await.assert_status(404);
        assert!(page.text().contains("Page not found") && !page.text().contains("Inspector"), "{}", page.text());
    }
    app.post("/inspector").await.assert_refused(ErrorCode::NotFound);
}

#[app_test]
async fn the_inspector_can_be_enabled_on_a_loopback_address(app: TestApp) {
    app.restart_with(|settings| {
        settings.set("inspector", "true");
        settings.set("public_url", "http://127.0.0.1:3000");
    })
    .await;
    let page = app.get("/inspector").refresh_cookie("x").await.assert_status(200);
    assert!(page.text().contains("Inspector"), "{}", page.text());
}

#[app_test]
async fn the_inspector_is_refused_on_a_public_address(app: TestApp) {
    let refused = app.try_restart_with(|settings| settings.set("inspector", "true")).await;
    assert!(refused.expect_err("refused").starts_with("inspector: "));
}

/// Cookies and passkeys belong to the name, so a user stays with one of both.
#[app_test]
async fn a_page_at_a_loopback_address_leads_to_localhost_if_that_is_the_public_name(app: TestApp) {
    app.restart_with(|settings| settings.set("public_url", "http://localhost:3000")).await;
    for host in ["127.0.0.1:3000", "127.0.0.1", "[::1]:3000"] {
        let response =
            app.get("/login?next=/account").without_header("host").header("host", host).await.assert_status(307);
        assert_eq!(response.header("location"), Some("http://localhost:3000/login?next=/account"));
    }
    app.get("/login").without_header("host").header("host", "localhost:3000").await.assert_status(200);
    app.get("/readyz").without_header("host").header("host", "127.0.0.1:3000").await.assert_status(200);
    app.restart_with(|settings| settings.set("public_url", "http://127.0.0.1:3000")).await;
    app.get("/login").without_header("host").header("host", "127.0.0.1:3000").await.assert_status(200);
}
