-- On which device the end of a session was decided; null where no device of the person did it.
alter table sessions add column ended_by_browser text;
alter table sessions add column ended_by_os text;
