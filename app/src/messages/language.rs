//! The languages of the pages.

#[cfg(feature = "ssr")]
use super::{Messages, en};

/// A language in which the pages exist.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Language {
    #[default]
    English,
}

impl Language {
    pub const ALL: [Self; 1] = [Self::English];

    /// The primary subtag of the language (BCP 47), as in `<html lang>`.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
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
                let (tag, weight) = range.split_once(";q=").unwrap_or((range, "1"));
                let weight: f32 = weight.trim().parse().ok()?;
                Some((Self::of_tag(tag.trim())?, weight))
            })
            .filter(|(_, weight)| *weight > 0.0)
            .collect();
        // Stable: of equal weights, the first one.
        ranges.sort_by(|(_, one), (_, other)| other.total_cmp(one));
        ranges.first().map(|(language, _)| *language)
    }

    #[cfg(feature = "ssr")]
    pub(crate) const fn messages(self) -> &'static Messages {
        match self {
            Self::English => &en::MESSAGES,
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
    fn a_language_is_found_by_its_tag_and_its_variants() {
        assert_eq!(Language::of_tag("en"), Some(Language::English));
        assert_eq!(Language::of_tag("EN-us"), Some(Language::English));
        assert_eq!(Language::of_tag("tlh"), None);
        assert_eq!(Language::of_tag(""), None);
    }
}
