//! Lists of passwords that are known from data breaches, as sorted hashes that are cut off.
//!
//! A file begins with 16 bytes that say how its passwords are hashed. Six bytes for each follow, in their order. A password that is
//! not listed looks listed with a probability of the number of entries in 2⁴⁸.

use std::{borrow::Cow, fmt, fs, io::BufRead, path::Path, sync::Arc};

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};

/// 9,728 passwords of 15 characters and more: those among the million most frequent ones that Mark Burnett collected from
/// breaches, as distributed in `SecLists` (MIT). Made with `doorward passwords build`.
static BUILT_IN: &[u8] = include_bytes!("common_passwords.list");

const ENTRY_BYTES: usize = 6;

type Entry = [u8; ENTRY_BYTES];

/// How the passwords of a list are hashed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Hashing {
    /// SHA-256 of the password in lower case: all spellings of a listed password are listed.
    FoldedSha256,
    /// SHA-1 of the password, as in the lists of Have I Been Pwned.
    Sha1,
}

impl Hashing {
    const ALL: [Self; 2] = [Self::FoldedSha256, Self::Sha1];

    const fn header(self) -> &'static [u8; 16] {
        match self {
            Self::FoldedSha256 => b"passwords sha256",
            Self::Sha1 => b"passwords  sha-1",
        }
    }

    fn entry(self, password: &str) -> Entry {
        let hash = match self {
            Self::FoldedSha256 => digest(&SHA256, password.to_lowercase().as_bytes()),
            Self::Sha1 => digest(&SHA1_FOR_LEGACY_USE_ONLY, password.as_bytes()),
        };
        *hash.as_ref().first_chunk().expect("a hash is longer")
    }
}

/// A list, in memory.
#[derive(Clone)]
pub struct PasswordList {
    hashing: Hashing,
    entries: Arc<Cow<'static, [Entry]>>,
}

impl fmt::Debug for PasswordList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PasswordList({} passwords)", self.len())
    }
}

impl PasswordList {
    /// Common passwords of at least 15 characters.
    pub fn built_in() -> Self {
        Self::parse(BUILT_IN).expect("the built-in list is one")
    }

    /// Reads a list that [`Self::to_bytes`] has written.
    pub fn read(path: &Path) -> Result<Self, String> {
        let bytes = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
        Self::from_bytes(&bytes).ok_or_else(|| {
            format!("{}: is not a list of passwords; make one with `doorward passwords build`", path.display())
        })
    }

    fn parse(bytes: &'static [u8]) -> Option<Self> {
        let (hashing, entries) = split(bytes)?;
        Some(Self { hashing, entries: Cow::Borrowed(entries).into() })
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (hashing, entries) = split(bytes)?;
        Some(Self { hashing, entries: Cow::<[Entry]>::Owned(entries.to_owned()).into() })
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        [self.hashing.header().as_slice(), self.entries.as_flattened()].concat()
    }

    /// Makes a list of the lines of a text: passwords of at least `min_length` characters, or SHA-1 hashes in hex as Have I
    /// Been Pwned has them, each with a count behind a colon or without.
    pub fn build(text: impl BufRead, min_length: usize) -> Result<Self, String> {
        let mut entries = Vec::new();
        let mut hashing = None;
        for (number, line) in text.split(b'\n').enumerate() {
            let line = line.map_err(|error| error.to_string())?;
            let line = line.strip_suffix(b"\r").unwrap_or(&line);
            let hash = sha1_entry(line);
            let hashing = *hashing.get_or_insert(if hash.is_some() { Hashing::Sha1 } else { Hashing::FoldedSha256 });
            match (hashing, hash, str::from_utf8(line)) {
                (Hashing::Sha1, Some(entry), _) => entries.push(entry),
                (Hashing::Sha1, None, _) if line.is_empty() => {}
                (Hashing::Sha1, None, _) => return Err(format!("line {}: is not a SHA-1 hash in hex", number + 1)),
                (Hashing::FoldedSha256, _, Ok(password)) if password.chars().count() >= min_length => {
                    entries.push(hashing.entry(password));
                }
                // Too short to be chosen, or in an encoding of another time.
                (Hashing::FoldedSha256, ..) => {}
            }
        }
        entries.sort_unstable();
        entries.dedup();
        let hashing = hashing.filter(|_| !entries.is_empty()).ok_or("has no password of that length")?;
        Ok(Self { hashing, entries: Cow::<[Entry]>::Owned(entries).into() })
    }

    pub fn contains(&self, password: &str) -> bool {
        self.entries.binary_search(&self.hashing.entry(password)).is_ok()
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

fn split(bytes: &[u8]) -> Option<(Hashing, &[Entry])> {
    let (header, entries) = bytes.split_first_chunk::<16>()?;
    let hashing = Hashing::ALL.into_iter().find(|hashing| hashing.header() == header)?;
    let (entries, rest) = entries.as_chunks();
    (rest.is_empty() && entries.is_sorted()).then_some((hashing, entries))
}

/// The entry of a line such as `0018A45C4D1DEF81644B54AB7F969B88D65:10`.
fn sha1_entry(line: &[u8]) -> Option<Entry> {
    let hash = line.split(|byte| *byte == b':').next()?;
    let bytes: [u8; 20] = hex::decode(hash).ok()?.try_into().ok()?;
    bytes.first_chunk().copied()
}

#[cfg(test)]
mod tests {
    use super::PasswordList;

    fn build(text: &str, min_length: usize) -> PasswordList {
        PasswordList::build(text.as_bytes(), min_length).expect("a list")
    }

    #[test]
    fn every_listed_password_is_found_in_any_case() {
        let list = build("swordfish swordfish\nTrustNo1 TrustNo1 TrustNo1\r\nshort\n", 15);
        assert_eq!(list.len(), 2);
        for listed in ["swordfish swordfish", "SwordFish Swordfish", "trustno1 trustno1 trustno1"] {
            assert!(list.contains(listed), "{listed}");
        }
        assert!(!list.contains("short") && !list.contains("swordfish"));
    }

    #[test]
    fn a_list_of_sha1_hashes_finds_their_passwords() {
        let list =
            build("5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:10434004\n7c4a8d09ca3762af61e59520943dc26494f8941b\n", 15);
        assert!(list.contains("password") && list.contains("123456") && !list.contains("Password"));
    }

    #[test]
    fn a_written_list_is_read_again_and_a_damaged_one_is_not() {
        let bytes = build("one long password\nanother long password\n", 15).to_bytes();
        assert!(PasswordList::from_bytes(&bytes).is_some_and(|list| list.contains("one long password")));
        let swapped = [&bytes[..16], &bytes[22..28], &bytes[16..22]].concat();
        for damaged in [&bytes[..bytes.len() - 1], &bytes[1..], b"passwords", swapped.as_slice()] {
            assert!(PasswordList::from_bytes(damaged).is_none());
        }
    }

    #[test]
    fn the_built_in_list_has_common_passwords_and_no_random_ones() {
        let list = PasswordList::built_in();
        assert!(list.len() > 9_000);
        for common in ["123456789987654321", "1qaz2wsx3edc4rfv", "momsanaladventure", "12345678900987654321"] {
            assert!(list.contains(common), "{common}");
        }
        let random = || hex::encode(crate::random::bytes::<8>());
        assert!((0..10_000).filter(|_| list.contains(&random())).count() <= 1);
    }
}
