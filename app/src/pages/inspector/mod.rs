//! How the client works, for whoever develops or judges it; only where the operator has switched it on.

mod life;
mod rows;
mod timeline;
mod token;
mod trials;

use leptos::{either::Either, prelude::*};

use self::{life::Life, timeline::Timeline, token::Token, trials::Trials};
use super::NotFound;
use crate::components::{InspectorOn, ProtectedPage, RowBones};
use doorward::use_session;

/// The inspector; where it is off, there is no such page.
#[component]
pub fn Inspector() -> impl IntoView {
    let InspectorOn(is_on) = expect_context();
    if is_on { Either::Left(view! { <Frame/> }) } else { Either::Right(view! { <NotFound/> }) }
}

/// What is around the instruments.
#[component]
fn Frame() -> impl IntoView {
    view! {
        <ProtectedPage title="Inspector" layout="wide" skeleton=|| view! { <RowBones rows=3/> }>
            <Instruments/>
        </ProtectedPage>
    }
}

/// Everything there is to see. Never rendered on the server, which knows nobody's token.
#[component]
fn Instruments() -> impl IntoView {
    let inspector = use_session().inspector();
    view! {
        <p class="lead">"What this tab knows of your session, and what it does when something goes wrong."</p>
        <Life inspector/>
        <div class="bench">
            <Trials inspector/>
            <Timeline inspector/>
        </div>
        <Token inspector/>
    }
}
