//! The decoded access token. The signature is never put on the page, so the token cannot be copied from it.

use js_sys::{Array, JSON, Object, Reflect};
use leptos::{
    prelude::*,
    wasm_bindgen::{JsCast, JsValue},
};

use super::rows::{Row, Rows};
use crate::{
    components::format_date_time,
    leptos_ext::{live_text, reactive_text},
    messages,
};
use doorward::{Inspector, TokenParts, use_session};

/// The meaning of a member of the header or the claims.
struct Meaning {
    name: &'static str,
    text: &'static str,
    /// Whether the value is a time, in seconds since the Unix epoch.
    is_time: bool,
}

const fn text(name: &'static str, text: &'static str) -> Meaning {
    Meaning { name, text, is_time: false }
}

const fn time(name: &'static str, text: &'static str) -> Meaning {
    Meaning { name, text, is_time: true }
}

const MEANINGS: [Meaning; 14] = [
    text("typ", "The type: an access token (RFC 9068)."),
    text("alg", "The signature algorithm, Ed25519. Every other value is rejected."),
    text("kid", "The id of the signing key. Its public key is at /.well-known/jwks.json."),
    text("iss", "The issuer: this site."),
    text("aud", "The audience. Other services reject the token."),
    text("sub", "The subject: the id of your account."),
    text("sid", "The id of your session. When it ends, all its tokens stop working."),
    text("jti", "The id of this token, new after each refresh."),
    time("iat", "Issued"),
    time("nbf", "Valid from"),
    time("exp", "Expires"),
    time("auth_time", "Logged in"),
    text("name", "Your name."),
    text("roles", "Your roles; empty for most users."),
];

const JWT: &str =
    "A JWT has three parts. Anyone can read the first two. The token is in this tab's memory and nowhere else.";
const NONE: &str = "There is none: a cookie authenticates each request of this session.";

/// The token, part by part, and the other credential in the browser.
#[component]
pub fn Token(inspector: Inspector) -> impl IntoView {
    // Tracks the timeline, which has an entry for each new token.
    let parts = move || {
        inspector.timeline(|_| ());
        inspector.token()
    };
    let status = use_session().status();
    let stored = move || {
        let policy = status.with(|status| status.session().map(|session| session.policy))?;
        let (value, note) = messages::stored_credential(policy);
        Some(Row { name: policy.name().to_owned(), value: value.to_owned(), note: note.to_owned(), ..Row::default() })
    };
    view! {
        <section aria-labelledby="token">
            <h2 id="token">"The access token"</h2>
            <p>{live_text(move || if parts().is_some() { JWT } else { NONE })}</p>
            <div hidden=reactive_text(move || parts().is_none().then_some(""))>
                <h3>"Header"</h3>
                <Rows class="members" rows=move || parts().map_or_else(Vec::new, |token| members(&token.header))/>
                <h3>"Claims"</h3>
                <Rows class="members" rows=move || parts().map_or_else(Vec::new, |token| members(&token.claims))/>
                <h3>"Signature"</h3>
                <Rows class="members" rows=move || parts().map_or_else(Vec::new, |token| vec![signature(&token)])/>
            </div>
            <h3>"What else the browser keeps"</h3>
            <Rows class="members" rows=move || stored().into_iter().collect()/>
        </section>
    }
}

/// One row per member of a JSON object.
fn members(json: &str) -> Vec<Row> {
    let Some(object) = JSON::parse(json).ok().and_then(|value| value.dyn_into::<Object>().ok()) else {
        return Vec::new();
    };
    Object::entries(&object)
        .iter()
        .map(|entry| {
            let entry: Array = entry.unchecked_into();
            member(entry.get(0).as_string().unwrap_or_default(), &entry.get(1))
        })
        .collect()
}

fn member(name: String, value: &JsValue) -> Row {
    let shown = value.as_string().or_else(|| JSON::stringify(value).ok().map(String::from)).unwrap_or_default();
    let note = match MEANINGS.iter().find(|meaning| meaning.name == name) {
        Some(Meaning { text, is_time: true, .. }) => {
            let seconds = value.as_f64().unwrap_or_default();
            format!("{text}: {}.", format_date_time(&JsValue::from_f64(seconds * 1000.0), "medium"))
        }
        Some(Meaning { text, .. }) => (*text).to_owned(),
        None => String::new(),
    };
    Row { name, value: shown, note, ..Row::default() }
}

fn signature(token: &TokenParts) -> Row {
    let algorithm = members(&token.header).into_iter().find(|member| member.name == "alg");
    let algorithm = algorithm.map_or_else(String::new, |member| member.value);
    Row {
        name: "length".to_owned(),
        value: format!("{} bytes, {algorithm}", token.signature_length),
        note: "Proves that this site issued the token. It stays in memory, so what is shown here cannot be used."
            .to_owned(),
        ..Row::default()
    }
}

/// A numeric claim.
pub fn claim(token: &TokenParts, name: &str) -> f64 {
    let claims = JSON::parse(&token.claims).unwrap_or_default();
    Reflect::get(&claims, &name.into()).ok().and_then(|value| value.as_f64()).unwrap_or_default()
}
