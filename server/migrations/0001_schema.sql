-- One text for SQLite and Postgres: columns are text and bigint only; moments are milliseconds of the Unix epoch, UTC.
--
-- `asc` on the first column of an index that is read as a range: SQLite and Postgres do that without it, engines that spread
-- rows by a hash of the first column (YugabyteDB) would read the whole index instead.

create table users (
    user_id text primary key,
    email text not null unique,         -- canonical form
    name text not null,
    search_name text not null default '', -- the name whose terms are in `user_search_terms`
    roles text not null,                -- separated by spaces, empty for most
    password_hash text not null,        -- PHC string
    password_version bigint not null,   -- counts changes of the password; a new hash of the same password is none
    password_changed_at bigint not null default 0,
    created_at bigint not null,
    disabled_at bigint
);
-- All users, a page at a time.
create index users_by_age on users (created_at asc, user_id);
-- A hash without its salt and output, whose length is fixed, says with which parameters it was made. This index finds the
-- few that are in use, however many users there are.
create index users_by_hash_params on users (substr(password_hash, 1, abs(length(password_hash) - 67)) asc);
-- Users whose name has changed since their search terms were written are indexed in the background.
create index users_to_index on users (user_id asc) where search_name <> name;
-- Whether another administrator is left. `like` would ignore case on SQLite.
create index active_administrators on users (user_id asc)
    where disabled_at is null and replace(' ' || roles || ' ', ' admin ', '') <> ' ' || roles || ' ';

-- What administrators find users by: the beginning of the email, of the name or of a word of the name, folded. In hex, which
-- sorts by its bytes under every collation, so that an index finds all terms with a prefix.
create table user_search_terms (
    term text not null,
    owner_id text not null references users (user_id) on delete cascade,
    primary key (term, owner_id)
);
create index search_terms_by_owner on user_search_terms (owner_id, term);

create table sessions (
    session_id text primary key,
    user_id text not null references users (user_id),
    policy text not null,
    token_hash text,                    -- SHA-256 of the credential, in hex; null where the policy has none
    label text,
    browser text not null,
    os text not null,
    ip text not null,                   -- '' once it has been deleted, some time after the last use
    -- The earliest moment at which the address may have to be deleted. A use moves the real one and not this one, so that it costs
    -- no change of an index: the cleanup moves it when it has come.
    ip_due_at bigint not null default 0,
    created_at bigint not null,
    last_used_at bigint not null,
    expires_at bigint not null,         -- fixed at login
    idle_limit bigint,                  -- milliseconds between uses; null where there is no limit
    -- The earliest moment at which the session can expire or idle. A use moves the real one and not this one, so that it costs
    -- no change of an index: the sweep moves it when it has come.
    may_end_at bigint not null default 0,
    -- After a stricter policy has shortened the session, older access tokens may be valid until then, longer than the session
    -- itself: its end has to be announced, as that of a revoked one.
    tokens_until bigint not null default 0,
    ended_at bigint,
    end_reason text,
    ended_by_browser text,              -- the user's device on which the end was decided; null if it was none
    ended_by_os text,
    -- A password change gives the caller's session a new id and a new credential. The old row ends and names the row that
    -- continues it: tokens and cookies of the old id are rejected everywhere, as those of any ended session.
    rotated_to text
);
create unique index sessions_by_token on sessions (token_hash);
create index sessions_by_user on sessions (user_id, created_at);
create index sessions_by_expiry on sessions (expires_at asc);
create index sessions_by_ip_due on sessions (ip_due_at asc) where ip <> '';
create index sessions_by_own_end on sessions (may_end_at asc) where ended_at is null;
-- The ends of sessions are counted, and read a page at a time, from this index alone. Ended sessions only: with the live ones
-- in it, SQLite answered queries for live sessions from this index, by walking all of them.
create index sessions_by_end on sessions (ended_at asc, session_id, end_reason, tokens_until) where ended_at is not null;
-- Live sessions, a page at a time, however many have ended.
create index live_sessions on sessions (session_id asc) where ended_at is null;

create table keys (
    generation bigint primary key,      -- counts up; of two nodes that add one at the same time, one wins
    kid text not null unique,
    public_key text not null,           -- base64url, as in the JWK
    private_key text not null,          -- encrypted with the master secret, hex
    published_at bigint not null,
    signs_from bigint not null,
    retired_at bigint
);
-- The keys in use are read several times a second, however many are retired.
create index keys_in_use on keys (generation asc) where retired_at is null;
create index keys_by_end on keys (retired_at asc);

-- The master secrets that this database has been used with, each once and in their order: the last one is the current one.
create table secrets (
    number bigint primary key,          -- counts up; of two nodes that bring a new one at the same time, one wins
    fingerprint text not null unique,   -- tells secrets apart and reveals nothing of them
    first_used_at bigint not null
);

create table attempts (
    subject text primary key,           -- what is limited, hashed: the emails of failed logins are not stored
    failures bigint not null,           -- since the last success
    free_at bigint not null             -- when the whole allowance is available again
);
create index attempts_by_end on attempts (free_at asc);

create table events (
    event_id text primary key,
    happened_at bigint not null,
    kind text not null,
    user_id text,
    session_id text,
    reason text,
    ip text,
    browser text,
    os text,
    times bigint not null default 1,    -- failed logins with unknown emails share one row an hour
    actor_id text                       -- the administrator who caused the event; null for the user, the command line and jobs
);
create index events_by_user on events (user_id, happened_at);
create index events_by_time on events (happened_at asc);

-- Readiness rests on a write: this row counts them, so that another connection can see that one has arrived.
create table write_probe (
    id bigint primary key,
    writes bigint not null
);
insert into write_probe (id, writes) values (1, 0);

-- What servers leave for each other and for the next start.
create table server_state (
    name text primary key,
    value text not null
);
-- Versions whose newest migration is older than this must not use the database. A migration that they could not work with
-- raises it: see CONTRIBUTING.md.
insert into server_state (name, value) values ('oldest_reader', '1');
