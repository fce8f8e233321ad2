//! Whether a secret that an operator has typed can be guessed.

use std::collections::HashSet;

/// Words of placeholders and of careless secrets. Nothing is random about them.
const WORDS: &[&[u8]] = &[
    b"password",
    b"passwort",
    b"passphrase",
    b"passwd",
    b"secret",
    b"change",
    b"replace",
    b"please",
    b"your",
    b"doorward",
    b"example",
    b"default",
    b"admin",
    b"master",
    b"private",
    b"token",
    b"letmein",
    b"welcome",
    b"insecure",
    b"testing",
    b"development",
    b"production",
    b"session",
    b"random",
    b"string",
    b"characters",
    b"something",
    b"generate",
    b"here",
    b"this",
    b"with",
    b"own",
];

const KEYBOARD_ROWS: &[&[u8]] = &[
    b"1234567890",
    b"qwertyuiop",
    b"asdfghjkl",
    b"zxcvbnm",
    b"qwertzuiop",
    b"yxcvbnm",
    b"azertyuiop",
    b"qsdfghjklm",
    b"wxcvbn",
    b"!@#$%^&*()",
];

/// A random secret has more characters of its own; 32 random hexadecimal digits, the least that is accepted, have about 25.
const MIN_OWN_CHARACTERS: usize = 16;

/// Fewer different characters are no random text.
const MIN_DIFFERENT: usize = 8;

/// A shorter repetition is chance.
const MIN_REPETITION: usize = 3;

/// Whether a secret is little more than words, sequences, rows of keys and repetitions: random secrets never are.
pub fn is_guessable(secret: &[u8]) -> bool {
    let secret = secret.to_ascii_lowercase();
    let different: HashSet<u8> = secret.iter().copied().collect();
    different.len() < MIN_DIFFERENT || own_characters(&secret) < MIN_OWN_CHARACTERS
}

/// The number of characters that do not follow from those before them.
fn own_characters(secret: &[u8]) -> usize {
    let (mut at, mut count) = (0, 0);
    while at < secret.len() {
        let (before, rest) = secret.split_at(at);
        let word = WORDS.iter().filter(|word| rest.starts_with(word)).map(|word| word.len()).max();
        if let Some(length) = word.into_iter().chain(repetition(before, rest)).max() {
            at += length;
            continue;
        }
        count += usize::from(!before.last().is_some_and(|last| is_step(*last, rest[0])));
        at += 1;
    }
    count
}

/// The length of the longest beginning of `rest` that was in `before`.
fn repetition(before: &[u8], rest: &[u8]) -> Option<usize> {
    let occurs = |length: &usize| before.windows(*length).any(|window| window == &rest[..*length]);
    (MIN_REPETITION..=rest.len()).take_while(occurs).last()
}

/// Whether a character is the previous one again, or its neighbor in the alphabet or on a keyboard.
fn is_step(from: u8, to: u8) -> bool {
    let are_neighbors = |row: &&[u8]| row.windows(2).any(|pair| pair == [from, to] || pair == [to, from]);
    from.abs_diff(to) <= 1 || KEYBOARD_ROWS.iter().any(are_neighbors)
}

#[cfg(test)]
mod tests {
    use super::is_guessable;

    #[test]
    fn a_secret_without_randomness_is_noticed() {
        for text in [
            &"a".repeat(64),
            &"changeme".repeat(4),
            &"0123456789".repeat(5),
            &"0123456789abcdef".repeat(2),
            "abcdefghijklmnopqrstuvwxyz012345",
            "00000000000000000000000000000000000000001234567",
            "passwordpasswordpassword12345678",
            "Password-Password-Password-2024!",
            "your-secret-key-change-me-please-now",
            "replace-this-with-your-own-secret!",
            "qwertyuiopasdfghjklzxcvbnm123456",
            "1qaz2wsx3edc4rfv1qaz2wsx3edc4rfv",
            "foobar-foobar-foobar-foobar-foobar-1",
            "trustno1 trustno1 trustno1 trustno1",
        ] {
            assert!(is_guessable(text.as_bytes()), "{text}");
        }
        for text in [
            "3f1c9a6e0b7d48529c04e1b8d2a65f7013c8e94ab6d7f0251e8b3c9a40d67f52",
            "9c04e1b8d2a65f7013c8e94ab6d7f025",
            "correct horse battery staple, and then some more",
            "lC4Yq0m3vTz8sPjKx2RfWnHb7uEdG1aO",
        ] {
            assert!(!is_guessable(text.as_bytes()), "{text}");
        }
    }
}
