//! What is left of the access token and of the session, second by second.

use std::time::Duration;

use leptos::{leptos_dom::helpers::set_interval_with_handle, prelude::*};

use super::{
    rows::{Row, Rows},
    token::claim,
};
use crate::{components::moment_in_words, words};
use doorward::{Inspector, use_session};
use doorward_api::Timestamp;

/// Often enough that no second is shown late.
const TICK: Duration = Duration::from_millis(250);

/// The countdown.
#[component]
pub fn Life(inspector: Inspector) -> impl IntoView {
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
        let whole_token = inspector.token().map_or(0.0, |token| claim(&token, "exp") - claim(&token, "iat"));
        let seconds = |moment: &Timestamp| js_sys::Date::parse(moment.as_str()) / 1000.0;
        let whole_session = seconds(&session.expires_at) - seconds(&session.created_at);
        let end = moment_in_words(&session.expires_at.as_str().into(), "short");
        let fresh = life.fresh.map(|fresh| {
            let note = match fresh {
                Duration::ZERO => "The next request brings a newer token first.",
                _ => "From then on, a request brings a newer token first.",
            };
            row("Refresh due", fresh, whole_token, note.to_owned())
        });
        let token = life
            .token
            .map(|token| row("Token ends", token, whole_token, "From then on, no server takes it.".to_owned()));
        let note = format!("On {end}, fixed at login: no refresh moves it.");
        let session = row("Session ends", life.session, whole_session, note);
        fresh.into_iter().chain(token).chain([session]).collect()
    };
    view! {
        <section aria-labelledby="life">
            <h2 id="life" class="unseen">"Time left"</h2>
            <Rows class="life" rows/>
        </section>
    }
}

fn row(name: &str, left: Duration, whole: f64, note: String) -> Row {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a thousand")]
    let share = (left.as_secs_f64() / whole * 1000.0) as u32;
    Row {
        name: name.to_owned(),
        value: if left.is_zero() { "now".to_owned() } else { words::time(left) },
        note,
        left: Some(share),
        ..Row::default()
    }
}
