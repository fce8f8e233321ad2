//! The mail of `doorward mail test`.

use app::Language;

use super::Letter;

pub fn letter(language: Language, origin: &str) -> Letter {
    let (subject, what, why) = match language {
        Language::English => (
            "Test mail",
            "This mail shows that Doorward can send mails.",
            format!("It was sent by `doorward mail test` for {origin}. Nothing has to be done."),
        ),
        Language::German => (
            "Testmail",
            "Diese E-Mail zeigt, dass Doorward E-Mails senden kann.",
            format!("Sie wurde mit `doorward mail test` für {origin} gesendet. Es ist nichts zu tun."),
        ),
    };
    Letter { purpose: "test", subject: subject.into(), paragraphs: vec![what.into(), why], link: None, code: None }
}
