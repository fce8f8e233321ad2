//! Parameters of a query. The same code on the server and in the browser.

/// The first value of the parameter `name`, decoded as that of a form. `None`, too, if it is not UTF-8.
pub(super) fn parameter(search: &str, name: &str) -> Option<String> {
    let mut pairs = search.trim_start_matches('?').split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.find(|(key, _)| decode(key).as_deref() == Some(name)).and_then(|(_, value)| decode(value))
}

/// Decodes `application/x-www-form-urlencoded` (WHATWG URL, section 5.1).
fn decode(text: &str) -> Option<String> {
    let text = text.replace('+', " ");
    let mut parts = text.split('%');
    let mut bytes = Vec::from(parts.next().unwrap_or_default());
    for part in parts {
        let code = part.get(..2).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(code.unwrap_or(b'%'));
        bytes.extend_from_slice(part.as_bytes().get(if code.is_some() { 2 } else { 0 }..).unwrap_or_default());
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::parameter;

    #[test]
    fn a_parameter_is_decoded_as_in_a_form() {
        let searches = [
            "",
            "?",
            "?next",
            "?next=",
            "?next=/users",
            "?a=1&next=/users&next=/other",
            "?next=%2Fusers%3Fpage%3d2%26sort%3Dnew",
            "?next=a+b%2Bc",
            "?n%65xt=/users",
            "?next=100%",
            "?next=%4",
            "?next=%zz%+1%-1",
            "?next=a=b=c",
            "?next=%C3%A4",
            "?&&next=%25%32%35",
            "?nextt=/users",
        ];
        for search in searches {
            let mut pairs = url::form_urlencoded::parse(search.trim_start_matches('?').as_bytes());
            let expected = pairs.find(|(name, _)| name == "next").map(|(_, value)| value.into_owned());
            assert_eq!(parameter(search, "next"), expected, "{search}");
        }
    }

    #[test]
    fn a_value_that_is_not_utf_8_is_none() {
        assert_eq!(parameter("?next=%ff", "next"), None);
    }
}
