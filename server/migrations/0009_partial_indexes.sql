-- Ended sessions only. With the live ones in it, SQLite answered queries for live sessions from this index, by walking all
-- of them.
drop index sessions_by_end;
create index sessions_by_end on sessions (ended_at, session_id, end_reason, tokens_until) where ended_at is not null;
-- Live sessions, a page at a time, however many have ended.
create index live_sessions on sessions (session_id) where ended_at is null;
