//! Email addresses.

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
use unicode_normalization::UnicodeNormalization;

use super::characters;

/// An email address in canonical form: NFKC, lower case, domain in its ASCII form.
#[derive(Clone, Debug, Eq, Hash, PartialEq, sqlx::Type)]
#[sqlx(transparent)]
pub struct Email(String);

impl Email {
    /// Normalizes the text before it validates it, so that two spellings of an address cannot become two accounts. The
    /// part before the `@` must be ASCII, which keeps out look-alike letters and zero-width and bidirectional
    /// characters; around the address they are removed. Otherwise the syntax is that of `<input type=email>` (HTML standard, "valid email address").
    pub fn parse(text: &str) -> Option<Self> {
        let text: String = characters::trim_invisible(text).nfkc().collect();
        let (local, domain) = text.split_once('@')?;
        let local = local.to_ascii_lowercase();
        let local_ok = !local.is_empty()
            && local.len() <= 64
            && local.bytes().all(|b| b.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&b));
        if !local_ok {
            return None;
        }

        // UTS #46 decides what a domain is, and gives both of its forms the same canonical one.
        // Hyphens in the third and fourth place are common in registered names; they mean something after `xn` only.
        let (deny, hyphens) = (AsciiDenyList::STD3, Hyphens::CheckFirstLast);
        let domain = Uts46::new().to_ascii(domain.as_bytes(), deny, hyphens, DnsLength::Verify).ok()?;
        let email = format!("{local}@{domain}");
        (domain.split('.').all(|label| !label.is_empty()) && email.len() <= 254).then_some(Self(email))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The canonical domain.
    pub fn domain(&self) -> &str {
        self.0.split_once('@').map_or("", |(_, domain)| domain)
    }

    /// What a page shows of an address to those who know it: `a***@example.com`.
    pub fn masked(&self) -> String {
        let text = self.to_unicode();
        let (local, domain) = text.split_once('@').unwrap_or((&text, ""));
        format!("{}***@{domain}", local.chars().next().unwrap_or_default())
    }

    /// The address as people write it, with an international domain in its own letters.
    pub fn to_unicode(&self) -> String {
        let (local, domain) = self.0.split_once('@').unwrap_or((&self.0, ""));
        match idna::domain_to_unicode(domain) {
            (domain, Ok(())) => format!("{local}@{domain}"),
            (_, Err(_)) => self.0.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Email;

    #[test]
    fn spellings_of_one_address_are_equal() {
        for spelling in ["Ada@Example.com", " ada@example.com ", "ada@EXAMPLE.COM", "ａｄａ＠example.com"] {
            assert_eq!(Email::parse(spelling).expect(spelling).as_str(), "ada@example.com");
        }
        assert_eq!(Email::parse("ada@bücher.example").expect("IDN").as_str(), "ada@xn--bcher-kva.example");
    }

    #[test]
    fn both_forms_of_an_international_domain_are_one_address() {
        for (written, canonical) in [
            ("u@निक्सी.भारत", "u@xn--11b1b9b0ah0f.xn--h2brj9c"),
            ("u@col·legi.cat", "u@xn--collegi-xma.cat"),
            ("u@faß.de", "u@xn--fa-hia.de"),
            ("u@例子。中国", "u@xn--fsqu00a.xn--fiqs8s"),
            ("u@موقع.وزارة-الاتصالات.مصر", "u@xn--4gbrim.xn----ymcbaaajlc6dj7bxne2c.xn--wgbh1c"),
            ("u@نامه\u{200C}ای.com", "u@xn--mgba3gch31f060k.com"),
            ("u@ශ\u{DCA}\u{200D}රී.com", "u@xn--10cl1a0b660p.com"),
            ("u@ab--cd.com", "u@ab--cd.com"),
            ("u@in--out.net", "u@in--out.net"),
            ("u@BÜCHER.example", "u@xn--bcher-kva.example"),
        ] {
            assert_eq!(Email::parse(written).expect(written).as_str(), canonical);
            assert_eq!(Email::parse(&canonical.to_uppercase()).expect(canonical).as_str(), canonical);
            let shown = Email::parse(written).expect(written).to_unicode();
            assert!(!shown.contains("xn--") && Email::parse(&shown) == Email::parse(written), "{shown}");
        }
    }

    #[test]
    fn what_cannot_be_seen_around_an_address_is_removed() {
        for around in [
            "\u{A0}ada@example.com\u{A0}",
            "\u{200B}ada@example.com\u{200B}",
            "\u{FEFF}ada@example.com",
            "\u{202A}ada@example.com\u{202C}",
            "\u{2068}ada@example.com\u{2069}",
            "\u{3000}ada@example.com\u{2060}",
        ] {
            assert_eq!(Email::parse(around).expect(around).as_str(), "ada@example.com", "{around:?}");
        }
    }

    #[test]
    fn deceptive_addresses_are_rejected() {
        let deceptive = [
            "аda@example.com", // Cyrillic а
            "ada\u{200B}@example.com",
            "ada@exam\u{200D}ple.com",
            "ada\u{202E}@example.com",
            "ada@example.com,eve@example.com",
            "ada@eve@example.com",
            "ada@example.com/path",
            "ada@example.com:25",
            "ada@exam ple.com",
            "ada@exam_ple.com",
            "ada@[127.0.0.1]",
            "ada@xn--a.com",
            "ada@xn--.com",
            "ada@ab--.com",
            "ada@example.com.",
            "ada@-example.com",
            "ada@\u{301}example.com",
            "ada\n@example.com",
            "ada@example.com\n",
            "ada@example.com\0",
            "ada\0@example.com",
            "@example.com",
            "ada@",
            "ada@.com",
            "ada@example..com",
            "ada",
            "",
        ];
        for text in deceptive {
            assert_eq!(Email::parse(text), None, "{text:?}");
        }
    }
}
