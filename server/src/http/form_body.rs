//! The body of a form that a browser submits by itself: `application/x-www-form-urlencoded` (WHATWG URL, section 5).

use axum::{
    extract::Request,
    http::{HeaderMap, header},
};
use url::form_urlencoded;

use super::{
    error::Error,
    invalid_fields::{InvalidField, InvalidFields},
    json,
};

/// The fields of a form, by name. Fields with other names are ignored: extensions of the browser may add some.
pub struct FormBody<const N: usize> {
    names: [&'static str; N],
    texts: [String; N],
}

impl<const N: usize> FormBody<N> {
    /// Reads the body of a request. A missing field is empty; one that was sent twice is invalid.
    pub async fn read(names: [&'static str; N], request: Request) -> Result<Self, Error> {
        let (is_form, is_typed) = (is_form(request.headers()), request.headers().contains_key(header::CONTENT_TYPE));
        if !is_form {
            return Err(Error::UnsupportedMediaType);
        }
        let body = json::body(request, &()).await?;
        if !is_typed && !body.is_empty() {
            return Err(Error::UnsupportedMediaType);
        }
        let mut texts = [const { None::<String> }; N];
        let mut repeated = InvalidFields::default();
        for (name, text) in form_urlencoded::parse(&body) {
            // What is no UTF-8 is replaced by this character, and a password would be another one.
            if text.contains(char::REPLACEMENT_CHARACTER) {
                return Err(Error::MalformedRequest("The form is not encoded in UTF-8.".into()));
            }
            if let Some(place) = names.iter().position(|known| *known == name)
                && texts[place].replace(text.into_owned()).is_some()
            {
                repeated.insert(name.into_owned(), InvalidField::Repeated);
            }
        }
        if !repeated.is_empty() {
            return Err(Error::InvalidInput(repeated));
        }
        Ok(Self { names, texts: texts.map(Option::unwrap_or_default) })
    }

    /// The texts of all fields, in the order of their names. An error if one is empty.
    pub fn filled(&self) -> Result<&[String; N], Error> {
        let missing = self.entries().filter(|(_, text)| text.is_empty());
        let missing: InvalidFields = missing.map(|(name, _)| (name.to_owned(), InvalidField::Missing)).collect();
        if missing.is_empty() { Ok(&self.texts) } else { Err(Error::InvalidInput(missing)) }
    }

    /// The texts of all fields, in the order of their names.
    pub fn texts(&self) -> &[String; N] {
        &self.texts
    }

    /// What is shown again in a form that was rejected.
    pub fn without_passwords(&self) -> Vec<(String, String)> {
        let entries = self.entries().filter(|(name, _)| *name != "password");
        entries.map(|(name, text)| (name.to_owned(), text.to_owned())).collect()
    }

    fn entries(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.names.into_iter().zip(self.texts.iter().map(String::as_str))
    }
}

/// Whether every type is that of a form; an empty body may have none.
fn is_form(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(header::CONTENT_TYPE).iter();
    types.all(|kind| {
        let kind = kind.as_bytes().split(|byte| *byte == b';').next().unwrap_or_default();
        kind.trim_ascii().eq_ignore_ascii_case(b"application/x-www-form-urlencoded")
    })
}
