//! The way back after a login.

use std::fmt;

/// A path of this site to go to after a login, taken from `?next=`.
///
/// Anything that a browser could read as another site, before or after it tidies the path up, is none.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ReturnPath(String);

impl ReturnPath {
    /// Takes a path with its query, as in `/sessions?order=newest`.
    pub fn parse(text: &str) -> Option<Self> {
        const LONGEST: usize = 2048;
        let (path, _) = text.split_once(['?', '#']).unwrap_or((text, ""));
        let is_plain = text.len() <= LONGEST && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        // The browser takes dot segments out, also encoded ones, and what is left may begin with two slashes.
        let is_tidy = path.strip_prefix('/').is_some_and(|path| {
            path.is_empty() || path.split('/').all(|segment| !segment.is_empty() && !is_dots(segment))
        });
        (is_plain && is_tidy).then(|| Self(text.to_owned()))
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ReturnPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_dots(segment: &str) -> bool {
    let decoded = segment.to_ascii_lowercase().replace("%2e", ".");
    decoded == "." || decoded == ".."
}

#[cfg(test)]
mod tests {
    use super::*;

    // R75
    #[test]
    fn paths_of_this_site_are_taken_as_they_are() {
        for path in ["/", "/account", "/sessions?order=newest&page=2", "/a.b/..c?u=https://example.com//x#top"] {
            assert_eq!(ReturnPath::parse(path).expect(path).as_str(), path);
        }
    }

    // R75
    #[test]
    fn what_could_lead_to_another_site_is_refused() {
        for path in [
            "",
            "account",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "/..//evil.example",
            "/../evil.example",
            "/%2e%2E//evil.example",
            "/.//evil.example",
            "/a//b",
            "/\t/evil.example",
            "/\n/evil.example",
            " /account",
            "https://evil.example",
            "javascript:alert(1)",
            "/ä",
        ] {
            assert_eq!(ReturnPath::parse(path), None, "{path:?}");
        }
        assert_eq!(ReturnPath::parse(&format!("/{}", "a".repeat(2048))), None);
    }
}
