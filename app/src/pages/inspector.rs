//! The access token taken apart, for whoever develops or judges this; only where the operator has switched it on.

use leptos::{either::Either, prelude::*};

use super::NotFound;
use crate::components::{InspectorOn, Page, Protected, RowBones};

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
        <Page title="Inspector">
            <Protected skeleton=|| view! { <RowBones rows=3/> }>
                <p class="lead">"What this tab knows of your session."</p>
            </Protected>
        </Page>
    }
}
