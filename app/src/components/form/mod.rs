//! A form: validates required fields, submits what was entered, shows errors and moves the focus to the first one.

mod context;
mod error;

use std::{rc::Rc, sync::Arc};

use futures::future::LocalBoxFuture;
use leptos::{
    ev::{KeyboardEvent, SubmitEvent},
    prelude::*,
    task::spawn_local,
    wasm_bindgen::JsCast,
    web_sys::{Event, FormData, HtmlElement, HtmlFormElement, HtmlInputElement},
};

use self::error::Countdown;
use super::{FirstPage, drafts::Draft, notice::Notice, session_scope::SessionScope};
use crate::{
    form_reply::FormReply,
    leptos_ext::{BoxedChildren, ClientOnly, ReactiveText, reactive_text},
    messages::messages,
    page_data::PageData,
};
use doorward_api::FieldErrors;

pub(super) use context::FormContext;
pub use error::FormError;

/// The submitted values, by field name.
pub struct FormValues(FormData);

impl FormValues {
    /// The text of a field, exactly as entered.
    pub fn text(&self, field: &str) -> String {
        self.0.get(field).as_string().unwrap_or_default()
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
pub struct OnCancel(pub(super) Arc<dyn Fn() + Send + Sync>);

impl<F: Fn() + Send + Sync + 'static> From<F> for OnCancel {
    fn from(cancel: F) -> Self {
        Self(Arc::new(cancel))
    }
}

/// A form with one submit button. Without the WebAssembly, the browser posts it to the page's own address.
#[component]
pub fn Form(
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
    // Where credentials are kept in the page's memory, only the WebAssembly can submit the form: `boot.js` waits for it.
    let waits = is_in_page && data.session_scope == SessionScope::Tab;
    let reply = data.form_reply.filter(|_| is_in_page && FirstPage::is_current());
    let (error, submitted) = reply
        .map(|FormReply { error, values, requires_webassembly }| {
            ((!requires_webassembly || !is_browser()).then_some(error), values)
        })
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
    let on_input = move |event: Event| {
        if let Some(draft) = &draft {
            draft.save(&event);
        }
        let field = event.target().and_then(|field| field.dyn_into::<HtmlInputElement>().ok());
        if let Some(field) = field.filter(|_| error.read_untracked().is_some()) {
            error.update(|error| error.iter_mut().for_each(|error| error.on_input(&field.name())));
        }
    };
    let on_escape = on_cancel.clone();
    let on_key = move |event: KeyboardEvent| {
        if let Some(OnCancel(cancel)) = on_escape.as_ref().filter(|_| is_escape(&event)) {
            // Chromium would close a dialog below as well, if there was no click between the two.
            event.prevent_default();
            cancel();
        }
    };

    let fail = move |form: HtmlFormElement, new: FormError| {
        let field = new.focus.clone();
        error.set(Some(new));
        // After `aria-invalid` has been updated.
        request_animation_frame(move || focus_field(&form, field.as_deref()));
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
                <noscript><p class="notice error">{messages().document.requires_webassembly}</p></noscript>
                <p class="notice" role="status" hidden id="waiting">{messages().document.waiting}</p>
            })}
            <div class="form-alert">
                <div role="alert">
                    <Notice class="notice error" text=move || {
                        error.read().as_ref().map(|error| error.message.clone()).filter(|message| !message.is_empty())
                    }/>
                </div>
                <Countdown error/>
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

/// The inputs of a form, in the order of the document.
pub(super) fn inputs(form: &HtmlFormElement) -> Vec<HtmlInputElement> {
    let elements = form.elements();
    (0..elements.length()).filter_map(|index| elements.item(index)?.dyn_into().ok()).collect()
}

/// The empty required fields, each with a message.
fn missing_fields(form: &HtmlFormElement) -> FieldErrors {
    let missing = inputs(form).into_iter().filter(|input| input.required() && input.value().is_empty());
    missing.map(|input| (input.name(), messages().form.missing_field(&input.name()).to_owned())).collect()
}

/// `true` or `false`, as an ARIA attribute.
pub(super) fn aria_bool(flag: RwSignal<bool>) -> ReactiveText {
    reactive_text(move || Some(if flag.get() { "true" } else { "false" }))
}

/// Focuses the field `name`, else the first invalid one. An error of the whole form is announced, and the focus stays.
fn focus_field(form: &HtmlFormElement, name: Option<&str>) {
    let field = match name {
        Some(name) => form.elements().named_item(name),
        None => form.query_selector("[aria-invalid=true]").ok().flatten(),
    };
    if let Some(field) = field.and_then(|field| field.dyn_into::<HtmlElement>().ok()) {
        _ = field.focus();
    }
}

pub(super) fn is_escape(event: &KeyboardEvent) -> bool {
    event.key() == "Escape" && !event.is_composing()
}
