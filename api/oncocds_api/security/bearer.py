"""CDS clients' signed tokens (JWT), as CDS Hooks wants them: one exact audience, used once, ES384 or RS384.

ES256 is taken of an issuer that is allowed it alone.

joserfc verifies the signature: it asks for the algorithms at each call and has no default that a token could choose,
takes typed keys, and refuses critical headers it does not know. What the specification adds is checked here.
"""

from __future__ import annotations

import base64
import binascii
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from oncocds.errors import InputError, Problem
from oncocds.reading.strict_json import parse_json
from oncocds_api.security.key_sets import Key, KeySets, keys_in
from oncocds_api.security.replay import Replays
from oncocds_api.settings.addresses import Issuer
from oncocds_api.settings.settings import Settings, SettingsError

_CURVES = {"ES384": "P-384", "ES256": "P-256"}
_LONGEST = 8192
_SMALLEST_RSA = 2048


FirstUse = Callable[[str, float, float], Awaitable[bool]]
"""Tells whether a name is new, and remembers it until a time; the last is now (seconds since 1970)."""


class Unauthorized(Exception):  # noqa: N818 - named as the status is
    """The caller is not who it must be; the message says which check failed, never what was sent."""


class Bearer:
    """Checks the token of each call against the issuers of the settings. Raises ``SettingsError`` for a key file."""

    def __init__(
        self,
        settings: Settings,
        key_sets: KeySets,
        clock: Callable[[], float] = time.time,
        first_use: FirstUse | None = None,
    ) -> None:
        self._issuers = {issuer.iss: issuer for issuer in settings.issuers}
        self._skew = settings.clock_skew_seconds
        self._longest = settings.longest_token_seconds
        self._key_sets = key_sets
        self._clock = clock
        self._first_use = first_use or _in_memory()
        self._own = {issuer.iss: _file_keys(issuer) for issuer in settings.issuers}

    async def check(self, authorization: str | None, audience: str) -> str:
        """Return the issuer of a good token. Raises ``Unauthorized`` or ``KeysUnavailable``."""
        token = _token(authorization)
        header, claims = _unverified(token)
        issuer = self._issuers.get(claims["iss"]) if isinstance(claims.get("iss"), str) else None
        if issuer is None:
            raise Unauthorized("the issuer (iss) is not one that is accepted")
        await self._verified(token, issuer, header, _algorithm(header, issuer))
        until, now = self._claims(claims, audience), self._clock()
        if not await self._first_use(f"{claims['iss']}\n{claims['jti']}", until, now):
            raise Unauthorized("the token was used before (jti)")
        return issuer.iss

    async def _verified(self, token: str, issuer: Issuer, header: Mapping[str, Any], algorithm: str) -> None:
        """Check the signature: by the issuer's own file, else by the set its token names, fetched anew if need be."""
        kid, jku = header.get("kid"), header.get("jku")
        if not isinstance(kid, str) or not kid:
            raise Unauthorized("the key id (kid) is missing")
        own = [key for key in self._own[issuer.iss] if key.get("kid") == kid]
        if own or jku is None or (jku not in issuer.jku and issuer.jwks is not None):
            _verify(token, own, algorithm)
            return
        if jku not in issuer.jku:
            raise Unauthorized("the address of the keys (jku) is not one that is accepted for this issuer")
        known = await self._key_sets.find(jku, kid)
        try:
            _verify(token, known, algorithm)
        except Unauthorized:
            changed = await self._key_sets.find(jku, kid, doubted=True)  # a key may have been replaced under its name
            if changed == known:
                raise
            _verify(token, changed, algorithm)

    def _claims(self, claims: Mapping[str, Any], audience: str) -> float:
        """Check the claims and return until when the token could be used."""
        now = self._clock()
        named = claims.get("aud")
        if audience not in (named if isinstance(named, list) else [named]):
            raise Unauthorized("the audience (aud) is not the address of this endpoint")
        expires, issued = _time(claims, "exp"), _time(claims, "iat")
        if expires <= now - self._skew:
            raise Unauthorized("the token has expired (exp)")
        if expires > now + self._longest + self._skew:
            raise Unauthorized("the token is valid for too long (exp)")
        if issued > now + self._skew:
            raise Unauthorized("the token was issued in the future (iat)")
        if "nbf" in claims and _time(claims, "nbf") > now + self._skew:
            raise Unauthorized("the token is not valid yet (nbf)")
        identity = claims.get("jti")
        if not isinstance(identity, str) or not identity:
            raise Unauthorized("the token's id (jti) is missing")
        return expires + self._skew


def _in_memory() -> FirstUse:
    used = Replays()

    async def first_use(name: str, until: float, now: float) -> bool:
        return used.first_use(name, until, now)

    return first_use


def _token(authorization: str | None) -> str:
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthorized("a signed token is missing (Authorization: Bearer …)")
    if len(token) > _LONGEST:
        raise Unauthorized("the token is too long")
    return token.strip()


def _unverified(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    parts = token.split(".")
    if len(parts) != 3:
        raise Unauthorized("the token is not a signed JWT")
    try:
        decoded = [parse_json(_decoded(part)) for part in parts[:2]]
    except (InputError, binascii.Error, ValueError):
        raise Unauthorized("the token is not a signed JWT") from None
    header, claims = decoded
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise Unauthorized("the token is not a signed JWT")
    return header, claims


def _decoded(part: str) -> bytes:
    return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)


def _algorithm(header: Mapping[str, Any], issuer: Issuer) -> str:
    algorithm, kind = header.get("alg"), header.get("typ")
    if not isinstance(algorithm, str) or algorithm not in issuer.algorithms:
        raise Unauthorized(f"the algorithm (alg) is not {' or '.join(issuer.algorithms)}")
    if not isinstance(kind, str) or kind.upper() != "JWT":
        raise Unauthorized("the type (typ) is not JWT")
    if "crit" in header:
        raise Unauthorized("the token has critical headers")
    return algorithm


def _fits(key: Key, algorithm: str) -> bool:
    if key.get("kty") != ("EC" if algorithm in _CURVES else "RSA") or key.get("use", "sig") != "sig":
        return False
    return key.get("alg", algorithm) == algorithm and key.get("crv") == _CURVES.get(algorithm, key.get("crv"))


def _verify(token: str, keys: Sequence[Key], algorithm: str) -> None:
    candidates = [key for key in keys if _fits(key, algorithm)]
    if len(candidates) != 1:
        raise Unauthorized("no single key for this kid and algorithm")
    key = candidates[0]
    public = {name: value for name, value in key.items() if name in ("kty", "crv", "x", "y", "n", "e")}
    try:
        if algorithm in _CURVES:
            jws.deserialize_compact(token, ECKey.import_key(public), algorithms=[algorithm])
            return
        if int.from_bytes(_decoded(public["n"])).bit_length() < _SMALLEST_RSA:
            raise Unauthorized("the key is too short")
        jws.deserialize_compact(token, RSAKey.import_key(public), algorithms=[algorithm])
    except (JoseError, ValueError, TypeError, KeyError):
        raise Unauthorized("the signature is not right") from None


def _time(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unauthorized(f"a time ({name}) is missing")
    return float(value)


def _file_keys(issuer: Issuer) -> list[Key]:
    if issuer.jwks is None:
        return []
    try:
        return keys_in(issuer.jwks)
    except (InputError, OSError):
        raise SettingsError(
            [Problem("/issuers", f"{issuer.jwks} is no JWK Set", "a file with {'keys': […]}")]
        ) from None
