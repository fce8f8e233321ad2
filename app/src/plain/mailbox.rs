//! `/mailbox`: the mails that a server for development has written.

use doorward_api::Timestamp;
use leptos::prelude::*;

use crate::messages::messages;

/// A mail on the page.
pub struct MailboxMail {
    pub sent_at: Timestamp,
    pub purpose: String,
    pub to: String,
    pub subject: String,
    pub text: String,
}

pub fn mailbox_title() -> String {
    messages().mailbox.title.to_owned()
}

pub fn mailbox(mails: Vec<MailboxMail>) -> impl IntoView {
    let messages = &messages().mailbox;
    let is_empty = mails.is_empty();
    let list: Vec<_> = mails.into_iter().map(mail).collect();
    view! {
        <h1>{messages.title}</h1>
        <p class="lead">{messages.lead}</p>
        {if is_empty {
            view! { <p>{messages.none}</p> }.into_any()
        } else {
            view! {
                <form method="post" action="/mailbox">
                    <button class="button">{messages.delete_all}</button>
                </form>
                <ul class="mails">{list}</ul>
            }
            .into_any()
        }}
    }
}

fn mail(mail: MailboxMail) -> impl IntoView {
    let MailboxMail { sent_at, purpose, to, subject, text } = mail;
    let lines: Vec<_> = text.lines().map(|line| view! { {line_of(line)}"\n" }).collect();
    view! {
        <li>
            <h2>{subject}</h2>
            <p>{to}" · "<time datetime=sent_at.as_str().to_owned()>{sent_at.as_str().to_owned()}</time>" · "{purpose}</p>
            <pre>{lines}</pre>
        </li>
    }
}

/// A line that is a link can be followed.
fn line_of(line: &str) -> AnyView {
    let line = line.to_owned();
    if line.starts_with("http://") || line.starts_with("https://") {
        let href = line.clone();
        return view! { <a href=href>{line}</a> }.into_any();
    }
    line.into_any()
}
