//! The log of the whole suite at its most verbose, and every secret that a test has sent or received, in the directory
//! `SUITE_LOG`, where `.ci/suite-log` searches the log for the secrets.

use std::{
    env,
    fs::{File, OpenOptions},
    io::Write,
    path::Path,
    sync::{LazyLock, Mutex},
};

use axum::http::{HeaderMap, header};
use serde_json::Value;
use url::form_urlencoded;

use super::{Request, Response, app::MASTER_SECRET};

/// None without the variable.
static SECRETS: LazyLock<Option<Mutex<File>>> = LazyLock::new(|| {
    let folder = env::var_os("SUITE_LOG")?;
    let open = |name: &str| OpenOptions::new().create(true).append(true).open(Path::new(&folder).join(name));
    let log = Mutex::new(open("log").expect("a file"));
    let filter = server::log::filter("trace").expect("a filter");
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(log);
    tracing::subscriber::set_global_default(log.finish()).expect("the only subscriber");
    let mut secrets = open("secrets").expect("a file");
    writeln!(secrets, "{MASTER_SECRET}").expect("written");
    Some(Mutex::new(secrets))
});

/// Starts the log, with the first server of the process.
pub fn start() {
    LazyLock::force(&SECRETS);
}

/// Writes down the secrets of a request and its response.
pub fn note(request: &Request, response: &Response) {
    let Some(file) = &*SECRETS else { return };
    let mut secrets = Vec::new();
    for body in [&request.body, &response.body] {
        match serde_json::from_slice(body) {
            Ok(body) => collect_members(&body, &mut secrets),
            Err(_) => secrets.extend(
                form_urlencoded::parse(body)
                    .filter_map(|(name, value)| SECRET_MEMBERS.contains(&&*name).then(|| value.into_owned())),
            ),
        }
    }
    secrets.extend(
        values(&request.headers, &header::AUTHORIZATION)
            .filter_map(|value| value.split_once(' ').map(|(_, token)| token.to_owned())),
    );
    let sent = values(&request.headers, &header::COOKIE)
        .flat_map(|value| value.split(';').map(str::to_owned).collect::<Vec<_>>());
    let received = values(&response.headers, &header::SET_COOKIE);
    let cookies =
        sent.chain(received).filter_map(|cookie| Some(cookie.split(';').next()?.split_once('=')?.1.to_owned()));
    secrets.extend(cookies);
    secrets.retain(|secret| is_secret(secret));
    if let Ok(mut file) = file.lock()
        && !secrets.is_empty()
    {
        writeln!(file, "{}", secrets.join("\n")).expect("written");
    }
}

/// Shorter ones could be anything. Tests also present what is no secret: an email as the password of its user, the ID of a session
/// as its credential, fillers of some length.
fn is_secret(text: &str) -> bool {
    let is_id = text.len() == 32 && text.chars().all(|char| char.is_ascii_hexdigit());
    let is_filler = text.chars().all(|char| text.starts_with(char));
    text.len() >= 12 && !text.contains('\n') && !text.ends_with("@example.com") && !is_id && !is_filler
}

fn values<'a>(headers: &'a HeaderMap, name: &'a header::HeaderName) -> impl Iterator<Item = String> + 'a {
    headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// The members of bodies that are secret.
const SECRET_MEMBERS: [&str; 10] = [
    "secret",
    "uri",
    "ticket",
    "token",
    "password",
    "current_password",
    "new_password",
    "access_token",
    "refresh_token",
    "recovery_code",
];

fn collect_members(body: &Value, secrets: &mut Vec<String>) {
    let Value::Object(members) = body else { return };
    for (name, value) in members {
        if let Some(value) = value.as_str().filter(|_| SECRET_MEMBERS.contains(&name.as_str())) {
            secrets.push(value.to_owned());
        }
        if let Some(codes) = value.as_array().filter(|_| name == "recovery_codes") {
            secrets.extend(codes.iter().filter_map(|code| code.as_str().map(str::to_owned)));
        }
    }
}
