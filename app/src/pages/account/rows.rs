//! Rows of settings. One type of view for all of them, which the WebAssembly has once.

use leptos::prelude::*;

use crate::{
    components::DateTime,
    leptos_ext::{ClientOnly, ReactiveViews},
};
use doorward_api::Timestamp;

/// A setting and its value.
pub(super) fn row(name: &'static str, value: ReactiveViews) -> ClientOnly {
    ClientOnly::new(move || view! { <div><dt>{name}</dt><dd>{value}</dd></div> })
}

/// A time relative to now, if it is known, and the exact one.
pub(super) fn moment(relative: String, at: Timestamp) -> ClientOnly {
    ClientOnly::new(move || view! { <span>{relative}</span> <DateTime at/> })
}
