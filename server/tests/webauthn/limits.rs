//! What is too long is refused unread.

use server::webauthn::CeremonyError;

use crate::support::{ForgedLogin, ForgedRegistration, Forgeries};

#[test]
fn parts_that_no_authenticator_makes_are_refused_by_their_length() {
    let forgeries = Forgeries::load();
    let good = forgeries.good_registrations()[0].clone();
    for length in [64 * 1024 + 1, 2 * 1024 * 1024] {
        let huge = ForgedRegistration { attestation_object: vec![0x80; length], ..good.clone() };
        assert_eq!(forgeries.register(&huge).err(), Some(CeremonyError::TooLong));
    }
    let huge = ForgedRegistration { client_data: vec![b' '; 2 * 1024 * 1024], ..good };
    assert_eq!(forgeries.register(&huge).err(), Some(CeremonyError::TooLong));

    let good = forgeries.good_logins()[0].clone();
    let authenticator_data = [good.authenticator_data.as_slice(), &[0; 5000]].concat();
    assert_eq!(forgeries.log_in(&ForgedLogin { authenticator_data, ..good.clone() }), Err(CeremonyError::TooLong));
    let signature = vec![0; 2 * 1024 * 1024];
    assert_eq!(forgeries.log_in(&ForgedLogin { signature, ..good }), Err(CeremonyError::TooLong));
}
