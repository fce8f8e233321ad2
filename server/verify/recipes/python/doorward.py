"""Checks Doorward's access tokens in Python, as strictly as Doorward itself. Copy it; it needs `PyJWT[crypto]`."""

import base64
import json
import time

import jwt

LONGEST_LIFE = 15 * 60
TEXTS = ("iss", "aud", "sub", "sid", "jti", "name")
TIMES = ("iat", "nbf", "exp", "auth_time")


class TokenInvalid(Exception):
    """Answer 401 to it; to anything else that is raised, 503: it says nothing about the token."""


class Doorward:
    """Keys are fetched when they are needed, kept for five minutes, and fetched again for an unknown `kid`, at most
    every 30 seconds."""

    def __init__(self, issuer: str, audience: str, address: str | None = None):
        self.issuer, self.audience = issuer, audience
        url = f"{address or issuer}/.well-known/jwks.json"
        self.keys = jwt.PyJWKClient(url, lifespan=300, timeout=5, cooldown_duration=30)

    def check(self, token: str) -> dict:
        """The claims of a good token."""
        header = written_as_doorward_does(token)
        try:
            key = self.keys.get_signing_key(header["kid"])
        except jwt.PyJWKClientConnectionError:
            raise
        except jwt.PyJWKClientError as error:
            raise TokenInvalid("kid") from error
        try:
            claims = jwt.decode(
                token,
                key.key,
                algorithms=["EdDSA"],
                issuer=self.issuer,
                audience=self.audience,
                leeway=0,
                options={"require": [*TEXTS, *TIMES, "roles"], "strict_aud": True},
            )
        except jwt.InvalidTokenError as error:
            raise TokenInvalid(str(error)) from error
        return complete(claims)


def written_as_doorward_does(token: str) -> dict:
    """PyJWT reads more than Doorward writes: padding, members that appear twice, times as text, any header."""
    ensure(isinstance(token, str) and token.isascii() and len(token) <= 4096, "size")
    parts = token.split(".")
    ensure(len(parts) == 3, "form")
    decoded = [decode(part) for part in parts]
    header, _ = [json_object(part) for part in decoded[:2]]
    ensure(header.keys() == {"typ", "alg", "kid"}, "header")
    ensure(header["typ"] == "at+jwt" and header["alg"] == "EdDSA" and isinstance(header["kid"], str), "header")
    return header


def decode(part: str) -> bytes:
    try:
        decoded = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except ValueError as error:
        raise TokenInvalid("base64url") from error
    ensure(base64.urlsafe_b64encode(decoded).rstrip(b"=").decode() == part, "base64url")
    return decoded


def json_object(part: bytes) -> dict:
    """The object in this part, if there is one way to read it: written again, it is the same."""
    try:
        text = part.decode()
        value = json.loads(text)
        again = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    except (ValueError, RecursionError) as error:
        raise TokenInvalid("JSON") from error
    ensure(isinstance(value, dict) and again == text, "JSON")
    return value


def complete(claims: dict) -> dict:
    """PyJWT takes any type, and text for a time."""
    ensure(all(isinstance(claims[name], str) and (claims[name] or name == "name") for name in TEXTS), "a text")
    ensure(all(type(claims[name]) is int and claims[name] > 0 for name in TIMES), "a time")
    roles = claims["roles"]
    ensure(isinstance(roles, list) and all(isinstance(role, str) for role in roles), "roles")
    auth_time, iat, exp = claims["auth_time"], claims["iat"], claims["exp"]
    ensure(auth_time <= iat < exp and exp - iat <= LONGEST_LIFE and iat <= time.time(), "order of times")
    return claims


def ensure(is_so: bool, what: str) -> None:
    if not is_so:
        raise TokenInvalid(what)
