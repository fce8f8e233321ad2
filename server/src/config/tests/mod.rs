use clap::CommandFactory;

mod brand;
mod environment;
mod protection;

use std::{ffi::OsString, path::Path};

use super::{Config, RawSettings, documentation::description_and_default, flags, values::duration};
use crate::model::database_url::DatabaseUrl;

fn read(toml: &str, environment: &[(&str, &str)], command_line: &[&str]) -> Result<Config, String> {
    let environment = environment.iter().map(|(key, value)| ((*key).into(), (*value).into()));
    read_raw(toml, environment, command_line)
}

fn read_raw(
    toml: &str,
    environment: impl Iterator<Item = (OsString, OsString)>,
    command_line: &[&str],
) -> Result<Config, String> {
    let command = clap::Command::new("doorward").no_binary_name(true).args(flags());
    let flags = RawSettings::from_flags(&command.get_matches_from(command_line))?;
    RawSettings::read(Some((Path::new("x.toml"), toml)), environment, flags)?.try_into()
}

#[test]
fn without_settings_all_have_their_defaults() {
    let config = read("", &[], &[]).expect("the defaults are valid");
    assert_eq!(config.listen.to_string(), "127.0.0.1:3000");
    assert_eq!(config.database(), DatabaseUrl::Sqlite("./data/doorward.db".into()));
    assert_eq!(config.password_min_length, 15);
    assert!(config.cookie_secure && !config.inspector);
}

#[test]
fn described_defaults_are_those_of_the_policies() {
    let default = |key: &str| {
        let command = Config::command();
        let arg = command.get_arguments().find(|arg| arg.get_id() == key).expect("a setting");
        let (_, default) = description_and_default(arg);
        duration(default.split('`').nth(1).expect("a value")).expect("a duration")
    };
    let default_policy = read("", &[], &[]).expect("the defaults are valid").policies().default;
    assert_eq!(default_policy.access_token_lifetime, default("access_token_lifetime"));
    assert_eq!(default_policy.lifetime, default("session_lifetime"));
    assert_eq!(default_policy.idle_timeout, Some(default("session_idle")));
}

#[test]
fn flags_override_the_environment_which_overrides_the_file() {
    let file = "password_min_length = 20\nlisten = \"127.0.0.1:4000\"\nsession_idle = \"3d\"";
    let environment = [("DOORWARD_PASSWORD_MIN_LENGTH", "16"), ("DOORWARD_SESSION_IDLE", "2d")];
    let config = read(file, &environment, &["--session-idle", "off"]).expect("valid settings");
    assert_eq!(config.password_min_length, 16);
    assert_eq!(config.listen.port(), 4000);
    assert_eq!(config.policies().default.idle_timeout, None);
}

#[test]
fn an_overridden_value_is_not_checked() {
    let config = read("listen = \"nowhere\"", &[("DOORWARD_LISTEN", "127.0.0.1:4000")], &[]).expect("valid settings");
    assert_eq!(config.listen.port(), 4000);
}

#[test]
fn an_invalid_setting_is_one_line_that_names_the_key() {
    let invalid = [
        ("passwort_min_length = 20", "passwort_min_length"),
        ("password_min_length = \"many\"", "password_min_length"),
        ("password_min_length = 7", "password_min_length"),
        ("listen = \"3000\"", "listen"),
        ("listen = [\"127.0.0.1:3000\"]", "listen"),
        ("public_url = \"https://example.com/login\"", "public_url"),
        ("public_url = \"example.com\"", "public_url"),
        ("data_dir = \"\"", "data_dir"),
        ("data_dir = \" \"", "data_dir"),
        ("access_token_lifetime = \"16m\"", "access_token_lifetime"),
        ("access_token_lifetime = \"4s\"", "access_token_lifetime"),
        ("access_token_lifetime = \"off\"", "access_token_lifetime"),
        ("session_lifetime = 5", "session_lifetime"),
        ("session_idle = \"never\"", "session_idle"),
        ("policy = \"lax\"", "policy"),
        ("policy = \"banking\"\nsession_lifetime = \"16m\"", "session_lifetime"),
        ("policy = \"banking\"\nsession_idle = \"5m\"", "session_idle"),
        ("policy = \"banking\"\naccess_token_lifetime = \"5m\"\nsession_lifetime = \"6m\"", "session_lifetime"),
        ("policy_for_role = \"banking\"", "policy_for_role"),
        ("policy_for_role.admin = \"lax\"", "policy_for_role.admin"),
        ("policy_for_role.admin = 7", "policy_for_role.admin"),
        ("policy_for_role.admin.x = \"banking\"", "policy_for_role.admin"),
        ("[policy_for_role]\n\"two words\" = \"banking\"", "policy_for_role.two words"),
        ("login_attempts = \"many\"", "login_attempts"),
        ("events_kept = \"for ever\"", "events_kept"),
        ("key_lifetime = \"4s\"", "key_lifetime"),
        ("key_lifetime = \"off\"", "key_lifetime"),
        ("trusted_proxies = [\"10.0.0.0/33\"]", "trusted_proxies"),
        ("cookie_secure = false\npublic_url = \"http://example.com\"", "cookie_secure"),
        ("cookie_secure = \"perhaps\"", "cookie_secure"),
        ("inspector = true\npublic_url = \"https://localhost.example.com\"", "inspector"),
        ("inspector = true\nlisten = \"0.0.0.0:3000\"", "inspector"),
        ("inspector = 1", "inspector"),
        ("database_url = \"mysql://x\"", "database_url"),
        ("log_format = \"xml\"", "log_format"),
        ("argon2_memory_kib = 0", "argon2_memory_kib"),
        ("hashing_memory_mib = 18", "hashing_memory_mib"),
        ("secret = \"too short\"", "secret"),
        ("audience = \" \"", "audience"),
        (&format!("audience = \"{}\"", "x".repeat(257)), "audience"),
        (&format!("public_url = \"https://{}.example\"", "x".repeat(260)), "public_url"),
        ("log = \"x=y=z\"", "log"),
        ("log = \"warning\"", "`error`, `warn`"),
        ("log = \"none\"", "`error`, `warn`"),
        ("log = \"info,hyper=verbose\"", "`error`, `warn`"),
        ("log = \"server\"", "`error`, `warn`"),
        ("log = \"\"", "log"),
        ("listen = \"0.0.0.0:3000\"", "public_url"),
        ("listen = \"[::]:3000\"", "public_url"),
        ("database_url = \"sqlite::memory:\"", "database_url"),
        ("database_url = \"postgres://localhost:notaport/x\"", "database_url"),
        ("[session]\nlifetime = \"1d\"", "session"),
        ("[session]", "session"),
        ("listen = \"127.0.0.1:3000\"\nlog = info", "line 2"),
    ];
    for (toml, key) in invalid {
        let error = read(toml, &[], &[]).expect_err(toml);
        assert!(error.contains(key) && !error.contains('\n'), "{toml}: {error}");
        assert!(!error.contains("too short"), "a secret is not repeated: {error}");
    }
    let error = read("", &[("DOORWARD_LISTEN_ON", "127.0.0.1:1")], &[]).expect_err("unknown");
    assert!(error.contains("DOORWARD_LISTEN_ON") && !error.contains('\n'), "{error}");
}

#[test]
fn policies_of_roles_are_merged_from_the_file_the_environment_and_flags() {
    let file =
        "session_lifetime = \"7d\"\npolicy_for_role.admin = \"memory-only\"\npolicy_for_role.\"a.b:c\" = \"banking\"";
    let environment =
        [("DOORWARD_POLICY_FOR_ROLE__ADMIN", "banking"), ("DOORWARD_POLICY_FOR_ROLE__STAFF", "retention")];
    let flags = ["--policy", "server-session", "--policy-for-role", "staff=memory-only"];
    let policies = read(file, &environment, &flags).expect("valid settings").policies();
    let policy_of = |role: &str| policies.for_roles(&[role.to_owned()]);
    let names = ["admin", "a.b:c", "staff", "other"].map(|role| policy_of(role).name.name());
    assert_eq!(names, ["banking", "banking", "memory-only", "server-session"]);
    assert_eq!(policy_of("staff").lifetime.as_secs(), 7 * 24 * 60 * 60);
    assert_eq!(policy_of("admin").lifetime.as_secs(), 15 * 60, "its access token is the whole session");
}

#[test]
fn lists_are_arrays_in_the_file_and_separated_by_commas_elsewhere() {
    let file = "trusted_proxies = [\"10.0.0.0/8\", \"::1\"]";
    assert_eq!(read(file, &[], &[]).expect("valid settings").trusted_proxies.len(), 2);
    let environment = [("DOORWARD_TRUSTED_PROXIES", "10.1.0.0/16, ::1, 10.2.0.0/16,")];
    assert_eq!(read(file, &environment, &[]).expect("valid settings").trusted_proxies.len(), 3);
    let flags =
        ["--trusted-proxies", "10.1.0.0/16,10.2.0.0/16", "--trusted-proxies", "::1", "--trusted-proxies", "::2"];
    assert_eq!(read(file, &environment, &flags).expect("valid settings").trusted_proxies.len(), 4);
}

#[test]
fn numbers_and_booleans_are_taken_from_text_too() {
    let config = read("password_min_length = \"20\"", &[("DOORWARD_COOKIE_SECURE", "false")], &[]).expect("valid");
    assert_eq!(config.password_min_length, 20);
    assert!(!config.cookie_secure);
}

#[test]
fn levels_of_modules_leave_errors_on() {
    let log = |text: &str| read(&format!("log = {text:?}"), &[], &[]).expect(text).log;
    assert_eq!(log("server=debug"), "error,server=debug");
    for text in ["warn", "INFO", "off", "info,server=debug", "server=debug, warn", "warn,[request{method=GET}]=trace"] {
        assert_eq!(log(text), text);
    }
}
