//! Wire types of Doorward's HTTP API: the JSON of requests and responses. One file per resource.
//!
//! Feature `utoipa`: OpenAPI schemas of all of them.

#![warn(missing_docs)]

mod account;
mod activity;
mod auth;
mod deletion;
mod email_change;
mod end_reason;
mod export;
mod factors;
mod passkey_options;
mod policy;
mod problem;
mod recovery;
mod registration_mode;
mod sessions;
mod timestamp;
mod users;

pub use account::{Account, ChangePassword, UpdateAccount, User};
pub use activity::{Activity, AuditEvent, EventKind, EventSession};
pub use auth::{
    AuthMethods, Confirm, ConfirmRegistration, Login, PendingRegistration, PresentedRefreshToken, Register, ResendCode,
    TokenResponse,
};
pub use deletion::Deletion;
pub use email_change::{ChangeEmail, ConfirmEmailChange, PendingEmailChange};
pub use end_reason::EndReason;
pub use export::{
    AccountExport, ExportedAccount, ExportedFactors, ExportedLink, ExportedMail, ExportedPasskey, ExportedSession,
};
pub use factors::{
    AcceptedPasskeys, AccountSecurity, AddPasskey, ChallengePurpose, ConfirmTotp, FactorKind, FactorReset, Passkey,
    PasskeyAssertion, PasskeyAttestation, PasskeyEndpoints, PasskeyLogin, RecoveryCodes, RenamePasskey,
    RequestChallenge, SecondFactor, SetSecondStep, TotpSetup,
};
pub use passkey_options::{
    Attestation, AuthenticatorSelection, CreationExtensions, CreationOptions, CredentialType, PasskeyAlgorithm,
    PasskeyChallenge, PasskeyDescriptor, PasskeyOptions, PasskeyRelyingParty, PasskeyUser, RequestOptions, ResidentKey,
    UserVerification,
};
pub use policy::{CredentialStorage, PolicyName};
pub use problem::{ErrorCode, FieldErrors, Problem};
pub use recovery::{Forgot, Reset};
pub use registration_mode::RegistrationMode;
pub use sessions::{Device, EndDetails, EndedCount, EndedSession, RenameSession, Session};
pub use timestamp::Timestamp;
pub use users::{Invitation, InviteUser, UserList, UserSummary};
