//! Logging in and registering: how a session begins.

use std::rc::Rc;

use super::{
    Error, bare,
    core::Core,
    grant::Granted,
    platform::Platform,
    session::{Epoch, Event},
};
use crate::api::{Login, Register};

impl<P: Platform> Core<P> {
    pub(super) async fn login(self: &Rc<Self>, form: Login) -> Result<(), Error> {
        let (this, epoch) = (Rc::clone(self), self.epoch());
        // The answer sets a cookie even if the page that asked has gone, so it is always taken in.
        self.launch(async move {
            let _cookie = this.cookie.lock().await;
            let granted = bare::login(&this.platform, &form).await;
            this.begin(epoch, granted)
        })
        .await
    }

    pub(super) async fn register(self: &Rc<Self>, form: Register) -> Result<(), Error> {
        let (this, epoch) = (Rc::clone(self), self.epoch());
        self.launch(async move {
            let _cookie = this.cookie.lock().await;
            let granted = bare::register(&this.platform, &form).await;
            this.begin(epoch, granted)
        })
        .await
    }

    fn begin(self: &Rc<Self>, epoch: Epoch, granted: Result<Box<Granted>, Error>) -> Result<(), Error> {
        let granted = granted?;
        self.still(epoch)?;
        self.apply(epoch, Event::LoggedIn(granted));
        Ok(())
    }
}
