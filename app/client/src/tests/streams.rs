//! The streams of events that the tests' server keeps open.

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

use super::world::World;

/// How often something moves on them.
const SIGN_OF_LIFE: Duration = Duration::from_secs(15);

#[derive(Default)]
pub(super) struct Streams(RefCell<Vec<Open>>);

/// The server's end of a stream.
struct Open {
    /// The session that it is about.
    row: usize,
    pieces: UnboundedSender<Vec<u8>>,
    is_lost: Rc<Cell<bool>>,
}

/// The browser's end.
pub(super) struct Pieces {
    pieces: UnboundedReceiver<Vec<u8>>,
    is_lost: Rc<Cell<bool>>,
}

impl Streams {
    /// A stream that has begun with a sign of life.
    pub(super) fn open(&self, row: usize) -> Pieces {
        let (server, pieces) = unbounded();
        let is_lost = Rc::<Cell<bool>>::default();
        _ = server.unbounded_send(b":\n\n".to_vec());
        self.0.borrow_mut().push(Open { row, pieces: server, is_lost: Rc::clone(&is_lost) });
        Pieces { pieces, is_lost }
    }

    /// Tells whoever listens to this session that it is over, in two pieces, and closes their streams.
    pub(super) fn tell(&self, row: usize, reason: &str) {
        self.0.borrow_mut().retain(|stream| {
            let is_told = stream.row == row && !stream.is_lost.get();
            if is_told {
                let ended = r#"{"at":"2026-12-01T14:02:00Z","by":{"browser":"Firefox","os":"Linux"}}"#;
                let data = format!(r#"{{"session":"{row}","reason":"{reason}","ended":{ended}}}"#);
                _ = stream.pieces.unbounded_send(b"event: session-ended\ndata: ".to_vec());
                _ = stream.pieces.unbounded_send(format!("{data}\n\n").into_bytes());
            }
            !is_told
        });
    }

    /// The connections break.
    pub(super) fn cut(&self) {
        self.0.borrow_mut().clear();
    }

    /// A router forgets the connections: nothing arrives on them any more, and neither side is told.
    pub(super) fn lose(&self) {
        for stream in self.0.borrow().iter() {
            stream.is_lost.set(true);
        }
    }

    /// How many somebody listens to.
    pub(super) fn count(&self) -> usize {
        self.0.borrow().iter().filter(|stream| !stream.pieces.is_closed()).count()
    }
}

impl Pieces {
    /// What the server writes, and a sign of life in its silences.
    pub(super) fn with_signs_of_life(self, world: Rc<World>) -> impl Stream<Item = Vec<u8>> {
        unfold((self, world), async |(mut this, world)| {
            let piece = loop {
                select_biased! {
                    piece = this.pieces.next() => break piece?,
                    () = world.sleep(SIGN_OF_LIFE).boxed_local().fuse() => {
                        if !this.is_lost.get() {
                            break b":\n\n".to_vec();
                        }
                    }
                }
            };
            Some((piece, (this, world)))
        })
    }
}
