-- A session is found by what proves it: a refresh token's jti or a session cookie's id, hashed.
create unique index sessions_by_token on sessions (token_hash);
