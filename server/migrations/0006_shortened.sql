-- Where stricter rules have shortened a session, access tokens from before may be good until then, longer than the session
-- itself: its end has to be told, as if somebody had ended it.
alter table sessions add column tokens_until bigint not null default 0;

drop index sessions_by_end;
create index sessions_by_end on sessions (ended_at, session_id, end_reason, tokens_until);
