//! Answers that differ from a good one in one point. Each is signed with the right key.

use server::webauthn::CeremonyError;

use crate::support::Forgeries;

/// Prints and compares the verdicts; `judges` reads the lines.
fn judge<T>(
    ceremony: &str,
    name: &str,
    refused: Option<&str>,
    verdict: Result<T, CeremonyError>,
    faults: &mut Vec<String>,
) {
    let reason = verdict.err().map(|error| format!("{error:?}"));
    println!("verdict\t{ceremony}\t{name}\t{}", reason.as_deref().unwrap_or("accepted"));
    if reason.as_deref() != refused {
        faults.push(format!("{ceremony}, {name}: {reason:?} instead of {refused:?}"));
    }
}

#[test]
fn every_forgery_is_refused_for_its_reason_and_what_is_good_is_accepted() {
    let forgeries = Forgeries::load();
    let mut faults = Vec::new();
    for one in &forgeries.registrations {
        judge("registration", &one.name, one.refused.as_deref(), forgeries.register(one), &mut faults);
    }
    for one in &forgeries.logins {
        judge("login", &one.name, one.refused.as_deref(), forgeries.log_in(one), &mut faults);
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let refused = forgeries.registrations.iter().filter(|one| one.refused.is_some()).count();
    assert!(refused > 60 && forgeries.logins.iter().filter(|one| one.refused.is_some()).count() > 40);
}

#[test]
fn a_key_is_stored_as_it_was_registered() {
    let forgeries = Forgeries::load();
    let registered = forgeries.good_registrations();
    assert_eq!(registered.len(), 3);
    for one in registered {
        let credential = forgeries.register(one).expect("a good one");
        assert_eq!(credential.public_key.to_cose_hex(), forgeries.keys[&one.algorithm].public_key());
        assert_eq!((credential.id.as_slice(), credential.sign_count, credential.aaguid), (&*one.id, 0, [7; 16]));
        let flags = credential.flags;
        assert!(flags.user_verified() && flags.backup_eligible() && flags.backed_up());
    }
}

#[test]
fn the_challenge_of_an_answer_can_be_found_before_it_is_checked() {
    use server::webauthn::RelyingParty;
    let forgeries = Forgeries::load();
    let good = forgeries.good_logins();
    assert_eq!(RelyingParty::challenge_in(&good[0].client_data).as_deref(), Some(&*forgeries.challenge));
    assert_eq!(RelyingParty::challenge_in(b"{}"), None);
}
