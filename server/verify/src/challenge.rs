//! Challenges of a 401 (`WWW-Authenticate`).

/// The challenge that requires a proof by the user which is at most `max_age` seconds old (RFC 9470, section 3), for a service that
/// does not respond with [`Rejection`](crate::service::Rejection).
#[must_use]
pub fn step_up_challenge(max_age: u64) -> String {
    format!(
        "Bearer error=\"insufficient_user_authentication\", error_description=\"A more recent authentication is required\", \
         max_age={max_age}"
    )
}
