//! Rejects passwords that attackers try first: common ones, and ones built from the user's name or email.
//!
//! The list is that of the `passwords` crate, about 100,000 entries. Few of them reach the minimum of 15 characters, so
//! a password that consists of a listed word and a few more characters counts as listed, too.

use std::collections::HashSet;

use passwords::analyzer::is_common_password;

/// The product's name is an obvious guess.
const PRODUCT: &str = "doorward";

/// Minimum number of characters beside a common word; they must not be a common password themselves.
const MIN_BESIDE_COMMON: usize = 6;

/// Minimum number of characters beside words of the user's name and email.
const MIN_BESIDE_PERSONAL: usize = 8;

/// No listed word is longer, so no more characters can be a common password themselves.
const MAX_BESIDE_COMMON: usize = 40;

/// Lengths, in characters, of the listed words that are searched for inside a password.
const WORD_LENGTHS: std::ops::RangeInclusive<usize> = 4..=16;

/// Why a password is easy to guess.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Guessable {
    /// Made of the user's name or email, or of the name of the product.
    Personal,
    Common,
    /// Known from a data breach.
    Breached,
}

/// Rejects a password that is easy to guess.
pub fn check(password: &str, name: &str, email: &str) -> Result<(), Guessable> {
    let password = password.to_lowercase();

    let personal = name.split_whitespace().chain(email.split(['@', '.', '+', '-', '_'])).chain([PRODUCT]);
    let mut rest = password.clone();
    let mut found = false;
    for word in personal.map(str::to_lowercase).filter(|word| word.chars().count() >= 3) {
        found |= rest.contains(&word);
        rest = rest.replace(&word, "");
    }
    if found && rest.chars().count() < MIN_BESIDE_PERSONAL {
        return Err(Guessable::Personal);
    }

    if is_common_password(&password) || listed_words(&password).iter().any(|word| is_mostly(word, &password)) {
        return Err(Guessable::Common);
    }
    Ok(())
}

fn is_mostly(word: &str, password: &str) -> bool {
    let rest = password.replace(word, "");
    rest.chars().count() < MIN_BESIDE_COMMON || is_common_password(&rest)
}

/// The listed words that `password` contains, as far as the password can be mostly one of them: such a word begins within
/// its first characters, because few others are beside it. So a long password takes no longer than a short one.
fn listed_words(password: &str) -> HashSet<&str> {
    let ends = password.char_indices().map(|(at, _)| at).chain([password.len()]);
    let starts: Vec<usize> = ends.take(MAX_BESIDE_COMMON + WORD_LENGTHS.end() + 1).collect();
    let mut words = HashSet::new();
    for length in WORD_LENGTHS {
        for window in starts.windows(length + 1) {
            words.insert(&password[window[0]..window[length]]);
        }
    }
    words.retain(|word| is_common_password(word));
    words
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn common_and_personal_passwords_are_rejected() {
        let easy = [
            "passwordpassword",
            "PasswordPassword1",
            "password12345678",
            "123456789012345",
            "qwertyuiopasdfghjkl",
            "aaaaaaaaaaaaaaaaaaaa",
            "iloveyouiloveyou",
            "1qaz2wsx3edc4rfv",
            "DoorwardDoorward!",
            "ada.lovelace1815",
            "adalovelace@example.com",
        ];
        for password in easy {
            assert!(check(password, "Ada Lovelace", "adalovelace@example.com").is_err(), "{password}");
        }
    }

    #[test]
    fn a_phrase_of_common_words_is_accepted() {
        let fine = [
            "correct horse battery staple",
            "a lovely long day in Turin",
            "ada wrote the first programme",
            "purple-elephant-dances-daily",
            "new password for the tests",
            "🦀🐢🦊🐙🐝🦋🐞🐠🐡🐧🦉🦆🐎🐓🐖",
        ];
        for password in fine {
            assert_eq!(check(password, "Ada Lovelace", "ada@example.com"), Ok(()), "{password}");
        }
    }
}
