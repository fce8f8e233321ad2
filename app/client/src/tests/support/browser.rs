//! A browser: the machine's clocks, the locks and messages of its tabs, and the order in which events happen.

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

use super::{platform::FakePlatform, server::Server};
use crate::{
    auth_client::AuthClient,
    notify::Notify,
    platform::{LockName, PageEvent},
};

/// One browser on one machine.
pub(in crate::tests) struct Browser {
    pub(in crate::tests) server: Rc<Server>,
    spawner: LocalSpawner,
    monotonic: Cell<Duration>,
    /// How far the wall clock is ahead of the monotonic clock, in milliseconds.
    pub(super) wall_clock_ahead: Cell<f64>,
    sleepers: RefCell<Vec<(Duration, oneshot::Sender<()>)>>,
    tabs: RefCell<Vec<OpenTab>>,
    locks: RefCell<Vec<HeldLock>>,
    lock_queue: RefCell<VecDeque<Waiting>>,
    /// Whether events wait until one of them is picked.
    pub(in crate::tests) holds_events: Cell<bool>,
    events: RefCell<Vec<oneshot::Sender<()>>>,
    messages: RefCell<Vec<String>>,
}

struct OpenTab {
    client: Weak<AuthClient<FakePlatform>>,
    life: Rc<TabLife>,
    inbox: Rc<RefCell<VecDeque<String>>>,
}

/// A tab in the queue for a lock.
type Waiting = (LockName, Rc<TabLife>, oneshot::Sender<Lock>);

struct HeldLock {
    name: LockName,
    number: u64,
    life: Rc<TabLife>,
}

/// Whether a tab runs, is frozen or closed.
#[derive(Default)]
pub(in crate::tests) struct TabLife {
    is_closed: Cell<bool>,
    is_frozen: Cell<bool>,
    thawed: Notify,
}

impl TabLife {
    /// Waits while the tab is frozen; forever if it is closed.
    pub(super) async fn until_running(&self) {
        while self.is_frozen.get() {
            self.thawed.notified().await;
        }
        if self.is_closed.get() {
            pending::<()>().await;
        }
    }

    pub(super) fn freeze(&self) {
        self.is_frozen.set(true);
    }

    pub(super) fn thaw(&self) {
        self.is_frozen.set(false);
        self.thawed.notify();
    }
}

/// A lock of the browser, released when dropped.
pub(in crate::tests) struct Lock {
    browser: Weak<Browser>,
    number: u64,
}

impl Drop for Lock {
    fn drop(&mut self) {
        if let Some(browser) = self.browser.upgrade() {
            browser.locks.borrow_mut().retain(|held| held.number != self.number);
            browser.serve_queue();
        }
    }
}

impl Browser {
    pub(in crate::tests) fn new(server: Rc<Server>, spawner: LocalSpawner) -> Rc<Self> {
        Rc::new(Self {
            server,
            spawner,
            monotonic: Cell::default(),
            wall_clock_ahead: Cell::default(),
            sleepers: RefCell::default(),
            tabs: RefCell::default(),
            locks: RefCell::default(),
            lock_queue: RefCell::default(),
            holds_events: Cell::new(false),
            events: RefCell::default(),
            messages: RefCell::default(),
        })
    }

    pub(super) fn spawn(&self, task: LocalBoxFuture<'static, ()>) {
        self.spawner.spawn_local(task).expect("the browser is open");
    }

    pub(super) fn open_tab(&self, client: &Rc<AuthClient<FakePlatform>>, life: &Rc<TabLife>) {
        let (client, life) = (Rc::downgrade(client), Rc::clone(life));
        self.tabs.borrow_mut().push(OpenTab { client, life, inbox: Rc::default() });
    }

    /// Time since the browser was opened, by the monotonic clock.
    pub(in crate::tests) fn elapsed(&self) -> Duration {
        self.monotonic.get()
    }

    /// An event is about to happen. Without picking, it happens at once.
    pub(super) async fn step(&self) {
        if self.holds_events.get() {
            let (sender, receiver) = oneshot::channel();
            self.events.borrow_mut().push(sender);
            _ = receiver.await;
        }
    }

    /// Number of events that can happen next.
    pub(super) fn choices(&self) -> usize {
        self.events.borrow_mut().retain(|event| !event.is_canceled());
        self.events.borrow().len()
    }

    /// Lets one of these events happen.
    pub(super) fn pick(&self, index: usize) {
        _ = self.events.borrow_mut().remove(index).send(());
    }

    pub(super) async fn sleep(&self, time: Duration) {
        let (wake, woken) = oneshot::channel();
        self.sleepers.borrow_mut().push((self.monotonic.get().saturating_add(time), wake));
        // Also resolves when the sender is dropped.
        _ = woken.await;
    }

    /// Advances the clock to the next timer and fires it. `false` if there is none up to `until`, where the clock then stands.
    pub(super) fn fire_next_timer(&self, until: Duration) -> bool {
        let mut sleepers = self.sleepers.borrow_mut();
        sleepers.retain(|(_, wake)| !wake.is_canceled());
        let next = sleepers.iter().map(|&(at, _)| at).min().filter(|&at| at <= until);
        self.monotonic.set(next.unwrap_or(until).max(self.monotonic.get()));
        sleepers.retain(|&(at, _)| at > self.monotonic.get());
        next.is_some()
    }

    /// Advances the monotonic clock without firing timers, as sleep does.
    pub(super) fn skip(&self, time: Duration) {
        self.monotonic.set(self.monotonic.get() + time);
    }

    /// Delivers a message to every other tab, in the order of sending.
    pub(super) fn broadcast(self: &Rc<Self>, from: &Rc<TabLife>, message: &str) {
        self.messages.borrow_mut().push(message.to_owned());
        if self.holds_events.get() && message.starts_with("lock-pong") {
            // A pong has no effect while the clocks stand still, and there are many of them.
            return;
        }
        let is_receiver = |tab: &&OpenTab| !Rc::ptr_eq(&tab.life, from) && !tab.life.is_closed.get();
        for tab in self.tabs.borrow().iter().filter(is_receiver) {
            tab.inbox.borrow_mut().push_back(message.to_owned());
            let (browser, client) = (Rc::clone(self), Weak::clone(&tab.client));
            let (life, inbox) = (Rc::clone(&tab.life), Rc::clone(&tab.inbox));
            self.spawn(Box::pin(async move {
                browser.step().await;
                life.until_running().await;
                let message = inbox.borrow_mut().pop_front();
                if let (Some(client), Some(message)) = (client.upgrade(), message) {
                    client.on_page_event(PageEvent::Message(message));
                }
            }));
        }
    }

    /// All messages between tabs so far.
    pub(in crate::tests) fn messages(&self) -> Vec<String> {
        self.messages.borrow().clone()
    }

    pub(super) fn try_lock(self: &Rc<Self>, name: LockName, life: &Rc<TabLife>) -> Option<Lock> {
        let is_held = self.locks.borrow().iter().any(|held| held.name == name);
        let has_queue =
            self.lock_queue.borrow().iter().any(|(other, _, sender)| *other == name && !sender.is_canceled());
        (!is_held && !has_queue).then(|| self.grant(name, life))
    }

    pub(super) fn queue_up(self: &Rc<Self>, name: LockName, life: &Rc<TabLife>) -> oneshot::Receiver<Lock> {
        let (sender, receiver) = oneshot::channel();
        self.lock_queue.borrow_mut().push_back((name, Rc::clone(life), sender));
        self.serve_queue();
        receiver
    }

    pub(super) fn steal(self: &Rc<Self>, name: LockName, life: &Rc<TabLife>) -> Lock {
        self.locks.borrow_mut().retain(|held| held.name != name);
        self.grant(name, life)
    }

    fn grant(self: &Rc<Self>, name: LockName, life: &Rc<TabLife>) -> Lock {
        thread_local!(static NUMBER: Cell<u64> = const { Cell::new(0) });
        let number = NUMBER.replace(NUMBER.get() + 1);
        self.locks.borrow_mut().push(HeldLock { name, number, life: Rc::clone(life) });
        Lock { browser: Rc::downgrade(self), number }
    }

    /// Grants free locks to the tabs in the queue, a step later.
    fn serve_queue(self: &Rc<Self>) {
        if self.lock_queue.borrow().is_empty() {
            return;
        }
        let browser = Rc::clone(self);
        self.spawn(Box::pin(async move {
            browser.step().await;
            for name in [LockName::Refresh, LockName::Cookie, LockName::Events] {
                if browser.locks.borrow().iter().any(|held| held.name == name) {
                    continue;
                }
                let next = {
                    let mut queue = browser.lock_queue.borrow_mut();
                    queue.retain(|(_, life, sender)| !life.is_closed.get() && !sender.is_canceled());
                    let place = queue.iter().position(|(other, ..)| *other == name);
                    place.and_then(|place| queue.remove(place))
                };
                if let Some((name, life, sender)) = next {
                    _ = sender.send(browser.grant(name, &life));
                }
            }
        }));
    }

    /// The tab is closed or crashes: its locks are released.
    pub(super) fn close(self: &Rc<Self>, life: &Rc<TabLife>) {
        life.is_closed.set(true);
        self.locks.borrow_mut().retain(|held| !Rc::ptr_eq(&held.life, life));
        self.serve_queue();
    }
}
