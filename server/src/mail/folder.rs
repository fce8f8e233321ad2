//! Mails as files in a folder, for development: `<time>-<purpose>.eml`.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use crate::{
    clock::Moment,
    private_files::{self, create_new},
};

/// How long a file is kept.
const RETENTION: Duration = Duration::from_hours(7 * 24);

/// The most files.
const MAX_FILES: usize = 1000;

const EXTENSION: &str = ".eml";

/// The length of a time in a name.
const TIME_LENGTH: usize = "2026-01-01T00-00-00.250Z".len();

/// Clones are the same folder.
#[derive(Clone, Debug)]
pub struct MailFolder(PathBuf);

impl MailFolder {
    pub fn in_data_dir(data_dir: &Path) -> Self {
        Self(data_dir.join("mail"))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a mail, for this user alone. Returns the path.
    pub async fn write(&self, purpose: &str, message: Vec<u8>, now: Moment) -> io::Result<PathBuf> {
        let name = format!("{}-{purpose}", time_in_name(now));
        self.blocking(move |folder| {
            private_files::create_directory(&folder.0).map_err(io::Error::other)?;
            let (path, mut file) = create(&folder.0, &name)?;
            let written = file.write_all(&message).and_then(|()| file.sync_all());
            if written.is_err() {
                // Half a mail.
                drop(fs::remove_file(&path));
            }
            written.map(|()| path)
        })
        .await
    }

    /// Deletes old files, and the oldest beyond the maximum.
    pub async fn clean_up(&self, now: Moment) -> io::Result<()> {
        self.blocking(move |folder| {
            let mut names = folder.names()?;
            let excess = names.len().saturating_sub(MAX_FILES);
            let is_old = |name: &String| moment_in_name(name).is_some_and(|at| at < now.minus(RETENTION));
            let mut number = 0;
            names.retain(|name| {
                number += 1;
                number <= excess || is_old(name)
            });
            folder.delete(&names)
        })
        .await
    }

    /// The text of the newest files, newest first: name and text.
    pub async fn newest(&self, count: usize) -> io::Result<Vec<(String, String)>> {
        self.blocking(move |folder| {
            let names = folder.names()?.into_iter().rev().take(count);
            // One may be deleted meanwhile.
            let read = names.filter_map(|name| {
                let text = fs::read(folder.0.join(&name)).ok()?;
                Some((name, String::from_utf8_lossy(&text).into_owned()))
            });
            Ok(read.collect())
        })
        .await
    }

    pub async fn delete_all(&self) -> io::Result<()> {
        self.blocking(|folder| folder.delete(&folder.names()?)).await
    }

    /// The mails of ours, oldest first.
    fn names(&self) -> io::Result<Vec<String>> {
        let entries = match fs::read_dir(&self.0) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(vec![]),
            Err(error) => return Err(error),
        };
        let names = entries.map(|entry| Ok(entry?.file_name().into_string().unwrap_or_default()));
        let names: io::Result<Vec<String>> = names.collect();
        let mut names = names?;
        names.retain(|name| name.ends_with(EXTENSION) && moment_in_name(name).is_some());
        names.sort_unstable();
        Ok(names)
    }

    fn delete(&self, names: &[String]) -> io::Result<()> {
        for name in names {
            match fs::remove_file(self.0.join(name)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(Self) -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        let folder = self.clone();
        tokio::task::spawn_blocking(|| work(folder)).await.map_err(io::Error::other)?
    }
}

/// Mails of the same millisecond get numbers.
fn create(folder: &Path, name: &str) -> io::Result<(PathBuf, File)> {
    for number in 1..MAX_FILES {
        let suffix = if number == 1 { String::new() } else { format!("-{number}") };
        let path = folder.join(format!("{name}{suffix}{EXTENSION}"));
        match create_new(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            created => return created.map(|file| (path, file)),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// Without colons, which other systems do not allow.
fn time_in_name(moment: Moment) -> String {
    let time = SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(moment.0).unwrap_or(0));
    humantime::format_rfc3339_millis(time).to_string().replace(':', "-")
}

/// The time and the purpose in the name of a file.
pub fn parts_of_name(name: &str) -> Option<(Moment, &str)> {
    let (time, rest) = name.split_at_checked(TIME_LENGTH)?;
    let (date, time) = time.split_once('T')?;
    let moment = Moment::parse(&format!("{date}T{}", time.replace('-', ":")))?;
    Some((moment, rest.strip_prefix('-')?.strip_suffix(EXTENSION)?))
}

fn moment_in_name(name: &str) -> Option<Moment> {
    parts_of_name(name).map(|(moment, _)| moment)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{MAX_FILES, MailFolder, RETENTION, parts_of_name};
    use crate::clock::Moment;

    const START: Moment = Moment(1_767_225_600_250);

    fn folder() -> (tempfile::TempDir, MailFolder) {
        let parent = tempfile::tempdir().expect("a folder");
        let folder = MailFolder::in_data_dir(parent.path());
        (parent, folder)
    }

    #[tokio::test]
    async fn old_files_are_deleted_and_the_oldest_beyond_the_maximum() {
        let (_parent, folder) = folder();
        for number in 0..u64::try_from(MAX_FILES).expect("a number") + 10 {
            let at = START.plus(Duration::from_mins(number));
            folder.write("reset", number.to_string().into_bytes(), at).await.expect("written");
        }
        std::fs::write(folder.path().join("notes.txt"), "not ours").expect("written");

        folder.clean_up(START.plus(Duration::from_hours(24))).await.expect("cleaned up");
        let left = folder.newest(usize::MAX).await.expect("read");
        assert_eq!((left.len(), left[MAX_FILES - 1].1.as_str()), (MAX_FILES, "10"), "the oldest are gone");

        folder.clean_up(START.plus(RETENTION).plus(Duration::from_mins(20))).await.expect("cleaned up");
        let left = folder.newest(usize::MAX).await.expect("read");
        assert_eq!(left.last().map(|(_, text)| text.as_str()), Some("20"), "after a week");

        folder.delete_all().await.expect("deleted");
        assert!(folder.newest(1).await.expect("read").is_empty());
        assert!(folder.path().join("notes.txt").exists());
    }

    #[tokio::test]
    async fn mails_of_the_same_moment_are_different_files() {
        let (_parent, folder) = folder();
        for text in ["one", "two", "three"] {
            folder.write("not-me", text.into(), START).await.expect("written");
        }
        let mails = folder.newest(9).await.expect("read");
        assert_eq!(mails.len(), 3);
        assert!(mails.iter().all(|(name, _)| parts_of_name(name).expect("a name").0 == START), "{mails:?}");
        assert!(mails.iter().any(|(name, _)| name == "2026-01-01T00-00-00.250Z-not-me.eml"), "{mails:?}");
    }
}
