//! The live sessions, and what is being done to them.

use leptos::prelude::*;

use crate::{
    components::{Fetching, Refusal, focus_on},
    words::{self, Which},
};
use doorward::{Error, SessionHandle, use_session};
use doorward_api::{EndedCount, ErrorCode, RenameSession, Session};

/// What the page knows, and what it does. Its work goes on when the dialog or the form that began it is gone.
#[derive(Clone, Copy)]
pub struct Live {
    session: SessionHandle,
    /// How far the list has come.
    pub fetching: Fetching,
    /// The list, newest first.
    pub sessions: RwSignal<Vec<Session>>,
    /// What was done last.
    pub said: RwSignal<Option<String>>,
    /// The session whose device is being renamed.
    pub renamed: RwSignal<Option<String>>,
    /// What the person is asked to confirm.
    pub asked: RwSignal<Option<Which>>,
    /// Whether that is under way.
    pub pending: RwSignal<bool>,
    /// Why it was not done.
    pub refusal: RwSignal<Option<String>>,
    /// Counts what the person has begun: a list that was asked for before may be out of date.
    begun: StoredValue<u32>,
}

impl Live {
    /// Nothing is known yet.
    pub fn new() -> Self {
        Self {
            session: use_session(),
            fetching: Fetching::begin(),
            sessions: RwSignal::new(Vec::new()),
            said: RwSignal::new(None),
            renamed: RwSignal::new(None),
            asked: RwSignal::new(None),
            pending: RwSignal::new(false),
            refusal: RwSignal::new(None),
            begun: StoredValue::new(0),
        }
    }

    fn begin(self) {
        self.said.set(None);
        self.begun.update_value(|times| *times += 1);
    }

    /// Whether nothing is lost when the list is fetched anew.
    pub fn is_untouched(self) -> bool {
        self.fetching.is_done() && self.renamed.get_untracked().is_none() && self.asked.get_untracked().is_none()
    }

    /// Fetches the list. One that is there already outlives a failure, and stays as it is if it is still right.
    pub async fn fetch(self) {
        self.fetching.again();
        let begun = self.begun.get_value();
        let reply = self.session.get::<Vec<Session>>("/api/sessions").await;
        if self.fetching.is_gone() || self.fetching.is_done() && self.begun.get_value() != begun {
            return;
        }
        match reply {
            Ok(sessions) => {
                let named = |session: &Session| (session.id.clone(), session.label.clone());
                if !sessions.iter().map(named).eq(self.sessions.get_untracked().iter().map(named)) {
                    self.sessions.set(sessions);
                }
                self.fetching.done();
            }
            Err(error) if !self.fetching.is_done() => self.fetching.failed(&error),
            Err(_) => {}
        }
    }

    /// Asks before anything ends.
    pub fn ask(self, which: Which) {
        self.begin();
        self.refusal.set(None);
        self.asked.set(Some(which));
    }

    /// Ends what the person has confirmed.
    pub async fn end(self, which: Which) {
        self.pending.set(true);
        self.refusal.set(None);
        let reply = self.carry_out(which).await;
        if self.fetching.is_gone() {
            return;
        }
        match reply {
            Ok(Some(said)) => {
                self.pending.set(false);
                self.asked.set(None);
                self.said.set(Some(said));
            }
            // The page is about to go, and the dialog with it.
            Ok(None) | Err(Error::SessionEnded { .. }) => {}
            Err(error) => {
                self.pending.set(false);
                // Where the dialog is gone, it is said on the page.
                let place = if self.asked.get_untracked().is_none() { self.said } else { self.refusal };
                place.set(Some(words::error(&error)));
            }
        }
    }

    /// What there is to say of it; nothing, where it was a logout.
    async fn carry_out(self, which: Which) -> Result<Option<String>, Error> {
        match which {
            Which::One(session) if session.current => {
                self.session.logout();
                Ok(None)
            }
            Which::One(session) => {
                let reply = self.session.delete::<()>(&path(&session)).await;
                let by_us = !is_gone(&reply);
                if by_us {
                    reply?;
                }
                self.remove(&session);
                Ok(Some(words::ended(&session, by_us)))
            }
            Which::Others => {
                let EndedCount { ended } = self.session.delete("/api/sessions/others").await?;
                if !self.fetching.is_gone() {
                    self.sessions.update(|sessions| sessions.retain(|session| session.current));
                    focus_on(String::new());
                }
                Ok(Some(words::others_ended(ended)))
            }
            Which::All => {
                self.session.delete::<EndedCount>("/api/sessions").await?;
                self.session.logout();
                Ok(None)
            }
        }
    }

    /// Gives a device another name, or none.
    pub async fn rename(self, session: Session, label: String) -> Result<(), Refusal> {
        let form = RenameSession { label: Some(label) };
        let reply: Result<Session, Error> = self.session.patch(&path(&session)).json(&form).await;
        if self.fetching.is_gone() {
            return Ok(());
        }
        if is_gone(&reply) {
            self.remove(&session);
            self.said.set(Some(words::ended(&session, false)));
            return Ok(());
        }
        let new = reply?;
        self.said.set(Some(words::renamed(&new)));
        self.sessions.update(|sessions| {
            if let Some(old) = sessions.iter_mut().find(|old| old.id == new.id) {
                *old = new;
            }
        });
        self.stop_renaming(&session.id);
        Ok(())
    }

    /// Opens the form for another name.
    pub fn start_renaming(self, id: &str) {
        self.begin();
        self.renamed.set(Some(id.to_owned()));
        focus_on("label".to_owned());
    }

    /// Puts the form away.
    pub fn stop_renaming(self, id: &str) {
        self.renamed.set(None);
        focus_on(format!("rename-{id}"));
    }

    /// Takes a session off the list; the focus goes to the one that takes its place.
    fn remove(self, session: &Session) {
        if self.fetching.is_gone() {
            return;
        }
        self.renamed.set(None);
        let mut sessions = self.sessions.get_untracked();
        if let Some(place) = sessions.iter().position(|other| other.id == session.id) {
            sessions.remove(place);
            let next = sessions.get(place).or(sessions.last());
            focus_on(next.map(|next| next.id.clone()).unwrap_or_default());
            self.sessions.set(sessions);
        }
    }
}

fn path(session: &Session) -> String {
    format!("/api/sessions/{}", session.id)
}

/// Whether somebody else was faster.
fn is_gone<T>(reply: &Result<T, Error>) -> bool {
    matches!(reply, Err(Error::Problem(problem)) if problem.code == ErrorCode::NotFound)
}
