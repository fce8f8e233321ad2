//! What the tabs of one browser share: the machine's clocks, the locks, the news, and the order in which things happen.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::{Rc, Weak},
    time::Duration,
};

use futures::{
    channel::oneshot,
    executor::LocalSpawner,
    future::{LocalBoxFuture, pending},
    task::LocalSpawnExt,
};

use super::{fake::Fake, server::Server};
use crate::{bell::Bell, core::Core, platform::Turn};

/// One browser on one machine.
pub(super) struct World {
    pub(super) server: Rc<Server>,
    spawner: LocalSpawner,
    steady: Cell<Duration>,
    /// How far the time of day is ahead of the steady clock, in milliseconds.
    pub(super) ahead: Cell<f64>,
    sleepers: RefCell<Vec<(Duration, oneshot::Sender<()>)>>,
    tabs: RefCell<Vec<Window>>,
    locks: RefCell<Vec<HeldLock>>,
    lines: RefCell<VecDeque<Waiting>>,
    /// Whether things that happen wait until they are picked.
    pub(super) is_picking: Cell<bool>,
    waiting: RefCell<Vec<oneshot::Sender<()>>>,
    /// What tabs have told each other.
    told: RefCell<Vec<String>>,
}

/// A tab as the browser sees it.
struct Window {
    core: Weak<Core<Fake>>,
    life: Rc<Life>,
    inbox: Rc<RefCell<VecDeque<String>>>,
}

/// A tab that waits for a lock.
type Waiting = (Turn, Rc<Life>, oneshot::Sender<Lock>);

struct HeldLock {
    turn: Turn,
    number: u64,
    life: Rc<Life>,
}

/// Whether a tab can go on.
#[derive(Default)]
pub(super) struct Life {
    closed: Cell<bool>,
    frozen: Cell<bool>,
    thaws: Bell,
}

impl Life {
    /// Goes on when the tab does.
    pub(super) async fn goes_on(&self) {
        while self.frozen.get() {
            self.thaws.rings().await;
        }
        if self.closed.get() {
            pending::<()>().await;
        }
    }

    pub(super) fn freeze(&self) {
        self.frozen.set(true);
    }

    pub(super) fn thaw(&self) {
        self.frozen.set(false);
        self.thaws.ring();
    }

    fn can_be_reached(&self) -> bool {
        !self.closed.get()
    }
}

/// A lock of the browser, until it is dropped.
pub(super) struct Lock {
    world: Weak<World>,
    number: u64,
}

impl Drop for Lock {
    fn drop(&mut self) {
        if let Some(world) = self.world.upgrade() {
            world.locks.borrow_mut().retain(|held| held.number != self.number);
            world.serve_lines();
        }
    }
}

impl World {
    pub(super) fn new(server: Rc<Server>, spawner: LocalSpawner) -> Rc<Self> {
        Rc::new(Self {
            server,
            spawner,
            steady: Cell::default(),
            ahead: Cell::default(),
            sleepers: RefCell::default(),
            tabs: RefCell::default(),
            locks: RefCell::default(),
            lines: RefCell::default(),
            is_picking: Cell::new(false),
            waiting: RefCell::default(),
            told: RefCell::default(),
        })
    }

    pub(super) fn spawn(&self, task: LocalBoxFuture<'static, ()>) {
        self.spawner.spawn_local(task).expect("the browser is open");
    }

    pub(super) fn open_tab(&self, core: &Rc<Core<Fake>>, life: &Rc<Life>) {
        self.tabs.borrow_mut().push(Window { core: Rc::downgrade(core), life: Rc::clone(life), inbox: Rc::default() });
    }

    /// How long the browser has been open, by the steady clock.
    pub(super) fn elapsed(&self) -> Duration {
        self.steady.get()
    }

    /// Something is about to happen. Where nobody picks, it happens at once.
    pub(super) async fn step(&self) {
        if self.is_picking.get() {
            let (go, gone) = oneshot::channel();
            self.waiting.borrow_mut().push(go);
            _ = gone.await;
        }
    }

    /// How many things are about to happen.
    pub(super) fn choices(&self) -> usize {
        self.waiting.borrow_mut().retain(|waiting| !waiting.is_canceled());
        self.waiting.borrow().len()
    }

    /// Lets one of them happen.
    pub(super) fn pick(&self, index: usize) {
        _ = self.waiting.borrow_mut().remove(index).send(());
    }

    pub(super) async fn sleep(&self, wait: Duration) {
        let (wake, woken) = oneshot::channel();
        self.sleepers.borrow_mut().push((self.steady.get().saturating_add(wait), wake));
        // A waker that is dropped wakes as well.
        _ = woken.await;
    }

    /// Moves the clock to the next timer that somebody waits for, and wakes them. `false` if there is none by then:
    /// the clock stands at `until`.
    pub(super) fn wake_next(&self, until: Duration) -> bool {
        let mut sleepers = self.sleepers.borrow_mut();
        sleepers.retain(|(_, wake)| !wake.is_canceled());
        let next = sleepers.iter().map(|&(at, _)| at).min().filter(|&at| at <= until);
        self.steady.set(next.unwrap_or(until).max(self.steady.get()));
        sleepers.retain(|&(at, _)| at > self.steady.get());
        next.is_some()
    }

    /// Moves the steady clock without waking anybody, as when the machine sleeps.
    pub(super) fn skip(&self, time: Duration) {
        self.steady.set(self.steady.get() + time);
    }

    /// The message reaches every other tab, in the order in which it was sent.
    pub(super) fn tell(self: &Rc<Self>, from: &Rc<Life>, news: &str) {
        self.told.borrow_mut().push(news.to_owned());
        if self.is_picking.get() && news.starts_with("busy") {
            // A sign of life is of no consequence while the clocks stand still, and there are many.
            return;
        }
        for tab in self.tabs.borrow().iter().filter(|tab| !Rc::ptr_eq(&tab.life, from) && tab.life.can_be_reached()) {
            tab.inbox.borrow_mut().push_back(news.to_owned());
            let (world, core) = (Rc::clone(self), Weak::clone(&tab.core));
            let (life, inbox) = (Rc::clone(&tab.life), Rc::clone(&tab.inbox));
            self.spawn(Box::pin(async move {
                world.step().await;
                life.goes_on().await;
                let news = inbox.borrow_mut().pop_front();
                if let (Some(core), Some(news)) = (core.upgrade(), news) {
                    core.heard(&news);
                }
            }));
        }
    }

    /// What tabs have told each other so far.
    pub(super) fn told(&self) -> Vec<String> {
        self.told.borrow().clone()
    }

    pub(super) fn try_lock(self: &Rc<Self>, turn: Turn, life: &Rc<Life>) -> Option<Lock> {
        let is_taken = self.locks.borrow().iter().any(|held| held.turn == turn);
        let is_wanted = self.lines.borrow().iter().any(|(wanted, _, line)| *wanted == turn && !line.is_canceled());
        (!is_taken && !is_wanted).then(|| self.give(turn, life))
    }

    pub(super) fn line_up(self: &Rc<Self>, turn: Turn, life: &Rc<Life>) -> oneshot::Receiver<Lock> {
        let (give, given) = oneshot::channel();
        self.lines.borrow_mut().push_back((turn, Rc::clone(life), give));
        self.serve_lines();
        given
    }

    pub(super) fn steal(self: &Rc<Self>, turn: Turn, life: &Rc<Life>) -> Lock {
        self.locks.borrow_mut().retain(|held| held.turn != turn);
        self.give(turn, life)
    }

    fn give(self: &Rc<Self>, turn: Turn, life: &Rc<Life>) -> Lock {
        thread_local!(static NUMBER: Cell<u64> = const { Cell::new(0) });
        let number = NUMBER.replace(NUMBER.get() + 1);
        self.locks.borrow_mut().push(HeldLock { turn, number, life: Rc::clone(life) });
        Lock { world: Rc::downgrade(self), number }
    }

    /// Gives free locks to those who wait for them, a step later.
    fn serve_lines(self: &Rc<Self>) {
        if self.lines.borrow().is_empty() {
            return;
        }
        let world = Rc::clone(self);
        self.spawn(Box::pin(async move {
            world.step().await;
            for turn in [Turn::Refresh, Turn::Cookie, Turn::Events] {
                if world.locks.borrow().iter().any(|held| held.turn == turn) {
                    continue;
                }
                let next = {
                    let mut lines = world.lines.borrow_mut();
                    lines.retain(|(_, life, line)| life.can_be_reached() && !line.is_canceled());
                    let place = lines.iter().position(|(wanted, ..)| *wanted == turn);
                    place.and_then(|place| lines.remove(place))
                };
                if let Some((turn, life, line)) = next {
                    _ = line.send(world.give(turn, &life));
                }
            }
        }));
    }

    /// The tab is closed, or has crashed: its locks are free again.
    pub(super) fn close(self: &Rc<Self>, life: &Rc<Life>) {
        life.closed.set(true);
        self.locks.borrow_mut().retain(|held| !Rc::ptr_eq(&held.life, life));
        self.serve_lines();
    }
}
