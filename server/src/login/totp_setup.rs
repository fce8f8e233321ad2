//! A new seed for an authenticator app, as it is shown once.

use std::fmt::Write;

use doorward_api::TotpSetup;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use qrcodegen::{QrCode, QrCodeEcc};

use crate::{
    keys::sealer::Sealer,
    model::{
        email::Email,
        totp::{SETUP_LIFETIME, Seed, SeedId},
    },
};

/// RFC 3986, "unreserved".
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// White modules around a QR code (ISO/IEC 18004).
const MARGIN: i32 = 4;

/// A seed that is not stored yet. Has no `Debug`, so that it cannot be logged.
pub struct NewTotp {
    pub seed_id: SeedId,
    pub sealed: String,
    pub setup: TotpSetup,
}

/// Makes a seed for an account.
pub fn new(brand: &str, email: &Email, sealer: &Sealer) -> NewTotp {
    let (seed, seed_id) = (Seed::generate(), SeedId::generate());
    let secret = seed.to_base32();
    let uri = uri(brand, &email.to_unicode(), &secret);
    let (qr, qr_size) = qr_path(&uri);
    NewTotp {
        sealed: sealer.seal(&seed_id.0, seed.as_bytes()),
        seed_id,
        setup: TotpSetup { secret, uri, qr, qr_size, expires_in: SETUP_LIFETIME.as_secs() },
    }
}

/// The format of authenticator apps ("Key Uri Format"), with the values that all of them have by default.
fn uri(brand: &str, email: &str, secret: &str) -> String {
    let escape = |text| utf8_percent_encode(text, ESCAPED);
    let (brand, email) = (escape(brand), escape(email));
    format!("otpauth://totp/{brand}:{email}?secret={secret}&issuer={brand}")
}

/// A QR code as an SVG path, a rectangle for each run of black modules, and its size with the margin.
fn qr_path(text: &str) -> (String, u32) {
    let code =
        QrCode::encode_text(text, QrCodeEcc::Medium).expect("brand and email are bounded, a code holds 2,331 bytes");
    let mut path = String::new();
    for y in 0..code.size() {
        let mut x = 0;
        while x < code.size() {
            let length = (x..code.size()).take_while(|x| code.get_module(*x, y)).count();
            if length > 0 {
                _ = write!(path, "M{} {}h{length}v1h-{length}z", x + MARGIN, y + MARGIN);
            }
            x += i32::try_from(length).unwrap_or(0) + 1;
        }
    }
    (path, (code.size() + 2 * MARGIN).unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_uri_is_what_apps_read() {
        let uri = uri("Acme & Söhne", "ada+x@example.com", "ABCD");
        let brand = "Acme%20%26%20S%C3%B6hne";
        assert_eq!(uri, format!("otpauth://totp/{brand}:ada%2Bx%40example.com?secret=ABCD&issuer={brand}"));
    }

    #[test]
    fn the_path_has_each_black_module_once() {
        let text = "otpauth://totp/Doorward:ada%40example.com?secret=ABCDEFGHIJKLMNOPQRSTUVWXYZ234567&issuer=Doorward";
        let (path, size) = qr_path(text);
        let code = QrCode::encode_text(text, QrCodeEcc::Medium).expect("short");
        let mut black = std::collections::HashSet::new();
        for run in path.split('M').skip(1) {
            let (at, rest) = run.split_once('h').expect("a run");
            let (x, y) = at.split_once(' ').expect("a place");
            let length: i32 = rest.split_once('v').expect("a height").0.parse().expect("a number");
            assert_eq!(rest, format!("{length}v1h-{length}z"));
            let (x, y): (i32, i32) = (x.parse().expect("a number"), y.parse().expect("a number"));
            assert!((x..x + length).all(|x| black.insert((x, y))));
        }
        assert_eq!(size, (code.size() + 8).unsigned_abs());
        let size = i32::try_from(size).expect("small");
        for (x, y) in (0..size).flat_map(|x| (0..size).map(move |y| (x, y))) {
            assert_eq!(black.contains(&(x, y)), code.get_module(x - MARGIN, y - MARGIN), "{x} {y}");
        }
    }

    #[test]
    fn the_longest_brand_and_email_fit() {
        let uri = uri(&"\u{1F600}".repeat(40), &format!("{}@{}", "ä".repeat(64), "ü".repeat(190)), &"A".repeat(32));
        assert!(qr_path(&uri).1 <= 185, "{}", uri.len());
    }
}
