//! A form: validates required fields, submits what was entered, shows errors and moves the focus to the first one.

use std::{rc::Rc, sync::Arc};

use futures::future::LocalBoxFuture;
use leptos::{
    ev::{KeyboardEvent, SubmitEvent},
    prelude::*,
    task::spawn_local,
    wasm_bindgen::JsCast,
    web_sys::{FormData, HtmlElement, HtmlFormElement, HtmlInputElement},
};
use serde::{Deserialize, Serialize};

use super::{FirstPage, drafts::Draft, notice::Notice, session_scope::SessionScope};
use crate::{
    form_reply::FormReply,
    leptos_ext::{BoxedChildren, ClientOnly, ReactiveText, reactive_text},
    messages::{self, messages},
    page_data::PageData,
};
use doorward::Error;
use doorward_api::FieldErrors;

/// The submitted values, by field name.
pub struct FormValues(FormData);

impl FormValues {
    /// The text of a field, exactly as entered.
    pub fn text(&self, field: &str) -> String {
        self.0.get(field).as_string().unwrap_or_default()
    }
}

/// Why a submission failed: a message for the whole form, and one for each invalid field.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct FormError {
    pub message: String,
    pub fields: FieldErrors,
}

impl FormError {
    pub fn of_fields(fields: FieldErrors) -> Self {
        Self { message: messages::invalid_fields(fields.len()), fields }
    }

    pub fn of_field(name: &str, message: &str) -> Self {
        Self::of_fields(FieldErrors::of(name, message))
    }
}

impl From<Error> for FormError {
    fn from(error: Error) -> Self {
        if let Error::Problem(problem) = &error
            && let Some(fields) = problem.errors.as_ref().filter(|fields| !fields.is_empty())
        {
            return Self::of_fields(fields.clone());
        }
        Self { message: messages::error(&error), fields: FieldErrors::default() }
    }
}

/// An async submit handler, boxed so that all pages share one form.
#[derive(Clone)]
pub struct OnSubmit(Rc<dyn Fn(FormValues) -> LocalBoxFuture<'static, Result<(), FormError>>>);

impl<F: AsyncFn(FormValues) -> Result<(), FormError> + 'static> From<F> for OnSubmit {
    fn from(submit: F) -> Self {
        let submit = Rc::new(submit);
        Self(Rc::new(move |values| {
            let submit = Rc::clone(&submit);
            Box::pin(async move { submit(values).await })
        }))
    }
}

/// A boxed cancel handler.
#[derive(Clone)]
pub struct OnCancel(Arc<dyn Fn() + Send + Sync>);

impl<F: Fn() + Send + Sync + 'static> From<F> for OnCancel {
    fn from(cancel: F) -> Self {
        Self(Arc::new(cancel))
    }
}

/// What a form provides to the fields inside it.
#[derive(Clone)]
pub(super) struct FormContext {
    pub(super) pending: RwSignal<bool>,
    /// Incremented whenever the form is reset.
    pub(super) resets: RwSignal<usize>,
    /// The unsent text of this form, where it is kept.
    pub(super) draft: Option<Draft>,
    /// What was submitted before, if the server has rejected it.
    pub(super) submitted: StoredValue<Vec<(String, String)>>,
    error: RwSignal<Option<FormError>>,
    /// Whether a field has the initial focus.
    has_focus: StoredValue<bool>,
}

impl FormContext {
    /// Whether the server gives the initial focus to this field: the first one with an error.
    pub(super) fn takes_focus(&self, error: Memo<Option<String>>) -> bool {
        let takes = !is_browser() && error.read_untracked().is_some() && !self.has_focus.get_value();
        self.has_focus.update_value(|has_focus| *has_focus |= takes);
        takes
    }

    /// The error of one field.
    pub(super) fn error(&self, name: &'static str) -> Memo<Option<String>> {
        let error = self.error;
        Memo::new(move |_| error.with(|error| error.as_ref()?.fields.get(name).cloned()))
    }

    /// The text that was submitted in one field.
    pub(super) fn submitted_text(&self, name: &str) -> Option<String> {
        self.submitted.with_value(|values| Some(values.iter().find(|(field, _)| field == name)?.1.clone()))
    }
}

/// A form with one submit button. Without the program, the browser posts it to the page's own address.
#[component]
pub fn Form(
    /// The label of the submit button.
    button: &'static str,
    /// Success resets the form.
    #[prop(into)]
    on_submit: OnSubmit,
    /// Adds a cancel button. Such a form is opened in the browser and keeps no draft, unless `keeps_draft` is set.
    #[prop(optional, into)]
    on_cancel: Option<OnCancel>,
    #[prop(optional)] keeps_draft: bool,
    /// False for a form in a dialog over the page, which keeps no draft.
    #[prop(default = true)]
    is_in_page: bool,
    children: BoxedChildren,
) -> impl IntoView {
    let pending = RwSignal::new(false);
    let data = PageData::current();
    // Where credentials are kept in the page's memory, only the program can submit the form: `boot.js` waits for it.
    let waits = is_in_page && data.session_scope == SessionScope::Tab;
    let reply = data.form_reply.filter(|_| is_in_page && FirstPage::is_current());
    let (error, submitted) = reply
        .map(|FormReply { error, values, needs_program }| ((!needs_program || !is_browser()).then_some(error), values))
        .unzip();
    let error = RwSignal::new(error.flatten());
    let submitted = StoredValue::new(submitted.unwrap_or_default());
    let resets = RwSignal::new(0);
    let draft = (is_in_page && (on_cancel.is_none() || keeps_draft)).then(Draft::of_current_page);
    provide_context(FormContext {
        pending,
        resets,
        error,
        has_focus: StoredValue::new(false),
        submitted,
        draft: draft.clone(),
    });
    let sent_draft = draft.clone();
    let on_input = move |event| {
        if let Some(draft) = &draft {
            draft.save(&event);
        }
    };
    let on_escape = on_cancel.clone();
    let on_key = move |event: KeyboardEvent| {
        if let Some(OnCancel(cancel)) = on_escape.as_ref().filter(|_| event.key() == "Escape" && !event.is_composing())
        {
            cancel();
        }
    };

    let fail = move |form: HtmlFormElement, new: FormError| {
        error.set(Some(new));
        // After `aria-invalid` has been updated.
        request_animation_frame(move || focus_first_error(&form));
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(form) = event.target().and_then(|form| form.dyn_into::<HtmlFormElement>().ok()) else { return };
        if pending.get_untracked() {
            return;
        }
        let missing = missing_fields(&form);
        if !missing.is_empty() {
            return fail(form, FormError::of_fields(missing));
        }
        let Ok(data) = FormData::new_with_form(&form) else { return };
        pending.set(true);
        let reply = (on_submit.0)(FormValues(data));
        let sent_draft = sent_draft.clone();
        spawn_local(async move {
            let reply = reply.await;
            pending.set(false);
            match reply {
                Ok(()) => {
                    error.set(None);
                    if let Some(draft) = sent_draft {
                        draft.clear(&form);
                    }
                    form.reset();
                    resets.update(|count| *count += 1);
                }
                Err(new) => fail(form, new),
            }
        });
    };

    view! {
        <form method="post" novalidate data-waits=waits on:submit=submit on:input=on_input on:keydown=on_key>
            {(waits && !is_browser()).then(|| view! {
                <noscript><p class="notice error">{messages().document.needs_program}</p></noscript>
                <p class="notice" role="status" hidden id="waiting">{messages().document.waiting}</p>
            })}
            <div role="alert" tabindex="-1" class="form-alert">
                <Notice class="notice error" text=move || Some(error.read().as_ref()?.message.clone())/>
            </div>
            {children.view()}
            // Not `disabled`, which would lose the focus.
            <button
                class="button"
                aria-busy=aria_bool(pending)
                aria-disabled=aria_bool(pending)
            >
                {button}
            </button>
            {on_cancel.map(|OnCancel(cancel)| ClientOnly::new(move || view! {
                <button type="button" class="button second" on:click=move |_| cancel()>{messages().shell.cancel}</button>
            }))}
        </form>
    }
}

/// The empty required fields, each with a message.
fn missing_fields(form: &HtmlFormElement) -> FieldErrors {
    let elements = form.elements();
    let inputs = (0..elements.length()).filter_map(|index| elements.item(index)?.dyn_into::<HtmlInputElement>().ok());
    let missing = inputs.filter(|input| input.required() && input.value().is_empty());
    missing.map(|input| (input.name(), messages::missing_field(&input.name()).to_owned())).collect()
}

/// `true` or `false`, as an ARIA attribute.
pub(super) fn aria_bool(flag: RwSignal<bool>) -> ReactiveText {
    reactive_text(move || Some(if flag.get() { "true" } else { "false" }))
}

/// Focuses the first invalid field, else the message for the whole form.
fn focus_first_error(form: &HtmlFormElement) {
    let mut selectors = ["[aria-invalid=true]", ".form-alert"].into_iter();
    let first = selectors.find_map(|selector| form.query_selector(selector).ok().flatten());
    if let Some(element) = first.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        _ = element.focus();
    }
}
