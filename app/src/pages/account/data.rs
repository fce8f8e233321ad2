//! What is stored about the user: a copy of it, and the end of the account.

use leptos::{prelude::*, task::spawn_local};
use serde::de::IgnoredAny;

use super::AccountState;
use crate::{
    components::{Confirm, ConfirmDialog, Confirmation, save},
    messages::messages,
    page_data::PageData,
};

#[component]
pub(super) fn Data(state: AccountState) -> impl IntoView {
    let confirm = Confirm::idle();
    let text = &messages().account;
    let session = state.session;
    let download = move |_| {
        let export = async move || {
            save(&session.get::<IgnoredAny>("/api/account/export").text().await?, "account.json");
            Ok(Some(messages().account.data_downloaded.to_owned()))
        };
        spawn_local(confirm.run(export.into()));
    };
    let delete = move |_| {
        let has_mail = PageData::current().has_mail;
        confirm.open(Confirmation {
            heading: text.confirm_delete.to_owned(),
            consequence: if has_mail { text.delete_with_link } else { text.delete_by_operator }.to_owned(),
            button: text.deletion_button,
            operation: (async move || {
                session.delete::<IgnoredAny>("/api/account").await?;
                // The rejection of this request has the reason for which the session has ended.
                _ = session.get::<IgnoredAny>("/api/me").await;
                Ok(None)
            })
            .into(),
        });
    };
    view! {
        <section>
            <h2>{text.your_data}</h2>
            <dl class="rows">
                <div>
                    <dt>{text.data_copy}</dt>
                    <dd>{text.data_copy_about}</dd>
                    <dd><button type="button" class="quiet" on:click=download>{text.download_data}</button></dd>
                </div>
                <div>
                    <dt>{text.deletion}</dt>
                    <dd>{text.deletion_about}</dd>
                    <dd><button type="button" class="quiet danger" on:click=delete>{text.deletion_button}</button></dd>
                </div>
            </dl>
            <ConfirmDialog confirm/>
        </section>
    }
}
