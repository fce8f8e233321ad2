//! The session-end streams of the fake server.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Duration,
};

use futures::{
    FutureExt, Stream, StreamExt,
    channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded},
    select_biased,
    stream::unfold,
};

use super::browser::Browser;

/// Interval of comments on an idle stream.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

#[derive(Default)]
pub(in crate::tests) struct Streams(RefCell<Vec<OpenStream>>);

/// The server's end of a stream.
struct OpenStream {
    session: usize,
    pieces: UnboundedSender<Vec<u8>>,
    is_lost: Rc<Cell<bool>>,
}

/// The browser's end of a stream.
pub(super) struct Subscription {
    pieces: UnboundedReceiver<Vec<u8>>,
    is_lost: Rc<Cell<bool>>,
}

impl Streams {
    /// Opens a stream, which starts with a comment.
    pub(super) fn open(&self, session: usize) -> Subscription {
        let (server, pieces) = unbounded();
        let is_lost = Rc::<Cell<bool>>::default();
        _ = server.unbounded_send(b":\n\n".to_vec());
        self.0.borrow_mut().push(OpenStream { session, pieces: server, is_lost: Rc::clone(&is_lost) });
        Subscription { pieces, is_lost }
    }

    /// Sends the end of a session to its subscribers, in two pieces, and closes their streams.
    pub(super) fn publish_end(&self, session: usize, reason: &str) {
        self.0.borrow_mut().retain(|stream| {
            let is_subscribed = stream.session == session && !stream.is_lost.get();
            if is_subscribed {
                let ended = r#"{"at":"2026-12-01T14:02:00Z","by":{"browser":"Firefox","os":"Linux"}}"#;
                let data = format!(r#"{{"session":"{session}","reason":"{reason}","ended":{ended}}}"#);
                _ = stream.pieces.unbounded_send(b"event: session-ended\ndata: ".to_vec());
                _ = stream.pieces.unbounded_send(format!("{data}\n\n").into_bytes());
            }
            !is_subscribed
        });
    }

    /// Closes the streams about a session.
    pub(super) fn close(&self, session: usize) {
        self.0.borrow_mut().retain(|stream| stream.session != session);
    }

    /// Closes all connections.
    pub(in crate::tests) fn cut(&self) {
        self.0.borrow_mut().clear();
    }

    /// Loses all connections silently, as a router may: nothing arrives any more, and neither side is informed
    /// of it.
    pub(in crate::tests) fn lose(&self) {
        for stream in self.0.borrow().iter() {
            stream.is_lost.set(true);
        }
    }

    /// Number of streams that a browser has open.
    pub(in crate::tests) fn count(&self) -> usize {
        self.0.borrow().iter().filter(|stream| !stream.pieces.is_closed()).count()
    }
}

impl Subscription {
    /// What the server sends, with comments while it sends nothing else.
    pub(super) fn with_keep_alive(self, browser: Rc<Browser>) -> impl Stream<Item = Vec<u8>> {
        unfold((self, browser), async |(mut this, browser)| {
            let piece = loop {
                select_biased! {
                    piece = this.pieces.next() => break piece?,
                    () = browser.sleep(KEEP_ALIVE).boxed_local().fuse() => {
                        if !this.is_lost.get() {
                            break b":\n\n".to_vec();
                        }
                    }
                }
            };
            Some((piece, (this, browser)))
        })
    }
}
