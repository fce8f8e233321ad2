//! Content negotiation: the client's preferred representation among those available (RFC 9110, sections 12.4 and 12.5).

use axum::http::{HeaderMap, HeaderName, header};

/// The weight of a value in thousandths, 0 if not acceptable, and then how precisely the client has named it.
type Preference = (u16, u8);

/// The preference of a list for what `precision` finds in its members, by the most precise of them.
fn preference(headers: &HeaderMap, name: HeaderName, precision: impl Fn(&str) -> Option<u8>) -> Option<Preference> {
    let lines = headers.get_all(name).iter().filter_map(|line| line.to_str().ok());
    let members = lines.flat_map(|line| line.split(','));
    let matching = members.filter_map(|member| {
        let mut parts = member.split(';').map(str::trim);
        let precision = precision(parts.next()?)?;
        let weight = parts.find_map(|part| part.strip_prefix("q=").or(part.strip_prefix("Q=")));
        let weight = weight.map_or(Some(1000), thousandths)?;
        Some((weight, precision))
    });
    matching.max_by_key(|(_, precision)| *precision)
}

/// A weight: `0`, `1` or up to three decimals between them.
fn thousandths(weight: &str) -> Option<u16> {
    let (whole, decimals) = weight.split_once('.').unwrap_or((weight, ""));
    let is_number = decimals.len() <= 3 && decimals.bytes().all(|byte| byte.is_ascii_digit());
    let value: u16 = format!("{whole}{decimals:0<3}").parse().ok()?;
    (is_number && matches!(whole, "0" | "1") && value <= 1000).then_some(value)
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Encoding {
    Brotli,
    Gzip,
    Identity,
}

impl Encoding {
    const ALL: [Self; 3] = [Self::Brotli, Self::Gzip, Self::Identity];

    /// The name in `Content-Encoding`, which omits `identity`.
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Self::Brotli => Some("br"),
            Self::Gzip => Some("gzip"),
            Self::Identity => None,
        }
    }

    /// The encodings that the client accepts, the best first; of equal ones the smallest.
    pub fn accepted(headers: &HeaderMap) -> Vec<Self> {
        let mut accepted: Vec<_> = Self::ALL
            .into_iter()
            .filter_map(|encoding| Some((encoding, encoding.weight(headers)?)))
            .filter(|(_, weight)| *weight > 0)
            .collect();
        accepted.sort_by_key(|(_, weight)| std::cmp::Reverse(*weight));
        accepted.into_iter().map(|(encoding, _)| encoding).collect()
    }

    fn weight(self, headers: &HeaderMap) -> Option<u16> {
        let names: &[&str] = match self {
            Self::Brotli => &["br"],
            Self::Gzip => &["gzip", "x-gzip"],
            Self::Identity => &["identity"],
        };
        let precision = |coding: &str| match coding {
            "*" => Some(0),
            _ => names.iter().any(|name| coding.eq_ignore_ascii_case(name)).then_some(1),
        };
        let listed = preference(headers, header::ACCEPT_ENCODING, precision);
        match (self, listed) {
            // Acceptable unless it is excluded, but better than nothing only.
            (Self::Identity, None) => Some(1),
            (Self::Identity, Some((weight, 0))) => Some(weight.min(1)),
            (_, listed) => Some(listed?.0),
        }
    }
}

/// Whether the client prefers the media type `kind` to `other`.
pub fn prefers(headers: &HeaderMap, kind: &str, other: &str) -> bool {
    let preference = |kind: &str| {
        let group = kind.split('/').next().unwrap_or_default();
        let precision = |range: &str| match range.split_once('/')? {
            _ if range.eq_ignore_ascii_case(kind) => Some(2),
            (range, "*") if range.eq_ignore_ascii_case(group) => Some(1),
            ("*", "*") => Some(0),
            _ => None,
        };
        preference(headers, header::ACCEPT, precision).filter(|(weight, _)| *weight > 0)
    };
    preference(kind) > preference(other)
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

    use super::{Encoding, prefers};

    fn lines(name: &HeaderName, lines: &[&'static str]) -> HeaderMap {
        lines.iter().map(|line| (name.clone(), HeaderValue::from_static(line))).collect()
    }

    #[test]
    fn encodings_are_negotiated_by_weight() {
        use Encoding::{Brotli, Gzip, Identity};
        let cases: [(&[&str], &[Encoding]); 22] = [
            (&[], &[Identity]),
            (&[""], &[Identity]),
            (&["br"], &[Brotli, Identity]),
            (&["gzip, deflate, br, zstd"], &[Brotli, Gzip, Identity]),
            (&["gzip", "br"], &[Brotli, Gzip, Identity]),
            (&["BR , GZIP"], &[Brotli, Gzip, Identity]),
            (&["x-gzip"], &[Gzip, Identity]),
            (&["br;q=0"], &[Identity]),
            (&["br;q=0.0, gzip"], &[Gzip, Identity]),
            (&["br ; q=0.000 , gzip ; Q=0.5"], &[Gzip, Identity]),
            (&["br;q=0.5, gzip;q=0.8"], &[Gzip, Brotli, Identity]),
            (&["br;q=0.5, gzip;q=0.501"], &[Gzip, Brotli, Identity]),
            (&["identity, br;q=0.1"], &[Identity, Brotli]),
            (&["*"], &[Brotli, Gzip, Identity]),
            (&["*;q=0"], &[]),
            (&["*;q=0, br"], &[Brotli]),
            (&["br;q=0, *"], &[Gzip, Identity]),
            (&["gzip;q=0.5, *;q=0.1"], &[Gzip, Brotli, Identity]),
            (&["identity;q=0"], &[]),
            (&["br, identity;q=0"], &[Brotli]),
            (&["br;q=2, gzip;q=x"], &[Identity]),
            (&["brotli, xbr, br2"], &[Identity]),
        ];
        for (accepted, expected) in cases {
            assert_eq!(Encoding::accepted(&lines(&header::ACCEPT_ENCODING, accepted)), expected, "{accepted:?}");
        }
    }

    #[test]
    fn media_types_are_negotiated_by_weight() {
        let (open, text) = ("application/openmetrics-text", "text/plain");
        for (accepted, expected) in [
            ("application/openmetrics-text", true),
            ("application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.2,*/*;q=0.1", true),
            ("Application/OpenMetrics-Text; version=1.0.0, text/plain;q=0.9", true),
            ("application/openmetrics-text, */*", true),
            ("application/*", true),
            ("text/plain;q=0.9, application/openmetrics-text;q=0.8", false),
            ("application/openmetrics-text;q=0", false),
            ("application/openmetrics-text;q=0, */*", false),
            ("application/openmetrics-textual", false),
            ("text/html;x=application/openmetrics-text", false),
            ("*/*", false),
            ("text/plain", false),
            ("", false),
        ] {
            assert_eq!(prefers(&lines(&header::ACCEPT, &[accepted]), open, text), expected, "{accepted:?}");
        }
        assert!(!prefers(&HeaderMap::new(), open, text));
    }
}
