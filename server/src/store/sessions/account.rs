//! Account changes that end sessions: password, roles.

use doorward_api::{EndReason, EventKind};

use super::{
    administration::{is_last_administrator, lock_administrators, user},
    end::{self, RevokeOutcome, Rotation},
    login,
};
use crate::{
    clock::Moment,
    model::{
        audit::{Actor, AuditEvent},
        credential::NewSession,
        notice::Notice,
        password::PasswordHash,
        rate_limit::RateLimitKey,
        session::SessionId,
        user::{ADMIN, User},
    },
    store::{Store, attempts, audit, notices, users},
};

/// The outcome of a change of roles.
pub enum RolesChange {
    Done {
        /// The number of live sessions that have ended.
        ended: usize,
    },
    /// The roles have changed since the user was read.
    Outdated,
    LastAdministrator,
}

impl Store {
    /// Changes the password, ends every session, and gives back the attempts of `limits`. The session `caller` continues as
    /// `rotated`. `None` when the password has changed or been refused since `user` was read, [`RevokeOutcome::CallerEnded`] when `caller`
    /// has ended meanwhile.
    pub async fn change_password(
        &self,
        user: &User,
        new: &PasswordHash,
        (caller, rotated): (&SessionId, &NewSession),
        limits: &[RateLimitKey],
        notice: Option<&Notice>,
        (actor, now): (&Actor, Moment),
    ) -> Result<Option<RevokeOutcome>, sqlx::Error> {
        self.transaction(|mut transaction| async move {
            let changed = sqlx::query(
                "update users set password_hash = $1, password_version = $2, password_changed_at = $5, must_change_password = 0 \
                 where user_id = $3 and password_version = $4 and password_refused_at is null",
            )
            .bind(new)
            .bind(user.password_version + 1)
            .bind(&user.id)
            .bind(user.password_version)
            .bind(now)
            .execute(&mut *transaction)
            .await?;
            if changed.rows_affected() == 0 {
                transaction.roll_back().await?;
                return Ok(None);
            }
            // The update above has locked the user's row. Hashing takes a while, in which this session may have ended.
            if !end::is_live(&mut transaction, caller, &user.id, now).await? {
                transaction.roll_back().await?;
                return Ok(Some(RevokeOutcome::CallerEnded));
            }
            attempts::clear(&mut transaction, limits).await?;
            // Guesses of the old password.
            attempts::clear(&mut transaction, &[RateLimitKey::account(&user.email)]).await?;

            let event = AuditEvent {
                kind: EventKind::PasswordChanged,
                user_id: Some(&user.id),
                session_id: Some(&rotated.session.id),
                reason: None,
                actor,
            };
            audit::record(&mut transaction, &event, now).await?;
            let reason = |_: &SessionId| Some(EndReason::PasswordChanged);
            let rotation = Rotation { from: caller, to: &rotated.session.id };
            let ended = end::end_all(&mut transaction, &user.id, reason, Some(&rotation), actor, now).await?;
            login::insert_rotated(&mut transaction, rotated, caller).await?;
            notices::add(&mut transaction, notice, now).await?;
            transaction.commit().await?;
            Ok(Some(RevokeOutcome::Ended(ended)))
        })
        .await
    }

    /// Changes the roles of `account`. With `at_once` it ends all sessions, because access tokens carry the old roles.
    pub async fn change_roles(
        &self,
        account: &User,
        roles: &[String],
        at_once: bool,
        now: Moment,
    ) -> Result<RolesChange, sqlx::Error> {
        self.transaction(|mut transaction| async move {
            if !roles.iter().any(|role| role == ADMIN) {
                lock_administrators(&mut transaction).await?;
                if let Some(user) = user(&mut transaction, &account.id).await?
                    && is_last_administrator(&mut transaction, &user).await?
                {
                    transaction.roll_back().await?;
                    return Ok(RolesChange::LastAdministrator);
                }
            }
            let changed = sqlx::query("update users set roles = $1 where user_id = $2 and roles = $3")
                .bind(roles.join(" "))
                .bind(&account.id)
                .bind(account.roles.join(" "))
                .execute(&mut *transaction)
                .await?;
            if changed.rows_affected() == 0 {
                transaction.roll_back().await?;
                return Ok(RolesChange::Outdated);
            }
            if roles != account.roles {
                users::record(&mut transaction, EventKind::RolesChanged, &account.id, &Actor::Operator, now).await?;
            }
            let reason = |_: &SessionId| at_once.then_some(EndReason::RevokedByAdmin);
            let ended = end::end_all(&mut transaction, &account.id, reason, None, &Actor::Operator, now).await?;
            transaction.commit().await?;
            Ok(RolesChange::Done { ended: ended.iter().filter(|ended| ended.expires_at > now).count() })
        })
        .await
    }
}
