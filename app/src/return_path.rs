//! The return path after a login: a path on our own origin, to prevent open redirects.

use std::fmt;

use crate::{
    Brand,
    router::{Audience, Route},
};

/// A path, with query and fragment, that stays on this origin in every browser, and is not a page to log in or out.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ReturnPath(String);

/// In bytes.
const MAX_LENGTH: usize = 2000;

impl ReturnPath {
    /// Accepts only a path that every browser resolves to this origin.
    pub fn parse(text: &str) -> Option<Self> {
        let path = text.split(['?', '#']).next()?;
        let is_same_origin = path.starts_with('/')
            && text.len() <= MAX_LENGTH
            // Browsers drop tabs and newlines and treat a backslash as a slash.
            && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
            && path.bytes().all(|byte| byte != b'%' && byte != b':')
            && !path.as_bytes().windows(2).any(|pair| pair == b"//")
            && path.split('/').all(|segment| segment != "." && segment != "..");
        let is_login = ["/login", "/register", "/logout"].contains(&path.trim_end_matches('/'));
        (is_same_origin && !is_login).then(|| Self(text.to_owned()))
    }

    /// Whether this is one of `pages`. Other paths of the origin may belong to other applications.
    fn is_page(&self, pages: &[Route]) -> bool {
        let path = self.0.split(['?', '#']).next().unwrap_or_default();
        pages.iter().any(|page| page.path == path && page.audience != Audience::Guests)
    }

    /// Whether the router of `pages` shows it. Without the demo, `/` is a redirect of the server.
    pub fn is_shown(&self, pages: &[Route], brand: &Brand) -> bool {
        self.is_page(pages) && (brand.is_demo || self.0.split(['?', '#']).next() != Some("/"))
    }

    /// Where a login leads to that has no return path: `home`, which may be a URL of another origin, or the account page.
    pub fn home(brand: &Brand) -> Self {
        brand.home.clone().map(Self).unwrap_or_default()
    }

    /// The URL of `page` with this path as its `next` parameter.
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

    use super::{Brand, ReturnPath};
    use crate::PAGES;

    const VALID: &[&str] =
        &["/", "/account", "/sessions?sort=new", "/a/b.c/~d_e-f", "/account#end", "/docs?at=a%20b&x=//y"];

    const INVALID: &[&str] = &[
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
        "/login",
        "/login/",
        "/login?next=/sessions",
        "/register#top",
        "/logout",
    ];

    #[test]
    fn same_origin_paths_are_accepted_unchanged() {
        for text in VALID {
            assert_eq!(ReturnPath::parse(text).map(|path| path.to_string()).as_deref(), Some(*text));
        }
    }

    #[test]
    fn other_paths_of_the_origin_are_not_pages() {
        for path in ["/", "/account", "/sessions?sort=new", "/activity#end"] {
            assert!(ReturnPath::parse(path).is_some_and(|path| path.is_page(&PAGES)), "{path}");
        }
        for path in ["/orders", "/account/orders", "/accounts", "/api/me", "/account/"] {
            assert!(ReturnPath::parse(path).is_some_and(|path| !path.is_page(&PAGES)), "{path}");
        }
    }

    #[test]
    fn the_home_page_is_shown_in_the_demo_only() {
        for is_demo in [true, false] {
            let brand = Brand { is_demo, ..Brand::default() };
            let is_shown = |path| ReturnPath::parse(path).is_some_and(|path| path.is_shown(&PAGES, &brand));
            assert_eq!((is_shown("/"), is_shown("/?a=b")), (is_demo, is_demo));
            assert!(is_shown("/account") && !is_shown("/orders"));
        }
    }

    #[test]
    fn a_login_without_a_return_path_leads_home() {
        let home = |home: Option<&str>| {
            ReturnPath::home(&Brand { home: home.map(str::to_owned), ..Brand::default() }).to_string()
        };
        assert_eq!(home(None), "/account");
        assert_eq!(home(Some("https://shop.example/")), "https://shop.example/");
    }

    #[test]
    fn foreign_and_ambiguous_paths_are_rejected() {
        for text in INVALID {
            assert_eq!(ReturnPath::parse(text), None, "{text:?}");
        }
        assert_eq!(ReturnPath::parse(&format!("/{}", "a".repeat(2000))), None);
    }

    /// Exhaustive over short strings: a URL parser resolves each accepted path to this origin, unchanged.
    #[test]
    fn an_accepted_path_never_leaves_the_origin() {
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
    fn the_return_path_survives_encoding_in_the_query() {
        let path = ReturnPath::parse("/docs?at=a%20b&x=1+2#end").expect("a valid path");
        let address = Url::parse("https://doorward.example").and_then(|base| base.join(&path.through("/login")));
        let next = address.expect("a valid URL").query_pairs().next().map(|(_, next)| next.into_owned());
        assert_eq!(next.as_deref(), Some("/docs?at=a%20b&x=1+2#end"));
        assert_eq!(ReturnPath::default().through("/login"), "/login?next=/account");
    }
}
