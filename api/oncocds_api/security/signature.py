"""Requests signed with an access key and a secret key (AK/SK, HMAC-SHA256), as hospital systems do; and API keys."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable, Mapping

from oncocds.errors import Problem
from oncocds_api.requests.noting import Caller
from oncocds_api.security.bearer import Unauthorized
from oncocds_api.security.replay import Replays
from oncocds_api.settings.key_settings import ApiKey, OneApiKey, Role, SettingsError, secret_in
from oncocds_api.settings.settings import Settings

API_KEY = "X-API-Key"
ACCESS_KEY, TIMESTAMP, NONCE, SIGNATURE = "X-Access-Key", "X-Timestamp", "X-Nonce", "X-Signature"
_NONCE_LENGTHS = range(8, 129)
PLAIN_ROLES: frozenset[Role] = frozenset(("evaluate", "feedback", "scenarios"))
"""The roles of a key that is told without any, and of signing keys."""


def signed_text(method: str, target: str, timestamp: str, nonce: str, body: bytes) -> bytes:
    """Return what is signed: method, path with query, seconds since 1970, nonce, SHA-256 of the body; a line each."""
    return "\n".join((method.upper(), target, timestamp, nonce, hashlib.sha256(body).hexdigest())).encode()


def signature(secret: str, text: bytes) -> str:
    """Return the HMAC-SHA256 of a text under a secret key, in hexadecimal digits."""
    return hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()


class Keys:
    """Checks API keys and signatures. Without any key in the settings everybody may call.

    Raises ``SettingsError`` for a file that holds no key, and for one key of two names with different roles.
    """

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.time) -> None:
        self._api_keys = [(_digest_of(name, one), _caller(name, one)) for name, one in settings.api_keys.items()]
        roles: dict[bytes, frozenset[str]] = {}
        for digest, caller in self._api_keys:
            if roles.setdefault(digest, caller.roles) != caller.roles:
                problem = Problem(f"/api_keys/{caller.name}", "the same key has other roles above", "a key of its own")
                raise SettingsError([problem])
        self._secrets = {name: key.get_secret_value() for name, key in settings.signing_keys.items()}
        self._window = settings.signature_window_seconds
        self._clock = clock
        self._used = Replays()

    @property
    def asked_for(self) -> bool:
        """Whether a key is needed."""
        return bool(self._api_keys or self._secrets)

    def check_api_key(self, key: str) -> Caller:
        """Return whose key it is. Raises ``Unauthorized`` unless it is one of the settings.

        All keys are compared, by their digests: how long that takes tells nothing of any.
        """
        given = hashlib.sha256(key.encode()).digest()
        known = [caller for digest, caller in self._api_keys if hmac.compare_digest(given, digest)]
        if not known:
            raise Unauthorized(f"the key ({API_KEY}) is not known")
        return known[0]

    def check_signature(self, headers: Mapping[str, str], method: str, target: str, body: bytes) -> Caller:
        """Return who signed. Raises ``Unauthorized`` unless a request is signed, within its time window, and new."""
        access, timestamp, nonce, signed = (headers.get(name, "") for name in (ACCESS_KEY, TIMESTAMP, NONCE, SIGNATURE))
        now = self._clock()
        if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 12):
            raise Unauthorized(f"the time ({TIMESTAMP}) is not a number of seconds since 1970")
        if abs(int(timestamp) - now) > self._window:
            raise Unauthorized(f"the time ({TIMESTAMP}) lies outside the window")
        if len(nonce) not in _NONCE_LENGTHS:
            raise Unauthorized(f"the nonce ({NONCE}) is missing, or not of 8 to 128 characters")
        expected = signature(self._secrets.get(access, ""), signed_text(method, target, timestamp, nonce, body))
        right = hmac.compare_digest(expected.encode(), signed.lower().encode())
        if access not in self._secrets or not right:
            raise Unauthorized(f"the access key or the signature ({SIGNATURE}) is not right")
        if not self._used.first_use(f"{access}\n{nonce}", int(timestamp) + self._window + 1, now):
            raise Unauthorized(f"the nonce ({NONCE}) was used before")
        return Caller("signing-key", access, PLAIN_ROLES)


def _digest_of(name: str, one: OneApiKey) -> bytes:
    if isinstance(one, ApiKey):
        if one.key_sha256 is not None:
            return bytes.fromhex(one.key_sha256)
        if one.key_file is not None:
            return hashlib.sha256(secret_in(one.key_file, f"/api_keys/{name}/key_file").encode()).digest()
        assert one.key is not None, "the settings see to it that one of them is there"
        return hashlib.sha256(one.key.get_secret_value().encode()).digest()
    return hashlib.sha256(one.get_secret_value().encode()).digest()


def _caller(name: str, one: OneApiKey) -> Caller:
    return Caller("api-key", name, frozenset(one.roles) if isinstance(one, ApiKey) else PLAIN_ROLES)
