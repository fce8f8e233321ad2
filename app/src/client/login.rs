//! Logging in and registering: how a session begins.

use std::rc::Rc;

use super::{Error, bare, core::Core, platform::Platform, request::Request, session::Event};
use crate::api::{Login, Register};

impl<P: Platform> Core<P> {
    pub(super) async fn login(self: &Rc<Self>, form: &Login) -> Result<(), Error> {
        self.begin(bare::login(form)).await
    }

    pub(super) async fn register(self: &Rc<Self>, form: &Register) -> Result<(), Error> {
        self.begin(bare::registration(form)).await
    }

    async fn begin(self: &Rc<Self>, request: Request) -> Result<(), Error> {
        let (this, epoch) = (Rc::clone(self), self.epoch());
        // The answer sets a cookie even if the page that asked has gone, so it is always taken in.
        self.launch(async move {
            let _cookie = this.cookie.lock().await;
            let granted = bare::begin(&this.platform, &request).await?;
            this.still(epoch)?;
            this.apply(epoch, Event::LoggedIn(granted));
            Ok(())
        })
        .await
    }
}
