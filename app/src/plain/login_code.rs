//! `/login/code`: asks for the second factor of a login that was submitted without the WebAssembly.

use leptos::prelude::*;

use super::form::{at_second_factor, error_summary, second_factor_field};
use crate::messages::messages;
use doorward_api::Problem;

/// What the page shows.
pub struct LoginCode {
    /// Of the login, in the form and nowhere else.
    pub ticket: String,
    /// The address that the form is sent to, with the return path.
    pub action: String,
    /// The address of the login page, with the return path.
    pub login: String,
    /// Why a code was rejected.
    pub problem: Option<Problem>,
}

pub fn login_code_title() -> String {
    messages().login_code.title.to_owned()
}

pub fn login_code(page: LoginCode) -> impl IntoView {
    let text = &messages().login_code;
    let problem = page.problem.map(at_second_factor);
    let problem = problem.as_ref();
    view! {
        <h1>{text.title}</h1>
        <p class="lead">{text.lead}</p>
        <div class="card">
            <form method="post" action=page.action novalidate>
                {error_summary(problem)}
                <input type="hidden" name="ticket" value=page.ticket/>
                {second_factor_field(problem, problem.is_none())}
                <button class="button">{messages().login.button}</button>
            </form>
        </div>
        <p class="aside"><a href=page.login>{text.start_again}</a></p>
    }
}

/// The login has to be started again.
pub fn expired_login(login: String) -> impl IntoView {
    let text = &messages().login_code;
    view! {
        <h1>{text.title}</h1>
        <p class="lead">{text.expired}</p>
        <p><a class="button" href=login>{text.start_again}</a></p>
    }
}
