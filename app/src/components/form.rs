//! A form that is sent as JSON, says what was wrong, and leads to it.

use std::{rc::Rc, sync::Arc};

use futures::future::LocalBoxFuture;
use leptos::{
    ev::{KeyboardEvent, SubmitEvent},
    prelude::*,
    task::spawn_local,
    wasm_bindgen::JsCast,
    web_sys::{FormData, HtmlElement, HtmlFormElement, HtmlInputElement},
};
use leptos_router::hooks::use_query_map;

use super::{drafts::Draft, notice::Notice};
use crate::{
    content::{self, Changing, Content},
    private::Private,
    words,
};
use doorward::Error;
use doorward_api::FieldErrors;

/// What was typed into a form, by the names of its fields.
pub struct Typed(FormData);

impl Typed {
    /// The text of a field, exactly as typed.
    pub fn text(&self, field: &str) -> String {
        self.0.get(field).as_string().unwrap_or_default()
    }
}

/// Why a form was not taken.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Refusal {
    /// For the whole form.
    pub message: String,
    /// For single fields.
    pub fields: FieldErrors,
}

impl Refusal {
    /// Fields that are wrong.
    pub fn of_fields(fields: FieldErrors) -> Self {
        Self { message: words::wrong_fields(fields.len()), fields }
    }

    /// One field that is wrong.
    pub fn of_field(name: &str, message: &str) -> Self {
        Self::of_fields(FieldErrors::of(name, message))
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        if let Error::Problem(problem) = &error
            && let Some(fields) = problem.errors.as_ref().filter(|fields| !fields.is_empty())
        {
            return Self::of_fields(fields.clone());
        }
        Self { message: words::error(&error), fields: FieldErrors::default() }
    }
}

/// What a page does with what was typed: an async closure, boxed so that there is one form for all of them.
#[derive(Clone)]
pub struct Sender(Rc<dyn Fn(Typed) -> LocalBoxFuture<'static, Result<(), Refusal>>>);

impl<F: AsyncFn(Typed) -> Result<(), Refusal> + 'static> From<F> for Sender {
    fn from(send: F) -> Self {
        let send = Rc::new(send);
        Self(Rc::new(move |typed| {
            let send = Rc::clone(&send);
            Box::pin(async move { send(typed).await })
        }))
    }
}

/// What puts a form away without sending it.
#[derive(Clone)]
pub struct Cancel(Arc<dyn Fn() + Send + Sync>);

impl<F: Fn() + Send + Sync + 'static> From<F> for Cancel {
    fn from(cancel: F) -> Self {
        Self(Arc::new(cancel))
    }
}

/// What a field knows of the form around it.
#[derive(Clone)]
pub(super) struct Surroundings {
    /// Whether the form is on its way.
    pub(super) pending: RwSignal<bool>,
    /// Counts the times that the form was emptied.
    pub(super) emptied: RwSignal<usize>,
    /// What was typed before the session ended, where that is kept.
    pub(super) draft: Option<Draft>,
    refusal: RwSignal<Option<Refusal>>,
}

impl Surroundings {
    /// What is wrong with the field of this name.
    pub(super) fn error(&self, name: &'static str) -> Memo<Option<String>> {
        let refusal = self.refusal;
        Memo::new(move |_| refusal.with(|refusal| refusal.as_ref()?.fields.get(name).cloned()))
    }
}

/// A form with one button. The inputs keep their text themselves, so nothing typed before hydration is lost; a submit
/// before hydration posts to this same address, which sends the browser back with `early` in the query.
#[component]
pub fn Form(
    /// What the button says.
    button: &'static str,
    /// Sends what was typed. Success empties the form.
    #[prop(into)]
    send: Sender,
    /// Puts the form away: for one that is opened in the browser, and that nobody expects to find again after a login.
    #[prop(optional, into)]
    cancel: Option<Cancel>,
    /// Whether it is a part of the page, and not above it.
    #[prop(default = true)]
    is_of_page: bool,
    /// The fields.
    children: Content,
) -> impl IntoView {
    let pending = RwSignal::new(false);
    let refusal = RwSignal::new(None::<Refusal>);
    let emptied = RwSignal::new(0);
    let draft = (is_of_page && cancel.is_none()).then(Draft::here);
    provide_context(Surroundings { pending, emptied, refusal, draft: draft.clone() });
    let kept = draft.clone();
    let on_input = move |event| {
        if let Some(draft) = &draft {
            draft.keep(&event);
        }
    };
    let escape = cancel.clone();
    let on_key = move |event: KeyboardEvent| {
        if let Some(Cancel(cancel)) = escape.as_ref().filter(|_| event.key() == "Escape") {
            cancel();
        }
    };

    let refuse = move |form: HtmlFormElement, new: Refusal| {
        refusal.set(Some(new));
        // After the fields have been marked.
        request_animation_frame(move || focus_first_wrong(&form));
    };
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(form) = event.target().and_then(|form| form.dyn_into::<HtmlFormElement>().ok()) else { return };
        if pending.get_untracked() {
            return;
        }
        let blanks = blanks(&form);
        if !blanks.is_empty() {
            return refuse(form, Refusal::of_fields(blanks));
        }
        let Ok(data) = FormData::new_with_form(&form) else { return };
        pending.set(true);
        let reply = (send.0)(Typed(data));
        let kept = kept.clone();
        spawn_local(async move {
            let reply = reply.await;
            pending.set(false);
            match reply {
                Ok(()) => {
                    refusal.set(None);
                    if let Some(kept) = kept {
                        kept.forget(&form);
                    }
                    form.reset();
                    emptied.update(|times| *times += 1);
                }
                Err(new) => refuse(form, new),
            }
        });
    };

    let query = use_query_map();
    let was_early = move || is_of_page && query.with(|query| query.get_str("early").is_some());

    view! {
        <form method="post" novalidate on:submit=on_submit on:input=on_input on:keydown=on_key>
            <Notice role="status" text=move || was_early().then_some("This page was still loading. Please try again.")/>
            <div role="alert" tabindex="-1" class="alert-place">
                <Notice class="notice wrong" text=move || Some(refusal.read().as_ref()?.message.clone())/>
            </div>
            {children.view()}
            // Never `disabled`: that would throw the focus away.
            <button
                class="button"
                aria-busy=spelled(pending)
                aria-disabled=spelled(pending)
            >
                {button}
            </button>
            {cancel.map(|Cancel(cancel)| Private::new(move || view! {
                <button type="button" class="button second" on:click=move |_| cancel()>"Cancel"</button>
            }))}
        </form>
    }
}

/// The required fields of a form in which nothing was typed, each with a sentence.
fn blanks(form: &HtmlFormElement) -> FieldErrors {
    let elements = form.elements();
    let mut blanks = FieldErrors::default();
    for input in (0..elements.length()).filter_map(|index| elements.item(index)?.dyn_into::<HtmlInputElement>().ok()) {
        if input.required() && input.value().is_empty() {
            blanks.insert(input.name(), format!("Enter your {}.", input.name().replace('_', " ")));
        }
    }
    blanks
}

/// `true` or `false`, as ARIA has it.
pub(super) fn spelled(flag: RwSignal<bool>) -> Changing {
    content::changing(move || Some(if flag.get() { "true" } else { "false" }))
}

/// Moves the focus to the first field that is wrong, else to what is said about the whole form.
fn focus_first_wrong(form: &HtmlFormElement) {
    let mut places = ["[aria-invalid=true]", ".alert-place"].into_iter();
    let first = places.find_map(|selector| form.query_selector(selector).ok().flatten());
    if let Some(element) = first.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        _ = element.focus();
    }
}
