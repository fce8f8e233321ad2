//! Mails per second through the outbox, in turns with the bare SMTP client on one connection.

use std::time::Instant;

use server::{
    clock::Clock,
    config::{Config, RawSettings},
    mail::{MailContent, letters::Letter},
    model::{email::Email, mail::MailId},
    state::AppState,
};

use crate::{Figure, Result, database, median, server_process::TempFolder, smtp_sink::SmtpSink};

const PUBLIC_URL: &str = "http://localhost:3000";
const MAILS: u16 = 500;
const ROUNDS: usize = 5;

pub(crate) fn measure() -> Result<Vec<Figure>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let folder = TempFolder::create("bench-mails")?;
    let sink = SmtpSink::start()?;
    let sqlite = format!("sqlite:{}", folder.path().join("doorward.db").display());
    let label = "Mails per second through the outbox on SQLite";
    let mut figures = vec![runtime.block_on(figure(label, &sqlite, &folder, &sink))?];
    if let Some(url) = database::postgres()? {
        let label = "Mails per second through the outbox on Postgres";
        figures.push(runtime.block_on(figure(label, &url, &folder, &sink))?);
    }
    Ok(figures)
}

async fn figure(label: &'static str, url: &str, folder: &TempFolder, sink: &SmtpSink) -> Result<Figure> {
    let app = open(url, folder, sink).await?;
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        rounds.push((through_outbox(&app, sink).await?, bare(&app).await?));
    }
    app.store.close().await?;
    let median = |of: fn(&(f64, f64)) -> f64| median(rounds.iter().map(of).collect());
    let (outbox, bare, ratio) = (median(|round| round.0), median(|round| round.1), median(|round| round.0 / round.1));
    Ok(Figure { label, result: format!("{outbox:.0}/s; bare {bare:.0}/s, {ratio:.2}"), goal: None })
}

async fn open(url: &str, folder: &TempFolder, sink: &SmtpSink) -> Result<AppState> {
    let mut settings = RawSettings::default();
    settings.set("public_url", PUBLIC_URL);
    settings.set("database_url", url);
    settings.set("data_dir", folder.path().display().to_string());
    settings.set("mail", sink.url());
    settings.set("mail_from", "no-reply@example.com");
    Ok(AppState::open(Config::try_from(settings)?, PUBLIC_URL.into(), Clock::system()).await?)
}

/// From the rows of the outbox to the end of each.
async fn through_outbox(app: &AppState, sink: &SmtpSink) -> Result<f64> {
    let to = Email::parse("ada@example.com").ok_or("no address")?;
    let letter = || Letter {
        purpose: "bench",
        subject: "A new password was set".into(),
        paragraphs: vec!["On 2026-01-01 00:00 UTC, a new password was set for your account.".into()],
        link: Some(format!("{PUBLIC_URL}/not-me?token={}", "0".repeat(64))),
        code: None,
    };
    let mails: Vec<_> = (0..MAILS).map(|_| app.mailer.compose(&to, None, &letter(), None)).collect();
    app.store.enqueue_mails(&mails, app.clock.now()).await?;
    let accepted = sink.accepted();
    let start = Instant::now();
    app.mail_sender.send_due().await?;
    let rate = f64::from(MAILS) / start.elapsed().as_secs_f64();
    if sink.accepted() - accepted != usize::from(MAILS) {
        return Err("not all mails were sent".into());
    }
    Ok(rate)
}

/// The same mails without an outbox.
async fn bare(app: &AppState) -> Result<f64> {
    let transport = app.mail_sender.transport.as_ref().ok_or("no transport")?;
    let content = MailContent {
        to: "ada@example.com".into(),
        subject: "A new password was set".into(),
        text: format!(
            "On 2026-01-01 00:00 UTC, a new password was set.\n\n{PUBLIC_URL}/not-me?token={}\n",
            "0".repeat(64)
        ),
        is_decoy: false,
    };
    let (id, now) = (MailId("1".repeat(32)), app.clock.now());
    let message = app.mail_sender.writer.write(&id, &content, now, transport.text_encoding());
    let message = message.ok_or("no message")?;
    let mut connection = transport.open().await.map_err(|error| error.to_string())?;
    let start = Instant::now();
    for _ in 0..MAILS {
        connection.send("bench", &message, now).await.map_err(|error| error.to_string())?;
    }
    let rate = f64::from(MAILS) / start.elapsed().as_secs_f64();
    connection.close().await;
    Ok(rate)
}
