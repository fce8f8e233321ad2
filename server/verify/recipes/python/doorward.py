"""Verifies Doorward's access tokens in Python, as strictly as doorward-verify. A file to copy; needs `PyJWT[crypto]`."""

import base64
import json
import time

import jwt

MAX_TOKEN_LIFETIME = 15 * 60
STRING_CLAIMS = ("iss", "aud", "sub", "sid", "jti", "name")
TIME_CLAIMS = ("iat", "nbf", "exp", "auth_time")


class TokenInvalid(Exception):
    """Respond with 401. For any other exception, respond with 503: it is no verdict on the token."""


class Doorward:
    """Keys are fetched when needed, cached for five minutes, and fetched again for an unknown `kid`, at most every 30
    seconds."""

    def __init__(self, issuer: str, audience: str, address: str | None = None):
        self.issuer, self.audience = issuer, audience
        url = f"{address or issuer}/.well-known/jwks.json"
        self.keys = jwt.PyJWKClient(url, lifespan=300, timeout=5, cooldown_duration=30)

    def verify(self, token: str) -> dict:
        """Returns the claims of a valid token."""
        header = check_encoding(token)
        try:
            key = self.keys.get_signing_key(header["kid"])
        except jwt.PyJWKClientConnectionError:
            raise
        except jwt.PyJWKClientError as error:
            raise TokenInvalid("unknown kid") from error
        try:
            claims = jwt.decode(
                token,
                key.key,
                algorithms=["EdDSA"],
                issuer=self.issuer,
                audience=self.audience,
                leeway=0,
                options={"require": [*STRING_CLAIMS, *TIME_CLAIMS, "roles"], "strict_aud": True},
            )
        except jwt.InvalidTokenError as error:
            raise TokenInvalid(str(error)) from error
        return check_claims(claims)


def check_encoding(token: str) -> dict:
    """PyJWT accepts more than Doorward issues: padding, duplicate members, times as text, other header parameters."""
    ensure(isinstance(token, str) and token.isascii() and len(token) <= 4096, "not ASCII, or too long")
    parts = token.split(".")
    ensure(len(parts) == 3, "not three parts")
    decoded = [decode(part) for part in parts]
    header, _ = [parse_object(part) for part in decoded[:2]]
    ensure(header.keys() == {"typ", "alg", "kid"}, "wrong header parameters")
    ensure(header["typ"] == "at+jwt" and header["alg"] == "EdDSA", "wrong typ or alg")
    ensure(isinstance(header["kid"], str), "wrong kid")
    return header


def decode(part: str) -> bytes:
    try:
        decoded = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except ValueError as error:
        raise TokenInvalid("not base64url") from error
    ensure(base64.urlsafe_b64encode(decoded).rstrip(b"=").decode() == part, "not canonical base64url")
    return decoded


def parse_object(part: bytes) -> dict:
    """Parses a part as a JSON object. Rejects it if it can be read in two ways: serialized again, it must be the same."""
    try:
        text = part.decode()
        value = json.loads(text)
        again = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    except (ValueError, RecursionError) as error:
        raise TokenInvalid("not JSON") from error
    ensure(isinstance(value, dict) and again == text, "ambiguous JSON")
    return value


def check_claims(claims: dict) -> dict:
    """PyJWT does not check the types of all claims, and accepts text for a time."""
    ensure(all(isinstance(claims[name], str) for name in STRING_CLAIMS), "a claim that is not text")
    ensure(all(claims[name] or name == "name" for name in STRING_CLAIMS), "an empty claim")
    ensure(all(type(claims[name]) is int and claims[name] > 0 for name in TIME_CLAIMS), "wrong time")
    roles = claims["roles"]
    ensure(isinstance(roles, list) and all(isinstance(role, str) for role in roles), "wrong roles")
    ensure(isinstance(claims.get("acr", ""), str), "wrong acr")
    amr = claims.get("amr", [])
    ensure(isinstance(amr, list) and all(isinstance(means, str) for means in amr), "wrong amr")
    auth_time, iat, exp = claims["auth_time"], claims["iat"], claims["exp"]
    ensure(auth_time <= iat < exp and exp - iat <= MAX_TOKEN_LIFETIME and iat <= time.time(), "times out of range")
    return claims


def is_recent(claims: dict, max_age: int) -> bool:
    """Whether the user has proved who they are less than `max_age` seconds ago: at the login, or with a confirmation. If not,
    respond with 401, the `code` `step_up_required` in an `application/problem+json`, and `WWW-Authenticate: Bearer
    error="insufficient_user_authentication", max_age=<max_age>` (RFC 9470)."""
    return "acr" in claims and int(time.time()) - claims["auth_time"] < max_age


LEVELS = ("1", "2", "phr")


def is_at_least(claims: dict, acr: str) -> bool:
    """Whether the user has proved who they are at least this strongly: "2" is two factors, "phr" a passkey. If not, respond with 401,
    the `code` `step_up_required` in an `application/problem+json`, and `WWW-Authenticate: Bearer
    error="insufficient_user_authentication", acr_values="<acr>"` (RFC 9470)."""
    proved = claims.get("acr")
    # A level of a later version counts as the lowest.
    level = LEVELS.index(proved) if proved in LEVELS else 0
    return proved is not None and level >= LEVELS.index(acr)


def ensure(condition: bool, reason: str) -> None:
    if not condition:
        raise TokenInvalid(reason)
