//! The language of server messages: that of the settings, else the first one that the client accepts, else English.

use app::Language;
use doorward_api::ErrorCode;
use serde_json::json;
use test_macros::app_test;

use crate::support::{PASSWORD, Request, Response, TestApp};

const ADA: &str = "ada@example.com";
const SHORT: &str = "short";

fn register(app: &TestApp) -> Request {
    app.post("/api/auth/register").json(&json!({"email": "ada", "name": "\u{202e}", "password": SHORT}))
}

fn submit(app: &TestApp, path: &str, body: &'static str) -> Request {
    app.post(path).header("content-type", "application/x-www-form-urlencoded").body(body)
}

/// Asserts that the response states this language, and whether it depends on the client's.
#[track_caller]
fn assert_language(response: &Response, language: Language, is_negotiated: bool) {
    assert_eq!(response.header("content-language"), Some(language.tag()), "{response:?}");
    let varies = response.headers.get_all("vary").iter().any(|value| value == "accept-language");
    assert_eq!(varies, is_negotiated, "{response:?}");
}

/// Asserts the problem of [`register`] in this language.
#[track_caller]
fn assert_fields(response: Response, language: Language) {
    let response = response.assert_invalid_fields(&["email", "name", "password"]);
    let problem = response.problem();
    let errors = problem.errors.expect("errors");
    let texts = language.fields();
    assert_eq!(errors.get("email").map(String::as_str), Some(texts.email));
    assert_eq!(errors.get("name").map(String::as_str), Some(texts.name));
    assert_eq!(errors.get("password"), Some(&texts.password_too_short(15, SHORT.len(), false)));
    assert_eq!(problem.title, language.problems().invalid_input);
}

#[app_test]
async fn a_problem_is_in_the_language_of_the_request(app: TestApp) {
    for language in Language::ALL {
        let accepted = format!("tlh, {}-XX;q=0.9, en;q=0.1", language.tag());
        let response = register(&app).header("accept-language", &accepted).await;
        assert_language(&response, language, true);
        assert_fields(response, language);

        let response = app.get("/api/nothing").header("accept-language", &accepted).await;
        assert_language(&response, language, true);
        assert_eq!(response.assert_refused(ErrorCode::NotFound).problem().title, language.problems().not_found);
    }
}

#[app_test]
async fn without_a_language_that_the_server_has_a_problem_is_in_english(app: TestApp) {
    for accepted in ["", "tlh", "*", "\u{fc}", "en;q=0"] {
        assert_fields(register(&app).header("accept-language", accepted).await, Language::English);
    }
    let response = register(&app).await;
    assert_language(&response, Language::English, true);
    let errors = response.problem().errors.expect("errors");
    let message = "Use at least 15 characters; this password has 5. A few unrelated words work well.";
    assert_eq!(errors.get("password").map(String::as_str), Some(message));
}

#[app_test]
async fn the_language_of_the_settings_wins(app: TestApp) {
    for language in Language::ALL {
        app.restart_with(|settings| settings.set("language", language.tag())).await;
        for accepted in Language::ALL {
            let response = register(&app).header("accept-language", accepted.tag()).await;
            assert_language(&response, language, false);
            assert_fields(response, language);
            assert_language(&app.get("/login").header("accept-language", accepted.tag()).await, language, false);
        }
    }
}

#[app_test]
async fn a_user_gets_the_messages_of_every_form_in_the_language_of_the_request(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let session = &ada.sessions().await[0].id;
    for language in Language::ALL {
        let texts = language.fields();
        let guessable = json!({"current_password": PASSWORD, "new_password": "passwordpassword"});
        let own_name = json!({"current_password": PASSWORD, "new_password": "ada@example.com ada"});
        for (request, field, message) in [
            (ada.post("/api/fn/change_name").json(&json!({"name": ""})), "name", texts.name),
            (ada.post("/api/account/password").json(&guessable), "new_password", texts.password_common),
            (ada.post("/api/account/password").json(&own_name), "new_password", texts.password_personal),
            (ada.post("/api/account/password").json(&json!({"x": 1})), "x", texts.unknown),
            (
                ada.request("PATCH", &format!("/api/sessions/{session}")).json(&json!({"label": "a\nb"})),
                "label",
                texts.label,
            ),
            (ada.get("/api/activity?before=x"), "before", texts.cursor),
        ] {
            let response = request.header("accept-language", language.tag()).await;
            assert_language(&response, language, true);
            let errors = response.assert_refused(ErrorCode::InvalidInput).problem().errors.expect("errors");
            assert_eq!(errors.get(field).map(String::as_str), Some(message));
        }
    }
}

#[app_test(each_policy)]
async fn a_form_without_the_webassembly_is_rejected_in_the_language_of_the_page(app: TestApp) {
    let has_form = app.state().policies.for_roles(&[]).name.credential_storage().is_cookie();
    for language in Language::ALL {
        let rejected = if has_form { language.invalid_credentials() } else { language.requires_webassembly() };
        for (body, message) in [
            ("email=ada%40example.com&password=wrong", rejected),
            ("email=ada%40example.com&password=", language.missing_field("password")),
            ("email=&password=wrong", language.missing_field("email")),
            ("email=a&email=b&password=wrong", language.fields().repeated),
        ] {
            let page = submit(&app, "/login", body).header("accept-language", language.tag()).await;
            assert!(page.text().contains(message), "{message}: {}", page.text());
            assert!(page.text().contains(&format!(r#"<html lang="{}""#, language.tag())), "{}", page.text());
            assert_language(&page, language, true);
        }
    }
}

#[app_test]
async fn an_error_page_is_in_the_language_of_the_request(app: TestApp) {
    for language in Language::ALL {
        for encoding in ["identity", "gzip, br"] {
            let cookie = "__Host-Http-refresh=a; __Host-Http-refresh=b";
            let request = submit(&app, "/logout", "").header("cookie", cookie).header("accept-encoding", encoding);
            let page = request.header("accept-language", language.tag()).await.assert_status(400);
            assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
            assert!(page.text().contains(language.problems().clear_cookies), "{}", page.text());
            assert_language(&page, language, true);
        }
    }
}

#[app_test]
async fn an_arrival_page_states_its_language(app: TestApp) {
    let arrival = app.get("/account").without_header("sec-fetch-site").header("sec-fetch-site", "cross-site");
    assert_language(&arrival.await.assert_status(200), Language::English, true);
}

#[app_test]
async fn a_verified_request_has_no_language(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let response = ada.get("/api/me").header("accept-language", "en").await.assert_ok();
    assert_eq!((response.header("content-language"), response.header("vary")), (None, None));
}
