//! Reads everything about a user, page by page.

use doorward_api::{self as api, EndReason};
use sqlx::FromRow;

use super::Store;
use crate::{
    clock::Moment,
    model::{cursor::Cursor, device::Device, email::Email, session::SessionId, user::UserId},
};

#[derive(FromRow)]
struct SessionRow {
    session_id: SessionId,
    policy: String,
    label: Option<String>,
    browser: String,
    os: String,
    ip: String,
    created_at: Moment,
    last_used_at: Moment,
    expires_at: Moment,
    auth_time: Moment,
    acr: String,
    amr: String,
    ended_at: Option<Moment>,
    end_reason: Option<String>,
    ended_by_browser: Option<String>,
    ended_by_os: Option<String>,
}

impl From<SessionRow> for api::ExportedSession {
    fn from(row: SessionRow) -> Self {
        let device = |browser, os| api::Device::from(Device { browser, os });
        // 0: at the login.
        let auth_time = if row.auth_time == Moment(0) { row.created_at } else { row.auth_time };
        Self {
            id: row.session_id.0,
            policy: row.policy,
            label: row.label,
            device: device(row.browser, row.os),
            ip: (!row.ip.is_empty()).then_some(row.ip),
            created_at: row.created_at.into(),
            last_used_at: row.last_used_at.into(),
            expires_at: row.expires_at.into(),
            auth_time: auth_time.into(),
            acr: row.acr,
            amr: row.amr.split_ascii_whitespace().map(str::to_owned).collect(),
            ended_at: row.ended_at.map(Into::into),
            end_reason: row.end_reason.as_deref().map(EndReason::from_name),
            ended_by: row.ended_by_browser.zip(row.ended_by_os).map(|(browser, os)| device(browser, os)),
        }
    }
}

#[derive(FromRow)]
struct FactorsRow {
    second_step: i64,
    factors_reset_at: Option<Moment>,
    confirmed_at: Option<Moment>,
    codes: i64,
    codes_made_at: Option<Moment>,
}

#[derive(FromRow)]
struct LinkRow {
    token_hash: String,
    purpose: String,
    email: Email,
    created_at: Moment,
    expires_at: Moment,
}

#[derive(FromRow)]
struct MailRow {
    mail_id: String,
    purpose: String,
    created_at: Moment,
    done_at: Option<Moment>,
}

/// A page, and the position of its last entry.
pub type ExportPage<Entry, Position> = (Vec<Entry>, Option<Position>);

impl Store {
    /// The second factors of a user, of which there are few.
    pub async fn factors_to_export(&self, user_id: &UserId) -> Result<api::ExportedFactors, sqlx::Error> {
        let row: Option<FactorsRow> = sqlx::query_as(
            "select second_step, factors_reset_at, \
                    (select max(confirmed_at) from totp_seeds where user_id = $1) as confirmed_at, \
                    (select count(*) from recovery_codes where user_id = $1) as codes, \
                    (select max(created_at) from recovery_codes where user_id = $1) as codes_made_at \
             from users where user_id = $1",
        )
        .bind(user_id)
        .fetch_optional(&self.read)
        .await?;
        let Some(row) = row else { return Ok(api::ExportedFactors::default()) };
        Ok(api::ExportedFactors {
            second_step: row.second_step == 1,
            totp_set_up_at: row.confirmed_at.map(Into::into),
            recovery_codes_left: u32::try_from(row.codes).unwrap_or(u32::MAX),
            recovery_codes_made_at: row.codes_made_at.map(Into::into),
            factors_reset_at: row.factors_reset_at.map(Into::into),
        })
    }

    /// A page of the sessions of a user before `before`, live and ended ones, newest first.
    pub async fn sessions_to_export(
        &self,
        user_id: &UserId,
        before: &Cursor<SessionId>,
        limit: i64,
    ) -> Result<ExportPage<api::ExportedSession, Cursor<SessionId>>, sqlx::Error> {
        let rows: Vec<SessionRow> = sqlx::query_as(
            "select session_id, policy, label, browser, os, ip, created_at, last_used_at, expires_at, auth_time, acr, amr, \
                    ended_at, end_reason, ended_by_browser, ended_by_os \
             from sessions where user_id = $1 and created_at <= $2 and (created_at < $2 or session_id < $3) \
             order by created_at desc, session_id desc limit $4",
        )
        .bind(user_id)
        .bind(before.at)
        .bind(&before.id)
        .bind(limit)
        .fetch_all(&self.read)
        .await?;
        let last = rows.last().map(|row| Cursor { at: row.created_at, id: row.session_id.clone() });
        Ok((rows.into_iter().map(Into::into).collect(), last))
    }

    /// A page of the valid links of a user after the one with the hash `after`.
    pub async fn links_to_export(
        &self,
        user_id: &UserId,
        after: &str,
        limit: i64,
        now: Moment,
    ) -> Result<ExportPage<api::ExportedLink, String>, sqlx::Error> {
        let rows: Vec<LinkRow> = sqlx::query_as(
            "select token_hash, purpose, email, created_at, expires_at from tickets \
             where user_id = $1 and token_hash > $2 and expires_at > $3 order by token_hash limit $4",
        )
        .bind(user_id)
        .bind(after)
        .bind(now)
        .bind(limit)
        .fetch_all(&self.read)
        .await?;
        let last = rows.last().map(|row| row.token_hash.clone());
        let link = |row: LinkRow| api::ExportedLink {
            purpose: row.purpose,
            email: row.email.to_unicode(),
            created_at: row.created_at.into(),
            expires_at: row.expires_at.into(),
        };
        Ok((rows.into_iter().map(link).collect(), last))
    }

    /// A page of the mails to a user after the one with the ID `after`.
    pub async fn mails_to_export(
        &self,
        user_id: &UserId,
        after: &str,
        limit: i64,
    ) -> Result<ExportPage<api::ExportedMail, String>, sqlx::Error> {
        let rows: Vec<MailRow> = sqlx::query_as(
            "select mail_id, purpose, created_at, done_at from mails \
             where user_id = $1 and mail_id > $2 order by mail_id limit $3",
        )
        .bind(user_id)
        .bind(after)
        .bind(limit)
        .fetch_all(&self.read)
        .await?;
        let last = rows.last().map(|row| row.mail_id.clone());
        let mail = |row: MailRow| api::ExportedMail {
            purpose: row.purpose,
            created_at: row.created_at.into(),
            done_at: row.done_at.map(Into::into),
        };
        Ok((rows.into_iter().map(mail).collect(), last))
    }
}
