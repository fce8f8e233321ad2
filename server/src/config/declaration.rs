//! The declaration of each setting, by its key.

use clap::{Arg, CommandFactory, builder::ValueParser};

use super::Config;

/// The command line's flag of each setting. Its value stays text until the file and the environment are read, too.
pub fn flags() -> impl Iterator<Item = Arg> {
    let flags: Vec<Arg> = Config::command().get_arguments().cloned().collect();
    flags.into_iter().map(|arg| {
        let parser = match table_member(&arg) {
            Some(expected) => ValueParser::new(move |text: &str| member(text, &expected)),
            None => ValueParser::string(),
        };
        arg.global(true).value_parser(parser)
    })
}

fn member(text: &str, expected: &str) -> Result<String, String> {
    if text.contains('=') { Ok(text.to_owned()) } else { Err(format!("expected {expected}")) }
}

pub(super) fn declaration(key: &str) -> Result<Arg, &'static str> {
    let (name, has_member) = key.split_once('.').map_or((key, false), |(name, _)| (name, true));
    let arg = declared(name).ok_or("unknown setting")?;
    match (is_table(&arg), has_member) {
        (true, false) => Err("is a table with a member for each role"),
        (false, true) => Err("unknown setting"),
        _ => Ok(arg),
    }
}

pub(super) fn declared(name: &str) -> Option<Arg> {
    Config::command().get_arguments().find(|arg| arg.get_id() == name).cloned()
}

/// Whether the setting has a value for each of several names, as `policy_for_role` has.
pub(super) fn is_table(arg: &Arg) -> bool {
    table_member(arg).is_some()
}

/// How a member of a table is written, such as `ROLE=POLICY`.
fn table_member(arg: &Arg) -> Option<String> {
    arg.get_value_names()?.iter().find(|name| name.contains('=')).map(ToString::to_string)
}

pub(super) fn is_list(arg: &Arg) -> bool {
    arg.get_value_delimiter().is_some()
}
