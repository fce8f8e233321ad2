-- Failed logins with unknown emails are counted in one row an hour, instead of being a row each.
alter table events add column times bigint not null default 1;

-- A hash without its salt and output, whose length is fixed, says with which parameters it was made. This index finds the
-- few that are in use, however many users there are.
create index users_by_hash_params on users (substr(password_hash, 1, abs(length(password_hash) - 67)));
