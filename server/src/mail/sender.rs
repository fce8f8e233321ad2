//! The sender: takes mails from the outbox and sends them, one after the other, beside the requests.
//!
//! ```text
//!             claimed                  accepted
//!   waiting ───────────▶ being sent ──────────────▶ sent
//!      ▲                     │  │
//!      └──in 10 s, 1 min, …──┘  └─▶ dropped (its ticket is gone, or it is a decoy), or failed (rejected, or too old)
//! ```
//! A claim has a deadline: a mail whose node dies is sent by another one, or again, with the same `Message-ID`.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::time::sleep;

use super::{
    MailContent, Mailer,
    message::MessageWriter,
    send_error::{SendError, SendErrorKind},
    transport::{Connection, Transport},
};
use crate::{
    clock::{Clock, Moment, every},
    clock_trust::ClockTrust,
    log_once::FailureLog,
    metrics::{MailEnd, Metrics},
    model::mail::{ClaimedMail, MailOutcome},
    store::Store,
};

/// How often the outbox is read without a wake-up: for mails of commands and for those whose time has come.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// Longer than an attempt can take, also by the clock of another node.
const CLAIM: Duration = Duration::from_secs(90);

/// The waits between attempts; the last one repeats.
const WAITS: [Duration; 6] = [
    Duration::from_secs(10),
    Duration::from_mins(1),
    Duration::from_mins(5),
    Duration::from_mins(15),
    Duration::from_mins(30),
    Duration::from_hours(1),
];

/// How long the row of a mail is kept, empty, after its end.
const RETENTION: Duration = Duration::from_hours(24);

/// How often the figures of the outbox are read.
const MEASURE_INTERVAL: Duration = Duration::from_secs(10);

pub struct MailSender {
    pub store: Store,
    pub mailer: Arc<Mailer>,
    pub writer: MessageWriter,
    /// None: mails are off.
    pub transport: Option<Transport>,
    pub metrics: Arc<Metrics>,
    pub clock: Clock,
    pub clock_trust: Arc<ClockTrust>,
    pub outage: Mutex<FailureLog>,
}

/// Whether the round continues with the next mail.
enum Round {
    Continues,
    /// The server cannot be used at the moment.
    Ends,
}

impl MailSender {
    /// Sends what is due, whenever something may be. Never returns.
    pub async fn run(&self) {
        tokio::join!(self.run_measuring(), self.run_sending());
    }

    async fn run_measuring(&self) {
        let mut tick = every(MEASURE_INTERVAL);
        let mut failures = FailureLog::new("reading the figures of the outbox");
        loop {
            tick.tick().await;
            failures.record(&self.measure().await);
        }
    }

    async fn run_sending(&self) {
        let mut outbox = FailureLog::new("reading the outbox of mails");
        while !outbox.record(&self.release().await) {
            sleep(POLL_INTERVAL).await;
        }
        loop {
            outbox.record(&self.send_due().await);
            tokio::select! {
                () = self.store.mails_enqueued() => {}
                () = sleep(POLL_INTERVAL) => {}
            }
        }
    }

    /// The only server of a database need not wait for the claims of one before it that was killed.
    async fn release(&self) -> Result<(), sqlx::Error> {
        if self.store.is_shared() || self.transport.is_none() {
            return Ok(());
        }
        self.store.release_mails(self.clock.now()).await
    }

    /// Sends what is due. An error is one of the database.
    pub async fn send_due(&self) -> Result<(), sqlx::Error> {
        let Some(transport) = &self.transport else { return Ok(()) };
        let mut connection = None;
        let sent = self.send_all(transport, &mut connection).await;
        if let Some(connection) = connection {
            Connection::close(connection).await;
        }
        sent
    }

    /// Publishes how many mails wait, and for how long.
    pub async fn measure(&self) -> Result<(), sqlx::Error> {
        let (count, oldest) = self.store.waiting_mails().await?;
        let now = self.clock.now();
        self.metrics.mails.waiting(count, oldest.map_or(Duration::ZERO, |oldest| now.since(oldest)));
        Ok(())
    }

    async fn send_all<'a>(
        &self,
        transport: &'a Transport,
        connection: &mut Option<Connection<'a>>,
    ) -> Result<(), sqlx::Error> {
        loop {
            let due = self.store.due_mails(self.clock.now()).await?;
            if due.is_empty() {
                return Ok(());
            }
            for id in due {
                let now = self.clock.now();
                // While the clock is in doubt, no ticket counts as expired.
                let expired_at = if self.clock_trust.is_trusted() { now } else { Moment(0) };
                let Some(mail) = self.store.claim_mail(&id, now, now.plus(CLAIM), expired_at).await? else { continue };
                match self.attempt(transport, connection, &mail).await? {
                    Round::Continues => {}
                    // The others wait for the next round, so that one round takes no longer than one attempt more.
                    Round::Ends => return Ok(()),
                }
            }
        }
    }

    async fn attempt<'a>(
        &self,
        transport: &'a Transport,
        connection: &mut Option<Connection<'a>>,
        mail: &ClaimedMail,
    ) -> Result<Round, sqlx::Error> {
        if !mail.is_useful {
            return self.finish(mail, MailEnd::Dropped, MailOutcome::Dropped).await;
        }
        let Some(content) = self.mailer.open(&mail.id, &mail.sealed) else {
            return self.fail(mail, "sealed with another master secret").await;
        };
        // At the point where it would be sent.
        if content.is_decoy {
            return self.finish(mail, MailEnd::Dropped, MailOutcome::Dropped).await;
        }
        if self.clock.now() >= mail.give_up_at && self.clock_trust.is_trusted() {
            return self.fail(mail, "given up").await;
        }
        match self.send(transport, connection, mail, &content).await {
            Ok(()) => {
                self.record_outage(&Ok(()));
                tracing::info!(purpose = mail.purpose, user_id = user_id(mail), "mail sent");
                self.finish(mail, MailEnd::Sent, MailOutcome::Sent).await
            }
            Err(error) => {
                // After a failure, the state of the connection is not known.
                *connection = None;
                self.end_failed(mail, error).await
            }
        }
    }

    async fn send<'a>(
        &self,
        transport: &'a Transport,
        connection: &mut Option<Connection<'a>>,
        mail: &ClaimedMail,
        content: &MailContent,
    ) -> Result<(), SendError> {
        let encoding = transport.text_encoding();
        let Some(message) = self.writer.write(&mail.id, content, mail.created_at, encoding) else {
            return Err(SendError::invalid());
        };
        if connection.is_none() {
            *connection = Some(transport.open().await?);
        }
        match connection {
            Some(connection) => connection.send(&mail.purpose, &message, self.clock.now()).await.map(drop),
            None => Ok(()),
        }
    }

    async fn end_failed(&self, mail: &ClaimedMail, error: SendError) -> Result<Round, sqlx::Error> {
        let reason = error.to_string();
        match error.kind {
            SendErrorKind::Rejected => return self.fail(mail, &reason).await,
            SendErrorKind::Deferred => {
                tracing::info!(purpose = mail.purpose, user_id = user_id(mail), reason, "mail deferred; retrying");
            }
            SendErrorKind::Unavailable => {}
        }
        let attempt = usize::try_from(mail.attempts).unwrap_or(usize::MAX);
        let wait = WAITS[attempt.saturating_sub(1).min(WAITS.len() - 1)];
        let next = self.clock.now().plus(wait).min(mail.give_up_at);
        self.metrics.mails.ended(MailEnd::Retried);
        self.store.postpone_mail(mail, next, &reason).await?;
        if error.kind == SendErrorKind::Deferred {
            return Ok(Round::Continues);
        }
        self.record_outage(&Err(error));
        Ok(Round::Ends)
    }

    async fn fail(&self, mail: &ClaimedMail, reason: &str) -> Result<Round, sqlx::Error> {
        tracing::warn!(purpose = mail.purpose, user_id = user_id(mail), reason, "mail failed");
        self.finish(mail, MailEnd::Failed, MailOutcome::Failed(reason)).await
    }

    async fn finish(&self, mail: &ClaimedMail, end: MailEnd, outcome: MailOutcome<'_>) -> Result<Round, sqlx::Error> {
        self.store.finish_mail(mail, outcome, self.clock.now()).await?;
        self.metrics.mails.ended(end);
        Ok(Round::Continues)
    }

    fn record_outage(&self, attempt: &Result<(), SendError>) {
        self.outage.lock().unwrap_or_else(PoisonError::into_inner).record(attempt);
    }

    /// Deletes what is kept no longer.
    pub async fn clean_up(&self) -> Result<(), sqlx::Error> {
        let now = self.clock.now();
        while self.store.delete_mails(now.minus(RETENTION)).await? > 0 {
            tokio::task::yield_now().await;
        }
        for _ in 0..self.store.drop_pointless_mails(now.minus(CLAIM), now).await? {
            self.metrics.mails.ended(MailEnd::Dropped);
        }
        if let Some(Transport::Folder(folder)) = &self.transport
            && let Err(error) = folder.clean_up(now).await
        {
            tracing::warn!(%error, "{}: deleting old mails failed", folder.path().display());
        }
        Ok(())
    }
}

fn user_id(mail: &ClaimedMail) -> Option<&str> {
    mail.user_id.as_ref().map(|id| id.0.as_str())
}
