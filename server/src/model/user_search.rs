//! Search for users: by the beginning of the email, of the name, or of a word of the name, in any case.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;

use super::{characters, email::Email};

/// That of an email address, so that every address can be pasted.
pub const MAX_LENGTH: usize = 254;

/// In bytes. Postgres limits what an index holds; normalization can make eighteen characters of one.
const MAX_TERM_BYTES: usize = 512;

/// Words of a name that are indexed.
const MAX_WORDS: usize = 10;

/// A folded text that a user is found by, as hex: see the table `user_search_terms`.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, sqlx::Type)]
#[sqlx(transparent)]
pub struct SearchTerm(String);

impl SearchTerm {
    fn of(folded: &str) -> Self {
        Self(hex::encode(&folded[..folded.floor_char_boundary(MAX_TERM_BYTES)]))
    }
}

/// What an administrator searches for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UserSearch(SearchTerm);

impl UserSearch {
    pub fn parse(text: &str) -> Option<Self> {
        let folded = fold(characters::trim_invisible(text));
        let is_valid = !folded.is_empty() && text.chars().count() <= MAX_LENGTH;
        is_valid.then(|| Self(SearchTerm::of(&folded)))
    }

    /// The least term that matches.
    pub fn first(&self) -> SearchTerm {
        self.0.clone()
    }

    /// Greater than every term that matches, and not greater than any other: `g` follows the digits of hex.
    pub fn end(&self) -> SearchTerm {
        SearchTerm(format!("{}g", self.0.0))
    }
}

/// The terms of a user.
pub fn terms(name: &str, email: &Email) -> BTreeSet<SearchTerm> {
    let name = fold(name);
    let is_separator = |c: char| c.is_whitespace() || c.is_ascii_punctuation() || matches!(c, '’' | '‐' | '–' | '・');
    let mut begins_word = true;
    let words = name.char_indices().filter_map(|(at, c)| {
        let is_start = begins_word && !is_separator(c);
        begins_word = is_separator(c);
        is_start.then_some(&name[at..])
    });
    let words: Vec<&str> = words.take(MAX_WORDS).collect();
    let emails = [email.as_str().to_owned(), fold(&email.to_unicode())];
    let all = words.into_iter().chain([name.as_str()]).chain(emails.iter().map(String::as_str));
    all.map(SearchTerm::of).collect()
}

/// Upper case first, which gives `ß` and both forms of `σ` one spelling.
fn fold(text: &str) -> String {
    let text: String = text.nfkc().flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfkc().collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::{UserSearch, terms};
    use crate::model::email::Email;

    fn finds(search: &str, name: &str, email: &str) -> bool {
        let search = UserSearch::parse(search).expect("a search");
        let email = Email::parse(email).expect("an email");
        terms(name, &email).iter().any(|term| (search.first()..search.end()).contains(term))
    }

    #[test]
    fn a_user_is_found_by_the_beginning_of_email_name_and_word() {
        let found = |search| finds(search, "Ada  King-Noël Lovelace", "ada.l@bücher.example");
        for search in
            ["a", "ADA.L@", "ada.l@bü", "ada.l@xn--b", "ada k", "king", "noël", "NOE\u{308}L", " Lovelace\u{A0}"]
        {
            assert!(found(search), "{search}");
        }
        for search in ["da", "ovelace", "l@b", "%", "_", "ada_l", "a%", "ada lovelace", "bücher"] {
            assert!(!found(search), "{search}");
        }
    }

    #[test]
    fn case_does_not_matter_in_any_script() {
        for (search, name) in [
            ("STRASS", "Anna Straße"),
            ("straß", "ANNA STRASSE"),
            ("οδυσσευς", "ΟΔΥΣΣΕΥΣ"),
            ("ΟΔΥΣ", "Οδυσσευς"),
            ("иВАН", "Иван Петров"),
            ("<b>", "<B>old"),
            ("b>", "<B>old"),
            ("neil", "Sinéad O’Neil"),
        ] {
            assert!(finds(search, name, "x@example.com"), "{search}");
        }
    }

    #[test]
    fn a_search_has_1_to_254_characters() {
        for text in ["", " ", "\u{200B}", &"x".repeat(255)] {
            assert_eq!(UserSearch::parse(text), None, "{text:?}");
        }
        assert!(UserSearch::parse(&"é".repeat(254)).is_some());
        // An index of Postgres has room for the longest term.
        let longest = terms(&"\u{FDFA}".repeat(100), &Email::parse("a@example.com").expect("an email"));
        assert!(longest.iter().all(|term| term.0.len() <= 1024));
    }
}
