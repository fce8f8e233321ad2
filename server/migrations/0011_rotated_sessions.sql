-- A password change gives the caller's session a new id and a new credential. The old row ends and names the row that continues
-- it: tokens and cookies of the old id are rejected everywhere, as those of any ended session.
alter table sessions add column rotated_to text;
