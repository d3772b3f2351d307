"""Requests signed with an access key and a secret key (AK/SK, HMAC-SHA256), as hospital systems do; and API keys."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable, Mapping

from oncocds_api.security.bearer import Unauthorized
from oncocds_api.security.replay import Replays
from oncocds_api.settings import Settings

API_KEY = "X-API-Key"
ACCESS_KEY, TIMESTAMP, NONCE, SIGNATURE = "X-Access-Key", "X-Timestamp", "X-Nonce", "X-Signature"
_NONCE_LENGTHS = range(8, 129)


def signed_text(method: str, target: str, timestamp: str, nonce: str, body: bytes) -> bytes:
    """Return what is signed: method, path with query, seconds since 1970, nonce, SHA-256 of the body; a line each."""
    return "\n".join((method.upper(), target, timestamp, nonce, hashlib.sha256(body).hexdigest())).encode()


def signature(secret: str, text: bytes) -> str:
    """Return the HMAC-SHA256 of a text under a secret key, in hexadecimal digits."""
    return hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()


class Keys:
    """Checks API keys and signatures. Without any key in the settings everybody may call."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.time) -> None:
        self._api_keys = {name: key.get_secret_value() for name, key in settings.api_keys.items()}
        self._secrets = {name: key.get_secret_value() for name, key in settings.signing_keys.items()}
        self._window = settings.signature_window_seconds
        self._clock = clock
        self._used = Replays()

    @property
    def asked_for(self) -> bool:
        """Whether a key is needed."""
        return bool(self._api_keys or self._secrets)

    def check_api_key(self, key: str) -> str:
        """Return whose key it is. Raises ``Unauthorized`` unless it is one of the settings."""
        given = key.encode()
        compared = [(hmac.compare_digest(given, one.encode()), name) for name, one in self._api_keys.items()]
        known = [name for same, name in compared if same]
        if not known:
            raise Unauthorized(f"the key ({API_KEY}) is not known")
        return f"key {known[0]}"

    def check_signature(self, headers: Mapping[str, str], method: str, target: str, body: bytes) -> str:
        """Return whose signature it is. Raises ``Unauthorized`` unless a request is signed, in time, and new."""
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
        return f"signing key {access}"
