//! Registrations in a tab.

use std::rc::Rc;

use doorward_api::{ConfirmRegistration, PendingRegistration, Register};

use super::{call::Call, tab::Tab};
use crate::{Registration, registration};

pub(in crate::tests) const CONFIRM_REGISTRATION: &str = "/api/auth/register/confirm";
pub(in crate::tests) const RESEND: &str = "/api/auth/register/resend";

impl Tab {
    /// Registers Ada.
    pub(in crate::tests) fn register(&self) -> Call<Registration> {
        let client = Rc::clone(&self.client);
        self.start(async move { registration::register(&client, &Register::default()).await })
    }

    pub(in crate::tests) fn confirm_registration(&self, ticket: &str, code: &str) -> Call<()> {
        let client = Rc::clone(&self.client);
        let form = ConfirmRegistration { ticket: ticket.to_owned(), code: code.to_owned() };
        self.start(async move { registration::confirm(&client, &form).await })
    }

    pub(in crate::tests) fn resend(&self, ticket: &str) -> Call<PendingRegistration> {
        let (client, ticket) = (Rc::clone(&self.client), ticket.to_owned());
        self.start(async move { registration::resend(&client, &ticket).await })
    }
}
