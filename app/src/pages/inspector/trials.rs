//! Faults and traffic at the press of a button.

use std::{cell::Cell, rc::Rc, time::Duration};

use leptos::{ev::MouseEvent, prelude::*, task::spawn_local, wasm_bindgen::JsCast, web_sys::Element};

use crate::{components::Notice, words};
use doorward::{Inspector, SessionHandle, use_session};
use doorward_api::{CredentialStorage, User};

/// What there is to try things with.
#[derive(Clone, Copy)]
struct Bench {
    session: SessionHandle,
    inspector: Inspector,
    /// The last thing that was said.
    said: RwSignal<Option<String>>,
}

/// Something to try.
struct Trial {
    /// Whether there is anything to see with a session that is kept so.
    is_for: fn(CredentialStorage) -> bool,
    button: &'static str,
    /// What one will see.
    promise: &'static str,
    /// What has been done; nothing, where the timeline says so by itself.
    remark: &'static str,
    act: fn(Bench),
}

fn has_refreshes(keeps: CredentialStorage) -> bool {
    keeps.has_access_token() && keeps.is_renewable()
}

const HOUR: f64 = 3_600_000.0;

const TRIALS: [Trial; 9] = [
    Trial {
        is_for: |_| true,
        button: "Send a request",
        promise: "GET /api/me: sent and answered. A token that is old is replaced first.",
        remark: "",
        act: |bench| bench.send(1),
    },
    Trial {
        is_for: |_| true,
        button: "Send 20 at once",
        promise: "All are answered. If a token is old, there is one refresh for all of them.",
        remark: "",
        act: |bench| bench.send(20),
    },
    Trial {
        is_for: CredentialStorage::has_access_token,
        button: "Expire the access token now",
        promise: "The next request brings a newer token first, and nobody notices. Where nothing renews a session, it ends.",
        remark: "The access token counts as expired",
        act: |bench| bench.inspector.expire_token(),
    },
    Trial {
        is_for: has_refreshes,
        button: "Drop the next refresh answer",
        promise: "The server grants, and the answer is lost. The session is kept, and the next try gets through.",
        remark: "The next answer to a refresh will be lost",
        act: |bench| bench.inspector.drop_next_refresh(),
    },
    Trial {
        is_for: |_| true,
        button: "Answer 503 for 10 seconds",
        promise: "Nothing gets through. A refresh is tried again, less and less often, and the session is kept.",
        remark: "For 10 seconds, every request of this tab is answered 503",
        act: |bench| bench.inspector.answer_503(Duration::from_secs(10)),
    },
    Trial {
        is_for: has_refreshes,
        button: "Set the clock one hour ahead",
        promise: "The token looks old: one refresh more. Nobody is logged out.",
        remark: "The clock is one hour ahead",
        act: |bench| bench.inspector.skew_clock(HOUR),
    },
    Trial {
        is_for: CredentialStorage::has_access_token,
        button: "Set the clock one hour back",
        promise: "Nothing happens: how old the token is, a steadier clock says.",
        remark: "The clock is one hour back",
        act: |bench| bench.inspector.skew_clock(-HOUR),
    },
    Trial {
        is_for: CredentialStorage::has_access_token,
        button: "Set the clock right again",
        promise: "Nothing happens either.",
        remark: "The clock is right again",
        act: |bench| bench.inspector.skew_clock(0.0),
    },
    Trial {
        is_for: |_| true,
        button: "End the session on the server",
        promise: "The server tells all tabs of this browser, without being asked, and they lead to the login page.",
        remark: "",
        act: Bench::end_session,
    },
];

impl Bench {
    fn say(self, sentence: &str) {
        self.said.set(Some(sentence.to_owned()));
    }

    fn send(self, count: u32) {
        self.say("On the way…");
        let missing = Rc::new(Cell::new(count));
        for _ in 0..count {
            let missing = Rc::clone(&missing);
            spawn_local(async move {
                match self.session.get::<User>("/api/me").await {
                    Ok(_) => missing.set(missing.get() - 1),
                    Err(error) => return self.say(&words::error(&error)),
                }
                if missing.get() == 0 {
                    self.say(if count == 1 { "Answered." } else { "All are answered." });
                }
            });
        }
    }

    fn end_session(self) {
        spawn_local(async move {
            if !self.inspector.end_session().await {
                self.say("The server could not be told. Please try again.");
            }
        });
    }
}

/// The buttons, and what to expect of each.
#[component]
pub fn Trials(inspector: Inspector) -> impl IntoView {
    let session = use_session();
    let keeps =
        session.status().with_untracked(|status| status.session().map(|session| session.policy.credential_storage()));
    let said = RwSignal::new(Some("Press a button, and watch the timeline.".to_owned()));
    let bench = Bench { session, inspector, said };
    let run = move |event: MouseEvent| {
        let button = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let number: Option<usize> = button.and_then(|button| button.get_attribute("value")?.parse().ok());
        let Some(trial) = number.and_then(|number| TRIALS.get(number)) else { return };
        if !trial.remark.is_empty() {
            bench.inspector.remark(trial.remark);
            bench.say(trial.remark);
        }
        (trial.act)(bench);
    };
    view! {
        <section aria-labelledby="trials">
            <h2 id="trials">"Try it"</h2>
            <div class="said" role="status"><Notice text=move || said.get()/></div>
            <ul class="trials" inner_html=list(keeps.unwrap_or(CredentialStorage::AccessTokenOnly)) on:click=run></ul>
        </section>
    }
}

/// The list for a session that is kept so, as HTML, all of it from the table above: a view for each of the parts would
/// weigh more than what they say.
fn list(keeps: CredentialStorage) -> String {
    let item = |(number, Trial { button, promise, .. }): (usize, &Trial)| {
        format!(
            "<li><button type=\"button\" class=\"button second\" value=\"{number}\" \
             aria-describedby=\"trial-{number}\">{button}</button><p id=\"trial-{number}\">{promise}</p></li>"
        )
    };
    TRIALS.iter().enumerate().filter(|(_, trial)| (trial.is_for)(keeps)).map(item).collect()
}
