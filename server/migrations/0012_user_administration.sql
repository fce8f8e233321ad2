-- What administrators find users by: the beginning of the email, of the name or of a word of the name, folded. In hex, which
-- sorts by its bytes under every collation, so that an index finds all terms with a prefix.
create table user_search_terms (
    term text not null,
    owner_id text not null references users (user_id) on delete cascade,
    primary key (term, owner_id)
);
create index search_terms_by_owner on user_search_terms (owner_id, term);

-- The name whose terms are in that table. Users from before are indexed in the background.
alter table users add column search_name text not null default '';
create index users_to_index on users (user_id) where search_name <> name;

alter table users add column password_changed_at bigint not null default 0;
update users set password_changed_at = coalesce(
    (select max(happened_at) from events where events.user_id = users.user_id and events.kind = 'password_changed'),
    created_at);

-- Whether another administrator is left. `like` would ignore case on SQLite.
create index active_administrators on users (user_id)
    where disabled_at is null and replace(' ' || roles || ' ', ' admin ', '') <> ' ' || roles || ' ';

-- The administrator who caused the event; null for the user, the command line and background jobs.
alter table events add column actor_id text;
