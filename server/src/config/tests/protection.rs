//! Error messages contain no secrets; settings that remove a protection cause a warning.

use super::read;

#[test]
fn no_error_message_contains_a_secret() {
    let in_files = [
        "database_url = postgres://dw:hunter2pw@localhost/x",
        "secret = hunter2pw-hunter2pw-hunter2pw-hunter2pw",
        "secret = \"hunter2pw",
        "secret = 'hunter2pw' 'hunter2pw'",
        "secret = \"\"\"hunter2pw\n",
        "secret = \"hunter2pw\\q\"",
        "secret = [\"hunter2pw\"]",
        "secret = { value = \"hunter2pw\" }",
        "secrte = \"hunter2pw\"",
        "[secret]\nvalue = \"hunter2pw\"",
        "secret = \"hunter2pw\"",
        "database_url = \"mysql://dw:hunter2pw@localhost/x\"",
        "database_url = \"postgres://dw:hunter2pw@localhost:notaport/x\"",
        "public_url = \"https://dw:hunter2pw@example.com\"",
        "listen = \"postgres://dw:hunter2pw@localhost/x\"",
        "listen = \"postgres://dw:a/hunter2pw@localhost/x\"",
        "listen = \"postgres://dw:a@hunter2pw ?#@localhost/x\"",
        "listen = \"dw:hunter2pw@localhost\"",
        "policy = \"postgres://dw:hunter2pw/@localhost/x postgres://dw:hunter2pw@localhost/x\"",
        "database_url = \"postgres://dw:a?hunter2pw@localhost/x\"",
        "log = \"postgres://dw:hunter2pw@localhost/x\"",
        "trusted_proxies = [\"postgres://dw:hunter2pw@localhost/x\"]",
        "secret = \"hunter2pw hunter2pw hunter2pw hunter2pw\"\nsecret = \"hunter2pw\"",
    ];
    for text in in_files {
        let error = read(text, &[], &[]).expect_err(text);
        assert!(!error.contains("hunter2pw") && !error.contains('\n'), "{text}: {error}");
        assert!(!error.contains("doorward.toml"), "the file has another name: {error}");
    }
    let config =
        "secret = \"hunter2pw hunter2pw hunter2pw, and more\"\ndatabase_url = \"postgres://dw:hunter2pw@localhost/x\"";
    let config = format!("{:?}", read(config, &[], &[]).expect("valid settings"));
    assert!(!config.contains("hunter2pw"), "{config}");
}

#[test]
fn a_setting_that_removes_a_protection_causes_a_warning() {
    let weak = [
        ("secret = \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"", "secret"),
        ("login_attempts = \"off\"", "login_attempts"),
        ("login_attempts = \"1000000/1m\"", "login_attempts"),
        ("trusted_proxies = [\"0.0.0.0/0\"]", "trusted_proxies"),
        ("trusted_proxies = [\"10.0.0.0/8\", \"0.0.0.0/1\"]", "trusted_proxies"),
        ("trusted_proxies = [\"::/0\"]", "trusted_proxies"),
        ("trusted_proxies = [\"::ffff:0:0/96\"]", "trusted_proxies"),
        (
            "public_url = \"http://example.com\"\npasskeys = false\nmail = \"off\"\nregistration = \"invite\"",
            "public_url",
        ),
        (
            "public_url = \"http://192.0.2.7:3000\"\npasskeys = false\nmail = \"off\"\nregistration = \"invite\"",
            "public_url",
        ),
        ("public_url = \"https://example.com\"", "mail"),
        ("argon2_memory_kib = 8192", "argon2_memory_kib"),
        ("argon2_iterations = 1", "argon2_memory_kib"),
        ("inspector = true\nlisten = \"0.0.0.0:3000\"\npublic_url = \"http://localhost:3000\"", "inspector"),
        ("database_url = \"postgres://db.example.com/x\"", "database_url"),
        ("database_url = \"postgres://db.example.com/x?sslmode=disable\"", "database_url"),
        ("database_url = \"postgres://db.example.com/x?sslmode=allow\"", "database_url"),
        ("database_url = \"postgres://db.example.com/x?sslmode=prefer\"", "database_url"),
        ("database_url = \"postgres://db.example.com/x?ssl-mode=require\"", "database_url"),
        ("database_url = \"postgres://192.0.2.7/x\"", "database_url"),
        ("database_url = \"postgres://[2001:db8::7]/x\"", "database_url"),
        ("database_url = \"postgres:///x?host=db.example.com\"", "database_url"),
        ("database_url = \"postgres://localhost/x?hostaddr=192.0.2.7\"", "database_url"),
        ("database_url = \"postgres://localhost.example.com/x\"", "database_url"),
        ("log = \"off\"", "log"),
        ("log = \"info,off\"", "log"),
        ("log = \"server=off\"", "log"),
        ("log = \"info,server::http=off\"", "log"),
        ("secret = \"passwordpasswordpassword12345678\"", "secret"),
        ("secret = \"your-secret-key-change-me-please-now\"", "secret"),
        ("login_attempts = \"100/1s\"", "login_attempts"),
        ("password_min_length = 8", "password_min_length"),
        ("mail = \"off\"", "mail"),
        ("session_lifetime = \"3650d\"", "session_lifetime"),
        ("events_kept = \"5s\"", "events_kept"),
        ("max_connections_per_address = 1000000", "max_connections_per_address"),
    ];
    for (toml, key) in weak {
        let warnings = read(toml, &[], &[]).expect(toml).warnings();
        assert!(warnings.len() == 1 && warnings[0].starts_with(&format!("{key}: ")), "{toml}: {warnings:?}");
    }
    let sound = [
        "",
        "trusted_proxies = [\"10.0.0.0/8\", \"172.16.0.0/12\", \"fc00::/7\", \"192.0.2.0/24\", \"::1\"]",
        "public_url = \"https://example.com\"\nlisten = \"0.0.0.0:3000\"\nmail = \"off\"\nregistration = \"invite\"",
        "public_url = \"http://localhost:3000\"",
        "argon2_memory_kib = 47104\nargon2_iterations = 1",
        "database_url = \"postgres://localhost/x?sslmode=disable\"",
        "database_url = \"postgres://dw@%2Ftmp%2Fpg/x?sslmode=disable\"",
        "database_url = \"postgres://127.0.0.1/x\"",
        "database_url = \"postgres://[::1]:5433/x?sslmode=allow\"",
        "database_url = \"postgres:///x?host=/tmp/pg\"",
        "database_url = \"postgres://db.example.com/x?sslmode=verify-ca\"",
        "database_url = \"postgres://db.example.com/x?application_name=a&sslmode=verify-full\"",
        "inspector = true",
        "mail = \"off\"\nregistration = \"invite\"",
        "log = \"off,server=info\"",
        "log = \"error\"",
        "log = \"info,[request]=off\"",
        "session_idle = \"off\"",
        "database_url = \"postgres://localhost/x?options[search_path]=a&application_name=b\"",
    ];
    for toml in sound {
        assert_eq!(read(toml, &[], &[]).expect(toml).warnings(), [] as [&str; 0], "{toml}");
    }
}
