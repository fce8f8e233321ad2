//! The second step of a login, in the place of the form.

use leptos::prelude::*;

use super::Steps;
use crate::{
    components::{BrandLinks, Factors, FormSkeleton, GuestOnly, Page, Reauth},
    messages::messages,
};
use doorward::{PendingLogin, use_session};
use doorward_api::SecondFactor;

#[component]
pub(super) fn SecondStep(steps: Steps, pending: PendingLogin) -> impl IntoView {
    let session = use_session();
    let reauth: Reauth = expect_context();
    let finish = async move |factor: SecondFactor| {
        session.finish_login(&factor).await?;
        reauth.on_login();
        Ok(())
    };
    let start_again = move |is_expired| {
        steps.is_expired.set(is_expired);
        steps.pending.set(None);
    };
    view! {
        <Page title=messages().reauth.confirm_title layout="guest" for_guests=true focus="totp">
            <GuestOnly skeleton=|| view! { <div class="card"><FormSkeleton fields=1/></div> }>
                <div class="card">
                    <Factors
                        pending=pending.clone()
                        button=messages().login.button
                        on_factor=finish
                        leave=messages().factors.start_again
                        on_leave=start_again
                    />
                </div>
            </GuestOnly>
            <BrandLinks/>
        </Page>
    }
}
