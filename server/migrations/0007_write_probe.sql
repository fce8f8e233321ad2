-- Readiness rests on a write: this row counts them, so that another connection can see that one has arrived.
create table write_probe (
    id bigint primary key,
    writes bigint not null
);
insert into write_probe (id, writes) values (1, 0);
