//! A reader of the CBOR that authenticators write: the canonical form of CTAP 2, which is a small part of RFC 8949. Definite
//! lengths in their shortest form, no key twice, neither tags nor floats.

/// Levels of lists and maps. A compound attestation has five.
const MAX_DEPTH: u8 = 6;

/// Elements of a list or a map.
const MAX_ELEMENTS: u64 = 64;

#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Value<'a> {
    Integer(i64),
    Bytes(&'a [u8]),
    Text(&'a str),
    List(Vec<Self>),
    Map(Vec<(Self, Self)>),
    Bool(bool),
    Null,
}

impl<'a> Value<'a> {
    /// Reads one value and nothing after it.
    pub(super) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (value, rest) = Self::parse_first(bytes)?;
        rest.is_empty().then_some(value)
    }

    /// Reads one value; returns what follows it, too.
    pub(super) fn parse_first(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        Self::read(bytes, Order::Any)
    }

    /// The same with the keys of maps in canonical order. Public keys are written like this by every authenticator, but browsers
    /// and security keys have ordered attestation objects and extensions in their own ways.
    pub(super) fn parse_first_ordered(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        Self::read(bytes, Order::Canonical)
    }

    fn read(bytes: &'a [u8], order: Order) -> Option<(Self, &'a [u8])> {
        let mut reader = Reader { rest: bytes, order };
        let value = reader.value(MAX_DEPTH)?;
        Some((value, reader.rest))
    }

    pub(super) fn member(&self, name: &str) -> Option<&Self> {
        self.entries()?.iter().find(|(key, _)| matches!(key, Self::Text(text) if *text == name)).map(|(_, value)| value)
    }

    pub(super) fn label(&self, label: i64) -> Option<&Self> {
        self.entries()?.iter().find(|(key, _)| *key == Self::Integer(label)).map(|(_, value)| value)
    }

    pub(super) fn entries(&self) -> Option<&[(Self, Self)]> {
        if let Self::Map(entries) = self { Some(entries) } else { None }
    }

    pub(super) fn integer(&self) -> Option<i64> {
        if let Self::Integer(integer) = self { Some(*integer) } else { None }
    }

    pub(super) fn bytes(&self) -> Option<&'a [u8]> {
        if let Self::Bytes(bytes) = self { Some(bytes) } else { None }
    }

    pub(super) fn text(&self) -> Option<&'a str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }
}

/// Of the keys of maps.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Order {
    Canonical,
    Any,
}

struct Reader<'a> {
    rest: &'a [u8],
    order: Order,
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: u64) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(usize::try_from(length).ok()?)?;
        self.rest = rest;
        Some(taken)
    }

    /// The major type, and the number that follows it in its shortest form.
    fn head(&mut self) -> Option<(u8, u64)> {
        let [first] = *self.take(1)? else { return None };
        let (major, information) = (first >> 5, first & 31);
        let number = match information {
            0..=23 => u64::from(information),
            24..=27 => {
                let size = 1 << (information - 24);
                let number = self.take(size)?.iter().fold(0, |number, byte| (number << 8) | u64::from(*byte));
                let smallest = if size == 1 { 24 } else { 1 << (4 * size) };
                (number >= smallest).then_some(number)?
            }
            _ => return None,
        };
        Some((major, number))
    }

    fn value(&mut self, depth: u8) -> Option<Value<'a>> {
        let (major, number) = self.head()?;
        Some(match major {
            0 => Value::Integer(i64::try_from(number).ok()?),
            1 => Value::Integer(-1 - i64::try_from(number).ok()?),
            2 => Value::Bytes(self.take(number)?),
            3 => Value::Text(str::from_utf8(self.take(number)?).ok()?),
            4 if number <= MAX_ELEMENTS => {
                let depth = depth.checked_sub(1)?;
                Value::List((0..number).map(|_| self.value(depth)).collect::<Option<_>>()?)
            }
            5 if number <= MAX_ELEMENTS => self.map(number, depth.checked_sub(1)?)?,
            7 => match number {
                20 => Value::Bool(false),
                21 => Value::Bool(true),
                22 => Value::Null,
                _ => return None,
            },
            _ => return None,
        })
    }

    /// Every value has one encoding, so no key is there twice if no encoded one is. The canonical order is that of the encoded keys.
    fn map(&mut self, length: u64, depth: u8) -> Option<Value<'a>> {
        let mut entries: Vec<(Value, Value)> = Vec::new();
        let mut previous: &[u8] = &[];
        for _ in 0..length {
            let start = self.rest;
            let key = self.value(0).filter(|key| matches!(key, Value::Integer(_) | Value::Text(_)))?;
            let encoded = start.get(..start.len() - self.rest.len())?;
            let is_out_of_order = self.order == Order::Canonical && encoded <= previous;
            if is_out_of_order || entries.iter().any(|(other, _)| *other == key) {
                return None;
            }
            previous = encoded;
            entries.push((key, self.value(depth)?));
        }
        Some(Value::Map(entries))
    }
}
