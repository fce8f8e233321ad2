//! Logging in and registering: how a session begins.

use std::rc::Rc;

use super::{
    Error, SessionEnd, bare,
    core::Core,
    news::News,
    platform::{Platform, Turn},
    request::Request,
    session::Event,
};
use doorward_api::{EndReason, Login, Register};

impl<P: Platform> Core<P> {
    pub(super) async fn login(self: &Rc<Self>, form: &Login) -> Result<(), Error> {
        self.begin(bare::login(form)).await
    }

    pub(super) async fn register(self: &Rc<Self>, form: &Register) -> Result<(), Error> {
        self.begin(bare::registration(form)).await
    }

    async fn begin(self: &Rc<Self>, request: Request) -> Result<(), Error> {
        let (this, logouts) = (Rc::clone(self), self.logouts.get());
        // The answer sets a cookie even if the page that asked has gone, so it is always taken in.
        self.launch(async move {
            let _here = this.cookie.lock().await;
            let _everywhere = this.turn(Turn::Cookie, &|| false).await;
            let fresh = bare::begin(&this.platform, &request).await?;
            if this.logouts.get() != logouts {
                // The person has left again meanwhile. That logout is about to end this very session, if it is in the
                // cookie.
                if !fresh.granted.is_shared() {
                    this.end_on_server(Some(fresh.granted));
                }
                return Err(Error::SessionEnded { end: Some(SessionEnd::new(EndReason::LoggedOut)) });
            }
            let own = this.own();
            let shared = this.session_id().filter(|_| own.is_none());
            // Whatever happened in other tabs came before: this login's cookie is the one that the browser has now.
            this.apply(this.epoch(), Event::LoggedIn(fresh.granted));
            // The server has ended the session whose cookie it found. Where no other takes its place in all tabs, it is
            // over in all tabs.
            let news = fresh.passed.map(News::LoggedIn).or_else(|| {
                shared.map(|id| News::Ended { session: Some(id), why: Some(SessionEnd::new(EndReason::Replaced)) })
            });
            if let Some(news) = news {
                this.tell(&news);
            }
            // One that was in no cookie, the server has not found.
            if own.is_some() {
                this.end_on_server(own);
            }
            Ok(())
        })
        .await
    }
}
