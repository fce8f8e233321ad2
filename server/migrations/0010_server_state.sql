-- What a server leaves for the next start: see `store/server_state.rs`.
create table server_state (
    name text primary key,
    value text not null
);
