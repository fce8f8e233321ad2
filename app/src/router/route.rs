use crate::leptos_ext::Erased;

/// A page and its path.
#[derive(Clone, Copy)]
pub struct Route {
    /// The exact path: no parameters, no slash at the end.
    pub path: &'static str,
    pub audience: Audience,
    pub(crate) view: fn() -> Erased,
}

/// Others are redirected.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Audience {
    Everyone,
    /// Users who are not logged in.
    Guests,
    /// Users who are logged in.
    Users,
}

impl Route {
    pub(crate) const fn new(path: &'static str, audience: Audience, view: fn() -> Erased) -> Self {
        Self { path, audience, view }
    }
}
