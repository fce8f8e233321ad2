//! Extraction of the access token from a request: the `Authorization` header of RFC 6750, section 2.1, and nothing
//! else.

use crate::token_error::TokenError;

const BEARER: &[u8] = b"bearer ";

/// The bearer token among `values`, which are all the values of a request's `Authorization` header.
///
/// `None` without one. Headers of other schemes are ignored: a proxy in front may have credentials of its own, for example
/// of basic authentication. The scheme is compared without regard to case (RFC 9110, section 11.1).
///
/// # Errors
///
/// [`TokenError::Invalid`] for more than one bearer token, because intermediaries and services could pick different ones,
/// and for a token that is not UTF-8.
pub fn bearer_token<'a>(values: impl IntoIterator<Item = &'a [u8]>) -> Result<Option<&'a str>, TokenError> {
    let mut tokens = values.into_iter().filter_map(token);
    let Some(token) = tokens.next() else { return Ok(None) };
    if tokens.next().is_some() {
        return Err(TokenError::Invalid("more than one bearer token"));
    }
    // `HeaderValue::to_str` checks byte by byte, which costs more than a hit in the token cache.
    str::from_utf8(token).map(Some).map_err(|_| TokenError::Invalid("not UTF-8"))
}

/// What follows the scheme `Bearer`.
fn token(value: &[u8]) -> Option<&[u8]> {
    let (scheme, token) = value.split_at_checked(BEARER.len())?;
    let token = scheme.eq_ignore_ascii_case(BEARER).then_some(token)?;
    let first = token.iter().position(|&byte| byte != b' ').unwrap_or(token.len());
    Some(&token[first..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_comes_in_one_authorization_header_with_the_scheme_bearer() {
        for value in ["Bearer a.b.c", "bearer a.b.c", "BEARER a.b.c", "Bearer   a.b.c"] {
            assert_eq!(bearer_token([value.as_bytes()]), Ok(Some("a.b.c")), "{value}");
        }
        assert_eq!(bearer_token([]), Ok(None));
        for value in ["", "Bearer", "a.b.c", "Basic a.b.c", "Bearerx a.b.c", " Bearer a.b.c"] {
            assert_eq!(bearer_token([value.as_bytes()]), Ok(None), "{value:?}");
        }
    }

    #[test]
    fn headers_of_other_schemes_are_ignored() {
        let others = [&b"Basic YWRhOnB3"[..], b"Negotiate YII", b"Digest username=\"a\", nc=1", b"", b"\xff"];
        assert_eq!(bearer_token(others), Ok(None));
        for other in others {
            assert_eq!(bearer_token([other, b"Bearer a.b.c"]), Ok(Some("a.b.c")));
            assert_eq!(bearer_token([b"Bearer a.b.c", other]), Ok(Some("a.b.c")));
        }
    }

    #[test]
    fn several_tokens_and_invalid_utf8_are_rejected() {
        assert!(bearer_token([&b"Bearer a.b.c"[..], b"Basic x", b"bearer a.b.c"]).is_err());
        assert!(bearer_token([&b"Bearer \xff"[..]]).is_err());
    }
}
