//! The access token taken apart. The whole of it is never on the page: its signature stays in memory.

use js_sys::{Array, JSON, Object, Reflect};
use leptos::{
    prelude::*,
    wasm_bindgen::{JsCast, JsValue},
};

use super::rows::{Row, Rows};
use crate::{components::moment_in_words, content::changing, words};
use doorward::{Inspector, TokenParts, use_session};

/// What a member of the token means.
struct Meaning {
    name: &'static str,
    text: &'static str,
    /// Whether it is a moment, in seconds of the Unix epoch.
    is_time: bool,
}

const fn text(name: &'static str, text: &'static str) -> Meaning {
    Meaning { name, text, is_time: false }
}

const fn time(name: &'static str, text: &'static str) -> Meaning {
    Meaning { name, text, is_time: true }
}

const MEANINGS: [Meaning; 14] = [
    text("typ", "What it is: an access token (RFC 9068). No other kind of token passes for one."),
    text("alg", "How it is signed: with Ed25519. A token that says anything else is refused."),
    text("kid", "Which key signed it. Its public half is at /.well-known/jwks.json, for everybody to check with."),
    text("iss", "Who issued it: this site."),
    text("aud", "Whom it is for. A service with another name refuses it."),
    text("sub", "Who you are: your account's id."),
    text("sid", "Your session's id. When the session is ended, all its tokens stop working."),
    text("jti", "This token's own id, different after each refresh."),
    time("iat", "Issued"),
    time("nbf", "Good from"),
    time("exp", "Good until"),
    time("auth_time", "You logged in"),
    text("name", "What you are called."),
    text("roles", "What you may do; empty for most people."),
];

const JWT: &str =
    "A JWT: three parts, of which everybody can read two. The whole of it is in this tab's memory and nowhere else.";
const NONE: &str = "There is none: a cookie proves each request of this session.";

/// The token, part by part, and what else there is.
#[component]
pub fn Token(inspector: Inspector) -> impl IntoView {
    // A newer token never comes without an entry in the timeline.
    let parts = move || {
        inspector.timeline(|_| ());
        inspector.token()
    };
    let status = use_session().status();
    let kept = move || {
        let policy = status.with(|status| status.session().map(|session| session.policy))?;
        let (value, note) = words::kept(policy);
        Some(Row { name: policy.name().to_owned(), value: value.to_owned(), note: note.to_owned(), ..Row::default() })
    };
    view! {
        <section aria-labelledby="token">
            <h2 id="token">"The access token"</h2>
            <p>{changing(move || Some(if parts().is_some() { JWT } else { NONE }))}</p>
            <div hidden=changing(move || parts().is_none().then_some(""))>
                <h3>"Header"</h3>
                <Rows class="members" rows=move || parts().map_or_else(Vec::new, |token| members(&token.header))/>
                <h3>"Claims"</h3>
                <Rows class="members" rows=move || parts().map_or_else(Vec::new, |token| members(&token.claims))/>
                <h3>"Signature"</h3>
                <Rows class="members" rows=move || parts().map_or_else(Vec::new, |token| vec![signature(&token)])/>
            </div>
            <h3>"What else the browser keeps"</h3>
            <Rows class="members" rows=move || kept().into_iter().collect()/>
        </section>
    }
}

/// A row for each member of a JSON object.
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
            format!("{text}: {}.", moment_in_words(&JsValue::from_f64(seconds * 1000.0), "medium"))
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
        note: "Proves that this site wrote the other two parts. It stays in memory: what is shown here opens nothing."
            .to_owned(),
        ..Row::default()
    }
}

/// A claim that is a number.
pub fn claim(token: &TokenParts, name: &str) -> f64 {
    let claims = JSON::parse(&token.claims).unwrap_or_default();
    Reflect::get(&claims, &name.into()).ok().and_then(|value| value.as_f64()).unwrap_or_default()
}
