use std::{
    ffi::OsString,
    fs,
    os::unix::{ffi::OsStringExt, fs::PermissionsExt},
};

use super::{read, read_raw};

/// The variables of a pod beside Services called `doorward` and `doorward-web`, and of a container with a link.
#[test]
fn variables_of_platforms_and_of_others_are_ignored() {
    let injected = [
        ("DOORWARD_SERVICE_HOST", "10.43.7.12"),
        ("DOORWARD_SERVICE_PORT", "3000"),
        ("DOORWARD_SERVICE_PORT_HTTP", "3000"),
        ("DOORWARD_PORT", "tcp://10.43.7.12:3000"),
        ("DOORWARD_PORT_3000_TCP", "tcp://10.43.7.12:3000"),
        ("DOORWARD_PORT_3000_TCP_PROTO", "tcp"),
        ("DOORWARD_PORT_3000_TCP_PORT", "3000"),
        ("DOORWARD_PORT_3000_TCP_ADDR", "10.43.7.12"),
        ("DOORWARD_PORT_53_UDP_ADDR", "10.43.7.12"),
        ("DOORWARD_WEB_SERVICE_HOST", "10.43.7.13"),
        ("DOORWARD_WEB_SERVICE_PORT_HTTPS", "443"),
        ("DOORWARD_WEB_PORT", "udp://10.43.7.13:443"),
        ("DOORWARD_WEB_PORT_443_TCP_ADDR", "10.43.7.13"),
        ("DOORWARD_NAME", "/app/doorward"),
        ("DOORWARD_ENV_PATH", "/usr/bin"),
        ("DOORWARD_1_NAME", "/app/doorward_1"),
        ("DOORWARD_1_ENV_PATH", "/usr/bin"),
        ("DOORWARD_1_PORT", "tcp://10.43.7.12:3000"),
        ("DOORWARD_1_PORT_3000_TCP_ADDR", "10.43.7.12"),
        ("DOORWARD_WEB_2_ENV_LISTEN_ON", "x"),
        ("doorward_listen", "nowhere"),
    ];
    read("", &injected, &[]).expect("valid settings");
    let not_utf8 = |name: &[u8], value: &[u8]| (OsString::from_vec(name.into()), OsString::from_vec(value.into()));
    read_raw("", [not_utf8(b"BAD", b"\xE9"), not_utf8(b"\xFF", b"x")].into_iter(), &[]).expect("valid settings");

    for (name, value) in [("DOORWARD_PORT", "3000"), ("DOORWARD_PORT_LISTEN", "1"), ("DOORWARD_SERVICE", "x")] {
        let error = read("", &[(name, value)], &[]).expect_err(name);
        assert_eq!(error, format!("{name}: unknown setting"));
    }
    let error = read_raw("", [not_utf8(b"DOORWARD_LISTEN", b"\xE9")].into_iter(), &[]).expect_err("not UTF-8");
    assert_eq!(error, "DOORWARD_LISTEN: is not UTF-8");
}

#[test]
fn an_empty_variable_counts_as_not_set() {
    let file = "policy = \"banking\"\ntrusted_proxies = [\"10.0.0.0/8\"]";
    let environment =
        ["DOORWARD_POLICY", "DOORWARD_TRUSTED_PROXIES", "DOORWARD_SECRET", "DOORWARD_SECRET_FILE", "DOORWARD_X"];
    let config = read(file, &environment.map(|name| (name, "")), &[]).expect("valid settings");
    assert_eq!(config.policies().default.name.name(), "banking");
    assert_eq!(config.trusted_proxies.len(), 1);
    assert!(config.secret.is_none());
}

#[test]
fn a_variable_can_be_the_path_of_a_file_with_the_value() {
    let folder = tempfile::tempdir().expect("a directory");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).expect("written");
        path.display().to_string()
    };
    let lifetime = file("lifetime", "\u{FEFF}7d\r\n");
    let policy = file("policy", "banking\n");
    let environment =
        [("DOORWARD_SESSION_LIFETIME_FILE", lifetime.as_str()), ("DOORWARD_POLICY_FOR_ROLE__ADMIN_FILE", &policy)];
    let policies = read("", &environment, &[]).expect("valid settings").policies();
    assert_eq!(policies.default.lifetime.as_secs(), 7 * 24 * 60 * 60);
    assert_eq!(policies.for_roles(&["admin".into()]).name.name(), "banking");

    let both = [("DOORWARD_SESSION_LIFETIME", "7d"), ("DOORWARD_SESSION_LIFETIME_FILE", lifetime.as_str())];
    let error = read("", &both, &[]).expect_err("both are set");
    assert!(error.contains("DOORWARD_SESSION_LIFETIME and DOORWARD_SESSION_LIFETIME_FILE"), "{error}");
    let empty = file("empty", "\n");
    for name in ["DOORWARD_SECRET_FILE", "DOORWARD_POLICY_FILE", "DOORWARD_DATABASE_URL_FILE"] {
        let folder = folder.path().display().to_string();
        let two_lines = file("two-lines", "first\nsecond\n");
        for (path, reason) in [
            (empty.as_str(), "is empty; write the value into it"),
            ("/no/such/file", "does not exist"),
            (folder.as_str(), "is a directory"),
            (two_lines.as_str(), "has several lines; leave only the value in it"),
        ] {
            let error = read("", &[(name, path)], &[]).expect_err(reason);
            assert_eq!(error, format!("{name}: {path}: {reason}"));
        }
    }
    let error = read("", &[("DOORWARD_FILE", "/dev/null")], &[]).expect_err("no setting");
    assert_eq!(error, "DOORWARD_FILE: unknown setting");
}

#[test]
fn a_secret_in_a_file_that_others_can_read_is_warned_of() {
    let folder = tempfile::tempdir().expect("a directory");
    let path = folder.path().join("secret");
    fs::write(&path, "3f1c9a6e0b7d48529c04e1b8d2a65f70").expect("written");
    let (name, file) = ("DOORWARD_SECRET_FILE", path.display().to_string());
    for (mode, count) in [(0o444, 1), (0o644, 1), (0o640, 0), (0o400, 0)] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("changed");
        let warnings = read("", &[(name, file.as_str())], &[]).expect("valid settings").warnings();
        assert_eq!(warnings.len(), count, "{mode:o}: {warnings:?}");
        assert!(
            warnings.iter().all(|warning| warning.starts_with("secret: ") && warning.contains(&file)),
            "{warnings:?}"
        );
    }
}
