//! Random damage: the answer to any input is an error and not a panic, and what is accepted is sound.

use server::webauthn::PublicKey;

use crate::support::{ForgedLogin, ForgedRegistration, Forgeries};

/// `SplitMix64`: the same numbers in every run.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let number = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        number ^ (number >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next()).unwrap_or_default() % limit.max(1)
    }

    fn byte(&mut self) -> u8 {
        // Numbers at which the parsers branch are more likely.
        const SPECIAL: [u8; 14] = [0, 1, 0x17, 0x18, 0x19, 0x1b, 0x1f, 0x40, 0x5f, 0x7f, 0x80, 0xa0, 0xbf, 0xff];
        let random = self.next().to_le_bytes()[0];
        if self.below(2) == 0 { SPECIAL[self.below(SPECIAL.len())] } else { random }
    }

    /// Changes, inserts, deletes, repeats or cuts off a few bytes.
    fn damage(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len());
            match self.below(5) {
                0 => bytes.insert(at, self.byte()),
                1 if !bytes.is_empty() => drop(bytes.remove(at)),
                2 => bytes.truncate(at),
                3 => {
                    let end = (at + self.below(40)).min(bytes.len());
                    let part = bytes[at..end].to_vec();
                    bytes.splice(at..at, part);
                }
                _ if !bytes.is_empty() => bytes[at] = self.byte(),
                _ => {}
            }
        }
        bytes
    }
}

#[test]
fn damaged_registrations_are_refused_or_sound() {
    let forgeries = Forgeries::load();
    let mut numbers = Numbers(1);
    let mut accepted = 0;
    for round in 0..40 {
        for one in &forgeries.registrations {
            let mut one = ForgedRegistration { ..one.clone() };
            match round % 4 {
                0 => one.client_data = numbers.damage(&one.client_data),
                1 => one.id = numbers.damage(&one.id),
                _ => one.attestation_object = numbers.damage(&one.attestation_object),
            }
            let Ok(credential) = forgeries.register(&one) else { continue };
            accepted += 1;
            let stored = credential.public_key.to_cose_hex();
            let read = PublicKey::from_cose_hex(&stored).expect("what is stored can be read");
            assert_eq!((credential.id, read.to_cose_hex()), (one.id, stored));
        }
    }
    println!("{accepted} accepted: the damage was in the ID of the model or in the key");
    assert!(accepted > 0);
}

#[test]
fn damaged_logins_are_refused() {
    let forgeries = Forgeries::load();
    let mut numbers = Numbers(2);
    for round in 0..60 {
        for one in &forgeries.logins {
            let mut damaged = ForgedLogin { ..one.clone() };
            match round % 3 {
                0 => damaged.client_data = numbers.damage(&one.client_data),
                1 => damaged.authenticator_data = numbers.damage(&one.authenticator_data),
                _ => damaged.signature = numbers.damage(&one.signature),
            }
            let is_same = damaged.client_data == one.client_data
                && damaged.authenticator_data == one.authenticator_data
                && damaged.signature == one.signature;
            assert!(forgeries.log_in(&damaged).is_err() || is_same, "{}", one.name);
        }
    }
}

#[test]
fn random_bytes_are_refused() {
    let forgeries = Forgeries::load();
    let mut numbers = Numbers(3);
    let (registration, login) = (forgeries.good_registrations()[0], forgeries.good_logins()[0]);
    for _ in 0..20_000 {
        let length = numbers.below(300);
        let bytes: Vec<u8> = (0..length).map(|_| numbers.byte()).collect();
        assert!(PublicKey::from_cose_hex(&hex::encode(&bytes)).is_none());
        let one = ForgedRegistration { attestation_object: bytes.clone(), ..registration.clone() };
        assert!(forgeries.register(&one).is_err());
        // Behind a sound beginning, the parsers get further.
        let start = registration.attestation_object[..registration.attestation_object.len() - 77].to_vec();
        let one = ForgedRegistration { attestation_object: [start, bytes.clone()].concat(), ..registration.clone() };
        assert!(forgeries.register(&one).is_err());
        let authenticator_data = [&login.authenticator_data[..37], &bytes].concat();
        assert!(bytes.is_empty() || forgeries.log_in(&ForgedLogin { authenticator_data, ..login.clone() }).is_err());
    }
}
