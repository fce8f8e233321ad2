//! The README's table of settings, compared with their declaration.

use std::{env, fs};

use clap::{Arg, CommandFactory};

use super::{Config, raw::is_table};

const README: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md");
const BEGIN: &str =
    "<!-- settings: generated from server/src/config/mod.rs by `UPDATE_README=1 cargo test -p server readme` -->";
const END: &str = "<!-- end of settings -->";

/// An argument's description, and its default as Markdown.
pub(super) fn described(arg: &Arg) -> (String, String) {
    let help = arg.get_help().expect("every setting has a description").to_string();
    if let Some((meaning, default)) = help.split_once(" (default: ") {
        return (meaning.into(), default.strip_suffix(')').expect("the default comes last").into());
    }
    let defaults: Vec<_> = arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    (help, format!("`{}`", defaults.join(",")))
}

fn row(arg: &Arg) -> String {
    let member = if is_table(arg) { ".<role>" } else { "" };
    let (meaning, default) = described(arg);
    format!("| `{}{member}` | {default} | {meaning} |\n", arg.get_id())
}

#[test]
fn the_table_in_the_readme_is_up_to_date() {
    let rows: String = Config::command().get_arguments().map(row).collect();
    let table = format!("\n\n| key | default | meaning |\n|---|---|---|\n{rows}\n");
    let readme = fs::read_to_string(README).expect("the README is there");
    let (before, rest) = readme.split_once(BEGIN).expect("the beginning is marked");
    let (present, after) = rest.split_once(END).expect("the end is marked");

    if env::var_os("UPDATE_README").is_some() {
        fs::write(README, [before, BEGIN, &table, END, after].concat()).expect("the README can be written");
    } else {
        assert!(
            present == table,
            "README.md is out of date: run `UPDATE_README=1 cargo test -p server readme`\n{table}"
        );
    }
}
