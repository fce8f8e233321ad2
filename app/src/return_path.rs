//! Where a login leads: a path of our own site, whatever the address bar says.

use std::fmt;

/// A path, with query and fragment, that stays on this origin in every browser.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ReturnPath(String);

/// Longer ones are not worth returning to.
const MAX_LENGTH: usize = 2000;

impl ReturnPath {
    /// Takes `text` if it is such a path and nothing else.
    pub fn parse(text: &str) -> Option<Self> {
        let path = text.split(['?', '#']).next()?;
        let is_own = path.starts_with('/')
            && text.len() <= MAX_LENGTH
            // Browsers drop tabs and newlines and read a backslash as a slash; the router decodes percent signs.
            && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
            && path.bytes().all(|byte| byte != b'%' && byte != b':')
            && !path.as_bytes().windows(2).any(|pair| pair == b"//")
            && path.split('/').all(|segment| segment != "." && segment != "..");
        is_own.then(|| Self(text.to_owned()))
    }

    /// The address of `page` that leads back here.
    pub fn through(&self, page: &str) -> String {
        let mut address = format!("{page}?next=");
        for char in self.0.chars() {
            match char {
                '%' => address.push_str("%25"),
                '&' => address.push_str("%26"),
                '#' => address.push_str("%23"),
                '+' => address.push_str("%2B"),
                other => address.push(other),
            }
        }
        address
    }
}

impl Default for ReturnPath {
    /// The account page.
    fn default() -> Self {
        Self("/account".to_owned())
    }
}

impl fmt::Display for ReturnPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::ReturnPath;

    const OWN: &[&str] =
        &["/", "/account", "/sessions?sort=new", "/a/b.c/~d_e-f", "/account#end", "/docs?at=a%20b&x=//y"];

    const FOREIGN: &[&str] = &[
        "",
        "account",
        "https://evil.example",
        "https:/evil.example",
        "javascript:alert(1)",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\/evil.example",
        "\\\\evil.example",
        "/..//evil.example",
        "/.//evil.example",
        "/a/..//evil.example",
        "/%2e%2e//evil.example",
        "/%2e%2e/evil",
        "/%2f/evil.example",
        "/%5cevil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "/\r\nLocation: https://evil.example",
        "\t//evil.example",
        " //evil.example",
        "/\u{0}/evil.example",
        "/a\u{202e}b",
        "/\u{ff0f}evil.example",
        "/ä",
        "/./account",
        "/account/..",
        "?next=/account",
        "#/account",
    ];

    #[test]
    fn own_paths_are_taken_as_they_are() {
        for text in OWN {
            assert_eq!(ReturnPath::parse(text).map(|path| path.to_string()).as_deref(), Some(*text));
        }
    }

    #[test]
    fn foreign_and_doubtful_ones_are_refused() {
        for text in FOREIGN {
            assert_eq!(ReturnPath::parse(text), None, "{text:?}");
        }
        assert_eq!(ReturnPath::parse(&format!("/{}", "a".repeat(2000))), None);
    }

    /// Every short text over the alphabet of tricks: what is taken, a browser's parser keeps on this origin, unchanged.
    #[test]
    fn nothing_that_is_taken_leaves_the_origin() {
        let alphabet = [
            "/",
            "\\",
            ".",
            "%2e",
            "%2f",
            "%5c",
            "\t",
            "\n",
            "\r",
            " ",
            "@",
            ":",
            "?",
            "#",
            "evil.example",
            "javascript",
        ];
        let base = Url::parse("https://doorward.example/login").expect("a valid base");
        let mut texts = vec![String::new()];
        for _ in 0..4 {
            texts = texts.iter().flat_map(|text| alphabet.iter().map(move |part| format!("{text}{part}"))).collect();
            for path in texts.iter().filter_map(|text| ReturnPath::parse(text)) {
                let url = base.join(&path.to_string()).expect("a valid URL");
                assert_eq!(url.as_str(), format!("https://doorward.example{path}"));
            }
        }
    }

    #[test]
    fn the_way_back_survives_the_query() {
        let path = ReturnPath::parse("/docs?at=a%20b&x=1+2#end").expect("a path of our own");
        let address = Url::parse("https://doorward.example").and_then(|base| base.join(&path.through("/login")));
        let next = address.expect("a valid URL").query_pairs().next().map(|(_, next)| next.into_owned());
        assert_eq!(next.as_deref(), Some("/docs?at=a%20b&x=1+2#end"));
        assert_eq!(ReturnPath::default().through("/login"), "/login?next=/account");
    }
}
