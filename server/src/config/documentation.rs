//! The table of settings in `server/CONFIGURATION.md`, compared with their declaration.

use std::{env, fs};

use clap::{Arg, CommandFactory};

use super::{Config, declaration::is_table};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/CONFIGURATION.md");
const BEGIN: &str =
    "<!-- generated from server/src/config/settings.rs by `UPDATE_DOCS=1 cargo test -p server documentation` -->";
const END: &str = "<!-- end of settings -->";

pub(super) fn description_and_default(arg: &Arg) -> (String, String) {
    let help = arg.get_help().expect("every setting has a description").to_string();
    if let Some((meaning, default)) = help.split_once(" (default: ") {
        return (meaning.into(), default.strip_suffix(')').expect("the default comes last").into());
    }
    let defaults: Vec<_> = arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    (help, format!("`{}`", defaults.join(",")))
}

fn row(arg: &Arg) -> String {
    let member = if is_table(arg) { ".<role>" } else { "" };
    let (meaning, default) = description_and_default(arg);
    format!("| `{}{member}` | {default} | {meaning} |\n", arg.get_id())
}

#[test]
fn the_table_of_settings_is_up_to_date() {
    let rows: String = Config::command().get_arguments().map(row).collect();
    let table = format!("\n\n| key | default | meaning |\n|---|---|---|\n{rows}\n");
    let document = fs::read_to_string(PATH).expect("CONFIGURATION.md exists");
    let (before, rest) = document.split_once(BEGIN).expect("the table begins with a marker");
    let (present, after) = rest.split_once(END).expect("the table ends with a marker");

    if env::var_os("UPDATE_DOCS").is_some() {
        fs::write(PATH, [before, BEGIN, &table, END, after].concat()).expect("CONFIGURATION.md is writable");
    } else {
        assert!(
            present == table,
            "CONFIGURATION.md is out of date: run `UPDATE_DOCS=1 cargo test -p server documentation`\n{table}"
        );
    }
}
