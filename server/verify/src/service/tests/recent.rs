//! How old the user's last proof may be, with tokens of every kind and clocks that differ.

use serde_json::{Value, json};

use super::{
    super::{Doorward, Rejection},
    FakeDoorward, NOW, assert_rejected, elapse,
    forge::Forge,
    started_with,
};

const REFUSED: Rejection = Rejection::StepUpRequired { max_age: 600 };

/// Whether the service takes a token as that of a recent proof, of at most ten minutes.
async fn require(service: &Doorward, token: &str) -> Result<(), Rejection> {
    let claims = service.verify(token).await?;
    service.require_recent(&claims, 600)
}

fn token(fake: &FakeDoorward, changes: &[(&str, Value)]) -> String {
    let key = fake.key();
    let mut claims = key.claims();
    for (name, value) in changes {
        if value.is_null() {
            claims.as_object_mut().expect("an object").remove(*name);
        } else {
            claims[*name] = value.clone();
        }
    }
    key.sign_text(&key.header().to_string(), &claims.to_string())
}

#[tokio::test(start_paused = true)]
async fn a_proof_is_recent_until_the_second_in_which_it_becomes_too_old() {
    let fake = FakeDoorward::new();
    let service = super::started(&fake).await;
    for (age, expected) in
        [(0, Ok(())), (599, Ok(())), (600, Err(REFUSED)), (601, Err(REFUSED)), (NOW - 1, Err(REFUSED))]
    {
        assert_eq!(require(&service, &token(&fake, &[("auth_time", json!(NOW - age))])).await, expected, "{age}");
    }
    // The same token, a minute later.
    let aging = token(&fake, &[("auth_time", json!(NOW - 570))]);
    assert_eq!(require(&service, &aging).await, Ok(()));
    elapse(60.0).await;
    assert_eq!(require(&service, &aging).await, Err(REFUSED));
    assert!(service.verify(&aging).await.is_ok(), "the token itself stays valid");
}

/// Of a Doorward that did not have confirmations: its `auth_time` is that of the login.
#[tokio::test(start_paused = true)]
async fn a_token_without_the_claim_is_refused_and_not_taken_as_recent() {
    let fake = FakeDoorward::new();
    let service = super::started(&fake).await;
    let old_version = token(&fake, &[("auth_time", json!(NOW)), ("acr", json!(null)), ("amr", json!(null))]);
    assert!(service.verify(&old_version).await.is_ok());
    assert_eq!(require(&service, &old_version).await, Err(REFUSED));
    let without_acr = token(&fake, &[("auth_time", json!(NOW)), ("acr", json!(null))]);
    assert_eq!(require(&service, &without_acr).await, Err(REFUSED));
    let without_auth_time = token(&fake, &[("auth_time", json!(null))]);
    assert_rejected(&service.verify(&without_auth_time).await, Rejection::TokenInvalid);
}

#[tokio::test(start_paused = true)]
async fn clock_leeway_counts_against_the_caller() {
    let fake = FakeDoorward::new();
    let service = started_with(&fake, |settings| settings.leeway(5)).await;
    for (age, expected) in [(594, Ok(())), (595, Err(REFUSED)), (599, Err(REFUSED))] {
        assert_eq!(require(&service, &token(&fake, &[("auth_time", json!(NOW - age))])).await, expected, "{age}");
    }
    // Within the leeway, a token can be from the future, as it is when the service's clock is behind.
    let ahead = token(&fake, &[("iat", json!(NOW + 5)), ("auth_time", json!(NOW + 5))]);
    assert_eq!(require(&service, &ahead).await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn a_forged_proof_is_no_proof() {
    let fake = FakeDoorward::new();
    let service = super::started(&fake).await;
    // Dated after its token, or signed by another.
    let postdated = token(&fake, &[("auth_time", json!(NOW + 1))]);
    assert_rejected(&service.verify(&postdated).await, Rejection::TokenInvalid);
    let counterfeit = Forge::named(&fake.key().kid).with_claim("auth_time", json!(NOW));
    assert_rejected(&service.verify(&counterfeit).await, Rejection::TokenInvalid);
    // The claims of one token and the signature of another.
    let (old, fresh) = (token(&fake, &[("auth_time", json!(1))]), token(&fake, &[("auth_time", json!(NOW))]));
    let payload = |token: &str| token.split('.').nth(1).map(str::to_owned).expect("a payload");
    let mixed = old.replace(&payload(&old), &payload(&fresh));
    assert_rejected(&service.verify(&mixed).await, Rejection::TokenInvalid);
}
