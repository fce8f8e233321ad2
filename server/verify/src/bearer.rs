//! Where a request carries its access token: RFC 6750, section 2.1, and nowhere else.

use crate::Refused;

/// The token in the `Authorization` headers of a request, of which these are all the values; `None` when there is none, or
/// one of another scheme. Of several nobody could say which one counts: they are refused.
pub fn bearer<'a>(values: impl IntoIterator<Item = &'a [u8]>) -> Result<Option<&'a str>, Refused> {
    let mut values = values.into_iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Refused::Invalid("several Authorization headers"));
    }
    match value.iter().position(|&byte| byte == b' ').map(|space| value.split_at(space)) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case(b"bearer") => {
            // In one go: byte by byte, as headers are usually read, costs more than a look into the memory.
            str::from_utf8(&token[1..]).map(Some).map_err(|_| Refused::Invalid("not text"))
        }
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_in_one_authorization_header_with_the_scheme_bearer() {
        for value in ["Bearer a.b.c", "bearer a.b.c", "BEARER a.b.c"] {
            assert_eq!(bearer([value.as_bytes()]), Ok(Some("a.b.c")), "{value}");
        }
        assert_eq!(bearer([]), Ok(None));
        for value in ["", "Bearer", "a.b.c", "Basic a.b.c", "Bearerx a.b.c", " Bearer a.b.c"] {
            assert_eq!(bearer([value.as_bytes()]), Ok(None), "{value:?}");
        }
    }

    #[test]
    fn of_several_headers_none_counts_and_what_is_no_text_is_no_token() {
        assert!(bearer([&b"Bearer a.b.c"[..], b"Basic x"]).is_err());
        assert!(bearer([&b"Bearer \xff"[..]]).is_err());
    }
}
