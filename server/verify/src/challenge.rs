//! Challenges of a 401 (`WWW-Authenticate`).

use crate::Acr;

/// The challenge that requires a proof by the user which is at most `max_age` seconds old (RFC 9470, section 3), for a service that
/// does not respond with [`Rejection`](crate::service::Rejection).
#[must_use]
pub fn step_up_challenge(max_age: u64) -> String {
    format!(
        "Bearer error=\"insufficient_user_authentication\", error_description=\"A more recent authentication is required\", \
         max_age={max_age}"
    )
}

/// The challenge that requires a proof of at least this level (RFC 9470, section 3), for a service that does not respond with
/// [`Rejection`](crate::service::Rejection). Lists all levels that are enough.
#[must_use]
pub fn acr_challenge(acr: Acr) -> String {
    let enough: Vec<_> = Acr::ALL.into_iter().filter(|level| *level >= acr).map(Acr::name).collect();
    format!(
        "Bearer error=\"insufficient_user_authentication\", error_description=\"A stronger authentication is required\", \
         acr_values=\"{}\"",
        enough.join(" ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_lists_the_levels_that_are_enough() {
        assert!(acr_challenge(Acr::Two).ends_with(", acr_values=\"2 phr\""));
        assert!(acr_challenge(Acr::Phr).ends_with(", acr_values=\"phr\""));
    }
}
