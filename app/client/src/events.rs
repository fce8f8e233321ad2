//! Reads a stream of events piece by piece: <https://html.spec.whatwg.org/multipage/server-sent-events.html>, section
//! 9.2.6. Ids and reconnection times mean nothing to us.

/// An event.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Event {
    pub(super) name: String,
    pub(super) data: String,
}

/// What has come of a stream, and is not an event yet.
#[derive(Default)]
pub(super) struct Events {
    /// Half a line.
    line: Vec<u8>,
    name: String,
    data: String,
}

/// More than any of our events has. What is longer is not ours, and is not kept.
const LONGEST: usize = 16 * 1024;

impl Events {
    /// The events that this piece completes.
    pub(super) fn take(&mut self, piece: &[u8]) -> Vec<Event> {
        let mut events = Vec::new();
        for &byte in piece {
            if byte != b'\n' {
                if self.line.len() < LONGEST {
                    self.line.push(byte);
                }
                continue;
            }
            let line = std::mem::take(&mut self.line);
            // What is not text is not ours.
            let line = str::from_utf8(&line).unwrap_or_default();
            let line = line.strip_suffix('\r').unwrap_or(line);
            if line.is_empty() {
                events.extend(self.complete());
            } else {
                self.read(line);
            }
        }
        events
    }

    /// A line that begins with a colon is a comment.
    fn read(&mut self, line: &str) {
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.name),
            "data" if self.data.len() < LONGEST => {
                self.data.push_str(value);
                self.data.push('\n');
            }
            _ => {}
        }
    }

    fn complete(&mut self) -> Option<Event> {
        let Self { name, data, .. } = std::mem::take(self);
        let data = data.strip_suffix('\n')?;
        Some(Event { name, data: data.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(name: &str, data: &str) -> Event {
        Event { name: name.to_owned(), data: data.to_owned() }
    }

    #[test]
    fn an_event_is_read_however_it_was_cut_to_pieces() {
        let stream = ": hello\n\nevent: session-ended\r\nid: 7\ndata: {\"é\":\ndata:1}\r\n\r\n:\n\ndata: more\n\nevent: half\nda";
        let expected = [event("session-ended", "{\"é\":\n1}"), event("", "more")];
        for length in [1, 2, 3, 7, stream.len()] {
            let mut events = Events::default();
            let read: Vec<_> = stream.as_bytes().chunks(length).flat_map(|piece| events.take(piece)).collect();
            assert_eq!(read, expected, "in pieces of {length}");
        }
    }

    #[test]
    fn what_says_nothing_is_no_event() {
        assert_eq!(Events::default().take(b"event: x\n\n\n\nretry: 5\n\n"), []);
    }

    #[test]
    fn what_never_ends_is_not_kept() {
        let mut events = Events::default();
        for _ in 0..10_000 {
            events.take(b"data: a line of a page that is no stream of events ");
        }
        for _ in 0..10_000 {
            events.take(b"data: a line of a page that is no stream of events\n");
        }
        assert!(events.line.capacity() + events.data.capacity() < 5 * LONGEST);
    }
}
