//! `/mailbox`: a page for development.

use test_macros::app_test;

use crate::support::{Request, TestApp};

/// A request for another host than that of all tests.
fn at(request: Request, host: &str) -> Request {
    request.without_header("host").header("host", host)
}

async fn with_mailbox(app: &TestApp) {
    app.restart_with(|settings| {
        settings.unset("mail");
        settings.set("public_url", "http://localhost:3000");
    })
    .await;
}

#[app_test]
async fn it_shows_the_mails_in_the_folder_newest_first_and_deletes_them(app: TestApp) {
    with_mailbox(&app).await;
    let empty = at(app.get("/mailbox"), "localhost:3000").await;
    assert!(empty.status == 200 && empty.text().contains("No mails."), "{empty:?}");
    let mut tokens = Vec::new();
    for user in ["ada", "bob"] {
        tokens.push(app.enqueue_mail(&format!("{user}@example.com"), None).await);
        app.send_due_mails().await;
        app.advance(1);
    }

    let page = at(app.get("/mailbox"), "localhost:3000").await;

    let text = page.text();
    let place = |part: &str| text.find(part).unwrap_or_else(|| panic!("no {part}: {text}"));
    assert!(place("bob@example.com") < place("ada@example.com"));
    for token in &tokens {
        let link = format!("http://localhost:3000/reset?token={token}");
        assert!(text.contains(&format!("<a href=\"{link}\" class=\"button\">Open the link</a>")), "{text}");
    }
    for part in
        ["<h2>Reset your password</h2>", "2026-01-01 00:00:00 UTC", "reset</span>", "Follow the link.", "Delete all"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("<script"), "{text}");
    assert_eq!(page.headers["cache-control"], "no-store");

    let deleted = at(app.post("/mailbox"), "localhost:3000").await;
    assert_eq!((deleted.status, deleted.headers["location"].to_str().expect("text")), (303, "/mailbox"));
    let empty = at(app.get("/mailbox"), "localhost:3000").await;
    assert!(empty.text().contains("No mails."), "{empty:?}");
}

#[app_test]
async fn it_does_not_exist_where_others_could_see_it(app: TestApp) {
    for change in [
        [("mail", "off"), ("public_url", "http://localhost:3000"), ("listen", "127.0.0.1:3000")],
        [("mail", "folder"), ("public_url", "https://doorward.test"), ("listen", "127.0.0.1:3000")],
        [("mail", "folder"), ("public_url", "http://localhost:3000"), ("listen", "0.0.0.0:3000")],
    ] {
        app.restart_with(|settings| change.iter().for_each(|(key, value)| settings.set(*key, *value))).await;
        assert_eq!(at(app.get("/mailbox"), "localhost:3000").await.status, 404, "{change:?}");
        let post = at(app.post("/mailbox"), "localhost:3000").await;
        assert_eq!(post.status, at(app.post("/nothing"), "localhost:3000").await.status);
    }
}

#[app_test]
async fn a_name_that_another_site_has_pointed_here_shows_nothing(app: TestApp) {
    with_mailbox(&app).await;
    for host in ["evil.example", "localhost.evil.example", "192.0.2.1:3000"] {
        assert_eq!(at(app.get("/mailbox"), host).await.status, 404, "{host}");
    }
    for host in ["127.0.0.1:3000", "[::1]:3000", "localhost"] {
        assert_eq!(at(app.get("/mailbox"), host).await.status, 200, "{host}");
    }
}

#[app_test]
async fn another_site_cannot_delete_the_mails(app: TestApp) {
    with_mailbox(&app).await;
    app.enqueue_mail("ada@example.com", None).await;
    app.send_due_mails().await;
    let request = at(app.request("POST", "/mailbox"), "localhost:3000");
    let refused = request.without_header("sec-fetch-site").header("sec-fetch-site", "cross-site").await;
    assert_eq!(refused.status, 403);
    assert!(at(app.get("/mailbox"), "localhost:3000").await.text().contains("ada@example.com"));
}
