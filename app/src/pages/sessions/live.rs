//! The live sessions, and what is being done to them.

use leptos::prelude::*;

use crate::{
    api::{ErrorCode, RenameSession, Session, SessionsEnded},
    client::{Error, SessionHandle, use_session},
    components::{Fetch, Refusal, focus_on},
    words::{self, Which},
};

/// What the page knows, and what it does. Its work goes on when the dialog or the form that began it is gone.
#[derive(Clone, Copy)]
pub struct Live {
    session: SessionHandle,
    /// How far the list has come.
    pub fetched: RwSignal<Fetch>,
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
}

impl Live {
    /// Nothing is known yet.
    pub fn new() -> Self {
        Self {
            session: use_session(),
            fetched: RwSignal::default(),
            sessions: RwSignal::default(),
            said: RwSignal::default(),
            renamed: RwSignal::default(),
            asked: RwSignal::default(),
            pending: RwSignal::default(),
            refusal: RwSignal::default(),
        }
    }

    /// Whether nothing is lost when the list is fetched anew: what is there stays until then.
    pub fn is_untouched(self) -> bool {
        let is_done = matches!(self.fetched.get_untracked(), Fetch::Done);
        is_done && self.renamed.get_untracked().is_none() && self.asked.with_untracked(Option::is_none)
    }

    /// Fetches the list. A list that is there outlives a failure.
    pub async fn fetch(self) {
        let is_first = !matches!(self.fetched.get_untracked(), Fetch::Done);
        if is_first {
            self.fetched.set(Fetch::Pending);
        }
        match self.session.get("/api/sessions").await {
            Ok(sessions) => {
                self.sessions.set(sessions);
                if is_first {
                    self.fetched.set(Fetch::Done);
                }
            }
            Err(error) if is_first => self.fetched.set(Fetch::Failed(error)),
            Err(_) => {}
        }
    }

    /// Asks before anything ends.
    pub fn ask(self, which: Which) {
        self.refusal.set(None);
        self.asked.set(Some(which));
    }

    /// Ends what the person has confirmed.
    pub async fn end(self, which: Which) {
        self.pending.set(true);
        self.refusal.set(None);
        match self.carry_out(&which).await {
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
                let place = if self.asked.with_untracked(Option::is_none) { self.said } else { self.refusal };
                place.set(Some(words::error(&error)));
            }
        }
    }

    /// What there is to say of it; nothing, where it was a logout.
    async fn carry_out(self, which: &Which) -> Result<Option<String>, Error> {
        match which {
            Which::One(session) if session.current => {
                self.session.logout();
                Ok(None)
            }
            Which::One(session) => {
                let said = match self.session.delete(&path(session)).await {
                    Ok(()) => words::ended(session),
                    Err(error) if is_gone(&error) => words::had_ended(session),
                    Err(error) => return Err(error),
                };
                self.remove(session);
                Ok(Some(said))
            }
            Which::Others(_) => {
                let SessionsEnded { ended } = self.session.delete("/api/sessions/others").await?;
                self.sessions.update(|sessions| sessions.retain(|session| session.current));
                focus_on(String::new());
                Ok(Some(words::others_ended(ended)))
            }
            Which::All(_) => {
                self.session.delete::<SessionsEnded>("/api/sessions").await?;
                self.session.logout();
                Ok(None)
            }
        }
    }

    /// Gives a device another name, or none.
    pub async fn rename(self, session: Session, label: String) -> Result<(), Refusal> {
        let form = RenameSession { label: Some(label) };
        let reply: Result<Session, Error> = self.session.patch(&path(&session)).json(&form).await;
        match reply {
            Ok(new) => {
                self.said.set(Some(words::renamed(&new)));
                self.sessions.update(|sessions| {
                    if let Some(old) = sessions.iter_mut().find(|old| old.id == new.id) {
                        *old = new;
                    }
                });
                self.stop_renaming(&session.id);
            }
            Err(error) if is_gone(&error) => {
                self.said.set(Some(words::had_ended(&session)));
                self.remove(&session);
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// Opens the form for another name.
    pub fn start_renaming(self, id: &str) {
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
        self.renamed.set(None);
        let next = self.sessions.try_update(|sessions| {
            let place = sessions.iter().position(|other| other.id == session.id)?;
            sessions.remove(place);
            sessions.get(place).or(sessions.last()).map(|next| next.id.clone())
        });
        focus_on(next.flatten().unwrap_or_default());
    }
}

fn path(session: &Session) -> String {
    format!("/api/sessions/{}", session.id)
}

/// Somebody else was faster.
fn is_gone(error: &Error) -> bool {
    matches!(error, Error::Problem(problem) if problem.code == ErrorCode::NotFound)
}
