//! The caller's passkeys: add, rename, remove, and the arguments of the browser's signals about them.

use axum::{
    RequestPartsExt,
    extract::{FromRequestParts, Path, State},
    http::{HeaderMap, StatusCode, request::Parts},
};
use doorward_api::{
    self as api, AcceptedPasskeys, AddPasskey, ChallengePurpose, PasskeyAttestation, PasskeyEndpoints, Problem,
    RenamePasskey,
};

use super::{
    account::user_of,
    caller::Caller,
    client_info::ClientInfo,
    json::Json,
    passkey_assertion::{decode, decode_credential_id},
    role::CallerWith,
    sessions::caller_session_ended,
    step_up::Recent,
};
use crate::{
    clock::Moment,
    http::{error::Error, invalid_fields::InvalidField, language::LanguagePreference},
    login::{attempt::Attempt, challenges::Binding},
    mail::letters::{Cause, PasskeyChange},
    model::{
        began_with::PasskeyId,
        challenge::ChallengeUse,
        device::Device,
        notice::Notice,
        passkey::{NewPasskey, Passkey, PasskeyName, known_transports},
        user::{User, UserId},
    },
    state::AppState,
    store::{PasskeyAddition, PasskeyRemoval, PasskeyRename},
    webauthn::{NewCredential, Registration, RelyingParty, UserVerification},
};

/// The passkey in the path. A malformed ID gets the same response as an unknown one.
pub struct PasskeyPath(PasskeyId);

impl FromRequestParts<AppState> for PasskeyPath {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, Error> {
        let path: Path<String> = parts.extract().await.map_err(|_| Error::NotFound)?;
        PasskeyId::parse(&path).map(Self).ok_or(Error::NotFound)
    }
}

/// The site that passkeys belong to. Where there are none, their endpoints are not found.
pub(super) fn relying_party(app: &AppState) -> Result<&RelyingParty, Error> {
    app.relying_party.as_ref().ok_or(Error::NotFound)
}

/// Get the arguments of the browser's signals (`PublicKeyCredential.signalAllAcceptedCredentials` and `signalCurrentUserDetails`), so
/// that password managers offer no passkeys that have been removed, and show the present name.
#[utoipa::path(get, path = "/api/account/passkeys", operation_id = "accepted_passkeys", tag = "account",
    security(("access_token" = [])), responses(
    (status = 200, description = "The passkeys that work on this host", body = AcceptedPasskeys),
    (status = 401, description = "No valid credential: see `GET /api/me`", body = Problem),
    (status = 404, description = "`not_found`: this server has no passkeys", body = Problem),
))]
pub async fn accepted(State(app): State<AppState>, caller: Caller) -> Result<Json<AcceptedPasskeys>, Error> {
    let rp_id = &relying_party(&app)?.rp_id;
    let user = user_of(&app, &caller).await?;
    let passkeys = app.store.passkeys(&user.id).await?.into_iter().filter(|passkey| passkey.rp_id == *rp_id);
    Ok(Json(AcceptedPasskeys {
        rp_id: rp_id.clone(),
        credential_ids: passkeys.map(|passkey| passkey.credential_id).collect(),
        user_handle: user.webauthn_handle,
        name: user.email.to_unicode(),
        display_name: user.name,
    }))
}

/// Add a passkey that an authenticator has made for a challenge of `POST /api/auth/challenge`.
#[utoipa::path(post, path = "/api/account/passkeys", operation_id = "add_passkey", tag = "account", request_body = AddPasskey,
    security(("access_token" = [])), responses(
    (status = 201, description = "Added", body = api::Passkey),
    (status = 401, description = "`step_up_required`: call `POST /api/auth/confirm` first; no valid credential: see `GET /api/me`", body = Problem),
    (status = 404, description = "`not_found`: this server has no passkeys", body = Problem),
    (status = 409, description = "`passkey_exists`: this passkey has been added before", body = Problem),
    (status = 422, description = "`invalid_input`: at `passkey`, not a valid answer to an unused challenge, or there are 20 already; \
        at `name`, invalid or taken", body = Problem),
    (status = 429, description = "`too_many_attempts`: the session has sent too many requests that write", body = Problem),
))]
pub async fn add(
    State(app): State<AppState>,
    client: ClientInfo,
    headers: HeaderMap,
    CallerWith { caller, .. }: CallerWith<Recent>,
    Json(form): Json<AddPasskey>,
) -> Result<(StatusCode, Json<api::Passkey>), Error> {
    let site = relying_party(&app)?;
    let name = form.name.as_deref().map(parse_name).transpose()?;
    app.limiter.spend(Attempt::Write { session_id: &caller.session_id }).await?;
    let user = user_of(&app, &caller).await?;
    let now = app.clock.now();
    let (credential, challenge) = verify(&app, site, &user.id, &form.passkey, now)?;
    let new = new_passkey(&user.id, site, &credential, (&form.passkey, name), now);

    let change = (PasskeyChange::Added, &new.passkey.id);
    let notice = notice(&app, change, user, (&client.device, &headers), now);
    let by = (&client.actor(), now);
    match app.store.add_passkey(&new, &challenge, &caller.session_id, notice.as_ref(), by).await? {
        PasskeyAddition::Added(passkey) => Ok((StatusCode::CREATED, Json(passkey.into_api(Some(&site.rp_id))))),
        PasskeyAddition::Exists => Err(Error::PasskeyExists),
        PasskeyAddition::NameTaken => Err(Error::field("name", InvalidField::PasskeyNameTaken)),
        PasskeyAddition::TooMany => Err(Error::field("passkey", InvalidField::TooManyPasskeys)),
        PasskeyAddition::ChallengeUsed => Err(Error::field("passkey", InvalidField::Passkey)),
        PasskeyAddition::CallerEnded => Err(caller_session_ended(&app, &caller, now).await),
    }
}

/// Rename a passkey.
#[utoipa::path(patch, path = "/api/account/passkeys/{id}", operation_id = "rename_passkey", tag = "account",
    request_body = RenamePasskey,
    params(("id" = String, Path, pattern = "^[A-Za-z0-9]{1,64}$", description = "The passkey")), security(("access_token" = [])), responses(
    (status = 200, description = "The passkey with its new name", body = api::Passkey),
    (status = 401, description = "No valid credential: see `GET /api/me`", body = Problem),
    (status = 404, description = "`not_found`: not a passkey of the caller, or this server has none", body = Problem),
    (status = 422, description = "`invalid_input`: the name is invalid, or another passkey has it", body = Problem),
    (status = 429, description = "`too_many_attempts`: the session has sent too many requests that write", body = Problem),
))]
pub async fn rename(
    State(app): State<AppState>,
    caller: Caller,
    PasskeyPath(id): PasskeyPath,
    Json(form): Json<RenamePasskey>,
) -> Result<Json<api::Passkey>, Error> {
    let site = relying_party(&app)?;
    let name = parse_name(&form.name)?;
    app.limiter.spend(Attempt::Write { session_id: &caller.session_id }).await?;
    match app.store.rename_passkey(&id, &caller.user_id, &name).await? {
        PasskeyRename::Renamed(passkey) => Ok(Json(passkey.into_api(Some(&site.rp_id)))),
        PasskeyRename::Unknown => Err(Error::NotFound),
        PasskeyRename::NameTaken => Err(Error::field("name", InvalidField::PasskeyNameTaken)),
    }
}

/// Remove a passkey, and end the other sessions that began with it.
#[utoipa::path(delete, path = "/api/account/passkeys/{id}", operation_id = "remove_passkey", tag = "account",
    params(("id" = String, Path, pattern = "^[A-Za-z0-9]{1,64}$", description = "The passkey")), security(("access_token" = [])), responses(
    (status = 204, description = "Removed. If no second factor is left, none is required at the login, and the recovery codes are void"),
    (status = 401, description = "`step_up_required`: call `POST /api/auth/confirm` first; no valid credential: see `GET /api/me`", body = Problem),
    (status = 404, description = "`not_found`: not a passkey of the caller, or this server has none", body = Problem),
    (status = 409, description = "`last_credential`: nothing else opens the account", body = Problem),
    (status = 429, description = "`too_many_attempts`: the session has sent too many requests that write", body = Problem),
))]
pub async fn remove(
    State(app): State<AppState>,
    client: ClientInfo,
    headers: HeaderMap,
    CallerWith { caller, .. }: CallerWith<Recent>,
    PasskeyPath(id): PasskeyPath,
) -> Result<StatusCode, Error> {
    let site = relying_party(&app)?;
    app.limiter.spend(Attempt::Write { session_id: &caller.session_id }).await?;
    let user = user_of(&app, &caller).await?;
    let now = app.clock.now();
    let change = (PasskeyChange::Removed, &id);
    let notice = notice(&app, change, user, (&client.device, &headers), now);
    let (from, by) = ((&caller.user_id, &caller.session_id), (&client.actor(), now));
    match app.store.remove_passkey(&id, &site.rp_id, from, notice.as_ref(), by).await? {
        PasskeyRemoval::Removed(ended) => app.revocations.add(ended).await,
        PasskeyRemoval::Unknown => return Err(Error::NotFound),
        PasskeyRemoval::LastCredential => return Err(Error::LastCredential),
        PasskeyRemoval::CallerEnded => return Err(caller_session_ended(&app, &caller, now).await),
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Get where password managers lead their users to add and manage passkeys (W3C, "A Well-Known URL for Relying Party Passkey
/// Endpoints").
#[utoipa::path(get, path = "/.well-known/passkey-endpoints", tag = "account", responses(
    (status = 200, description = "The pages", body = PasskeyEndpoints),
    (status = 404, description = "`not_found`: this server has no passkeys", body = Problem),
))]
pub async fn passkey_endpoints(State(app): State<AppState>) -> Result<Json<PasskeyEndpoints>, Error> {
    relying_party(&app)?;
    let page = format!("{}/security", app.public_url);
    Ok(Json(PasskeyEndpoints { enroll: page.clone(), manage: page }))
}

fn parse_name(text: &str) -> Result<PasskeyName, Error> {
    PasskeyName::parse(text).ok_or_else(|| Error::field("name", InvalidField::PasskeyName))
}

/// The credential in the answer of an authenticator, and the challenge to be used up.
fn verify(
    app: &AppState,
    site: &RelyingParty,
    user_id: &UserId,
    answer: &PasskeyAttestation,
    now: Moment,
) -> Result<(NewCredential, ChallengeUse), Error> {
    let verified = || {
        let (client_data, attestation_object) = (decode(&answer.client_data)?, decode(&answer.attestation_object)?);
        let raw_id = decode_credential_id(&answer.id)?;
        let challenge = RelyingParty::challenge_in(&client_data)?;
        let binding = Binding { purpose: ChallengePurpose::Passkey, subject: &user_id.0 };
        let challenge_use = app.challenges.open(&challenge, &binding, now)?;
        let registration =
            Registration { client_data: &client_data, attestation_object: &attestation_object, raw_id: &raw_id };
        match site.register(&registration, &challenge, UserVerification::Required) {
            Ok(credential) => Some((credential, challenge_use)),
            Err(error) => {
                tracing::debug!(%error, "a new passkey was refused");
                None
            }
        }
    };
    verified().ok_or_else(|| Error::field("passkey", InvalidField::Passkey))
}

fn new_passkey(
    user_id: &UserId,
    site: &RelyingParty,
    credential: &NewCredential,
    (answer, name): (&PasskeyAttestation, Option<PasskeyName>),
    now: Moment,
) -> NewPasskey {
    let is_named = name.is_some();
    let passkey = Passkey {
        id: PasskeyId::generate(),
        // Decoded and checked to be the one in the attestation object.
        credential_id: answer.id.clone(),
        user_id: user_id.clone(),
        name: name.unwrap_or_else(|| PasskeyName::of_provider(credential.aaguid, &[])),
        public_key: credential.public_key.to_cose_hex(),
        rp_id: site.rp_id.clone(),
        sign_count: credential.sign_count,
        is_backup_eligible: credential.flags.backup_eligible(),
        is_backed_up: credential.flags.backed_up(),
        is_user_verified: credential.flags.user_verified(),
        transports: known_transports(&answer.transports),
        created_at: now,
        last_used_at: None,
    };
    NewPasskey { passkey, is_named, aaguid: credential.aaguid }
}

/// The change counts as one of the factors, so that the link of the notice is for the account after it.
fn notice(
    app: &AppState,
    (change, passkey): (PasskeyChange, &PasskeyId),
    user: User,
    (device, headers): (&Device, &HeaderMap),
    now: Moment,
) -> Option<Notice> {
    let user = User { factors_version: user.factors_version + 1, ..user };
    let language = LanguagePreference::of(&app.config, headers).language();
    app.notices().compose(&Cause::Passkey { change, passkey, device }, &user, language, now)
}
