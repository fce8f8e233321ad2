-- The master secrets that this database has been used with, each once and in their order: the last one is the present one.
create table secrets (
    number bigint primary key,          -- counts up; of two nodes that bring a new one at the same time, one wins
    fingerprint text not null unique,   -- tells secrets apart, and tells nothing of them
    first_used_at bigint not null
);

-- The keys in use are looked at several times a second, whatever has become of the others.
create index keys_in_use on keys (generation) where retired_at is null;
create index keys_by_end on keys (retired_at);

-- Everybody, a page at a time.
create index users_by_age on users (created_at, user_id);
