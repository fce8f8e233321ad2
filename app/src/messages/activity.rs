//! Messages of the activity page: one sentence per audit event.

use doorward_api::{AuditEvent, EndReason, EventKind};

use super::{
    catalog::messages,
    device, messages,
    text::{fill, isolate, plural},
};

messages! {
    Activity {
        title,
        lead,
        today,
        yesterday,
        show_older,
        registered_by_operator,
        registered,
        logged_in,
        logged_in_on,
        login_failed,
        password_changed,
        name_changed,
        account_disabled,
        account_enabled,
        roles_changed,
        password_change_failed,
        confirmed,
        confirmation_failed,
        too_many_attempts,
        access_denied,
        keys_rotated,
        keys_reset,
        email_verified,
        reset_asked,
        reset_asked_by_admin,
        reset_done,
        reported_not_me,
        email_change_asked,
        email_change_done,
        email_change_undone,
        mail_failed,
        deletion_asked,
        deletion_asked_by_admin,
        deletion_undone,
        deletion_done,
        exported,
        passkey_added,
        passkey_removed,
        passkey_counter_back,
        passkey_backup_changed,
        totp_on,
        totp_off,
        second_step_on,
        second_step_off,
        recovery_code_used,
        recovery_code_made,
        second_factor_failed,
        factor_reset_asked,
        factor_reset_undone,
        factor_reset_done,
        other,
        logged_out,
        logged_out_on,
        was_logged_in,
        another_device,
        ended_revoked,
        ended_by_admin,
        ended_password_changed,
        ended_replaced,
        ended_expired,
        ended_idle,
        ended_keys_reset,
        ended_restored,
        ended_policy_changed,
        ended_not_me,
        ended_too_many_confirmations,
        ended_email_restored,
        ended_account_deleted,
        ended_credential_removed,
        ended_factor_reset,
        ended,
        older_event,
        older_events,
        none,
        no_older,
        only_warnings,
        no_warnings,
        event_shown,
        events_shown,
        not_me,
        confirm_not_me,
        not_me_consequence,
        secure,
        secured,
    }
}

pub(crate) fn event(event: &AuditEvent) -> String {
    let activity = &messages().activity;
    let by_operator = event.device.is_none();
    let fixed = match event.kind {
        EventKind::Registered if by_operator => activity.registered_by_operator,
        EventKind::Registered => activity.registered,
        EventKind::LoggedIn => return with_label(activity.logged_in, activity.logged_in_on, event),
        EventKind::LoginFailed => activity.login_failed,
        EventKind::SessionEnded => return session_ended(event),
        EventKind::PasswordChanged => activity.password_changed,
        EventKind::NameChanged => activity.name_changed,
        EventKind::AccountDisabled => activity.account_disabled,
        EventKind::AccountEnabled => activity.account_enabled,
        EventKind::RolesChanged => activity.roles_changed,
        EventKind::PasswordChangeFailed => activity.password_change_failed,
        EventKind::Confirmed => activity.confirmed,
        EventKind::ConfirmationFailed => activity.confirmation_failed,
        EventKind::TooManyAttempts => activity.too_many_attempts,
        EventKind::AccessDenied => activity.access_denied,
        EventKind::KeysRotated => activity.keys_rotated,
        EventKind::KeysReset => activity.keys_reset,
        EventKind::EmailVerified => activity.email_verified,
        EventKind::ResetAsked if by_operator => activity.reset_asked_by_admin,
        EventKind::ResetAsked => activity.reset_asked,
        EventKind::ResetDone => activity.reset_done,
        EventKind::ReportedNotMe => activity.reported_not_me,
        EventKind::EmailChangeAsked => activity.email_change_asked,
        EventKind::EmailChangeDone => activity.email_change_done,
        EventKind::EmailChangeUndone => activity.email_change_undone,
        EventKind::MailFailed => activity.mail_failed,
        EventKind::DeletionAsked if by_operator => activity.deletion_asked_by_admin,
        EventKind::DeletionAsked => activity.deletion_asked,
        EventKind::DeletionUndone => activity.deletion_undone,
        EventKind::DeletionDone => activity.deletion_done,
        EventKind::Exported => activity.exported,
        EventKind::PasskeyAdded => activity.passkey_added,
        EventKind::PasskeyRemoved => activity.passkey_removed,
        EventKind::PasskeyCounterBack => activity.passkey_counter_back,
        EventKind::PasskeyBackupChanged => activity.passkey_backup_changed,
        EventKind::TotpOn => activity.totp_on,
        EventKind::TotpOff => activity.totp_off,
        EventKind::SecondStepOn => activity.second_step_on,
        EventKind::SecondStepOff => activity.second_step_off,
        EventKind::RecoveryCodeUsed => activity.recovery_code_used,
        EventKind::RecoveryCodeMade => activity.recovery_code_made,
        EventKind::SecondFactorFailed => activity.second_factor_failed,
        EventKind::FactorResetAsked => activity.factor_reset_asked,
        EventKind::FactorResetUndone => activity.factor_reset_undone,
        EventKind::FactorResetDone => activity.factor_reset_done,
        EventKind::Unknown => activity.other,
    };
    fixed.to_owned()
}

/// Whether the event may be an attack.
pub(crate) fn is_warning(event: &AuditEvent) -> bool {
    matches!(
        event.kind,
        EventKind::LoginFailed
            | EventKind::PasswordChangeFailed
            | EventKind::ConfirmationFailed
            | EventKind::TooManyAttempts
            | EventKind::SecondFactorFailed
            | EventKind::PasskeyCounterBack
    )
}

/// With the user's name for the device, if there is one. The device itself is shown below the sentence.
fn with_label(without: &str, with: &str, event: &AuditEvent) -> String {
    match event.session.as_ref().and_then(|session| session.label.as_deref()) {
        Some(label) => fill(with, &[("label", &isolate(label))]),
        None => without.to_owned(),
    }
}

fn session_ended(event: &AuditEvent) -> String {
    let activity = &messages().activity;
    let template = match event.reason.unwrap_or(EndReason::Unknown) {
        EndReason::LoggedOut => return with_label(activity.logged_out, activity.logged_out_on, event),
        EndReason::Revoked => activity.ended_revoked,
        EndReason::RevokedByAdmin => activity.ended_by_admin,
        EndReason::PasswordChanged => activity.ended_password_changed,
        EndReason::Replaced => activity.ended_replaced,
        EndReason::Expired => activity.ended_expired,
        EndReason::Idle => activity.ended_idle,
        EndReason::KeysReset => activity.ended_keys_reset,
        EndReason::Restored => activity.ended_restored,
        EndReason::PolicyChanged => activity.ended_policy_changed,
        EndReason::NotMe => activity.ended_not_me,
        EndReason::TooManyConfirmations => activity.ended_too_many_confirmations,
        EndReason::EmailRestored => activity.ended_email_restored,
        EndReason::AccountDeleted => activity.ended_account_deleted,
        EndReason::CredentialRemoved => activity.ended_credential_removed,
        EndReason::FactorReset => activity.ended_factor_reset,
        EndReason::Unknown => activity.ended,
    };
    let by = event.device.as_ref().map_or_else(|| activity.another_device.to_owned(), device);
    let device = session_device(event).unwrap_or_else(|| messages().sessions.unknown_device.to_owned());
    fill(template, &[("device", &device), ("by", &by)])
}

/// Whether the session of an end was not logged out by its own user.
pub(crate) fn was_ended(event: &AuditEvent) -> bool {
    event.reason != Some(EndReason::LoggedOut)
}

/// The user's name for the device of the event's session, else what is known of it.
fn session_device(event: &AuditEvent) -> Option<String> {
    let session = event.session.as_ref()?;
    session.label.as_deref().map(isolate).or_else(|| session.device.as_ref().map(device))
}

/// The device of a login.
pub(crate) fn login_device(login: &AuditEvent) -> String {
    let name = session_device(login).or_else(|| login.device.as_ref().map(device));
    name.unwrap_or_else(|| messages().sessions.unknown_device.to_owned())
}

/// The sentence about a session that ended on the day of its login.
pub(crate) fn was_logged_in(login: &AuditEvent) -> String {
    fill(messages().activity.was_logged_in, &[("device", &login_device(login))])
}

/// What will happen if the user confirms that a login was not theirs.
pub(crate) fn not_me_consequence(device: &str) -> String {
    fill(messages().activity.not_me_consequence, &[("device", device)])
}

/// Announces what the filter shows.
pub(crate) fn events_shown(count: usize) -> String {
    plural(count, messages().activity.event_shown, messages().activity.events_shown)
}

/// Announces the rows that were added to the list.
pub(crate) fn older_events(count: usize) -> String {
    plural(count, messages().activity.older_event, messages().activity.older_events)
}

/// At the end of the list.
pub(crate) fn end_of_activity(is_empty: bool, only_warnings: bool) -> &'static str {
    let activity = &messages().activity;
    match (is_empty, only_warnings) {
        (false, _) => activity.no_older,
        (true, false) => activity.none,
        (true, true) => activity.no_warnings,
    }
}

#[cfg(test)]
mod tests;
