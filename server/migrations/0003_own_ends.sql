-- Sessions that are over by themselves are found by the earliest moment at which that can be: uses move the real one, and are
-- noticed when this one has come, so that a use costs no change of an index.
alter table sessions add column may_end_at bigint not null default 0;
update sessions set may_end_at =
    case when last_used_at + idle_limit < expires_at then last_used_at + idle_limit else expires_at end;
create index sessions_by_own_end on sessions (may_end_at) where ended_at is null;

-- The ends of sessions are counted, and read a page at a time.
drop index sessions_by_end;
create index sessions_by_end on sessions (ended_at, session_id, end_reason);
