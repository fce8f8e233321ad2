//! `doorward events`: shows and exports the audit log.

use std::{io::ErrorKind, time::Duration};

use clap::{Subcommand, ValueEnum};
use doorward_api as api;
use serde::Serialize;

use super::{failure::Failure, terminal::print_table, user_arguments::find_user};
use crate::{
    clock::{Clock, Moment},
    model::{audit::OperatorRecord, cursor::Cursor, email::Email},
    output::{self, print_line},
    store::Store,
};

/// Events per query of an export, which is what it has in memory.
const PAGE_SIZE: i64 = 500;

#[derive(Subcommand)]
pub enum EventsCommand {
    /// List audit events, newest first: those of one account, or all, including those that concern no account
    List {
        email: Option<String>,
        /// Maximum number of events
        #[arg(long, default_value_t = 100)]
        limit: u32,
        /// Print one JSON object per line
        #[arg(long)]
        json: bool,
    },
    /// Print all audit events, oldest first, also while the server runs
    Export {
        /// Start at this time (RFC 3339, such as `2026-11-23T00:00:00Z`) or so long ago (such as `24h`); default: all that
        /// are kept
        #[arg(long, value_name = "TIME", value_parser = since)]
        since: Option<Since>,
        #[arg(long, default_value = "jsonl")]
        format: Format,
    },
}

#[derive(Clone, Copy, ValueEnum)]
pub enum Format {
    /// One JSON object per line
    Jsonl,
}

/// The start of an export.
#[derive(Clone, Copy)]
pub enum Since {
    Time(Moment),
    Ago(Duration),
}

fn since(text: &str) -> Result<Since, String> {
    let time = Moment::parse(text).map(Since::Time);
    let since = time.or_else(|| humantime::parse_duration(text).ok().map(Since::Ago));
    since.ok_or_else(|| "expected a time such as `2026-11-23T00:00:00Z`, or a duration such as `24h`".into())
}

pub async fn run(command: EventsCommand, store: &Store, clock: &Clock) -> Result<(), Failure> {
    match command {
        EventsCommand::List { email, limit, json } => list(email.as_deref(), limit.into(), json, store).await,
        EventsCommand::Export { since, format: Format::Jsonl } => {
            let since = since.map_or(Moment(0), |since| match since {
                Since::Time(time) => time,
                Since::Ago(ago) => clock.now().minus(ago),
            });
            export(since, store).await
        }
    }
}

async fn list(email: Option<&str>, limit: i64, json: bool, store: &Store) -> Result<(), Failure> {
    let events = match email {
        Some(email) => store.newest_events_of(&find_user(email, store).await?.id, limit).await?,
        None => store.newest_events(limit).await?,
    };
    let events = events.into_iter().map(Event::from);
    if json {
        events.for_each(|event| print_line!("{}", event.to_json()));
    } else {
        let rows = events.map(Event::into_row).collect();
        print_table(["TIME", "EVENT", "EMAIL", "REASON", "SESSION", "DEVICE", "ADDRESS", "ADMINISTRATOR"], rows);
    }
    Ok(())
}

/// Page by page, so that any number of events takes the same memory. A reader that has gone (`| head`) ends it quietly; on a
/// full disk, an export that is cut off must not pass for a complete one.
async fn export(since: Moment, store: &Store) -> Result<(), Failure> {
    let mut after = Cursor::before(since);
    let mut count = 0;
    loop {
        let page = store.events_after(&after, PAGE_SIZE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.record.cursor.clone();
        let length = page.len();
        match output::lines(page.into_iter().map(|record| Event::from(record).to_json())) {
            Ok(()) => count += length,
            Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(()),
            Err(error) => {
                return Err(Failure::Failed(format!(
                    "the export is incomplete: {error}, after {count} events or more"
                )));
            }
        }
    }
}

/// An event of the API, with the account, the cause and the administrator.
#[derive(Serialize)]
struct Event {
    user_id: Option<String>,
    email: Option<String>,
    /// `user`, `admin`, `operator` or `system`.
    actor: &'static str,
    /// The administrator who caused the event.
    admin: Option<String>,
    admin_id: Option<String>,
    times: i64,
    #[serde(flatten)]
    audit: api::AuditEvent,
}

impl From<OperatorRecord> for Event {
    fn from(event: OperatorRecord) -> Self {
        let text = |email: Email| email.as_str().to_owned();
        Self {
            actor: event.actor(),
            user_id: event.user_id.map(|id| id.0),
            email: event.email.map(text),
            admin: event.admin.map(text),
            admin_id: event.admin_id.map(|id| id.0),
            times: event.times,
            audit: event.record.into(),
        }
    }
}

impl Event {
    fn to_json(&self) -> String {
        serde_json::to_string(self).expect("texts and options of them are valid JSON")
    }

    fn into_row(self) -> [String; 8] {
        let Self { email, admin, audit, times, .. } = self;
        let kind = audit.kind.name();
        let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".into());
        [
            audit.happened_at.as_str().into(),
            if times == 1 { kind.into() } else { format!("{kind} ({times} times)") },
            or_dash(email),
            or_dash(audit.reason.map(|reason| reason.name().into())),
            or_dash(audit.session.map(|session| session.id)),
            or_dash(audit.device.map(|device| format!("{} on {}", device.browser, device.os))),
            or_dash(audit.ip),
            or_dash(admin),
        ]
    }
}
