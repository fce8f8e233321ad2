-- One text for SQLite and Postgres: columns are text and bigint only; moments are milliseconds of the Unix epoch, UTC.

create table users (
    user_id text primary key,
    email text not null unique,         -- canonical form
    name text not null,
    roles text not null,                -- separated by spaces, empty for most
    password_hash text not null,        -- PHC string
    password_version bigint not null,   -- counts changes of the password; a new hash of the same password is none
    created_at bigint not null,
    disabled_at bigint
);

create table sessions (
    session_id text primary key,
    user_id text not null references users (user_id),
    policy text not null,
    token_hash text,                    -- SHA-256 of the refresh token's jti, in hex; null where the policy has no refresh token
    label text,
    browser text not null,
    os text not null,
    ip text not null,
    created_at bigint not null,
    last_used_at bigint not null,
    expires_at bigint not null,         -- fixed at login
    idle_limit bigint,                  -- milliseconds between uses; null where there is no limit
    ended_at bigint,
    end_reason text
);
create index sessions_by_user on sessions (user_id, created_at);
create index sessions_by_end on sessions (ended_at);
create index sessions_by_expiry on sessions (expires_at);

create table keys (
    generation bigint primary key,      -- counts up; of two nodes that add one at the same time, one wins
    kid text not null unique,
    public_key text not null,           -- base64url, as in the JWK
    private_key text not null,          -- encrypted with the master secret, hex
    published_at bigint not null,
    signs_from bigint not null,
    retired_at bigint
);

create table attempts (
    subject text primary key,           -- what is limited, hashed: an address book of failed logins is nobody's business
    failures bigint not null,           -- since the last success
    free_at bigint not null             -- when the whole allowance is available again
);
create index attempts_by_end on attempts (free_at);

create table events (
    event_id text primary key,
    happened_at bigint not null,
    kind text not null,
    user_id text,
    session_id text,
    reason text,
    ip text,
    browser text,
    os text
);
create index events_by_user on events (user_id, happened_at);
create index events_by_time on events (happened_at);
