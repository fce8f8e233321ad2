//! A user in the list.

use leptos::{prelude::*, task::spawn_local};

use super::state::UsersState;
use crate::{
    components::RelativeTime,
    leptos_ext::ClientOnly,
    messages::{self, messages},
};
use doorward_api::UserSummary;

/// A list item. The id of the name describes its buttons.
pub fn row(state: UsersState, user: UserSummary) -> ClientOnly {
    ClientOnly::new(move || {
        let texts = &messages().users;
        let name_id = String::from("name-") + &user.id;
        let button = {
            let name_id = name_id.clone();
            move |label: &'static str, is_shown: bool, run: fn(UsersState, UserSummary), user: &UserSummary| {
                let user = user.clone();
                let run = move |_| run(state, user.clone());
                view! { <button type="button" class="quiet" hidden=!is_shown aria-describedby=name_id.clone() on:click=run>{label}</button> }
            }
        };
        let is_disabled = user.disabled_at.is_some();
        let buttons = [
            button(texts.log_out, user.sessions > 0, UsersState::confirm_log_out, &user),
            button(texts.disable, !is_disabled, UsersState::confirm_disable, &user),
            button(texts.enable, is_disabled, |state, user| spawn_local(state.enable(user)), &user),
        ];
        let chip = |class: &'static str, text: String| view! { <span class=class>{text}</span> };
        let chips: Vec<_> = state
            .is_own(&user.id)
            .then(|| chip("chip", texts.you.to_owned()))
            .into_iter()
            .chain(is_disabled.then(|| chip("chip warning", texts.disabled.to_owned())))
            .chain(user.roles.iter().map(|role| chip("chip", role.clone())))
            .collect();
        let initial: String = user.name.chars().take(1).collect();
        let sessions = messages::user_sessions(&user);
        let (before, after) = texts.joined.split_once("{time}").unwrap_or_default();
        view! {
            <li id=user.id tabindex="-1" class=if is_disabled { "disabled" } else { "" }>
                <span class="entry-icon" aria-hidden="true">{initial}</span>
                <div class="entry">
                    <p><bdi id=name_id>{user.name}</bdi>{chips}</p>
                    <p class="where"><bdi>{user.email}</bdi></p>
                    <p class="where"><span>{sessions}</span><span>{before}<RelativeTime at=user.created_at/>{after}</span></p>
                </div>
                <div class="entry-actions">{buttons}</div>
            </li>
        }
    })
}
