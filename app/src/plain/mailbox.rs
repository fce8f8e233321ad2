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
    let list: Vec<_> = mails.into_iter().enumerate().map(|(index, mail)| item(mail, index == 0)).collect();
    view! {
        <h1>{messages.title}</h1>
        <p class="lead">{messages.lead}</p>
        {if is_empty {
            view! { <p class="card">{messages.none}</p> }.into_any()
        } else {
            view! {
                <ul class="entries mails">{list}</ul>
                <form method="post" action="/mailbox" class="mails-end">
                    <button class="button second danger">{messages.delete_all}</button>
                </form>
            }
            .into_any()
        }}
    }
}

fn item(mail: MailboxMail, is_open: bool) -> impl IntoView {
    let MailboxMail { sent_at, purpose, to, subject, text } = mail;
    let (time, link) = (utc(&sent_at), link_of(&text));
    view! {
        <li>
            <details open=is_open>
                <summary>
                    <h2>{subject}</h2>
                    <span class="where"><bdi>{to}</bdi>" · "<time datetime=sent_at.as_str().to_owned()>{time}</time></span>
                    " "
                    <span class="chip">{purpose}</span>
                </summary>
                <pre>{text}</pre>
                {link.map(|link| view! { <a class="button" href=link>{messages().mailbox.open_link}</a> })}
            </details>
        </li>
    }
}

/// The one link of a mail is a line of its own.
fn link_of(text: &str) -> Option<String> {
    let is_link = |line: &&str| line.starts_with("http://") || line.starts_with("https://");
    text.lines().find(is_link).map(str::to_owned)
}

/// Without scripts there is no other time zone.
fn utc(time: &Timestamp) -> String {
    let (date, time) = time.as_str().split_once('T').unwrap_or((time.as_str(), ""));
    format!("{date} {} UTC", time.get(..8).unwrap_or(time))
}
