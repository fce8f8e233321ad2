//! `doorward mail`.

use app::Language;
use clap::Subcommand;

use super::failure::Failure;
use crate::{
    clock::{Clock, Moment},
    config::Config,
    mail::{
        MailContent,
        letters::test,
        smtp::SmtpTimeouts,
        transport::{Connection, Transport},
    },
    model::{
        email::Email,
        mail::{MailId, WaitingMail},
    },
    output::print_line,
    private_files,
    state::{mail_transport, message_writer},
    store::Store,
};

#[derive(Subcommand)]
pub enum MailCommand {
    /// Send a mail to an address now, and print what the server answers
    Test { address: String },
    /// Show the mails that wait, the oldest first
    List,
    /// Try the mails that wait again now
    Retry,
}

/// Sends a mail past the outbox.
pub async fn test(address: &str, config: &Config) -> Result<(), Failure> {
    let email = Email::parse(address).ok_or_else(|| Failure::Usage(format!("{address:?} is not an email address")))?;
    let public_url = config.public_url_or_default();
    let transport = mail_transport(config, &public_url, SmtpTimeouts::DEFAULT)
        .ok_or_else(|| Failure::Failed("mail: is `off`; set it to a server, or to `folder`".into()))?;
    if let Transport::Folder(folder) = &transport {
        let problem = |reason| Failure::Failed(format!("data_dir: {}: {reason}", folder.path().display()));
        private_files::check_root(&config.data_dir.join("file")).map_err(problem)?;
    }
    let letter = test::letter(config.language.unwrap_or(Language::English), &public_url);
    let (subject, text) = (letter.subject.clone(), letter.text(&public_url));
    let content = MailContent { to: email.as_str().to_owned(), subject, text, is_decoy: false };
    let now = Clock::system().now();
    let message = message_writer(config, &public_url)
        .write(&MailId::generate(), &content, now, transport.text_encoding())
        .ok_or_else(|| Failure::Failed(format!("{email:?} cannot be sent to", email = email.as_str())))?;

    let failed = |error: String| Failure::Failed(format!("mail: {}{error}", place(&transport)));
    let mut connection = transport.open().await.map_err(|error| failed(error.with_answer()))?;
    let answer = connection.send(letter.purpose, &message, now).await.map_err(|error| failed(error.with_answer()))?;
    match &connection {
        Connection::Folder(_) => print_line!("Written to {answer}"),
        Connection::Smtp(_) => print_line!("{}The server has accepted the mail: {answer}", place(&transport)),
    }
    connection.close().await;
    Ok(())
}

fn place(transport: &Transport) -> String {
    match transport {
        Transport::Folder(_) => String::new(),
        Transport::Smtp(client) => format!("{}: ", client.url()),
    }
}

pub async fn run(command: &MailCommand, store: &Store, clock: &Clock) -> Result<(), Failure> {
    match command {
        // Needs no database.
        MailCommand::Test { .. } => Ok(()),
        MailCommand::List => list(store, clock.now()).await,
        MailCommand::Retry => {
            let count = store.retry_mails(clock.now()).await?;
            print_line!("Mails to be tried again by a running server: {count}.");
            Ok(())
        }
    }
}

async fn list(store: &Store, now: Moment) -> Result<(), Failure> {
    let mails = store.list_waiting_mails().await?;
    for mail in &mails {
        print_line!("{}", line(mail, now));
    }
    let (count, _) = store.waiting_mails().await?;
    print_line!("Mails that wait: {count}.");
    Ok(())
}

fn line(mail: &WaitingMail, now: Moment) -> String {
    let user = mail.user_id.as_ref().map_or("-", |id| id.0.as_str());
    let age = humantime::format_duration(std::time::Duration::from_secs(now.since(mail.created_at).as_secs()));
    let next = humantime::format_duration(std::time::Duration::from_secs(mail.send_at.since(now).as_secs()));
    let failure = mail.failure.as_deref().unwrap_or("-");
    format!(
        "{} purpose={} user={user} age={age} attempts={} next={next} failure={failure:?}",
        mail.id.0, mail.purpose, mail.attempts
    )
}
