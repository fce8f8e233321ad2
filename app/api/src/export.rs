//! `GET /api/account/export`: everything that is stored about the caller, without secrets.

use serde::{Deserialize, Serialize};

use crate::{AuditEvent, Device, EndReason, Timestamp};

/// Everything that is stored about a user, without secrets.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct AccountExport {
    /// Time of the export.
    pub exported_at: Timestamp,
    /// The account.
    pub account: ExportedAccount,
    /// The second factors besides passkeys.
    #[serde(default)]
    pub second_factors: ExportedFactors,
    /// Sessions, live and ended ones, newest first.
    pub sessions: Vec<ExportedSession>,
    /// Audit events of the account, newest first.
    pub events: Vec<AuditEvent>,
    /// Passkeys, oldest first, without their keys.
    #[serde(default)]
    pub passkeys: Vec<ExportedPasskey>,
    /// Links that were mailed and are still valid. One with the purpose `email-change` is a pending change of the email.
    pub links: Vec<ExportedLink>,
    /// Mails that were sent or are waiting, without their texts.
    pub mails: Vec<ExportedMail>,
}

/// The account of an [`AccountExport`].
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct ExportedAccount {
    /// Stable for the life of the account.
    pub id: String,
    /// The login address, in canonical form.
    pub email: String,
    /// Display name.
    pub name: String,
    /// Roles, such as `admin`.
    pub roles: Vec<String>,
    /// Time of registration.
    pub created_at: Timestamp,
    /// When the email was proved to be the user's.
    pub email_verified_at: Option<Timestamp>,
    /// When the password was chosen.
    pub password_changed_at: Timestamp,
    /// Since when the password is refused, after a report of a stranger.
    pub password_refused_at: Option<Timestamp>,
    /// Whether the password is known from a data breach.
    pub must_change_password: bool,
    /// Since when the account is disabled.
    pub disabled_at: Option<Timestamp>,
    /// When the account is deleted, if that was asked for.
    pub delete_at: Option<Timestamp>,
}

/// The second factors of an [`AccountExport`], besides passkeys.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct ExportedFactors {
    /// Whether a second factor is required after the password.
    pub second_step: bool,
    /// When the authenticator app was set up.
    pub totp_set_up_at: Option<Timestamp>,
    /// Number of recovery codes that have not been used.
    pub recovery_codes_left: u32,
    /// When they were made.
    pub recovery_codes_made_at: Option<Timestamp>,
    /// When all of them are removed, as an administrator has asked.
    pub factors_reset_at: Option<Timestamp>,
}

/// A passkey of an [`AccountExport`].
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct ExportedPasskey {
    /// The user's name for it.
    pub name: String,
    /// The host that it works on.
    pub host: String,
    /// Whether its provider keeps a copy.
    pub backed_up: bool,
    /// When it was added.
    pub created_at: Timestamp,
    /// The latest use.
    pub last_used_at: Option<Timestamp>,
}

/// A session of an [`AccountExport`].
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct ExportedSession {
    /// Not a secret.
    pub id: String,
    /// The policy of the session.
    pub policy: String,
    /// The name that the user gave the device, if any.
    pub label: Option<String>,
    /// The device of the login.
    pub device: Device,
    /// The IP address of the login, unless it has been deleted.
    pub ip: Option<String>,
    /// Time of the login.
    pub created_at: Timestamp,
    /// Time of the last use.
    pub last_used_at: Timestamp,
    /// The absolute timeout of the session.
    pub expires_at: Timestamp,
    /// When the user last proved who they are.
    pub auth_time: Timestamp,
    /// How strongly the user has proved that.
    pub acr: String,
    /// With what the user has proved that.
    pub amr: Vec<String>,
    /// When the session ended.
    pub ended_at: Option<Timestamp>,
    /// Why the session ended.
    pub end_reason: Option<EndReason>,
    /// The user's device that ended the session, if any.
    pub ended_by: Option<Device>,
}

/// A link of an [`AccountExport`].
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct ExportedLink {
    /// What the link is good for.
    pub purpose: String,
    /// The address at the time of the request.
    pub email: String,
    /// When the link was made.
    pub created_at: Timestamp,
    /// Until when the link works.
    pub expires_at: Timestamp,
}

/// A mail of an [`AccountExport`].
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct ExportedMail {
    /// What the mail is about.
    pub purpose: String,
    /// When the mail was written.
    pub created_at: Timestamp,
    /// When the mail was sent or given up.
    pub done_at: Option<Timestamp>,
}
