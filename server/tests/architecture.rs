//! The structure that ARCHITECTURE.md promises and the compiler does not keep: which layer may use which, that no files use
//! each other in a circle, and how long a file may be.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// The layers of the server, the lowest first. A file uses its own layer and those below.
const LAYERS: [&[&str]; 10] = [
    &[
        "clock",
        "http_request",
        "tls_client",
        "clock_trust",
        "cutoff",
        "refusal",
        "descriptors",
        "random",
        "log_once",
        "log_fields",
        "output",
        "text_file",
        "private_files",
        "network_rules",
        "service_manager",
        "webauthn",
    ],
    &["model"],
    &["store"],
    &[
        "metrics",
        "readiness",
        "refusal_log",
        "login",
        "mail",
        "sessions",
        "tokens",
        "keys",
        "revocation",
        "users",
        "valkey",
    ],
    &["config"],
    &["state", "log"],
    &["http"],
    &["background", "node_sync"],
    &["signals", "reload"],
    &["serve", "preflight", "cli", "main", "lib"],
];

/// The Rust files below `folder`, by their paths from it.
fn files(folder: &str) -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut folders: Vec<PathBuf> = vec![root.clone()];
    let mut files = BTreeMap::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(&root).expect("a path below").display().to_string();
                files.insert(name, fs::read_to_string(&path).expect("text"));
            }
        }
    }
    files
}

/// The files of a crate without its tests, which may use everything.
fn production_files(folder: &str) -> BTreeMap<String, String> {
    let is_test = |name: &str| name.split(['/', '.']).any(|part| part == "tests");
    let mut files = files(folder);
    files.retain(|name, _| !is_test(name));
    for text in files.values_mut() {
        if let Some(tests) = text.find("#[cfg(test)]\nmod tests {") {
            text.truncate(tests);
        }
    }
    files
}

/// The paths that the `use` declarations of a file import.
fn imports(text: &str) -> Vec<Vec<String>> {
    let mut paths = Vec::new();
    let declarations = text.split('\n').scan(None::<String>, |open, line| {
        let start = line.trim_start().trim_start_matches("pub ").trim_start_matches("pub(crate) ");
        if open.is_none() && !start.starts_with("use ") {
            return Some(None);
        }
        let declaration = open.take().unwrap_or_default() + start.trim_start_matches("use ").trim();
        if declaration.ends_with(';') {
            return Some(Some(declaration));
        }
        *open = Some(declaration);
        Some(None)
    });
    for declaration in declarations.flatten() {
        expand(&[], declaration.trim_end_matches(';'), &mut paths);
    }
    paths
}

/// Expands `a::{b, c::d}` below `prefix`.
fn expand(prefix: &[String], tree: &str, paths: &mut Vec<Vec<String>>) {
    let (head, rest) = tree.split_once("::").unwrap_or((tree, ""));
    if let Some(group) = tree.strip_prefix('{').and_then(|tree| tree.strip_suffix('}')) {
        let mut depth = 0;
        let parts = group.split(|c| {
            depth += i32::from(c == '{') - i32::from(c == '}');
            c == ',' && depth == 0
        });
        return parts.map(str::trim).filter(|part| !part.is_empty()).for_each(|part| expand(prefix, part, paths));
    }
    let name = head.split(" as ").next().unwrap_or(head).trim().to_owned();
    let path: Vec<String> = prefix.iter().cloned().chain([name]).collect();
    if rest.is_empty() { paths.push(path) } else { expand(&path, rest, paths) }
}

/// The module that a file is.
fn module(file: &str) -> Vec<String> {
    let path = file.trim_end_matches(".rs").trim_end_matches("/mod");
    if path == "lib" || path == "main" { vec![] } else { path.split('/').map(str::to_owned).collect() }
}

/// Which files each file imports from.
fn arrows(files: &BTreeMap<String, String>) -> BTreeMap<&str, BTreeSet<&str>> {
    let modules: BTreeMap<Vec<String>, &str> = files.keys().map(|file| (module(file), file.as_str())).collect();
    let target = |from: &str, path: Vec<String>| {
        let mut absolute = match path.first().map(String::as_str) {
            Some("crate") => vec![],
            Some("self" | "super") => module(from),
            _ => return None,
        };
        for part in path {
            match part.as_str() {
                "crate" | "self" => {}
                "super" => drop(absolute.pop()),
                _ => absolute.push(part),
            }
        }
        // An item is in the file of its longest prefix that is a module.
        (1..=absolute.len()).rev().find_map(|length| modules.get(&absolute[..length]).copied())
    };
    let imported = |(file, text): (&'_ String, &String)| {
        let from = file.as_str();
        imports(text).into_iter().filter_map(|path| target(from, path)).filter(|to| *to != from).collect()
    };
    files.iter().map(|file| (file.0.as_str(), imported(file))).collect()
}

/// The files of a circle, if there is one.
fn circle<'a>(arrows: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> Option<Vec<&'a str>> {
    fn visit<'a>(
        file: &'a str,
        arrows: &BTreeMap<&'a str, BTreeSet<&'a str>>,
        path: &mut Vec<&'a str>,
        done: &mut BTreeSet<&'a str>,
    ) -> Option<Vec<&'a str>> {
        if let Some(start) = path.iter().position(|visited| *visited == file) {
            return Some(path[start..].to_vec());
        }
        if !done.contains(file) {
            path.push(file);
            let found = arrows[file].iter().find_map(|next| visit(next, arrows, path, done));
            path.pop();
            done.insert(file);
            return found;
        }
        None
    }
    let mut done = BTreeSet::new();
    arrows.keys().find_map(|file| visit(file, arrows, &mut Vec::new(), &mut done))
}

fn layer(file: &str) -> usize {
    let top = file.split(['/', '.']).next().unwrap_or_default();
    LAYERS.iter().position(|layer| layer.contains(&top)).unwrap_or_else(|| panic!("src/{file} is in no layer"))
}

/// Only files whose names start with one of `allowed` contain one of `words`.
#[track_caller]
fn assert_only(allowed: &[&str], words: &[&str]) {
    for (name, text) in files("src") {
        let is_allowed = allowed.iter().any(|start| name.starts_with(start));
        for word in words {
            assert!(is_allowed || !text.contains(word), "src/{name} has `{word}`, which belongs to {allowed:?}");
        }
    }
}

#[test]
fn imports_are_read_as_rust_reads_them() {
    let text = "use crate::{\n    a::{self, b::C},\n    d,\n};\npub use super::e as f;\nfn g() {\n    use h;\n}\n";
    let paths: Vec<String> = imports(text).iter().map(|path| path.join("::")).collect();
    assert_eq!(paths, ["crate::a::self", "crate::a::b::C", "crate::d", "super::e", "h"]);
}

#[test]
fn each_layer_uses_itself_and_those_below() {
    let files = production_files("src");
    for (from, targets) in arrows(&files) {
        for to in targets {
            assert!(layer(to) <= layer(from), "src/{from} uses src/{to}, which is in a higher layer");
        }
    }
}

#[test]
fn no_files_use_each_other_in_a_circle() {
    for folder in ["src", "verify/src", "../app/client/src"] {
        let files = production_files(folder);
        let arrows = arrows(&files);
        assert!(arrows.values().map(BTreeSet::len).sum::<usize>() > 20, "{folder}: the imports are found");
        assert_eq!(circle(&arrows), None, "{folder}");
    }
}

#[test]
fn only_the_store_uses_sql() {
    assert_only(&["store/"], &["sqlx::query", "sqlx::raw_sql", "AnyPool", "AnyConnection"]);
}

#[test]
fn only_http_uses_axum() {
    assert_only(&["http/"], &["use axum", "axum::"]);
}

/// A session starts from a proof: see `login/proven.rs`.
#[test]
fn sessions_start_in_one_place() {
    // Made there, and stored from there: for an existing user by one function of the store, for a new one by three.
    for word in ["Session::begin(", ".log_in(&", ".register(&account", ".finish_registration(", ".accept_invitation("] {
        let files = production_files("src");
        let uses: Vec<_> = files.iter().flat_map(|(name, text)| text.matches(word).map(move |_| name)).collect();
        assert_eq!(uses, ["http/auth/start_session.rs"], "{word}");
    }
}

#[test]
fn only_the_clock_reads_the_time() {
    assert_only(&["clock.rs"], &["SystemTime::now", "Instant::now", "Timestamp::now", "Zoned::now"]);
}

#[test]
fn no_file_is_longer_than_300_lines() {
    let folders =
        ["src", "tests", "verify/src", "verify/tests", "../app/src", "../app/client", "../app/api", "../frontend/src"];
    for (name, text) in folders.into_iter().flat_map(files) {
        let lines = text.lines().count();
        assert!(lines <= 300, "{name} has {lines} lines: what are its two subjects?");
    }
}
