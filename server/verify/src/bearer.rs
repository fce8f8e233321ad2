//! Extraction of the access token from a request: the `Authorization` header of RFC 6750, section 2.1, and nothing
//! else.

use crate::token_error::TokenError;

/// The bearer token among `values`, which are all the values of a request's `Authorization` header.
///
/// `None` without a header, or with one of another scheme. The scheme is compared without regard to case (RFC 9110,
/// section 11.1).
///
/// # Errors
///
/// [`TokenError::Invalid`] for more than one header, because intermediaries and services could pick different ones, and
/// for a token that is not UTF-8.
pub fn bearer_token<'a>(values: impl IntoIterator<Item = &'a [u8]>) -> Result<Option<&'a str>, TokenError> {
    let mut values = values.into_iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(TokenError::Invalid("more than one Authorization header"));
    }
    match value.iter().position(|&byte| byte == b' ').map(|space| value.split_at(space)) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case(b"bearer") => {
            // `HeaderValue::to_str` checks byte by byte, which costs more than a hit in the token cache.
            str::from_utf8(&token[1..]).map(Some).map_err(|_| TokenError::Invalid("not UTF-8"))
        }
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_comes_in_one_authorization_header_with_the_scheme_bearer() {
        for value in ["Bearer a.b.c", "bearer a.b.c", "BEARER a.b.c"] {
            assert_eq!(bearer_token([value.as_bytes()]), Ok(Some("a.b.c")), "{value}");
        }
        assert_eq!(bearer_token([]), Ok(None));
        for value in ["", "Bearer", "a.b.c", "Basic a.b.c", "Bearerx a.b.c", " Bearer a.b.c"] {
            assert_eq!(bearer_token([value.as_bytes()]), Ok(None), "{value:?}");
        }
    }

    #[test]
    fn several_headers_and_invalid_utf8_are_rejected() {
        assert!(bearer_token([&b"Bearer a.b.c"[..], b"Basic x"]).is_err());
        assert!(bearer_token([&b"Bearer \xff"[..]]).is_err());
    }
}
