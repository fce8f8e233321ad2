//! Advice on a new password while it is typed: why it is easy to guess. Nothing is refused here; the server decides, with far
//! longer lists.

/// Why a password is easy to guess.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Weakness {
    /// Made of what is in the other fields, such as name and email.
    Personal,
    Common,
    Repeated,
    Sequence,
}

/// Shorter ones are still being typed.
const MIN_LENGTH: usize = 8;

/// Fewer characters beside words that can be guessed are soon found, too.
const MIN_BESIDE: usize = 6;

const COMMON: &str = "password passwort passw0rd letmein welcome willkommen iloveyou monkey dragon football fussball baseball \
                      master admin login secret geheim sunshine princess schatz hallo superman michael doorward";

/// Keys beside each other, and the order of letters and digits.
const ROWS: &[u8] =
    b"1234567890 abcdefghijklmnopqrstuvwxyz qwertyuiopasdfghjklzxcvbnm qwertzuiop yxcvbnm 1qaz2wsx3edc4rfv5tgb6yhn";

impl Weakness {
    /// `others` is the text in the other fields.
    pub(crate) fn of(password: &str, others: &str) -> Option<Self> {
        // Letters of other scripts stay as they are: the tables of their cases would be larger than all of this.
        let (password, others) = (password.to_ascii_lowercase(), others.to_ascii_lowercase());
        let password = password.as_bytes();
        if password.len() < MIN_LENGTH {
            None
        } else if is_repeated(password) {
            Some(Self::Repeated)
        } else if is_sequence(password) {
            Some(Self::Sequence)
        } else if is_made_of(&others, password) {
            Some(Self::Personal)
        } else {
            is_made_of(COMMON, password).then_some(Self::Common)
        }
    }
}

/// One part again and again, but for a character or two.
fn is_repeated(password: &[u8]) -> bool {
    let differences =
        |period: usize| password.iter().zip(&password[period..]).filter(|(one, next)| one != next).count();
    (1..=password.len() / 2).any(|period| differences(period) <= 2)
}

/// Three in four keys follow the one before.
fn is_sequence(password: &[u8]) -> bool {
    let is_step = |keys: &&[u8]| {
        keys[0] == keys[1] || ROWS.windows(2).any(|row| row == *keys || (row[0] == keys[1] && row[1] == keys[0]))
    };
    4 * password.windows(2).filter(is_step).count() >= 3 * (password.len() - 1)
}

/// Words of this text, and few other characters.
fn is_made_of(text: &str, password: &[u8]) -> bool {
    let mut is_covered = vec![false; password.len()];
    for word in text.as_bytes().split(|byte| b" @.+-_".contains(byte)).filter(|word| word.len() > 2) {
        for (at, part) in password.windows(word.len()).enumerate() {
            if part == word {
                is_covered[at..at + word.len()].fill(true);
            }
        }
    }
    let beside = is_covered.iter().filter(|is_covered| !**is_covered).count();
    beside < MIN_BESIDE && beside < password.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weakness(password: &str) -> Option<Weakness> {
        Weakness::of(password, "Ada Lovelace ada.lovelace@example.com")
    }

    #[test]
    fn a_password_that_is_easy_to_guess_is_one_for_a_reason() {
        for (reason, passwords) in [
            (Weakness::Repeated, ["passwordpassword", "elephantelephant1", "aaaaaaaaaaaaaaa", "abcabcabcabcabc"]),
            (Weakness::Sequence, ["1234567890123456", "qwertyuiopasdfg", "abcdefghijklmnop", "9876543210zyxwvu"]),
            (Weakness::Personal, ["adalovelace1815", "Lovelace-2026", "example.com12", "ada@example.com"]),
            (Weakness::Common, ["password-2026", "Willkommen123", "iloveyou!!1", "letmeinmonkey"]),
        ] {
            for password in passwords {
                assert_eq!(weakness(password), Some(reason), "{password}");
            }
        }
    }

    #[test]
    fn a_phrase_of_unrelated_words_has_no_weakness() {
        for password in [
            "violet otters sing at noon",
            "correct horse battery staple",
            "ada wrote the first programme",
            "the master of the garden party",
            "kT9#vQ2!mX7&pL4",
            "🦀🐢🦊🐙🐝🦋🐞🐠🐡🐧🦉🦆🐎🐓🐖",
            "schöne grüße aus münchen",
        ] {
            assert_eq!(weakness(password), None, "{password}");
        }
    }

    #[test]
    fn a_password_that_is_being_typed_has_none_yet() {
        for password in ["", "a", "letmein", "123"] {
            assert_eq!(weakness(password), None, "{password}");
        }
    }
}
