//! `POST /api/auth/challenge`.

use axum::extract::State;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use doorward_api::{
    Attestation, AuthenticatorSelection, ChallengePurpose, CreationExtensions, CreationOptions, CredentialType,
    PasskeyAlgorithm, PasskeyChallenge, PasskeyDescriptor, PasskeyOptions, PasskeyRelyingParty, PasskeyUser, Problem,
    RequestChallenge, RequestOptions, ResidentKey, UserVerification,
};

use crate::{
    http::{caller::Caller, error::Error, json::Json, sessions, step_up::require_recent},
    login::{
        attempt::Attempt,
        challenges::{self, Binding},
    },
    model::{
        ticket::TicketToken,
        user::{User, UserId},
    },
    random,
    state::AppState,
    webauthn::{OFFERED_ALGORITHMS, RelyingParty},
};

/// Ask for a challenge for an authenticator, with the options for `navigator.credentials`.
///
/// A challenge is answered within 10 minutes, once, and for its purpose alone. Those for `confirm` and `passkey` need a live
/// session, the one for `second_factor` the `ticket` of the login.
#[utoipa::path(post, path = "/api/auth/challenge", tag = "auth", request_body = RequestChallenge,
    security((), ("access_token" = [])), responses(
    (status = 200, description = "The challenge. Nothing is stored but, with the first one for `passkey`, the user handle", body = PasskeyChallenge),
    (status = 401, description = "`token_missing` and so on: `confirm` and `passkey` need a live session, see `GET /api/me`; \
        `step_up_required`: for `passkey`, call `POST /api/auth/confirm` first", body = Problem),
    (status = 404, description = "`not_found`: there are no passkeys on this server, or, for `second_factor` and `confirm`, none of this \
        account on this host", body = Problem),
    (status = 422, description = "`ticket_invalid`: unknown, used or expired, or from before a change of the account", body = Problem),
    (status = 429, description = "`too_many_attempts`: the session has sent too many requests that write", body = Problem),
))]
pub async fn challenge(
    State(app): State<AppState>,
    caller: Result<Caller, Error>,
    Json(form): Json<RequestChallenge>,
) -> Result<Json<PasskeyChallenge>, Error> {
    let site = app.relying_party.as_ref().ok_or(Error::NotFound)?;
    let public_key = match form.purpose {
        ChallengePurpose::Login => PasskeyOptions::Get(RequestOptions {
            challenge: issue(&app, ChallengePurpose::Login, ""),
            rp_id: site.rp_id.clone(),
            timeout: timeout(),
            user_verification: UserVerification::Required,
            allow_credentials: vec![],
        }),
        ChallengePurpose::SecondFactor => {
            let ticket = form.ticket.as_deref().and_then(TicketToken::parse).ok_or(Error::TicketInvalid)?.hash();
            let login = app.store.pending_login(&ticket, app.clock.now()).await?.ok_or(Error::TicketInvalid)?;
            let challenge = issue(&app, ChallengePurpose::SecondFactor, ticket.as_str());
            // The password is the other factor.
            PasskeyOptions::Get(known_user(&app, site, &login.user_id, challenge, UserVerification::Preferred).await?)
        }
        ChallengePurpose::Confirm => {
            let user_id = caller?.user_id;
            let challenge = issue(&app, ChallengePurpose::Confirm, &user_id.0);
            PasskeyOptions::Get(known_user(&app, site, &user_id, challenge, UserVerification::Required).await?)
        }
        ChallengePurpose::Passkey => PasskeyOptions::Create(new_passkey(&app, site, &caller?).await?.into()),
    };
    Ok(Json(PasskeyChallenge { public_key, expires_in: challenges::LIFETIME.as_secs() }))
}

fn issue(app: &AppState, purpose: ChallengePurpose, subject: &str) -> String {
    app.challenges.issue(&Binding { purpose, subject }, app.clock.now())
}

/// In milliseconds. Browsers use a shorter one if they think better of it.
fn timeout() -> u64 {
    challenges::LIFETIME.as_secs() * 1000
}

/// Options for a passkey of a user who is known already.
async fn known_user(
    app: &AppState,
    site: &RelyingParty,
    user_id: &UserId,
    challenge: String,
    user_verification: UserVerification,
) -> Result<RequestOptions, Error> {
    let allow_credentials = descriptors(app, site, user_id).await?;
    if allow_credentials.is_empty() {
        // An empty list would mean any passkey, also of other accounts.
        return Err(Error::NotFound);
    }
    Ok(RequestOptions {
        challenge,
        rp_id: site.rp_id.clone(),
        timeout: timeout(),
        user_verification,
        allow_credentials,
    })
}

/// Options for a new passkey of the caller.
async fn new_passkey(app: &AppState, site: &RelyingParty, caller: &Caller) -> Result<CreationOptions, Error> {
    require_recent(app, caller).await?;
    app.limiter.spend(Attempt::Write { session_id: &caller.session_id }).await?;
    let user = app.store.user(&caller.user_id).await?.filter(User::is_active);
    let Some(user) = user else {
        return Err(sessions::caller_session_ended(app, caller, app.clock.now()).await);
    };
    let display_name = if user.name.is_empty() { user.email.to_unicode() } else { user.name.clone() };
    Ok(CreationOptions {
        rp: PasskeyRelyingParty { id: site.rp_id.clone(), name: app.config.brand_name.clone() },
        user: PasskeyUser { id: handle(app, &user).await?, name: user.email.to_unicode(), display_name },
        challenge: issue(app, ChallengePurpose::Passkey, &user.id.0),
        pub_key_cred_params: OFFERED_ALGORITHMS
            .map(|alg| PasskeyAlgorithm { kind: CredentialType::PublicKey, alg })
            .to_vec(),
        timeout: timeout(),
        exclude_credentials: descriptors(app, site, &user.id).await?,
        authenticator_selection: AuthenticatorSelection {
            resident_key: ResidentKey::Required,
            require_resident_key: true,
            user_verification: UserVerification::Required,
        },
        attestation: Attestation::None,
        extensions: CreationExtensions { cred_props: true },
    })
}

/// The user handle. Authenticators return it at a login, so it is the same for ever, and says nothing of the user.
async fn handle(app: &AppState, user: &User) -> Result<String, Error> {
    if let Some(handle) = &user.webauthn_handle {
        return Ok(handle.clone());
    }
    let new = URL_SAFE_NO_PAD.encode(random::bytes::<32>());
    // Of concurrent requests, the first one decides.
    let handle = app.store.webauthn_handle(&user.id, &new).await?;
    handle.ok_or_else(|| Error::Unavailable("the caller's account is missing, although the session is live".into()))
}

async fn descriptors(app: &AppState, site: &RelyingParty, user_id: &UserId) -> Result<Vec<PasskeyDescriptor>, Error> {
    let passkeys = app.store.passkey_descriptors(user_id, &site.rp_id).await?;
    let descriptor = |passkey: crate::model::passkey::PasskeyDescriptor| PasskeyDescriptor {
        kind: CredentialType::PublicKey,
        id: passkey.credential_id,
        transports: passkey.transports,
    };
    Ok(passkeys.into_iter().map(descriptor).collect())
}
