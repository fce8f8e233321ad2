//! Countdowns for the access token and the session.

use std::time::Duration;

use leptos::{leptos_dom::helpers::set_interval_with_handle, prelude::*};

use super::{
    rows::{Row, Rows},
    token::claim,
};
use crate::{components::format_date_time, messages};
use doorward::{Inspector, use_session};
use doorward_api::Timestamp;

/// Shorter than a second, so that the displayed seconds are never late.
const TICK: Duration = Duration::from_millis(250);

#[component]
pub fn Lifetimes(inspector: Inspector) -> impl IntoView {
    let status = use_session().status();
    let ticks = RwSignal::new(0_u32);
    let timer = set_interval_with_handle(move || ticks.update(|ticks| *ticks = ticks.wrapping_add(1)), TICK);
    on_cleanup(move || {
        if let Ok(timer) = timer {
            timer.clear();
        }
    });

    let rows = move || {
        ticks.track();
        let (Some(life), Some(session)) = (inspector.lifetimes(), status.with(|status| status.session().cloned()))
        else {
            return Vec::new();
        };
        let token_lifetime = inspector.token().map_or(0.0, |token| claim(&token, "exp") - claim(&token, "iat"));
        let seconds = |moment: &Timestamp| js_sys::Date::parse(moment.as_str()) / 1000.0;
        let session_lifetime = seconds(&session.expires_at) - seconds(&session.created_at);
        let end = format_date_time(&session.expires_at.as_str().into(), "short");
        let fresh = life.fresh.map(|fresh| {
            let note = match fresh {
                Duration::ZERO => "The next request refreshes the token first.",
                _ => "After this, a request refreshes the token first.",
            };
            row("Refresh due", fresh, token_lifetime, note.to_owned())
        });
        let token = life
            .token
            .map(|token| row("Token ends", token, token_lifetime, "After this, every server rejects it.".to_owned()));
        let note = format!("On {end}. Set at login; a refresh does not extend it.");
        let session = row("Session ends", life.session, session_lifetime, note);
        fresh.into_iter().chain(token).chain([session]).collect()
    };
    view! {
        <section aria-labelledby="lifetimes">
            <h2 id="lifetimes" class="visually-hidden">"Time left"</h2>
            <Rows class="lifetimes" rows/>
        </section>
    }
}

fn row(name: &str, left: Duration, lifetime: f64, note: String) -> Row {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 1000")]
    let share = (left.as_secs_f64() / lifetime * 1000.0) as u32;
    Row {
        name: name.to_owned(),
        value: if left.is_zero() { "now".to_owned() } else { messages::duration(left) },
        note,
        left: Some(share),
        ..Row::default()
    }
}
