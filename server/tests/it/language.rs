//! The language of the pages: the one of the settings, else the one that the browser prefers. `message_language.rs` tests the
//! messages of the server.

use test_macros::app_test;

use crate::support::{Response, TestApp, run_cli_with};

const GERMAN: &str = "fr, de-AT;q=0.9, en;q=0.8";

async fn get(app: &TestApp, path: &str, accept_language: &str) -> Response {
    app.get(path).header("accept-language", accept_language).await
}

/// The paths of all catalogs that a document names.
fn catalogs(page: &Response) -> Vec<&str> {
    let text = page.text();
    let starts = text.match_indices("/pkg/messages.").map(|(start, _)| &text[start..]);
    let mut paths: Vec<_> = starts.filter_map(|rest| rest.split_once(".txt").map(|(path, _)| path)).collect();
    paths.dedup();
    paths
}

#[app_test]
async fn a_browser_that_prefers_german_gets_german_pages_with_the_german_catalog_alone(app: TestApp) {
    for (path, status, texts) in [
        ("/", 200, vec!["Konto erstellen", "Anmelden"]),
        ("/login", 200, vec![">Anmelden<", "E-Mail-Adresse", "Passwort", "Neu hier?", "Zum Inhalt springen"]),
        ("/register", 200, vec!["Konto erstellen", "Mindestens 15\u{a0}Zeichen", "Sie haben schon ein Konto?"]),
        ("/nothing", 404, vec!["Seite nicht gefunden", "Zur Startseite"]),
    ] {
        let page = get(&app, path, GERMAN).await.assert_status(status);
        let html = page.text();
        assert!(html.contains(r#"<html lang="de">"#), "{html}");
        for text in texts {
            assert!(html.contains(text), "{path} has no {text:?}: {html}");
        }
        for english in ["Log in", "Create account", "Password", "Skip to content", "failed to load"] {
            assert!(!html.contains(english), "{path} has {english:?}: {html}");
        }
        let [catalog] = catalogs(&page)[..] else { panic!("{html}") };
        assert!(catalog.starts_with("/pkg/messages.de."), "{catalog}");
    }
}

#[app_test]
async fn the_catalog_has_the_messages_of_its_language(app: TestApp) {
    for (language, locale, text) in [("de", "de-DE", "Passwort ändern"), ("en", "en-GB", "Change password")] {
        let page = get(&app, "/login", language).await;
        let path = format!("{}.txt", catalogs(&page)[0]);
        let catalog = app.get(&path).await.assert_status(200);
        assert_eq!(catalog.header("content-type"), Some("text/plain; charset=utf-8"));
        assert_eq!(catalog.text().lines().next(), Some(locale));
        assert!(catalog.text().lines().any(|line| line == text), "{}", catalog.text());
    }
    app.get("/pkg/messages.fr.0000000000000000.txt").await.assert_status(404);
}

#[app_test]
async fn a_language_without_pages_and_a_header_that_is_none_get_english(app: TestApp) {
    for header in ["", "fr", "*", "de;q=0", "de;q=0.5, en", ";;;,q", "de\u{fc}"] {
        let page = get(&app, "/login", header).await.assert_status(200);
        assert!(page.text().contains(r#"<html lang="en">"#), "{header}: {}", page.text());
    }
    let page = app.get("/login").await;
    assert!(page.text().contains(r#"<html lang="en">"#), "{}", page.text());
}

#[app_test]
async fn every_document_has_the_language_of_the_browser(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let arrival = app.get("/login").without_header("sec-fetch-site").header("sec-fetch-site", "cross-site");
    for (request, text) in [
        (app.get("/account").with_cookie_of(&ada), "<span>Konto</span>"),
        (arrival, "Einen Moment"),
        (app.request("PUT", "/login"), "Fehler 405"),
        (app.request("PUT", "/logout"), "Das hat leider nicht geklappt"),
    ] {
        let page = request.header("accept-language", GERMAN).await;
        assert!(page.text().contains(r#"<html lang="de">"#) && page.text().contains(text), "{}", page.text());
    }
}

#[app_test]
async fn the_language_of_the_settings_wins_over_the_header(app: TestApp) {
    for (setting, header) in [("de", "en"), ("de-CH", "en"), ("en", GERMAN)] {
        app.restart_with(|settings| settings.set("language", setting)).await;
        for path in ["/login", "/nothing"] {
            let page = get(&app, path, header).await;
            let lang = format!(r#"<html lang="{}">"#, &setting[..2]);
            assert!(page.text().contains(&lang), "{setting}: {}", page.text());
        }
    }
}

#[app_test]
async fn a_setting_with_a_language_without_pages_stops_the_start_with_the_languages(app: TestApp) {
    let output = run_cli_with(app.database(), &[("DOORWARD_LANGUAGE", "fr")], "config check", b"").await;
    output.assert_failure(1, r#"there are no pages in "fr"; the languages are `en`, `de`"#);
}
