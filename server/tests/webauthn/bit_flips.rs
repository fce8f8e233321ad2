//! Everything that is signed matters: no bit of a login can be changed.

use crate::support::{ForgedLogin, Forgeries};

fn flips(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    (0..bytes.len() * 8).map(|bit| {
        let mut flipped = bytes.to_vec();
        flipped[bit / 8] ^= 1 << (bit % 8);
        flipped
    })
}

#[test]
fn a_login_with_one_bit_changed_is_refused() {
    let forgeries = Forgeries::load();
    let mut tried = 0;
    for good in forgeries.good_logins() {
        forgeries.log_in(good).expect("a good one");
        let damaged = flips(&good.client_data)
            .map(|client_data| ForgedLogin { client_data, ..good.clone() })
            .chain(
                flips(&good.authenticator_data)
                    .map(|authenticator_data| ForgedLogin { authenticator_data, ..good.clone() }),
            )
            .chain(flips(&good.signature).map(|signature| ForgedLogin { signature, ..good.clone() }));
        for (bit, one) in damaged.enumerate() {
            assert!(forgeries.log_in(&one).is_err(), "{}: bit {bit}", good.algorithm);
            tried += 1;
        }
    }
    println!("{tried} logins with one bit changed");
    assert!(tried > 7000);
}

#[test]
fn a_registered_key_with_one_bit_changed_verifies_no_signature() {
    let forgeries = Forgeries::load();
    for (algorithm, key) in &forgeries.keys {
        let bytes = hex::decode(key.public_key()).expect("hex");
        for flipped in flips(&bytes) {
            assert!(!forgeries.accepts_with(&hex::encode(&flipped), algorithm), "{algorithm}");
        }
    }
}
