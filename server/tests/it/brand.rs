//! The operator's brand in documents, their files and redirects.

use std::fs;

use server::config::RawSettings;
use test_macros::app_test;

use crate::support::{Response, TestApp};

const SVG: &str = r#"<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>"#;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\xc0\0\0\0\xc0\x08\x06\0\0\0";

/// Restarts with a setting whose value is the path of a file.
async fn restart_with_file(app: &TestApp, key: &str, name: &str, content: &[u8]) {
    let path = app.database().folder.path().join(name);
    fs::write(&path, content).expect("written");
    app.restart_with(|settings| settings.set(key, path.display().to_string())).await;
}

/// The value of an attribute of the first element that begins with `start`.
fn attribute(page: &Response, start: &str, name: &str) -> Option<String> {
    let (_, element) = page.text().split_once(start).map(|(before, rest)| (before.to_owned(), rest.to_owned()))?;
    let element = element.split('>').next()?.to_owned();
    let (_, value) = element.split_once(&format!("{name}=\""))?;
    value.split('"').next().map(str::to_owned)
}

fn title(page: &Response) -> String {
    let text = page.text();
    let title = text.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>")).expect("a title").0;
    title.to_owned()
}

fn acme(settings: &mut RawSettings) {
    settings.set("brand_name", "Acme <&> Söhne");
    settings.set("support_url", "mailto:help@acme.example");
    settings.set("terms_url", "https://acme.example/terms");
    settings.set("privacy_url", "/privacy");
    settings.set("home", "https://shop.acme.example/");
    settings.unset("demo");
}

#[app_test]
async fn every_document_has_the_name_of_the_brand_in_its_title(app: TestApp) {
    app.restart_with(acme).await;
    let arrival = app.get("/login").without_header("sec-fetch-site").header("sec-fetch-site", "cross-site").await;
    for (page, expected) in [
        (app.get("/login").await, "Log in – Acme "),
        (app.get("/nothing").await, "Page not found – Acme "),
        (app.request("PUT", "/login").await, "Error 405 – Acme "),
        (arrival, "One moment… – Acme "),
    ] {
        let title = title(&page);
        assert!(title.starts_with(expected) && title.contains("&lt;&amp;"), "{title}");
        assert!(!page.text().contains("Doorward</title>"), "{}", page.text());
    }
}

#[app_test]
async fn pages_carry_the_brand_to_the_webassembly(app: TestApp) {
    app.restart_with(acme).await;
    let page = app.get("/login").await;
    for part in [
        r#""support_url":"mailto:help@acme.example""#,
        r#""terms_url":"https://acme.example/terms""#,
        r#""privacy_url":"/privacy""#,
        r#""home":"https://shop.acme.example/""#,
        r#""is_demo":false"#,
        r#""logo":null"#,
    ] {
        assert!(page.text().contains(part), "{part}: {}", page.text());
    }
}

#[app_test]
async fn the_root_leads_home_or_else_to_the_login_or_the_account(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    app.get("/").await.assert_status(200);

    app.restart_with(|settings| settings.unset("demo")).await;
    let root = app.get("/").await.assert_status(303);
    assert_eq!((root.header("location"), root.header("cache-control")), (Some("/login"), Some("no-store")));
    assert_eq!(app.get("/").with_cookie_of(&ada).await.header("location"), Some("/account"));

    for (home, target) in
        [("/orders", "/orders"), ("https://shop.example/", "https://shop.example/"), ("/", "/login"), ("/?a", "/login")]
    {
        app.restart_with(|settings| settings.set("home", home)).await;
        let root = app.get("/").await.assert_status(303);
        assert_eq!((root.header("location"), root.header("cache-control")), (Some(target), Some("no-store")), "{home}");
    }
    app.get("/?next=https://evil.example").await.assert_status(303);
}

#[app_test]
async fn a_login_without_a_return_path_leads_home(app: TestApp) {
    app.restart_with(acme).await;
    let ada = app.logged_in("ada@example.com").await;
    let location = async |path: &str| {
        let response = app.get(path).with_cookie_of(&ada).await.assert_status(303);
        response.header("location").map(str::to_owned)
    };
    assert_eq!(location("/login").await.as_deref(), Some("https://shop.acme.example/"));
    assert_eq!(location("/login?next=/sessions").await.as_deref(), Some("/sessions"));
    assert_eq!(location("/login?next=//evil.example").await.as_deref(), Some("https://shop.acme.example/"));

    // Else browsers stop the redirect after the form.
    let login = app.get("/login").await;
    let policy = login.header("content-security-policy").expect("a policy");
    assert!(policy.contains("form-action 'self' https://shop.acme.example;"), "{policy}");
}

/// To leave the pages would end a session that is limited to its tab.
#[app_test]
async fn a_login_that_is_limited_to_its_tab_stays_in_the_pages(app: TestApp) {
    app.restart_with(|settings| settings.set("policy", "memory-only")).await;
    for (home, expected) in [
        ("https://shop.acme.example/", r#""home":null"#),
        ("/orders", r#""home":null"#),
        ("/sessions", r#""home":"/sessions""#),
    ] {
        app.restart_with(|settings| settings.set("home", home)).await;
        let page = app.get("/login").await;
        assert!(page.text().contains(expected), "{home}: {}", page.text());
    }
}

#[app_test]
async fn a_logo_is_an_image_and_nothing_else(app: TestApp) {
    restart_with_file(&app, "brand_logo", "logo.svg", SVG.as_bytes()).await;
    let page = app.get("/login").await;
    let path = attribute(&page, r#"<link rel="icon""#, "href").expect("an icon");
    assert!(path.starts_with("/brand/logo.") && page.text().contains(&format!(r#""logo":"{path}""#)), "{path}");

    let logo = app.get(&path).await.assert_status(200);
    assert_eq!(logo.text(), SVG);
    assert_eq!(logo.header("content-type"), Some("image/svg+xml"));
    assert_eq!(logo.header("cache-control"), Some("public, max-age=31536000, immutable"));
    assert_eq!(logo.header("x-content-type-options"), Some("nosniff"));
    let policy = logo.header("content-security-policy").expect("a policy");
    assert!(policy.contains("default-src 'none'") && policy.contains("sandbox"), "{policy}");
    assert!(!policy.contains("script"), "{policy}");

    assert_eq!(app.get("/favicon.ico").await.assert_status(307).header("location"), Some(path.as_str()));
    app.get("/apple-touch-icon.png").await.assert_status(404);
    assert_eq!(attribute(&page, r#"<link rel="apple-touch-icon""#, "href"), None);

    // Of another server that is of another version.
    let other = app.get("/brand/logo.0123456789abcdef.svg").await.assert_status(200);
    assert_eq!(other.header("cache-control"), Some("no-cache"));
    for path in ["/brand/theme.0123456789abcdef.css", "/brand/", "/brand/secret", "/brand/..%2fsecret"] {
        app.get(path).await.assert_status(404);
    }
}

#[app_test]
async fn a_png_is_the_icon_on_home_screens_too(app: TestApp) {
    restart_with_file(&app, "brand_logo", "logo.png", PNG).await;
    let page = app.get("/login").await;
    let path = attribute(&page, r#"<link rel="apple-touch-icon""#, "href").expect("an icon");
    assert_eq!(app.get("/apple-touch-icon.png").await.assert_status(307).header("location"), Some(path.as_str()));
    let manifest = app.get("/site.webmanifest").await.json();
    assert_eq!(manifest["icons"][0]["src"], path.as_str());
    assert_eq!(manifest["icons"][0]["sizes"], "192x192");
}

#[app_test]
async fn the_manifest_has_the_name_and_the_icons(app: TestApp) {
    app.restart_with(acme).await;
    let page = app.get("/login").await;
    assert_eq!(attribute(&page, r#"<link rel="manifest""#, "href").as_deref(), Some("/site.webmanifest"));
    let manifest = app.get("/site.webmanifest").await.assert_status(200);
    assert_eq!(manifest.header("content-type"), Some("application/manifest+json"));
    assert_eq!(manifest.json()["name"], "Acme <&> Söhne");
    let sizes: Vec<_> =
        manifest.json()["icons"].as_array().expect("icons").iter().map(|i| i["sizes"].clone()).collect();
    assert_eq!(sizes, ["192x192", "512x512", "any"]);
}

#[app_test]
async fn a_theme_follows_the_style_and_is_a_style_sheet_only(app: TestApp) {
    let css = "</style><script>alert(1)</script> :root { --radius: 0 }";
    restart_with_file(&app, "theme", "theme.css", css.as_bytes()).await;
    for page in [app.get("/login").await, app.request("PUT", "/login").await] {
        let text = page.text();
        let at = text.find("/brand/theme.").expect("a link");
        assert!(text.rfind("<style").is_none_or(|style| style < at) && !text.contains("alert(1)"), "{text}");
        assert!(text.find("doorward.css").is_none_or(|ours| ours < at), "{text}");
        let policy = page.header("content-security-policy").expect("a policy");
        assert!(policy.contains("style-src 'self' 'nonce-") && !policy.contains("unsafe-inline"), "{policy}");
        let path = text[at..].split('"').next().expect("a path");
        let theme = app.get(path).await.assert_status(200);
        assert_eq!(theme.text(), css);
        assert_eq!(theme.header("content-type"), Some("text/css; charset=utf-8"));
        assert_eq!(theme.header("cache-control"), Some("public, max-age=31536000, immutable"));
    }
}

#[app_test]
async fn an_accent_is_a_style_with_the_nonce_of_its_document(app: TestApp) {
    app.restart_with(|settings| settings.set("brand_accent", "#00c")).await;
    for page in [app.get("/login").await, app.request("PUT", "/login").await] {
        assert!(page.text().contains("--accent:#0000cc;"), "{}", page.text());
        let nonce = attribute(&page, "<style", "nonce").expect("a nonce");
        let policy = page.header("content-security-policy").expect("a policy");
        assert!(policy.contains(&format!("style-src 'self' 'nonce-{nonce}'")), "{policy}");
    }
}

#[app_test]
async fn a_bad_setting_stops_the_start(app: TestApp) {
    for (key, value) in [
        ("brand_name", "\u{202E}"),
        ("brand_logo", "/nowhere.svg"),
        ("brand_accent", "green"),
        ("brand_accent_dark", "green"),
        ("theme", "/nowhere.css"),
        ("support_url", "javascript:alert(1)"),
        ("terms_url", "javascript:alert(1)"),
        ("privacy_url", "javascript:alert(1)"),
        ("home", "javascript:alert(1)"),
        ("home", "https://doorward.test/login"),
        ("demo", "maybe"),
    ] {
        let refused = app.try_restart_with(|settings| settings.set(key, value)).await.expect_err(key);
        assert!(refused.starts_with(&format!("{key}: ")), "{refused}");
    }
}
