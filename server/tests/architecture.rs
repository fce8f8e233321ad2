//! The promises of `ARCHITECTURE.md` that a compiler does not keep: who may know whom, and how long a file may be.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The Rust files below `folder`, with their paths from it.
fn files(folder: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut folders: Vec<PathBuf> = vec![root.clone()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let name = path.strip_prefix(&root).expect("a path below").display().to_string();
                files.push((name, fs::read_to_string(&path).expect("text")));
            }
        }
    }
    files
}

/// Only files whose names start with one of `allowed` contain one of `words`.
#[track_caller]
fn assert_only(allowed: &[&str], words: &[&str]) {
    for (name, text) in files("src") {
        let is_allowed = allowed.iter().any(|start| name.starts_with(start));
        for word in words {
            assert!(is_allowed || !text.contains(word), "src/{name} says `{word}`: that belongs to {allowed:?}");
        }
    }
}

#[test]
fn only_the_store_speaks_sql() {
    assert_only(&["store/"], &["sqlx::query", "sqlx::raw_sql", "AnyPool", "AnyConnection"]);
}

#[test]
fn only_http_and_the_error_speak_http() {
    assert_only(&["http/", "error.rs", "listen.rs"], &["use axum", "axum::"]);
}

#[test]
fn only_the_clock_asks_for_the_time() {
    assert_only(&["clock.rs"], &["SystemTime::now", "Instant::now", "Timestamp::now", "Zoned::now"]);
}

#[test]
fn no_file_is_longer_than_300_lines() {
    let folders = [
        "src",
        "tests",
        "verify/src",
        "verify/tests",
        "../app/src",
        "../app/api/src",
        "../app/client/src",
        "../frontend/src",
    ];
    for (name, text) in folders.into_iter().flat_map(files) {
        let lines = text.lines().count();
        assert!(lines <= 300, "{name} has {lines} lines: what are its two subjects?");
    }
}
