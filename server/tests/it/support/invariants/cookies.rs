//! Exactly the expected `Set-Cookie` headers, and no others.

use axum::http::Method;
use doorward_api::{CredentialStorage, TokenResponse};

use crate::support::{
    Request, Response,
    credentials::{DEVICE_COOKIES, REGISTRATION_COOKIE, cookie_name},
};

/// The two kinds of cookie that hold a credential.
const COOKIES: [CredentialStorage; 2] = [CredentialStorage::RefreshCookie, CredentialStorage::SessionCookie];

/// A login sets the cookie of its policy, clears the other kind if the request carried it, and sets the device cookie. A
/// password change replaces the cookie of its session. A logout, here or everywhere, clears the kinds that the request
/// carried and those that this server sets. Nothing else sets a cookie.
pub fn check(request: &Request, response: &Response) {
    let is_success = response.status < 300;
    let mut expected = match (request.method.clone(), request.path_without_query()) {
        // One that waits for its code starts no session.
        (Method::POST, "/api/auth/register") if response.status == 202 => vec![],
        (
            Method::POST,
            "/api/auth/register"
            | "/api/auth/register/confirm"
            | "/api/auth/login"
            | "/api/auth/login/factor"
            | "/api/auth/login/passkey",
        ) if is_success => set_by_login(request, response),
        (Method::POST, "/api/account/password") if is_success => set_by_rotation(request, response),
        (Method::POST, "/register") | (_, "/register/code") if response.status == 303 => {
            set_by_registration_form(request, response)
        }
        (Method::POST, "/login" | "/login/code") if response.status == 303 => set_by_form(request, response),
        (Method::POST, "/invite") if response.status == 303 && location(response) != "/login" => {
            set_by_form(request, response)
        }
        (Method::POST, "/logout") if response.status == 303 => set_by_logout(request, |kind| carries(request, kind)),
        (Method::POST, "/api/auth/logout") if is_success => set_by_logout(request, |kind| carries(request, kind)),
        (Method::DELETE, "/api/sessions") if is_success => {
            let is_authorized_by_cookie = !request.has_access_token();
            set_by_logout(request, |kind| kind == CredentialStorage::SessionCookie && is_authorized_by_cookie)
        }
        _ => vec![],
    };
    expected.sort();
    let mut cookies = response.set_cookies();
    cookies.sort_unstable();
    assert_eq!(cookies, expected, "{} {}: {response:?}", request.method, request.path);
}

fn set_by_login(request: &Request, response: &Response) -> Vec<String> {
    let token_response: TokenResponse = response.parse();
    let storage = token_response.session.policy.credential_storage();
    let stale = COOKIES.into_iter().filter(|kind| *kind != storage && carries(request, *kind));
    let mut expected: Vec<_> = stale.map(|kind| set_cookie(request, kind, "", 0)).collect();
    expected.push(device_cookie(request, response));
    if let Some(name) = cookie_name(storage, is_secure(request)) {
        let value = response.cookie(name).expect("the cookie of the session");
        let policies = request.app.state().policies.clone();
        let lifetime = policies.for_roles(&token_response.user.roles).lifetime;
        expected.push(set_cookie(request, storage, value, lifetime.as_secs()));
    }
    expected
}

/// A form of a page starts sessions whose credential is a cookie, and no others.
fn set_by_form(request: &Request, response: &Response) -> Vec<String> {
    let policies = request.app.state().policies.clone();
    let policy = policies.for_roles(&[]);
    let storage = policy.name.credential_storage();
    let name = cookie_name(storage, is_secure(request)).expect("a policy with a cookie");
    let value = response.cookie(name).expect("the cookie of the session");
    let stale = COOKIES.into_iter().filter(|kind| *kind != storage && carries(request, *kind));
    let mut expected: Vec<_> = stale.map(|kind| set_cookie(request, kind, "", 0)).collect();
    expected.push(set_cookie(request, storage, value, policy.lifetime.as_secs()));
    expected.push(device_cookie(request, response));
    expected
}

fn location(response: &Response) -> &str {
    response.header("location").expect("a location")
}

/// A form to register sets the ticket of a registration that waits for its code, which is cleared when that is over.
fn set_by_registration_form(request: &Request, response: &Response) -> Vec<String> {
    let leads_to_code = location(response).starts_with("/register/code");
    let cleared = || whole_header(request, REGISTRATION_COOKIE, "", 0);
    match (request.path_without_query(), leads_to_code) {
        ("/register", true) => {
            let ticket = response.cookie(REGISTRATION_COOKIE).expect("the cookie of the ticket");
            assert!(ticket.len() == 64 && !location(response).contains(ticket), "{response:?}");
            vec![whole_header(request, REGISTRATION_COOKIE, ticket, 3600)]
        }
        // A new code was requested.
        (_, true) => vec![],
        ("/register", false) => set_by_form(request, response),
        _ if location(response).split('?').next() == Some("/register") => vec![cleared()],
        _ => set_by_form(request, response).into_iter().chain([cleared()]).collect(),
    }
}

fn set_by_rotation(request: &Request, response: &Response) -> Vec<String> {
    let max_age = |cookie: &str| cookie.rsplit_once("Max-Age=").and_then(|(_, age)| age.parse().ok());
    let replaced = request_cookies(request).filter(|(kind, _)| response.status == 204 && carries(request, *kind));
    let cookie = |(kind, old)| {
        let new = response.cookie(cookie_name(kind, is_secure(request))?)?;
        assert_ne!(new, old, "{response:?}");
        let max_age = response.set_cookies().into_iter().find_map(max_age).expect("the time left of the session");
        Some(set_cookie(request, kind, new, max_age))
    };
    replaced.filter_map(cookie).collect()
}

fn set_by_logout(request: &Request, carries: impl Fn(CredentialStorage) -> bool) -> Vec<String> {
    let state = request.app.state();
    let is_used = |kind| state.policies.all().any(|policy| policy.name.credential_storage() == kind);
    let cleared = COOKIES.into_iter().filter(|kind| is_used(*kind) || carries(*kind));
    cleared.map(|kind| set_cookie(request, kind, "", 0)).collect()
}

/// It lasts for 400 days and is short, however many accounts have logged in.
fn device_cookie(request: &Request, response: &Response) -> String {
    let name = DEVICE_COOKIES[usize::from(!is_secure(request))];
    let value = response.cookie(name).expect("a device cookie");
    assert!(value.len() < 400 && value.bytes().all(|byte| byte == b'.' || byte.is_ascii_hexdigit()), "{value}");
    whole_header(request, name, value, 400 * 24 * 3600)
}

fn set_cookie(request: &Request, kind: CredentialStorage, value: &str, max_age: u64) -> String {
    let name = cookie_name(kind, is_secure(request)).expect("a cookie");
    whole_header(request, name, value, max_age)
}

/// The whole `Set-Cookie` header.
fn whole_header(request: &Request, name: &str, value: &str, max_age: u64) -> String {
    let secure = if is_secure(request) { "Secure; " } else { "" };
    format!("{name}={value}; HttpOnly; SameSite=Strict; {secure}Path=/; Max-Age={max_age}")
}

fn carries(request: &Request, kind: CredentialStorage) -> bool {
    request_cookies(request).any(|(sent, _)| sent == kind)
}

/// The credential cookies that a request carries, with their values.
pub fn request_cookies(request: &Request) -> impl Iterator<Item = (CredentialStorage, String)> {
    let is_secure = is_secure(request);
    let lines = request.headers.get_all("cookie").iter().map(|line| String::from_utf8_lossy(line.as_bytes()));
    let pairs = lines.flat_map(|line| line.split(';').map(|pair| pair.trim().to_owned()).collect::<Vec<_>>());
    pairs.filter_map(move |pair| {
        let (name, value) = pair.split_once('=')?;
        let kind = COOKIES.into_iter().find(|kind| cookie_name(*kind, is_secure) == Some(name))?;
        Some((kind, value.to_owned()))
    })
}

fn is_secure(request: &Request) -> bool {
    request.app.state().config.cookie_secure
}
