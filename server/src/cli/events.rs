//! `doorward events`: shows the audit log.

use clap::Subcommand;
use doorward_api as api;
use serde::Serialize;

use super::{failure::Failure, terminal::print_table, users::find_user};
use crate::{
    clock::Moment,
    model::{audit::AuditRecord, cursor::Cursor, email::Email},
    output::print_line,
    store::Store,
};

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
}

pub async fn run(command: EventsCommand, store: &Store) -> Result<(), Failure> {
    let EventsCommand::List { email, limit, json } = command;
    let events = match email {
        Some(email) => {
            let user = find_user(&email, store).await?;
            let events = store.events(&user.id, &Cursor::end(), Moment(0), limit.into()).await?;
            events.into_iter().map(|record| (record, Some(user.email.clone()))).collect()
        }
        None => store.newest_events(limit.into()).await?,
    };
    let events = events.into_iter().map(Event::from);
    if json {
        for event in events {
            print_line!("{}", serde_json::to_string(&event).map_err(|error| error.to_string())?);
        }
    } else {
        let rows = events.map(Event::into_row).collect();
        print_table(["TIME", "EVENT", "EMAIL", "REASON", "SESSION", "DEVICE", "ADDRESS", "ADMINISTRATOR"], rows);
    }
    Ok(())
}

/// An event of the API, with the account and the administrator.
#[derive(Serialize)]
struct Event {
    email: Option<String>,
    /// The administrator who caused the event.
    admin: Option<String>,
    #[serde(flatten)]
    event: api::AuditEvent,
}

impl From<(AuditRecord, Option<Email>)> for Event {
    fn from((record, email): (AuditRecord, Option<Email>)) -> Self {
        let text = |email: Email| email.as_str().to_owned();
        Self { email: email.map(text), admin: record.admin.clone().map(text), event: record.into() }
    }
}

impl Event {
    fn into_row(self) -> [String; 8] {
        let Self { email, admin, event } = self;
        let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".into());
        [
            event.happened_at.as_str().into(),
            event.kind.name().into(),
            or_dash(email),
            or_dash(event.reason.map(|reason| reason.name().into())),
            or_dash(event.session.map(|session| session.id)),
            or_dash(event.device.map(|device| format!("{} on {}", device.browser, device.os))),
            or_dash(event.ip),
            or_dash(admin),
        ]
    }
}
