//! The headers of mails: a fixed set, for all texts and names.

use server::{
    mail::{
        MailContent,
        message::{MessageWriter, TextEncoding},
    },
    model::{
        email::Email,
        mail::{MailAddress, MailId},
    },
};
use test_macros::app_test;

use crate::support::{SmtpServer, TestApp};

/// In the order of the alphabet.
const HEADERS: [&str; 9] = [
    "Auto-Submitted",
    "Content-Transfer-Encoding",
    "Content-Type",
    "Date",
    "From",
    "MIME-Version",
    "Message-ID",
    "Subject",
    "To",
];

/// What breaks headers, and what else people call themselves.
const PIECES: [&str; 24] = [
    "\r\n",
    "\n",
    "\r",
    "\0",
    "\"",
    "<",
    ">",
    "@",
    ",",
    ";",
    "(",
    "\\",
    " ",
    "\u{202E}",
    "\u{2066}",
    "\u{200B}",
    "👩‍👩‍👧",
    "漢字",
    "Ä",
    "=?utf-8?q?x?=",
    "Bcc: eve@example.com",
    "a",
    "\u{85}",
    "\u{2028}",
];

/// Numbers without a pattern, the same in every run (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).expect("a small number")
    }

    /// Now and then one of 10 kB.
    fn name(&mut self) -> String {
        let length = if self.below(500) == 0 { 5_000 } else { 1 + self.below(8) };
        (0..length).map(|_| PIECES[self.below(PIECES.len())]).collect()
    }
}

fn header_names(message: &[u8]) -> Vec<String> {
    let text = String::from_utf8(message.to_vec()).expect("text");
    let (head, _) = text.split_once("\r\n\r\n").expect("a head and a body");
    assert!(!head.replace("\r\n", "").contains(['\r', '\n', '\0']), "{head:?}");
    let lines = head.split("\r\n").filter(|line| !line.starts_with([' ', '\t']));
    let name = |line: &str| line.split_once(": ").unwrap_or_else(|| panic!("no header: {line:?}")).0.to_owned();
    let mut names: Vec<String> = lines.map(name).collect();
    names.sort_unstable();
    names
}

#[test]
fn ten_thousand_names_cause_neither_a_panic_nor_another_header() {
    let mut random = Random(0x5EED_5EED_5EED_5EED);
    let (mut accepted_senders, mut accepted_recipients) = (0, 0);
    for number in 0..10_000 {
        let name = random.name();
        // An operator's name, and one that no check has seen.
        let configured = MailAddress::parse(&format!("{name} <no-reply@example.com>"));
        accepted_senders += usize::from(configured.is_ok());
        let unchecked = MailAddress { name: Some(name.clone()), address: "no-reply@example.com".into() };
        let recipient = Email::parse(&format!("{name}@example.com"));
        accepted_recipients += usize::from(recipient.is_some());
        let recipients = [recipient.map(|email| email.as_str().to_owned()), Some(format!("{name}@example.com"))];
        for from in configured.into_iter().chain([unchecked]) {
            let writer = MessageWriter::new(&from, None, "doorward.test");
            for to in recipients.iter().flatten().cloned().chain(["ada@example.com".to_owned()]) {
                let is_valid = Email::parse(&to).is_some_and(|email| email.as_str() == to);
                let content =
                    MailContent { to, subject: name.clone(), text: format!("{name}\n{name}"), is_decoy: false };
                let encoding = [TextEncoding::Ascii, TextEncoding::Utf8][number % 2];
                let message = writer.write(&MailId("1".into()), &content, server::clock::Moment(0), encoding);
                assert_eq!(message.is_some(), is_valid, "{name:?}");
                let Some(message) = message else { continue };
                assert_eq!(message.envelope().to().len(), 1, "{name:?}");
                assert_eq!(header_names(&message.formatted()), HEADERS, "{name:?}");
            }
        }
    }
    assert!(accepted_senders > 500 && accepted_recipients > 10, "{accepted_senders}, {accepted_recipients}");
}

#[app_test]
async fn the_name_of_a_user_is_nowhere_in_a_mail(app: TestApp) {
    let server = SmtpServer::start().await;
    app.send_mails_through(&server).await;
    let ada = app.logged_in("ada@example.com").await;
    app.enqueue_mail("ada@example.com", Some(ada.user_id())).await;
    app.send_due_mails().await;
    let mails = server.mails();
    assert!(mails.len() == 1 && !mails[0].message.contains("Lovelace"), "{mails:?}");
}

#[app_test]
async fn replies_go_where_the_operator_wants_them(app: TestApp) {
    let server = SmtpServer::start().await;
    app.send_mails_through(&server).await;
    app.restart_with(|settings| {
        settings.set("mail_from", "no-reply@example.com");
        settings.set("mail_reply_to", "Hilfe für alle <help@example.com>");
        settings.set("brand_name", "Bücher, \"Inc.\"");
    })
    .await;
    app.enqueue_mail("ada@example.com", None).await;
    app.send_due_mails().await;
    let mail = server.mails().remove(0);
    assert!(mail.header("Reply-To")[0].ends_with("<help@example.com>"), "{mail:?}");
    let from = mail.header("From");
    assert!(
        from.len() == 1 && from[0].ends_with("<no-reply@example.com>") && from[0] != "<no-reply@example.com>",
        "{from:?}"
    );
}

#[app_test]
async fn a_text_in_another_language_is_ascii_on_the_way(app: TestApp) {
    let server = SmtpServer::start().await;
    app.send_mails_through(&server).await;
    let letter = server::mail::letters::test::letter(app::Language::German, "https://doorward.test");
    let state = app.state();
    let ada = Email::parse("ada@example.com").expect("an email");
    let mail = state.mailer.compose(&ada, None, &letter, None);
    state.store.enqueue_mails(&[mail], app.now()).await.expect("the database works");
    app.send_due_mails().await;
    let mail = server.mails().remove(0);
    assert!(mail.message.is_ascii() && mail.message.contains("f=C3=BCr"), "{mail:?}");
}
