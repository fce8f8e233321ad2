//! The table `events`: the audit log.

use doorward_api::{EndReason, EventKind};
use sqlx::FromRow;

use super::{Store, audit_log::RecordedEvent, transaction::Transaction};
use crate::{
    clock::Moment,
    model::{
        audit::{AuditEvent, AuditRecord, AuditSession, OperatorRecord},
        cursor::Cursor,
        device::Device,
        email::Email,
        session::{Label, SessionId},
        user::UserId,
    },
    random,
};

#[derive(FromRow)]
struct Row {
    event_id: String,
    happened_at: Moment,
    kind: String,
    reason: Option<String>,
    ip: Option<String>,
    browser: Option<String>,
    os: Option<String>,
    session_id: Option<SessionId>,
    session_label: Option<Label>,
    session_browser: Option<String>,
    session_os: Option<String>,
}

fn device(browser: Option<String>, os: Option<String>) -> Option<Device> {
    browser.zip(os).map(|(browser, os)| Device { browser, os })
}

impl From<Row> for AuditRecord {
    fn from(row: Row) -> Self {
        let session = row.session_id.map(|id| AuditSession {
            id,
            label: row.session_label,
            device: device(row.session_browser, row.session_os),
        });
        Self {
            cursor: Cursor { at: row.happened_at, id: row.event_id },
            kind: EventKind::from_name(&row.kind),
            reason: row.reason.as_deref().map(EndReason::from_name),
            session,
            device: device(row.browser, row.os),
            ip: row.ip,
        }
    }
}

/// A new id. It begins with the rank of the kind, which orders events of the same moment, as a registration and its login.
/// The rest is random, but for events of no user: strangers can cause any number of these, so they share an id for an hour.
fn generate_id(event: &AuditEvent<'_>, now: Moment) -> String {
    let rank = EventKind::ALL.iter().position(|kind| *kind == event.kind).unwrap_or_default();
    match event.user_id {
        Some(_) => format!("{rank:02}{}", random::id()),
        None => format!("{rank:02}hour{}", now.seconds() / 3600),
    }
}

/// Records an event, as part of the transaction of the change. One that has the id of an earlier event is counted there.
pub(super) async fn record(
    transaction: &mut Transaction,
    event: &AuditEvent<'_>,
    now: Moment,
) -> Result<(), sqlx::Error> {
    let id = generate_id(event, now);
    let device = event.actor.device();
    let times: i64 = sqlx::query_scalar(
        "insert into events (event_id, happened_at, kind, user_id, session_id, reason, ip, browser, os, actor_id) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (event_id) do update set times = events.times + 1 \
         returning times",
    )
    .bind(&id)
    .bind(now)
    .bind(event.kind.name())
    .bind(event.user_id)
    .bind(event.session_id)
    .bind(event.reason.map(EndReason::name))
    .bind(event.actor.ip())
    .bind(device.map(|device| &device.browser))
    .bind(device.map(|device| &device.os))
    .bind(event.actor.admin())
    .fetch_one(&mut **transaction)
    .await?;
    if is_logged(times) {
        transaction.log_after_commit(RecordedEvent::new(id, event, times, now));
    }
    Ok(())
}

/// An event that repeats is logged the first time, the tenth, the hundredth and so on, with the count.
const fn is_logged(times: i64) -> bool {
    times > 0 && times == 10_i64.pow(times.ilog10())
}

/// An event with what the operator alone sees of it.
#[derive(FromRow)]
struct OperatorRow {
    #[sqlx(flatten)]
    row: Row,
    user_id: Option<UserId>,
    email: Option<Email>,
    admin_email: Option<Email>,
    actor_id: Option<UserId>,
    times: i64,
}

impl From<OperatorRow> for OperatorRecord {
    fn from(row: OperatorRow) -> Self {
        Self {
            record: row.row.into(),
            user_id: row.user_id,
            email: row.email,
            admin: row.admin_email,
            admin_id: row.actor_id,
            times: row.times,
        }
    }
}

/// Events with the columns of [`OperatorRow`].
macro_rules! operator_events {
    () => {
        "select e.event_id, e.happened_at, e.kind, e.reason, e.ip, e.browser, e.os, e.session_id, e.user_id, e.actor_id, \
                e.times, u.email, a.email as admin_email, \
                s.label as session_label, s.browser as session_browser, s.os as session_os \
         from events e left join sessions s on s.session_id = e.session_id left join users u on u.user_id = e.user_id \
              left join users a on a.user_id = e.actor_id "
    };
}

impl Store {
    /// Records an event of a user and a session unless there is one of this kind since `since`, so that repeated refusals
    /// do not fill the table.
    pub async fn record_once(
        &self,
        event: &AuditEvent<'_>,
        user_id: &UserId,
        since: Moment,
        now: Moment,
    ) -> Result<(), sqlx::Error> {
        let latest: Option<i64> = sqlx::query_scalar(
            "select happened_at from events where user_id = $1 and kind = $2 and happened_at > $3 limit 1",
        )
        .bind(user_id)
        .bind(event.kind.name())
        .bind(since)
        .fetch_optional(&self.read)
        .await?;
        if latest.is_some() { Ok(()) } else { self.record(event, now).await }
    }

    /// The newest events of all accounts and of none.
    pub async fn newest_events(&self, limit: i64) -> Result<Vec<OperatorRecord>, sqlx::Error> {
        let rows: Vec<OperatorRow> =
            sqlx::query_as(concat!(operator_events!(), "order by e.happened_at desc, e.event_id desc limit $1"))
                .bind(limit)
                .fetch_all(&self.read)
                .await?;
        Ok(rows.into_iter().map(OperatorRecord::from).collect())
    }

    /// The newest events of one account.
    pub async fn newest_events_of(&self, user_id: &UserId, limit: i64) -> Result<Vec<OperatorRecord>, sqlx::Error> {
        let rows: Vec<OperatorRow> = sqlx::query_as(concat!(
            operator_events!(),
            "where e.user_id = $1 order by e.happened_at desc, e.event_id desc limit $2"
        ))
        .bind(user_id)
        .bind(limit)
        .fetch_all(&self.read)
        .await?;
        Ok(rows.into_iter().map(OperatorRecord::from).collect())
    }

    /// A page of the events of all accounts and of none after `after`, oldest first.
    pub async fn events_after(&self, after: &Cursor<String>, limit: i64) -> Result<Vec<OperatorRecord>, sqlx::Error> {
        let rows: Vec<OperatorRow> = sqlx::query_as(concat!(
            operator_events!(),
            "where (e.happened_at, e.event_id) > ($1, $2) order by e.happened_at, e.event_id limit $3"
        ))
        .bind(after.at)
        .bind(&after.id)
        .bind(limit)
        .fetch_all(&self.read)
        .await?;
        Ok(rows.into_iter().map(OperatorRecord::from).collect())
    }

    /// Records an event without any other change.
    pub async fn record(&self, event: &AuditEvent<'_>, now: Moment) -> Result<(), sqlx::Error> {
        let _login = self.login_permit().await?;
        self.transaction(|mut transaction| async move {
            record(&mut transaction, event, now).await?;
            transaction.commit().await
        })
        .await
    }

    /// A page of the events of a user before `before`, not older than `since`, newest first.
    pub async fn events(
        &self,
        user_id: &UserId,
        before: &Cursor<String>,
        since: Moment,
        limit: i64,
    ) -> Result<Vec<AuditRecord>, sqlx::Error> {
        let rows: Vec<Row> = sqlx::query_as(
            "select e.event_id, e.happened_at, e.kind, e.reason, e.ip, e.browser, e.os, e.session_id, \
                    s.label as session_label, s.browser as session_browser, s.os as session_os \
             from events e left join sessions s on s.session_id = e.session_id \
             where e.user_id = $1 and e.happened_at >= $2 \
               and (e.happened_at < $3 or (e.happened_at = $3 and e.event_id < $4)) \
             order by e.happened_at desc, e.event_id desc limit $5",
        )
        .bind(user_id)
        .bind(since)
        .bind(before.at)
        .bind(&before.id)
        .bind(limit)
        .fetch_all(&self.read)
        .await?;
        Ok(rows.into_iter().map(AuditRecord::from).collect())
    }

    /// Dates up to 100 events after `latest`, from a clock that was fast, `now`: they would be the newest for as long as it was
    /// ahead.
    pub async fn redate_events(&self, latest: Moment, now: Moment) -> Result<u64, sqlx::Error> {
        self.write(|| {
            sqlx::query(
                "update events set happened_at = $1 \
                 where event_id in (select event_id from events where happened_at > $2 limit 100)",
            )
            .bind(now)
            .bind(latest)
        })
        .await
    }

    /// Deletes up to 100 events older than `before`: small batches, so that other writers do not wait long.
    pub async fn delete_events(&self, before: Moment) -> Result<u64, sqlx::Error> {
        self.write(|| {
            sqlx::query(
                "delete from events where event_id in (select event_id from events where happened_at < $1 limit 100)",
            )
            .bind(before)
        })
        .await
    }
}
