//! Buttons that inject faults and send requests.

use std::{cell::Cell, rc::Rc, time::Duration};

use leptos::{ev::MouseEvent, prelude::*, task::spawn_local, wasm_bindgen::JsCast, web_sys::Element};

use crate::{components::Notice, messages};
use doorward::{Inspector, SessionHandle, use_session};
use doorward_api::{CredentialStorage, User};

/// What the faults act on.
#[derive(Clone, Copy)]
struct Panel {
    session: SessionHandle,
    inspector: Inspector,
    status: RwSignal<Option<String>>,
}

struct Fault {
    /// Whether the fault has an effect with this credential storage.
    applies_to: fn(CredentialStorage) -> bool,
    button: &'static str,
    /// What to expect.
    expectation: &'static str,
    /// Added to the timeline; empty if the timeline has entries anyway.
    remark: &'static str,
    run: fn(Panel),
}

fn can_refresh(storage: CredentialStorage) -> bool {
    storage.has_access_token() && storage.is_renewable()
}

const HOUR: f64 = 3_600_000.0;

const FAULTS: [Fault; 9] = [
    Fault {
        applies_to: |_| true,
        button: "Send a request",
        expectation: "GET /api/me. An expired token is refreshed first.",
        remark: "",
        run: |panel| panel.send(1),
    },
    Fault {
        applies_to: |_| true,
        button: "Send 20 at once",
        expectation: "All succeed. If the token has expired, one refresh serves all of them.",
        remark: "",
        run: |panel| panel.send(20),
    },
    Fault {
        applies_to: CredentialStorage::has_access_token,
        button: "Expire the access token now",
        expectation: "The next request refreshes the token first. A session that cannot be renewed ends.",
        remark: "The access token is treated as expired",
        run: |panel| panel.inspector.expire_token(),
    },
    Fault {
        applies_to: can_refresh,
        button: "Drop the next refresh response",
        expectation: "The refresh succeeds but its response is lost. The session is kept, and the next attempt succeeds.",
        remark: "The next refresh response will be dropped",
        run: |panel| panel.inspector.drop_next_refresh(),
    },
    Fault {
        applies_to: |_| true,
        button: "Answer 503 for 10 seconds",
        expectation: "Every request fails. Refreshes are retried with back-off, and the session is kept.",
        remark: "Every request of this tab gets 503 for 10 seconds",
        run: |panel| panel.inspector.answer_503(Duration::from_secs(10)),
    },
    Fault {
        applies_to: can_refresh,
        button: "Set the clock one hour ahead",
        expectation: "The token looks expired: one extra refresh. You stay logged in.",
        remark: "The clock is one hour ahead",
        run: |panel| panel.inspector.skew_clock(HOUR),
    },
    Fault {
        applies_to: CredentialStorage::has_access_token,
        button: "Set the clock one hour back",
        expectation: "Nothing happens: token age is measured with a monotonic clock.",
        remark: "The clock is one hour back",
        run: |panel| panel.inspector.skew_clock(-HOUR),
    },
    Fault {
        applies_to: CredentialStorage::has_access_token,
        button: "Reset the clock",
        expectation: "Nothing happens.",
        remark: "The clock is reset",
        run: |panel| panel.inspector.skew_clock(0.0),
    },
    Fault {
        applies_to: |_| true,
        button: "End the session on the server",
        expectation: "The server notifies all tabs of this browser, and they go to the login page.",
        remark: "",
        run: Panel::end_session,
    },
];

impl Panel {
    fn show(self, message: &str) {
        self.status.set(Some(message.to_owned()));
    }

    fn send(self, count: u32) {
        self.show("Sending…");
        let remaining = Rc::new(Cell::new(count));
        for _ in 0..count {
            let remaining = Rc::clone(&remaining);
            spawn_local(async move {
                match self.session.get::<User>("/api/me").await {
                    Ok(_) => remaining.set(remaining.get() - 1),
                    Err(error) => return self.show(&messages::error(&error)),
                }
                if remaining.get() == 0 {
                    self.show(if count == 1 { "Response received." } else { "All responses received." });
                }
            });
        }
    }

    fn end_session(self) {
        spawn_local(async move {
            if !self.inspector.end_session().await {
                self.show("Could not reach the server. Try again.");
            }
        });
    }
}

/// One button per fault, with its expected effect.
#[component]
pub fn FaultPanel(inspector: Inspector) -> impl IntoView {
    let session = use_session();
    let storage =
        session.status().with_untracked(|status| status.session().map(|session| session.policy.credential_storage()));
    let status = RwSignal::new(Some("Press a button and watch the timeline.".to_owned()));
    let panel = Panel { session, inspector, status };
    let run = move |event: MouseEvent| {
        let button = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let number: Option<usize> = button.and_then(|button| button.get_attribute("value")?.parse().ok());
        let Some(fault) = number.and_then(|number| FAULTS.get(number)) else { return };
        if !fault.remark.is_empty() {
            panel.inspector.remark(fault.remark);
            panel.show(fault.remark);
        }
        (fault.run)(panel);
    };
    view! {
        <section aria-labelledby="faults">
            <h2 id="faults">"Try it"</h2>
            <div class="fault-status" role="status"><Notice text=move || status.get()/></div>
            <ul class="faults" inner_html=list(storage.unwrap_or(CredentialStorage::AccessTokenOnly)) on:click=run></ul>
        </section>
    }
}

/// The list as static HTML, because a view for each item would add more to the WebAssembly than its text does.
fn list(storage: CredentialStorage) -> String {
    let item = |(number, Fault { button, expectation, .. }): (usize, &Fault)| {
        format!(
            "<li><button type=\"button\" class=\"button second\" value=\"{number}\" \
             aria-describedby=\"fault-{number}\">{button}</button><p id=\"fault-{number}\">{expectation}</p></li>"
        )
    };
    FAULTS.iter().enumerate().filter(|(_, fault)| (fault.applies_to)(storage)).map(item).collect()
}
