//! Server-rendered pages. `end2end` tests them in a browser.

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
async fn a_path_in_another_spelling_redirects_to_the_page(app: TestApp) {
    for (spelling, page) in [
        ("/login/", "/login"),
        ("/login//", "/login"),
        ("//login", "/login"),
        ("/%6cogin", "/login"),
        ("/login%2F", "/login"),
        ("/login/?next=/sessions", "/login?next=/sessions"),
        ("/account/?a=b&c", "/account?a=b&c"),
        ("/login/?x=%0d%0aSet-Cookie:%20a=b", "/login?x=%0d%0aSet-Cookie:%20a=b"),
        ("/users/", "/users"),
    ] {
        for method in ["GET", "HEAD", "POST"] {
            let response = app.request(method, spelling).await.assert_status(308);
            assert_eq!(response.header("location"), Some(page), "{method} {spelling}");
        }
    }
    for other in ["/Login", "/login/x", "/login.html", "/api/login", "/logins", "/login%00", "/%ff"] {
        app.get(other).await.assert_status(404);
    }
}

#[app_test]
async fn a_page_never_answers_with_json(app: TestApp) {
    let foreign = [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")];
    let requests = [
        (app.post("/nothing"), 404),
        (app.request("PUT", "/login"), 405),
        (app.request("DELETE", "/account"), 405),
        (app.request("GET", "/logout"), 405),
        (app.post("/login").body("email=a"), 415),
        (app.post("/login").body(vec![b'a'; 17 * 1024]), 413),
        (app.post("/logout").header("cookie", "__Host-Http-refresh=a; __Host-Http-refresh=b"), 400),
        (foreign.iter().fold(app.post("/login").without_header("sec-fetch-site"), |r, (n, v)| r.header(n, v)), 403),
        (app.get(&format!("/login?{}", "a".repeat(9000))), 414),
    ];
    for (request, status) in requests {
        let what = format!("{} {:.40}", request.method, request.path);
        let response = request.await;
        assert_eq!(response.status, status, "{what}: {response:?}");
        assert_eq!(response.header("content-type"), Some("text/html; charset=utf-8"), "{what}");
        assert_eq!(response.text().matches("<h1").count(), 1, "{what}");
    }
}

#[app_test]
async fn a_password_manager_finds_the_page_to_change_the_password(app: TestApp) {
    let response = app.get("/.well-known/change-password").await.assert_status(307);
    assert_eq!(response.header("location"), Some("/account"));
}

#[app_test(each_policy)]
async fn pages_redirect_by_the_session_of_their_cookie(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let location = async |path: &str, is_logged_in: bool| {
        let request = app.get(path);
        let response = if is_logged_in { request.with_cookie_of(&ada).await } else { request.await };
        response.header("location").map(str::to_owned)
    };
    for path in ["/account", "/sessions", "/activity", "/users"] {
        assert_eq!(location(path, false).await.as_deref(), Some(format!("/login?next={path}").as_str()));
    }
    assert_eq!(location("/sessions?a=1&b=2", false).await.as_deref(), Some("/login?next=/sessions?a=1%26b=2"));
    for path in ["/", "/login", "/register", "/login?next=/account"] {
        assert_eq!(location(path, false).await, None, "{path}");
    }
    if !ada.credential_storage().is_cookie() {
        return;
    }
    assert_eq!(location("/account", true).await, None);
    for (path, next) in [
        ("/login", "/account"),
        ("/register", "/account"),
        ("/login?next=/sessions", "/sessions"),
        ("/login?next=/orders", "/orders"),
        ("/login?next=//evil.example", "/account"),
        ("/login?next=/login", "/account"),
        ("/login?next=https://evil.example", "/account"),
    ] {
        assert_eq!(location(path, true).await.as_deref(), Some(next), "{path}");
    }

    let laptop = app.logged_in("ada@example.com").await;
    laptop.revoke(&ada).await.assert_ok();
    let login = app.get("/account").with_cookie_of(&ada).await.assert_status(303);
    assert_eq!(login.header("location"), Some("/login?next=/account"));
    let page = app.get("/login").with_cookie_of(&ada).await.assert_status(200);
    assert!(page.text().contains(r#""end_reason":"revoked""#), "{}", page.text());
    assert!(page.text().contains("was ended from"), "{}", page.text());
}

/// Browsers do not send `SameSite=Strict` cookies with a link from another site.
#[app_test]
async fn an_arrival_from_another_site_navigates_again(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    for path in ["/account", "/sessions?a=b", "/login?next=/sessions", "/register"] {
        for site in ["cross-site", "same-site"] {
            let page = app.get(path).without_header("sec-fetch-site").header("sec-fetch-site", site);
            let page = page.await.assert_status(200);
            assert!(page.text().contains(r#"http-equiv="refresh""#), "{path}: {}", page.text());
        }
        let own = app.get(path).without_header("sec-fetch-site").header("sec-fetch-site", "same-origin").await;
        assert!(!own.text().contains("http-equiv"), "{path}");
    }
    // Firefox and Chromium send the cookie when the user has opened the address or a bookmark.
    let direct = app.get("/account").without_header("sec-fetch-site").header("sec-fetch-site", "none");
    direct.with_cookie_of(&ada).await.assert_status(200);
}

#[app_test]
async fn a_page_is_compressed(app: TestApp) {
    let page = app.get("/login").header("accept-encoding", "gzip, br").await.assert_status(200);
    assert_eq!(page.header("content-encoding"), Some("br"));
    assert!(page.headers.get_all("vary").iter().any(|vary| vary == "accept-encoding"), "{page:?}");
    assert!(page.body.len() < 8 * 1024, "{} bytes", page.body.len());
}

#[app_test]
async fn the_former_path_of_the_users_page_redirects(app: TestApp) {
    let response = app.request("GET", "/people").await.assert_status(308);
    assert_eq!(response.header("location"), Some("/users"));
}

#[app_test]
async fn pages_allow_no_other_methods(app: TestApp) {
    for method in ["PUT", "PATCH", "DELETE"] {
        app.request(method, "/login").await.assert_status(405);
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
    app.post("/inspector").await.assert_status(404);
}

#[app_test]
async fn the_inspector_can_be_enabled_on_a_loopback_address(app: TestApp) {
    app.restart_with(|settings| {
        settings.set("inspector", "true");
        settings.set("public_url", "http://127.0.0.1:3000");
    })
    .await;
    let ada = app.logged_in("ada@example.com").await;
    let page = app.get("/inspector").with_cookie_of(&ada).await.assert_status(200);
    assert!(page.text().contains("Inspector"), "{}", page.text());
}

#[app_test]
async fn the_inspector_is_refused_on_a_public_address(app: TestApp) {
    let refused = app.try_restart_with(|settings| settings.set("inspector", "true")).await;
    assert!(refused.expect_err("refused").starts_with("inspector: "));
}

/// Cookies and passkeys belong to one host name, so users must not switch between the two.
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
