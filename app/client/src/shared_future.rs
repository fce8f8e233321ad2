//! Single flight: work that several callers await together.

use futures::{
    FutureExt,
    future::{LocalBoxFuture, Shared},
};

use crate::platform::Platform;

/// A future that several callers can await.
pub(crate) type SharedFuture<T> = Shared<LocalBoxFuture<'static, T>>;

/// Starts work that runs to its end even if all its callers are dropped.
pub(crate) fn spawn_shared<T: Clone + 'static>(
    platform: &impl Platform,
    work: impl Future<Output = T> + 'static,
) -> SharedFuture<T> {
    let shared = work.boxed_local().shared();
    platform.spawn(shared.clone().map(drop).boxed_local());
    shared
}
