//! Forms of pages without scripts.

use leptos::prelude::*;

use crate::messages::{self, messages};
use doorward_api::{ErrorCode, FieldErrors, Problem};

/// Why a form was rejected, above it. It has the focus, and links to the fields.
pub(super) fn error_summary(problem: Option<&Problem>) -> impl IntoView + use<> {
    let problem = problem?;
    let fields: Vec<_> = problem.errors.iter().flat_map(FieldErrors::iter).collect();
    let lines = if fields.is_empty() {
        let error = doorward::Error::Problem(Box::new(problem.clone()));
        view! { <p>{messages::error(&error)}</p> }.into_any()
    } else {
        let links = fields.iter().map(|(name, message)| {
            view! { <p><a href=format!("#{name}")>{(*message).clone()}</a></p> }
        });
        links.collect_view().into_any()
    };
    Some(view! {
        <div class="notice error" role="alert" tabindex="-1" autofocus>
            <p><strong>{messages().recovery.problem_title}</strong></p>
            {lines}
        </div>
    })
}

/// The message of a field, and the attributes that tie it to the field: `aria-invalid` and `aria-describedby`.
pub(super) struct FieldState {
    message: Option<String>,
    name: &'static str,
    has_hint: bool,
}

impl FieldState {
    pub(super) fn of(problem: Option<&Problem>, name: &'static str, has_hint: bool) -> Self {
        let message = problem.and_then(|problem| problem.errors.as_ref()?.get(name).cloned());
        Self { message, name, has_hint }
    }

    pub(super) fn error(&self) -> impl IntoView + use<> {
        let id = format!("{}-error", self.name);
        self.message.clone().map(|message| view! { <p class="field-error" id=id>{message}</p> })
    }

    pub(super) fn invalid(&self) -> Option<&'static str> {
        self.message.as_ref().map(|_| "true")
    }

    pub(super) fn described_by(&self) -> Option<String> {
        let error = self.message.as_ref().map(|_| format!("{}-error", self.name));
        let hint = self.has_hint.then(|| format!("{}-hint", self.name));
        let ids: Vec<_> = error.into_iter().chain(hint).collect();
        (!ids.is_empty()).then(|| ids.join(" "))
    }
}

/// The form of a link in a mail: a question with two answers, of which none is chosen. Each is a value and a sentence.
pub(super) fn choice_form(
    action: &'static str,
    token: String,
    answers: [(&'static str, String); 2],
    problem: Option<&Problem>,
) -> impl IntoView + use<> {
    let text = &messages().recovery;
    let field = FieldState::of(problem, "answer", false);
    let [(first, first_text), (second, second_text)] = answers;
    view! {
        <div class="card">
            <form method="post" action=action novalidate>
                {error_summary(problem)}
                <input type="hidden" name="token" value=token/>
                <fieldset class="choices" aria-describedby=field.described_by()>
                    <legend>{text.answer}</legend>
                    {field.error()}
                    <p><label><input type="radio" id="answer" name="answer" value=first required/>" "{first_text}</label></p>
                    <p><label><input type="radio" name="answer" value=second required/>" "{second_text}</label></p>
                </fieldset>
                <button class="button">{text.continue_button}</button>
            </form>
        </div>
    }
}

/// The email, hidden from sight: password managers save it with the password.
pub(super) fn username_field(email: String) -> impl IntoView {
    view! {
        <input
            class="visually-hidden"
            type="text"
            name="username"
            value=email
            autocomplete="username"
            readonly
            tabindex="-1"
            aria-hidden="true"
        />
    }
}

/// The field for a new password, with the rule for its length.
pub(super) fn new_password_field(
    label: &'static str,
    rule: String,
    problem: Option<&Problem>,
) -> impl IntoView + use<> {
    let field = FieldState::of(problem, "password", true);
    view! {
        <div class="field">
            <label for="password">{label}</label>
            {field.error()}
            <input
                id="password"
                name="password"
                type="password"
                autocomplete="new-password"
                autocapitalize="none"
                spellcheck="false"
                required
                aria-invalid=field.invalid()
                aria-describedby=field.described_by()
            />
            <p class="hint" id="password-hint">{rule}</p>
        </div>
    }
}

/// The field for a second factor: the code of an app, or a recovery code.
pub(super) fn second_factor_field(problem: Option<&Problem>, has_focus: bool) -> impl IntoView + use<> {
    let text = &messages().recovery;
    let field = FieldState::of(problem, "code", true);
    view! {
        <div class="field">
            <label for="code">{text.second_factor}</label>
            {field.error()}
            <input
                id="code"
                name="code"
                type="text"
                autocomplete="one-time-code"
                autocapitalize="none"
                spellcheck="false"
                required
                autofocus=has_focus
                aria-invalid=field.invalid()
                aria-describedby=field.described_by()
            />
            <p class="hint" id="code-hint">{text.second_factor_hint}</p>
        </div>
    }
}

/// A wrong second factor is an error of its field.
pub(super) fn at_second_factor(problem: Problem) -> Problem {
    if problem.code != ErrorCode::SecondFactorInvalid {
        return problem;
    }
    let message = messages::error(&doorward::Error::Problem(Box::new(problem.clone())));
    Problem { errors: Some(FieldErrors::of("code", message)), ..problem }
}
