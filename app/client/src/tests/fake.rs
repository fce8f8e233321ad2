//! A platform whose clocks move when they are told to.

use std::{cell::Cell, rc::Rc, time::Duration};

use futures::{
    StreamExt,
    future::{LocalBoxFuture, pending},
    stream::once,
};

use super::{
    server::HERE_YOU_ARE,
    world::{Life, Lock, World},
};
use crate::{
    pass::Proof,
    platform::{Clocks, Moment, NoAnswer, Opened, Platform, Turn},
    request::{Request, Response},
};

/// What a tab stands on.
pub(super) struct Fake {
    world: Rc<World>,
    life: Rc<Life>,
    pub(super) chance: Cell<f64>,
}

impl Fake {
    pub(super) fn new(world: Rc<World>, life: Rc<Life>) -> Self {
        Self { world, life, chance: Cell::default() }
    }
}

impl Platform for Fake {
    type Lock = Lock;

    async fn send(&self, request: &Request, proof: Option<&Proof>) -> Result<Response, NoAnswer> {
        self.world.step().await;
        self.life.goes_on().await;
        let outcome = self.world.server.serve(self.world.elapsed(), request, proof).await;
        self.world.step().await;
        // The browser takes the cookie even if the tab that asked is frozen.
        let answer = self.world.server.arrives(outcome);
        self.life.goes_on().await;
        answer
    }

    async fn open(&self, request: &Request, proof: &Proof) -> Result<Opened, NoAnswer> {
        let answer = self.send(request, Some(proof)).await?;
        if answer.status != 200 {
            return Ok(Opened::Answer(answer));
        }
        if answer.body != HERE_YOU_ARE.as_bytes() {
            // The page of somebody else.
            return Ok(Opened::Stream(once(async { answer.body }).boxed_local()));
        }
        let pieces = self.world.server.opens_stream(proof).with_signs_of_life(Rc::clone(&self.world));
        let life = Rc::clone(&self.life);
        let pieces = pieces.then(move |piece| {
            let life = Rc::clone(&life);
            async move {
                life.goes_on().await;
                piece
            }
        });
        Ok(Opened::Stream(pieces.boxed_local()))
    }

    fn now(&self) -> Clocks {
        let elapsed = self.world.elapsed();
        Clocks {
            // The zero of a browser's clock is not the server's.
            steady: Moment(Duration::from_hours(77_777) + elapsed),
            wall: elapsed.as_secs_f64() * 1000.0 + self.world.ahead.get(),
        }
    }

    async fn sleep(&self, wait: Duration) {
        self.world.sleep(wait).await;
        self.life.goes_on().await;
    }

    fn chance(&self) -> f64 {
        self.chance.get()
    }

    fn spawn(&self, task: LocalBoxFuture<'static, ()>) {
        self.world.spawn(task);
    }

    async fn try_lock(&self, turn: Turn) -> Option<Lock> {
        self.life.goes_on().await;
        self.world.try_lock(turn, &self.life)
    }

    async fn lock(&self, turn: Turn) -> Lock {
        // A tab that is closed gets none.
        let Ok(lock) = self.world.line_up(turn, &self.life).await else { return pending().await };
        self.life.goes_on().await;
        lock
    }

    async fn steal_lock(&self, turn: Turn) -> Lock {
        self.life.goes_on().await;
        self.world.steal(turn, &self.life)
    }

    fn tell(&self, news: &str) {
        self.world.tell(&self.life, news);
    }
}
