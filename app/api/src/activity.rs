//! `/api/activity`: the audit events of the caller's account.

use serde::{Deserialize, Serialize};

use crate::{Device, EndReason, Timestamp};

/// One page of `GET /api/activity`, newest events first.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Activity {
    /// At most 50 events.
    pub events: Vec<AuditEvent>,
    /// Cursor of the next page, to be sent as `?before=`; absent on the last page.
    pub before: Option<String>,
}

/// One audit event.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct AuditEvent {
    /// Stable id of the event.
    pub id: String,
    /// Time of the event.
    pub happened_at: Timestamp,
    /// What happened.
    pub kind: EventKind,
    /// Of `session_ended`: why the session ended.
    pub reason: Option<EndReason>,
    /// The session that the event is about or that caused it.
    pub session: Option<EventSession>,
    /// The device that caused the event; absent for administrators, operators and background jobs.
    pub device: Option<Device>,
    /// The IP address that caused the event; absent for administrators, operators and background jobs.
    pub ip: Option<String>,
}

/// The session of an audit event; it may have ended.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct EventSession {
    /// Id of the session.
    pub id: String,
    /// The name that the user gave the device, if any.
    pub label: Option<String>,
    /// The device; absent once the record of an ended session has been deleted.
    pub device: Option<Device>,
}

/// Kinds of audit events.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// The account was registered.
    Registered,
    /// A session started.
    LoggedIn,
    /// A login was refused because of a wrong password.
    LoginFailed,
    /// A session ended.
    SessionEnded,
    /// The password was changed.
    PasswordChanged,
    /// The name was changed.
    NameChanged,
    /// An administrator or operator disabled the account.
    AccountDisabled,
    /// An administrator or operator enabled the account again.
    AccountEnabled,
    /// An operator changed the roles.
    RolesChanged,
    /// A change of the password was refused because the current one was wrong.
    PasswordChangeFailed,
    /// The user proved who they are again, for something that requires it.
    Confirmed,
    /// The user was asked to prove who they are again, and the password was wrong.
    ConfirmationFailed,
    /// Attempts to log in or to change the password reached the rate limit. At most one event per hour.
    TooManyAttempts,
    /// A request was refused because the user lacks a role. At most one event per hour.
    AccessDenied,
    /// An operator replaced the signing key. Concerns no single account.
    KeysRotated,
    /// An operator reset all keys, which ended all sessions. Concerns no single account.
    KeysReset,
    /// The email address was proved to be the user's.
    EmailVerified,
    /// A link to set a new password was asked for: with the email address or, without a device, by an administrator.
    ResetAsked,
    /// A new password was set with such a link, which ended all sessions.
    ResetDone,
    /// The user reported a login or a change as a stranger's. The password is refused until it is set anew with a link.
    ReportedNotMe,
    /// A code was sent to a new email address.
    EmailChangeAsked,
    /// The email was changed.
    EmailChangeDone,
    /// The change was undone with the link in the mail to the address before it. All sessions ended, and the password is refused
    /// until it is set anew with a link.
    EmailChangeUndone,
    /// A mail to the user could not be delivered.
    MailFailed,
    /// The deletion of the account was asked for, by the user or, without a device, by an operator. All sessions ended.
    DeletionAsked,
    /// The deletion was canceled in time.
    DeletionUndone,
    /// The account was deleted. Of its events, those before have a stand-in for the user, too.
    DeletionDone,
    /// All data of the account was exported.
    Exported,
    /// A passkey was added.
    PasskeyAdded,
    /// A passkey was removed, which ended the sessions that had begun with it.
    PasskeyRemoved,
    /// A passkey was used whose signature counter has not advanced: it may have been copied.
    PasskeyCounterBack,
    /// A passkey can be copied to other devices now, or no longer.
    PasskeyBackupChanged,
    /// An authenticator app was set up.
    TotpOn,
    /// The authenticator app was turned off.
    TotpOff,
    /// A second factor is required after the password from now on.
    SecondStepOn,
    /// No second factor is required after the password any more.
    SecondStepOff,
    /// A recovery code was used.
    RecoveryCodeUsed,
    /// New recovery codes were made, which replaced the old ones.
    RecoveryCodeMade,
    /// The password was right, and the second factor was wrong.
    SecondFactorFailed,
    /// An administrator or operator asked to remove all second factors.
    FactorResetAsked,
    /// The user stopped the removal of all second factors.
    FactorResetUndone,
    /// All second factors were removed, which ended all sessions.
    FactorResetDone,
    /// A kind that a later version added.
    #[serde(other)]
    Unknown,
}

impl EventKind {
    /// Every kind, in the order of declaration.
    pub const ALL: [Self; 43] = [
        Self::Registered,
        Self::LoggedIn,
        Self::LoginFailed,
        Self::SessionEnded,
        Self::PasswordChanged,
        Self::NameChanged,
        Self::AccountDisabled,
        Self::AccountEnabled,
        Self::RolesChanged,
        Self::PasswordChangeFailed,
        Self::Confirmed,
        Self::ConfirmationFailed,
        Self::TooManyAttempts,
        Self::AccessDenied,
        Self::KeysRotated,
        Self::KeysReset,
        Self::EmailVerified,
        Self::ResetAsked,
        Self::ResetDone,
        Self::ReportedNotMe,
        Self::EmailChangeAsked,
        Self::EmailChangeDone,
        Self::EmailChangeUndone,
        Self::MailFailed,
        Self::DeletionAsked,
        Self::DeletionUndone,
        Self::DeletionDone,
        Self::Exported,
        Self::PasskeyAdded,
        Self::PasskeyRemoved,
        Self::PasskeyCounterBack,
        Self::PasskeyBackupChanged,
        Self::TotpOn,
        Self::TotpOff,
        Self::SecondStepOn,
        Self::SecondStepOff,
        Self::RecoveryCodeUsed,
        Self::RecoveryCodeMade,
        Self::SecondFactorFailed,
        Self::FactorResetAsked,
        Self::FactorResetUndone,
        Self::FactorResetDone,
        Self::Unknown,
    ];

    /// The name on the wire and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::LoggedIn => "logged_in",
            Self::LoginFailed => "login_failed",
            Self::SessionEnded => "session_ended",
            Self::PasswordChanged => "password_changed",
            Self::NameChanged => "name_changed",
            Self::AccountDisabled => "account_disabled",
            Self::AccountEnabled => "account_enabled",
            Self::RolesChanged => "roles_changed",
            Self::PasswordChangeFailed => "password_change_failed",
            Self::Confirmed => "confirmed",
            Self::ConfirmationFailed => "confirmation_failed",
            Self::TooManyAttempts => "too_many_attempts",
            Self::AccessDenied => "access_denied",
            Self::KeysRotated => "keys_rotated",
            Self::KeysReset => "keys_reset",
            Self::EmailVerified => "email_verified",
            Self::ResetAsked => "reset_asked",
            Self::ResetDone => "reset_done",
            Self::ReportedNotMe => "reported_not_me",
            Self::EmailChangeAsked => "email_change_asked",
            Self::EmailChangeDone => "email_change_done",
            Self::EmailChangeUndone => "email_change_undone",
            Self::MailFailed => "mail_failed",
            Self::DeletionAsked => "deletion_asked",
            Self::DeletionUndone => "deletion_undone",
            Self::DeletionDone => "deletion_done",
            Self::Exported => "exported",
            Self::PasskeyAdded => "passkey_added",
            Self::PasskeyRemoved => "passkey_removed",
            Self::PasskeyCounterBack => "passkey_counter_back",
            Self::PasskeyBackupChanged => "passkey_backup_changed",
            Self::TotpOn => "totp_on",
            Self::TotpOff => "totp_off",
            Self::SecondStepOn => "second_step_on",
            Self::SecondStepOff => "second_step_off",
            Self::RecoveryCodeUsed => "recovery_code_used",
            Self::RecoveryCodeMade => "recovery_code_made",
            Self::SecondFactorFailed => "second_factor_failed",
            Self::FactorResetAsked => "factor_reset_asked",
            Self::FactorResetUndone => "factor_reset_undone",
            Self::FactorResetDone => "factor_reset_done",
            Self::Unknown => "unknown",
        }
    }

    /// Parses [`name`](Self::name); [`Self::Unknown`] for any other text.
    pub fn from_name(name: &str) -> Self {
        Self::ALL.into_iter().find(|kind| kind.name() == name).unwrap_or(Self::Unknown)
    }
}

#[cfg(test)]
mod tests {
    use crate::EventKind;

    #[test]
    fn names_match_the_json() {
        for value in EventKind::ALL {
            assert_eq!(serde_json::to_value(value).expect("a name"), value.name());
        }
    }
}
