//! The languages of the pages.

#[cfg(feature = "ssr")]
use super::{Messages, de, en};

/// A language in which the pages exist.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Language {
    #[default]
    English,
    German,
}

impl Language {
    pub const ALL: [Self; 2] = [Self::English, Self::German];

    /// The primary subtag of the language (BCP 47), as in `<html lang>`.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// The language with this tag, or the one of which it is a variant, such as `en-US`.
    pub fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next()?.trim();
        Self::ALL.into_iter().find(|language| primary.eq_ignore_ascii_case(language.tag()))
    }

    /// The first language in the order of `Accept-Language` in which the pages exist (RFC 9110, section 12.5.4).
    pub fn accepted(header: &str) -> Option<Self> {
        let mut ranges: Vec<_> = header
            .split(',')
            .filter_map(|range| {
                let (tag, weight) = range.split_once(';').unwrap_or((range, "q=1"));
                let weight: f32 = weight.trim().strip_prefix(['q', 'Q'])?.strip_prefix('=')?.parse().ok()?;
                Some((Self::of_tag(tag.trim())?, weight))
            })
            .filter(|(_, weight)| *weight > 0.0 && *weight <= 1.0)
            .collect();
        // Stable: of equal weights, the first one.
        ranges.sort_by(|(_, one), (_, other)| other.total_cmp(one));
        ranges.first().map(|(language, _)| *language)
    }

    #[cfg(feature = "ssr")]
    pub(crate) const fn messages(self) -> &'static Messages {
        match self {
            Self::English => &en::MESSAGES,
            Self::German => &de::MESSAGES,
        }
    }

    /// The text that a browser fetches.
    #[cfg(feature = "ssr")]
    pub fn catalog(self) -> String {
        self.messages().to_catalog()
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    /// Every message of the language, those of the server too: the name of its field and the text.
    fn every_message(language: Language) -> Vec<(String, String)> {
        // `Debug` escapes the space that does not break.
        let listed = format!("{:#?}", language.messages()).replace("\\u{a0}", "\u{a0}");
        let fields = listed.lines().filter_map(|line| line.trim().trim_end_matches(',').split_once(": \""));
        fields.map(|(name, text)| (name.to_owned(), text.trim_end_matches('"').to_owned())).collect()
    }

    fn placeholders(text: &str) -> Vec<&str> {
        let mut names: Vec<_> = text.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0)).collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn the_catalog_of_each_language_has_every_message_in_one_line() {
        for language in Language::ALL {
            let catalog = language.catalog();
            let read = Messages::read(catalog.clone().leak());
            assert_eq!(read.to_catalog(), catalog);
            assert_eq!(format!("{:?}", read.users), format!("{:?}", language.messages().users));
            assert!(catalog.lines().all(|line| !line.trim().is_empty()), "{catalog}");
        }
    }

    #[test]
    fn every_message_has_the_placeholders_of_the_english_one() {
        let english = every_message(Language::English);
        assert!(english.contains(&("logged_in_as".to_owned(), "Logged in as {name}".to_owned())), "{english:?}");
        for language in Language::ALL {
            let messages = every_message(language);
            assert_eq!(messages.len(), english.len());
            for ((name, text), (_, english)) in messages.iter().zip(&english) {
                assert!(!text.trim().is_empty(), "{language:?}: {name} is empty");
                assert_eq!(placeholders(text), placeholders(english), "{language:?}: {name}: {text}");
                assert_eq!(text.ends_with(' '), english.ends_with(' '), "{language:?}: {name}: {text}");
            }
        }
    }

    #[test]
    fn a_language_is_found_by_its_tag_and_its_variants() {
        assert_eq!(Language::of_tag("en"), Some(Language::English));
        assert_eq!(Language::of_tag("EN-us"), Some(Language::English));
        assert_eq!(Language::of_tag("de-AT"), Some(Language::German));
        for tag in ["tlh", "", "-", "deu", "german"] {
            assert_eq!(Language::of_tag(tag), None, "{tag}");
        }
    }

    #[test]
    fn a_browser_gets_the_language_that_it_prefers_of_those_that_exist() {
        use Language::{English, German};
        for (header, expected) in [
            ("de", Some(German)),
            ("de-AT,de;q=0.9", Some(German)),
            ("de;q=0.5, en", Some(English)),
            ("de;q=0.5,en;q=0.8", Some(English)),
            ("en;q=0.5 , de ; q=0.501", Some(German)),
            ("fr-CH, fr;q=0.9, de;q=0.8, en;q=0.7, *;q=0.5", Some(German)),
            ("en,de", Some(English)),
            ("de,en", Some(German)),
            ("de;Q=0.1", Some(German)),
            ("de;q=0, en;q=0.1", Some(English)),
            ("fr", None),
            ("*", None),
            ("de;q=0", None),
            ("", None),
            (",;=,q=1;;", None),
            ("de;q=", None),
            ("de;q=NaN, de;q=inf, de;q=-1, de;q=2", None),
            ("de;level=1", None),
        ] {
            assert_eq!(Language::accepted(header), expected, "{header}");
        }
    }
}
