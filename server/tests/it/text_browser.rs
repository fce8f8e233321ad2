//! The pages without scripts in a text browser (Debian's package `w3m`): what it shows of them, and what it sends.

use std::{fs, path::PathBuf};

use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;
use url::form_urlencoded;

use crate::support::{Database, MASTER_SECRET, PASSWORD, ServerProcess, eventually, run_cli_with};

const ADA: &str = "ada@example.com";
const NEW_PASSWORD: &str = "another horse and another staple";

/// The origin of links in mails.
const PUBLIC_URL: &str = "http://127.0.0.1:3000";

/// A server whose mails are files, and a browser with its cookies.
struct Site {
    database: Database,
    server: ServerProcess,
    home: TempDir,
}

impl Site {
    /// With one user, whose address is proved.
    async fn start() -> Self {
        let database = Database::sqlite();
        run_cli_with(&database, &[], "migrate", b"").await.assert_success();
        let add = format!("user add {ADA} --name Ada");
        run_cli_with(&database, &[], &add, format!("{PASSWORD}\n").as_bytes()).await.assert_success();
        run_cli_with(&database, &[], &format!("user verify {ADA}"), b"").await.assert_success();
        // Text browsers keep a cookie that is `Secure` from plain HTTP, also on this machine.
        let settings =
            [("DOORWARD_MAIL", "folder"), ("DOORWARD_COOKIE_SECURE", "false"), ("DOORWARD_EMAIL_CHANGE", "notify")];
        let mut server = ServerProcess::start_with(&database, &settings).await;
        server.discard_log();
        Self { database, server, home: tempfile::tempdir().expect("a folder") }
    }

    async fn run(&self, arguments: &[&str], path: &str) -> String {
        let mut browser = Command::new("w3m");
        // `-dump_source` shows what was compressed as it came.
        browser.args(["-o", "accept_encoding=identity", "-cols", "100", "-O", "UTF-8"]).args(arguments);
        browser.arg(format!("http://{}{path}", self.server.address()));
        browser.env("HOME", self.home.path()).env("LANG", "C.UTF-8");
        let output = browser.output().await.expect("Debian's package w3m: run `.ci/tools textbrowser`");
        assert!(output.status.success(), "{path}: {output:?}");
        String::from_utf8(output.stdout).expect("text")
    }

    /// What the browser shows of a page.
    async fn open(&self, path: &str) -> String {
        self.run(&["-dump"], path).await
    }

    /// Fills in the form of a page, and shows what comes then. Fields that are not filled in are sent as found.
    async fn submit(&self, page: &str, entered: &[(&str, &str)]) -> String {
        let source = self.run(&["-dump_source"], page).await;
        let (_, form) = source.split_once("<form").unwrap_or_else(|| panic!("no form on {page}: {source}"));
        let (tag, form) = form.split_once("</form>").and_then(|(form, _)| form.split_once('>')).expect("a whole form");
        let inputs = form.split("<input").skip(1).filter_map(|rest| rest.split('>').next());
        let found = inputs.filter(|input| attribute(input, "type") != Some("radio")).filter_map(|input| {
            let name = attribute(input, "name")?;
            let is_entered = entered.iter().any(|(entered, _)| *entered == name);
            (!is_entered).then(|| (name, attribute(input, "value").unwrap_or_default()))
        });
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(found).extend_pairs(entered).finish();
        let file = self.home.path().join("form");
        fs::write(&file, body).expect("a file");
        // As it does for a form on a page that it shows.
        let referer = format!("Referer: {PUBLIC_URL}{page}");
        let arguments = ["-dump", "-header", &referer, "-post", &file.display().to_string()];
        self.run(&arguments, attribute(tag, "action").unwrap_or(page)).await
    }

    fn mails(&self) -> Vec<PathBuf> {
        let Ok(folder) = fs::read_dir(self.database.folder.path().join("data/mail")) else { return Vec::new() };
        let mut mails: Vec<_> = folder.map(|entry| entry.expect("an entry").path()).collect();
        mails.sort();
        mails
    }

    /// The text of the newest mail for a purpose.
    async fn mail(&self, purpose: &str) -> String {
        let end = format!("-{purpose}.eml");
        let newest = || self.mails().into_iter().rfind(|mail| mail.display().to_string().ends_with(&end));
        eventually(async || newest().is_some()).await;
        fs::read_to_string(newest().expect("a mail")).expect("a mail")
    }

    /// The path and query of the link in the newest mail for a purpose.
    async fn link(&self, purpose: &str) -> String {
        let mail = self.mail(purpose).await;
        let link = mail.lines().find_map(|line| line.trim().strip_prefix(PUBLIC_URL)).expect("a link");
        link.to_owned()
    }

    /// The code in the newest mail for a purpose.
    async fn code(&self, purpose: &str) -> String {
        let mail = self.mail(purpose).await;
        mail.trim_end().rsplit_once(" #").expect("a code in the last line").1.to_owned()
    }

    /// A request of another browser of the user.
    async fn api(&self, method: &str, path: &str, body: &str) -> Value {
        let authorization = self.server.log_in(ADA).await.expect("a login");
        let (status, _, body) = self.server.send(method, path, &authorization, body).await.expect("a response");
        assert!((200..300).contains(&status), "{method} {path}: {body}");
        body
    }
}

/// An attribute of a tag.
fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    rest.split('"').next()
}

#[track_caller]
fn assert_shows(page: &str, parts: &[&str]) {
    // Lines are broken where the window ends.
    let text = page.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in parts {
        assert!(text.contains(part), "{part}:\n{page}");
    }
}

#[tokio::test]
async fn a_forgotten_password_is_set_anew() {
    let site = Site::start().await;
    assert_shows(&site.open("/forgot").await, &["Forgot your password?", "Email[ ]", "Send a link", "Back to login"]);
    assert_shows(
        &site.submit("/forgot", &[("email", "nowhere")]).await,
        &["That didn't work yet", "Email", "[nowhere ]"],
    );
    let sent = site.submit("/forgot", &[("email", ADA)]).await;
    assert_shows(&sent, &["we've sent it a link that works for 15 minutes"]);

    let link = site.link("reset").await;
    let form =
        ["Set a new password", "For a***@example.com.", "New password[ ]", "At least 15 characters", "Set password"];
    assert_shows(&site.open(&link).await, &form);
    let short = site.submit(&link, &[("password", "short")]).await;
    assert_shows(&short, &["That didn't work yet", "Use at least 15 characters; this password has 5.", "New password"]);
    let done = site.submit(&link, &[("password", NEW_PASSWORD)]).await;

    assert_shows(&done, &["Your new password is set", "You can log in with the new password now.", "Log in"]);
    assert_shows(&site.open(&link).await, &["This link doesn't work anymore", "Get a new link"]);
    assert_shows(
        &site.submit("/login", &[("email", ADA), ("password", PASSWORD)]).await,
        &["Incorrect email or password."],
    );
    site.submit("/login", &[("email", ADA), ("password", NEW_PASSWORD)]).await;
    assert_shows(&site.open("/").await, &["Account"]);
}

#[tokio::test]
async fn a_user_registers_with_the_code_from_the_mail() {
    let site = Site::start().await;
    let entered = [("name", "Bob"), ("email", "bob@example.com"), ("password", PASSWORD)];
    let page = site.submit("/register", &entered).await;
    let form = ["Check your email", "sent a mail to bob@example.com", "Code[ ]", "Create account", "Send a new code"];
    assert_shows(&page, &form);
    assert_shows(&site.open("/register/code").await, &form);
    let wrong = site.submit("/register/code", &[("code", "1234")]).await;
    assert_shows(&wrong, &["That didn't work yet", "Enter the 8 digits from the mail."]);

    let code = site.code("registration-code").await;
    site.submit("/register/code", &[("code", &format!("{} {}", &code[..4], &code[4..]))]).await;

    assert_shows(&site.open("/").await, &["Account"]);
    let users = run_cli_with(&site.database, &[], "user list", b"").await.assert_success();
    assert!(users.contains("bob@example.com"), "{users}");
}

#[tokio::test]
async fn an_invited_user_creates_the_account() {
    let site = Site::start().await;
    let settings = [("DOORWARD_SECRET", MASTER_SECRET), ("DOORWARD_MAIL", "folder")];
    run_cli_with(&site.database, &settings, "user invite eve@example.com --yes", b"").await.assert_success();
    let link = site.link("invitation").await;
    let form = ["You create an account for eve@example.com.", "Name[ ]", "Password[ ]", "Create account"];
    assert_shows(&site.open(&link).await, &form);
    let rejected = site.submit(&link, &[("name", "Eve"), ("password", "")]).await;
    assert_shows(&rejected, &["That didn't work yet", "Enter your password.", "[Eve ]"]);

    site.submit(&link, &[("name", "Eve"), ("password", PASSWORD)]).await;

    assert_shows(&site.open(&link).await, &["Invitation not valid"]);
    assert_shows(&site.open("/").await, &["Account"]);
}

#[tokio::test]
async fn a_login_of_a_stranger_is_reported() {
    let site = Site::start().await;
    site.api("GET", "/api/me", "").await;
    let link = site.link("new-device").await;
    let form = ["Was this you?", "Device", "When", "UTC", "( ) It was me", "( ) It wasn't me", "Continue"];
    assert_shows(&site.open(&link).await, &form);
    assert_shows(&site.submit(&link, &[]).await, &["That didn't work yet", "Choose one of the answers."]);
    assert_shows(&site.submit(&link, &[("answer", "me")]).await, &["Thanks", "Nothing has changed."]);

    let reported = site.submit(&link, &[("answer", "not_me")]).await;

    assert_shows(&reported, &["Forgot your password?", "your old password doesn't work anymore", "Email[ ]"]);
}

#[tokio::test]
async fn a_change_of_the_email_is_undone() {
    let site = Site::start().await;
    let pending = site.api("POST", "/api/account/email", r#"{"email":"mallory@example.com"}"#).await;
    let (ticket, code) = (pending["ticket"].as_str().expect("a ticket"), site.code("email-change-code").await);
    site.api("PUT", "/api/account/email", &format!(r#"{{"ticket":"{ticket}","code":"{code}"}}"#)).await;
    let link = site.link("email-replaced").await;
    let form = ["Your email was changed", "( ) Keep the new address", "( ) Restore a***@example.com", "Continue"];
    assert_shows(&site.open(&link).await, &form);
    assert_shows(&site.submit(&link, &[("answer", "keep")]).await, &["Thanks", "The new address stays."]);

    let restored = site.submit(&link, &[("answer", "restore")]).await;

    assert_shows(&restored, &["Forgot your password?", "Email[ ]"]);
    let users = run_cli_with(&site.database, &[], "user list", b"").await.assert_success();
    assert!(users.contains(ADA), "{users}");
}

#[tokio::test]
async fn a_deletion_is_undone_and_the_mailbox_has_its_mail() {
    let site = Site::start().await;
    site.api("DELETE", "/api/account", "").await;
    let link = site.link("deletion").await;
    let mailbox = site.open("/mailbox").await;
    assert_shows(
        &mailbox,
        &["Mailbox", "Your account will be deleted", ADA, "UTC", "deletion", &link, "Open the link"],
    );
    assert_shows(&mailbox, &["Delete all"]);
    let form =
        ["Keep your account?", "a***@example.com", "( ) Keep my account", "( ) Delete it as planned", "Continue"];
    assert_shows(&site.open(&link).await, &form);
    let unchanged = site.submit(&link, &[("answer", "delete")]).await;
    assert_shows(&unchanged, &["Nothing has changed", "the link in the mail still works"]);

    assert_shows(&site.submit(&link, &[("answer", "keep")]).await, &["Your account stays", "Log in"]);

    assert_shows(&site.submit("/mailbox", &[]).await, &["No mails."]);
    assert!(site.mails().is_empty());
}
