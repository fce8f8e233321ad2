//! The inspector page, if enabled in the settings: the access token, its lifetimes, the client's timeline, and faults to inject.

mod faults;
mod lifetimes;
mod rows;
mod timeline;
mod token;

use leptos::{either::Either, prelude::*};

use self::{faults::FaultPanel, lifetimes::Lifetimes, timeline::Timeline, token::Token};
use super::NotFound;
use crate::{
    components::{ProtectedPage, RowsSkeleton},
    page_data::PageData,
};
use doorward::use_session;

/// Shows the 404 page if the inspector is disabled.
#[component]
pub fn Inspector() -> impl IntoView {
    if PageData::current().has_inspector {
        Either::Left(view! { <InspectorPage/> })
    } else {
        Either::Right(view! { <NotFound/> })
    }
}

#[component]
fn InspectorPage() -> impl IntoView {
    view! {
        <ProtectedPage title="Inspector" layout="wide" skeleton=|| view! { <RowsSkeleton rows=3/> }>
            <Content/>
        </ProtectedPage>
    }
}

#[component]
fn Content() -> impl IntoView {
    let inspector = use_session().inspector();
    view! {
        // Apart from the styles of all pages, which releases send to everyone.
        <link rel="stylesheet" href="/inspector.css"/>
        <p class="lead">"The session of this tab, and how it reacts to faults."</p>
        <Lifetimes inspector/>
        <div class="columns">
            <FaultPanel inspector/>
            <Timeline inspector/>
        </div>
        <Token inspector/>
    }
}
