-- Mail, recovery, proved addresses, and proof of who uses a session. See the first file for the rules.

alter table users add column email_verified_at bigint; -- null: not proved
-- Counts changes of the email and of second factors: what was issued before a change is void after it.
alter table users add column factors_version bigint not null default 0;
alter table users add column password_refused_at bigint; -- the password is refused until it is set anew by mail
-- 1: the password has turned out to be known from a data breach.
alter table users add column must_change_password bigint not null default 0;
-- The user has asked for the deletion of the account, which cannot be undone any more from then on.
alter table users add column delete_at bigint;
-- Set once the deletion cannot be undone any more: what audit events have in the place of the user's ID afterwards.
alter table users add column stand_in text;
create index users_to_delete on users (delete_at asc) where delete_at is not null;
-- What a deleted administrator has done.
create index events_by_actor on events (actor_id) where actor_id is not null;

-- When, how strongly and with what the user of a session last proved who they are. 0: at its start.
alter table sessions add column auth_time bigint not null default 0;
alter table sessions add column acr text not null default '1';
alter table sessions add column amr text not null default 'pwd'; -- separated by spaces
-- Wrong passwords in a row, when the user was asked to confirm who they are.
alter table sessions add column wrong_confirmations bigint not null default 0;

-- The outbox: a mail is written in the transaction of its cause, and sent by one node after the commit.
create table mails (
    mail_id text primary key,           -- part of the `Message-ID`, the same with every attempt
    user_id text,                       -- null where the address belongs to no user
    purpose text not null,
    sealed text not null,               -- recipient, subject and text, encrypted; '' once it has been sent or dropped
    ticket_hash text,                   -- the mail is pointless without this ticket
    created_at bigint not null,
    send_at bigint not null,            -- the time of the next attempt
    give_up_at bigint not null,
    attempts bigint not null default 0,
    done_at bigint,                     -- sent, failed or dropped
    failure text
);
create index mails_to_send on mails (send_at asc) where done_at is null;
create index mails_by_end on mails (done_at asc) where done_at is not null;
create index mails_by_ticket on mails (ticket_hash) where ticket_hash is not null;
create index mails_by_user on mails (user_id) where user_id is not null;

-- Of what strangers cause: the mails of the last day to an address, and for a network.
create table mail_limits (
    subject text primary key,           -- a hash
    sent_at text not null,              -- moments, separated by spaces
    newest_at bigint not null
);
create index mail_limits_by_end on mail_limits (newest_at asc);

-- What a link in a mail is good for. A token has 256 random bits; only its hash is here.
create table tickets (
    token_hash text primary key,
    purpose text not null,
    -- A newer ticket of a slot replaces the older one. Slots of unknown users never collide: nulls are distinct.
    slot text not null,
    user_id text,
    email text not null,                -- at the time of the request, canonical
    password_version bigint not null,
    factors_version bigint not null,
    details text not null,              -- encrypted
    created_at bigint not null,
    expires_at bigint not null,
    failures bigint not null default 0,
    unique (user_id, slot)
);
create index tickets_by_end on tickets (expires_at asc);

-- Of the invitations of an address, the newest is valid.
create unique index invitations_by_email on tickets (email) where purpose = 'invitation';

-- Registrations that wait for the code from their mail. There is no user before it is right.
create table registrations (
    ticket_hash text primary key,
    email text not null,
    details text not null,              -- name and password hash, encrypted
    codes text not null,                -- MAC and expiry of each code that has been sent
    sent_at bigint not null,            -- the newest one
    created_at bigint not null,
    expires_at bigint not null,
    failures bigint not null default 0
);
create index registrations_by_end on registrations (expires_at asc);
