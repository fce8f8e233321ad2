//! Messages of the page for the second step of a login without the WebAssembly. On the server only: the page has no scripts.

#[derive(Debug, Default)]
pub(crate) struct LoginCode {
    pub(crate) title: &'static str,
    pub(crate) lead: &'static str,
    pub(crate) expired: &'static str,
    pub(crate) start_again: &'static str,
}
