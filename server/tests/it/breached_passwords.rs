//! New passwords that are known from data breaches are refused.

use std::fs;

use test_macros::app_test;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use crate::support::{Database, PASSWORD, TestApp, eventually, metric, run_cli, run_cli_with};

/// On the built-in list.
const LISTED: &str = "momsanaladventure";

/// A service with the range API, which answers every request with `status` and `body`. Returns its URL.
async fn service(status: &'static str, body: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/range/", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            let mut request = [0; 2048];
            let length = stream.read(&mut request).await.expect("a request");
            let request = String::from_utf8_lossy(&request[..length]).into_owned();
            let path = request.split_whitespace().nth(1).expect("a path");
            let digits = path.strip_prefix("/range/").expect("a range");
            assert!(digits.len() == 5 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()), "{path}");
            assert!(request.to_lowercase().contains("add-padding: true"), "{request}");
            let response =
                format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
            stream.write_all(response.as_bytes()).await.expect("sent");
        }
    });
    url
}

/// The line of a range response for the password of the tests.
fn line_of_password(count: u32) -> String {
    use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
    let hash = hex::encode_upper(digest(&SHA1_FOR_LEGACY_USE_ONLY, PASSWORD.as_bytes()));
    format!("0018A45C4D1DEF81644B54AB7F969B88D65:3\r\n{}:{count}\r\n", &hash[5..])
}

#[app_test]
async fn a_listed_password_is_refused_at_registration_and_at_a_change(app: TestApp) {
    let refused = app.register("ada@example.com", &LISTED.to_uppercase()).await.assert_invalid_fields(&["password"]);
    assert!(refused.text().contains("data breach"), "{}", refused.text());

    let ada = app.logged_in("ada@example.com").await;
    ada.change_password(PASSWORD, LISTED).await.assert_invalid_fields(&["new_password"]);
    assert_eq!(ada.me().await.status, 200);

    app.restart_with(|settings| settings.set("breached_passwords", "off")).await;
    app.register("bob@example.com", LISTED).await.assert_status(201);
}

#[app_test]
async fn a_login_with_a_breached_password_succeeds_and_the_account_says_to_change_it(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let list = app.database().folder.path().join("breached.list");
    fs::write(app.database().folder.path().join("breached.txt"), format!("{PASSWORD}\n")).expect("written");
    run_cli(app.database(), "passwords build breached.txt breached.list", "").await.assert_success();
    app.restart_with(|settings| settings.set("breached_passwords", list.display().to_string())).await;

    let mut ada = ada.log_in_again().await;
    eventually(async || ada.account().await.json()["must_change_password"] == true).await;

    ada.change_password_and_store(PASSWORD, "another long password of Ada's").await;
    assert_eq!(ada.account().await.json()["must_change_password"], false);
}

#[app_test]
async fn a_service_learns_five_digits_of_the_hash(app: TestApp) {
    let url = service("200 OK", line_of_password(7)).await;
    app.restart_with(|settings| settings.set("breached_passwords", &url)).await;
    app.register("ada@example.com", PASSWORD).await.assert_invalid_fields(&["password"]);

    // A count of 0 is padding.
    let url = service("200 OK", line_of_password(0)).await;
    app.restart_with(|settings| settings.set("breached_passwords", &url)).await;
    app.register("ada@example.com", PASSWORD).await.assert_status(201);
}

#[app_test]
async fn a_service_that_fails_refuses_no_password_and_is_counted(app: TestApp) {
    let url = service("500 Internal Server Error", String::new()).await;
    app.restart_with(|settings| settings.set("breached_passwords", &url)).await;
    app.logged_in("ada@example.com").await;
    assert_eq!(metric(&app, "doorward_breach_checks_failed_total").await, "1");
}

#[tokio::test]
async fn lists_are_made_and_asked_on_the_command_line() {
    let database = Database::sqlite();
    let folder = database.folder.path();
    fs::write(folder.join("list.txt"), "correct horse battery\nshort\n").expect("written");

    let built = run_cli(&database, "passwords build list.txt own.list", "").await.assert_success();
    assert!(built.contains("own.list: 1 passwords"), "{built}");
    run_cli(&database, "passwords build list.txt own.list", "").await.assert_failure(1, "own.list: File exists");

    let own = [("DOORWARD_BREACHED_PASSWORDS", "own.list")];
    let check = async |password: &[u8]| run_cli_with(&database, &own, "passwords check", password).await;
    check(b"Correct Horse Battery\n").await.assert_failure(1, "this password is on the list");
    check(b"another horse battery\n").await.assert_success();
    let unusable = [("DOORWARD_BREACHED_PASSWORDS", "list.txt")];
    let output = run_cli_with(&database, &unusable, "config check", b"").await;
    output.assert_failure(1, "breached_passwords: list.txt: is not a list of passwords");
}
