-- Passkeys, one-time codes, recovery codes, and the second step of a login. See the first file for the rules.

-- 1: after the password, a second factor is required.
alter table users add column second_step bigint not null default 0;
-- Wrong second factors since the last right one, behind a right password.
alter table users add column wrong_second_factors bigint not null default 0;
-- The kind that was used last, which is offered first: 'passkey', 'totp' or 'recovery_code'.
alter table users add column last_second_factor text not null default '';
-- The user handle of WebAuthn: 32 random bytes, made with the first passkey, the same for ever.
alter table users add column webauthn_handle text;
-- When all second factors are removed, as an administrator has asked.
alter table users add column factors_reset_at bigint;
create index users_to_reset_factors on users (factors_reset_at asc) where factors_reset_at is not null;

-- The credential that the session began with: 'password', or 'passkey:' and the ID of a passkey.
alter table sessions add column credential text not null default 'password';

create table passkeys (
    passkey_id text primary key,
    credential_id text not null unique, -- base64url; chosen by the authenticator
    user_id text not null,
    name text not null,
    public_key text not null,           -- COSE, in hex
    rp_id text not null,                -- the host that the passkey works on
    sign_count bigint not null,         -- the latest signature counter
    backup_eligible bigint not null,
    backed_up bigint not null,
    user_verified bigint not null,      -- at the registration
    transports text not null,           -- separated by spaces
    aaguid text not null,               -- the model of the authenticator, in hex; not attested
    created_at bigint not null,
    last_used_at bigint,
    unique (user_id, name)
);
create index passkeys_by_rp on passkeys (rp_id);

-- Seeds of one-time codes (RFC 6238). A new seed is beside the present one until it is confirmed with a code.
create table totp_seeds (
    seed_id text primary key,
    user_id text not null,
    sealed text not null,               -- encrypted
    created_at bigint not null,
    confirmed_at bigint,                -- null: not in use yet
    last_step bigint not null default 0 -- the newest time step whose code has been used
);
create unique index totp_seeds_in_use on totp_seeds (user_id) where confirmed_at is not null;
create unique index totp_seeds_not_in_use on totp_seeds (user_id) where confirmed_at is null;
create index totp_seeds_by_user on totp_seeds (user_id);
create index totp_seeds_to_finish on totp_seeds (created_at asc) where confirmed_at is null;

-- A code has 120 random bits; only its hash is here. A row is deleted when its code is used.
create table recovery_codes (
    code_hash text primary key,
    user_id text not null,
    created_at bigint not null
);
create index recovery_codes_by_user on recovery_codes (user_id);

-- Logins whose password was right and whose second factor is awaited.
create table pending_logins (
    ticket_hash text primary key,
    user_id text not null,
    password_version bigint not null,
    factors_version bigint not null,
    limits text not null,               -- rate limit buckets that a success makes full again, separated by spaces
    created_at bigint not null,
    expires_at bigint not null
);
create index pending_logins_by_user on pending_logins (user_id);
create index pending_logins_by_end on pending_logins (expires_at asc);

-- Challenges that have been answered: a challenge is signed by the server, and stored only once it is used.
create table used_challenges (
    challenge_hash text primary key,
    expires_at bigint not null
);
create index used_challenges_by_end on used_challenges (expires_at asc);
