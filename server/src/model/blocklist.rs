//! Passwords that are guessed first: common ones, and ones made of the person's own name or email (R5).
//!
//! The list is that of the `passwords` crate, about 100,000 entries. With a minimum of 15 characters few of them are
//! possible as they are, so a password that is nothing but listed words and a little more counts as listed too.

use std::collections::HashSet;

use passwords::analyzer::is_common_password;

/// Words of the product: the first that somebody tries here.
const PRODUCT: &str = "doorward";

/// What is left beside a common word must be at least this long, in characters, and not common itself.
const BESIDE_COMMON: usize = 6;

/// What is left beside the person's own words must be at least this long, in characters.
const BESIDE_OWN: usize = 8;

/// The lengths of listed words that are looked for inside a password, in characters.
const WORD_LENGTHS: std::ops::RangeInclusive<usize> = 4..=16;

/// Refuses passwords that are easy to guess, with the reason in words for the person.
pub fn check(password: &str, name: &str, email: &str) -> Result<(), String> {
    let password = password.to_lowercase();

    let own = name.split_whitespace().chain(email.split(['@', '.', '+', '-', '_'])).chain([PRODUCT]);
    let mut rest = password.clone();
    let mut found = false;
    for word in own.map(str::to_lowercase).filter(|word| word.chars().count() >= 3) {
        found |= rest.contains(&word);
        rest = rest.replace(&word, "");
    }
    if found && rest.chars().count() < BESIDE_OWN {
        return Err("This is made of your name, your email or the name of this site. Choose words that nobody connects with you.".into());
    }

    if is_common_password(&password) || listed_words(&password).iter().any(|word| is_little_more_than(word, &password))
    {
        return Err(
            "This is one of the passwords that are guessed first. Choose a few words that do not belong together."
                .into(),
        );
    }
    Ok(())
}

fn is_little_more_than(word: &str, password: &str) -> bool {
    let rest = password.replace(word, "");
    rest.chars().count() < BESIDE_COMMON || is_common_password(&rest)
}

/// The listed words that stand inside `password`.
fn listed_words(password: &str) -> HashSet<&str> {
    let starts: Vec<usize> = password.char_indices().map(|(at, _)| at).chain([password.len()]).collect();
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
    fn r5_what_is_guessed_first_is_refused() {
        let guessed = [
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
        for password in guessed {
            assert!(check(password, "Ada Lovelace", "adalovelace@example.com").is_err(), "{password}");
        }
    }

    #[test]
    fn a_phrase_is_taken_even_when_its_words_are_common() {
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
