//! `/register/code`: asks for the code of a registration that was submitted without the WebAssembly.

use leptos::prelude::*;

use super::form::{FieldState, error_summary};
use crate::messages::{self, messages};
use doorward_api::{ErrorCode, FieldErrors, Problem};

/// What the page shows.
pub struct RegistrationCode {
    /// As it was entered.
    pub email: String,
    /// Whether a new code was requested.
    pub is_resent: bool,
    /// Why a code, or the request for a new one, was rejected.
    pub problem: Option<Problem>,
    /// The address of the registration page, with the return path.
    pub register: String,
}

pub fn registration_code_title() -> String {
    messages().register.check_email.to_owned()
}

/// A wrong code is an error of the field.
fn at_its_field(problem: Problem) -> Problem {
    if problem.code != ErrorCode::CodeInvalid {
        return problem;
    }
    let message = messages::error(&doorward::Error::Problem(Box::new(problem.clone())));
    Problem { errors: Some(FieldErrors::of("code", message)), ..problem }
}

pub fn registration_code(page: RegistrationCode) -> impl IntoView {
    let text = &messages().register;
    let problem = page.problem.map(at_its_field);
    let problem = problem.as_ref();
    let field = FieldState::of(problem, "code", false);
    view! {
        <h1>{text.check_email}</h1>
        {page.is_resent.then(|| view! { <div role="status"><p class="notice">{text.new_code_sent}</p></div> })}
        <p class="lead">{messages::code_sent(&page.email)}</p>
        <div class="card">
            <form method="post" novalidate>
                {error_summary(problem)}
                <div class="field">
                    <label for="code">{text.code}</label>
                    {field.error()}
                    <input
                        id="code"
                        name="code"
                        type="text"
                        inputmode="numeric"
                        autocomplete="one-time-code"
                        autocapitalize="none"
                        spellcheck="false"
                        required
                        autofocus=problem.is_none()
                        aria-invalid=field.invalid()
                        aria-describedby=field.described_by()
                    />
                </div>
                <button class="button">{text.button}</button>
            </form>
            <form method="post" class="others">
                <input type="hidden" name="resend" value="true"/>
                <button class="button second">{text.send_new_code}</button>
            </form>
        </div>
        <p class="aside"><a href=page.register.clone()>{text.other_email}</a></p>
    }
}
