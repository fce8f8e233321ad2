//! Type-erased views. In the browser they are replaced and not updated in place, like [`ClientOnly`] views: Leptos's `AnyView`
//! has code for each type of view that would never run there.

use leptos::prelude::*;

use super::ClientOnly;

#[cfg(feature = "ssr")]
pub type Erased = AnyView;
#[cfg(not(feature = "ssr"))]
pub type Erased = ClientOnly;

/// Erases the type of a view.
#[cfg(feature = "ssr")]
pub(crate) fn erase<V: IntoView + 'static>(view: impl FnOnce() -> V + Send + 'static) -> Erased {
    view().into_any()
}

/// Erases the type of a view.
#[cfg(not(feature = "ssr"))]
pub(crate) fn erase<V: IntoView + 'static>(view: impl FnOnce() -> V + Send + 'static) -> Erased {
    ClientOnly::new(view)
}

#[cfg(feature = "ssr")]
pub(crate) fn client_only(view: ClientOnly) -> Erased {
    view.into_any()
}

#[cfg(not(feature = "ssr"))]
pub(crate) fn client_only(view: ClientOnly) -> Erased {
    view
}
