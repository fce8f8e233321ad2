-- The address of a session is deleted some time after its last use. Uses move that time, and are noticed when this one has come,
-- so that a use costs no change of an index. 0, also from earlier versions: look now.
alter table sessions add column ip_due_at bigint not null default 0;
create index sessions_by_ip_due on sessions (ip_due_at asc) where ip <> '';
