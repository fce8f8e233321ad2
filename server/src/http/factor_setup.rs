//! What all changes of second factors by their user have in common.

use axum::http::HeaderMap;
use doorward_api::RecoveryCodes;

use super::{caller::Caller, client_info::ClientInfo, sessions};
use crate::{
    clock::Moment,
    http::{error::Error, language::LanguagePreference},
    mail::letters::{Cause, FactorChange},
    model::{
        audit::Actor,
        credential::CredentialHash,
        notice::Notice,
        recovery_code::{CODES, RecoveryCode},
        user::User,
    },
    state::AppState,
    store::{FactorSetup, FactorSetupOutcome},
};

/// Recovery codes, for an account that has none or gets new ones. Has no `Debug`, so that they cannot be logged.
pub struct NewCodes(Vec<RecoveryCode>);

impl NewCodes {
    pub fn generate() -> Self {
        Self((0..CODES).map(|_| RecoveryCode::generate()).collect())
    }

    pub fn hashes(&self) -> Vec<CredentialHash> {
        self.0.iter().map(RecoveryCode::hash).collect()
    }

    /// To be shown once, if they are those of the account now.
    pub fn shown_if(&self, has_new_codes: bool) -> RecoveryCodes {
        let codes = self.0.iter().filter(|_| has_new_codes);
        RecoveryCodes { recovery_codes: codes.map(RecoveryCode::to_groups).collect() }
    }
}

pub fn notice(
    app: &AppState,
    change: FactorChange,
    user: &User,
    (client, headers): (&ClientInfo, &HeaderMap),
    now: Moment,
) -> Option<Notice> {
    let language = LanguagePreference::of(&app.config, headers).language();
    app.notices().compose(&Cause::FactorChanged { change, device: &client.device }, user, language, now)
}

pub fn setup<'a>(
    user: &'a User,
    caller: &'a Caller,
    notice: Option<&'a Notice>,
    (actor, now): (&'a Actor, Moment),
) -> FactorSetup<'a> {
    FactorSetup { user, session: &caller.session_id, notice, actor, now }
}

/// Whether the account has the new recovery codes now. `missing` is the error when the change is impossible.
pub async fn done(app: &AppState, caller: &Caller, outcome: FactorSetupOutcome, missing: Error) -> Result<bool, Error> {
    match outcome {
        FactorSetupOutcome::Done { has_new_codes } => {
            // The roles of the session may be others.
            app.sessions.bar_user(&caller.user_id).await;
            Ok(has_new_codes)
        }
        FactorSetupOutcome::Missing => Err(missing),
        FactorSetupOutcome::CallerEnded => Err(sessions::caller_session_ended(app, caller, app.clock.now()).await),
        FactorSetupOutcome::Outdated => {
            Err(Error::Unavailable("another request has just changed the second factors of the account".into()))
        }
    }
}
