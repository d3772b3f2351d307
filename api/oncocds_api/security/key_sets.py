"""The public keys of EHRs: from a file of the site, or from allow-listed addresses, kept for a while."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from oncocds.errors import InputError
from oncocds.reading.strict_json import parse_json
from oncocds_api.web.streams import read_at_most

_LOG = logging.getLogger("oncocds_api")
Key = Mapping[str, Any]
Fetch = Callable[[str], Awaitable[bytes]]
_EARLY_SECONDS = 300.0
_KEPT_SECONDS = 600.0
_AGAIN_SECONDS = 30.0
_OUTAGE_SECONDS = 86_400.0
_LARGEST = 262_144
_TIMEOUT = 3.0


class KeysUnavailable(Exception):  # noqa: N818 - a state of the other side, not an error of ours
    """A JWK Set could not be had."""


@dataclass
class _Held:
    keys: Sequence[Key] = ()
    since: float = -1e9
    tried: float = -1e9
    failing: bool = False
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class KeySets:
    """JWK Sets by address. A key that is not there, or does not fit, is looked for again, every 30 seconds at most.

    A set is fetched anew before it is old, beside the calls that use it. While its address is known not to answer, the
    last good set stays in use and no call waits, for a day at most: a key that was withdrawn must not be believed for
    ever. ``failed`` is told each time that a set could not be had.
    """

    def __init__(
        self,
        fetch: Fetch | None = None,
        clock: Callable[[], float] = time.monotonic,
        failed: Callable[[], None] = lambda: None,
    ) -> None:
        self._fetch = fetch or _fetched
        self._clock = clock
        self._failed = failed
        self._beside: set[asyncio.Task[None]] = set()
        self._held: dict[str, _Held] = {}

    async def find(self, address: str, kid: str, *, doubted: bool = False) -> list[Key]:
        """Return the keys of a set that have an id; ``doubted`` asks for the set anew, since its key did not fit.

        Raises ``KeysUnavailable`` where there is no set at all.
        """
        held = self._held.setdefault(address, _Held())
        age = self._clock() - held.since
        known = _with_id(held.keys, kid) if age < _OUTAGE_SECONDS else []
        if known and not doubted and (age < _KEPT_SECONDS or held.failing):
            if age >= _EARLY_SECONDS and not held.lock.locked():
                task = asyncio.create_task(self._refresh(address, held))
                self._beside.add(task)
                task.add_done_callback(self._beside.discard)
            return known
        await self._refresh(address, held)
        if self._clock() - held.since >= _OUTAGE_SECONDS:
            raise KeysUnavailable
        return _with_id(held.keys, kid)

    async def _refresh(self, address: str, held: _Held) -> None:
        """Fetch a set, unless that was tried just now: then what came of it counts."""
        async with held.lock:
            now = self._clock()
            if now - held.tried < _AGAIN_SECONDS:
                return
            held.tried = now
            try:
                held.keys, held.since, held.failing = keys_of(await self._fetch(address)), now, False
            except (httpx2.HTTPError, InputError, TimeoutError, OSError):
                held.failing = True
                self._failed()
                usable = now - held.since < _OUTAGE_SECONDS
                _LOG.warning("a set of keys could not be fetched%s", ": the last good one is used" if usable else "")


def keys_of(content: bytes) -> list[Key]:
    """Return the keys of a JWK Set. Raises ``InputError`` where it is none."""
    document = parse_json(content, max_bytes=_LARGEST)
    keys = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(keys, list):
        raise InputError([])
    return [key for key in keys if isinstance(key, dict)]


def keys_in(file: Path) -> list[Key]:
    """Return the keys of a file with a JWK Set. Raises ``InputError`` or ``OSError``."""
    return keys_of(file.read_bytes())


def _with_id(keys: Sequence[Key], kid: str) -> list[Key]:
    return [key for key in keys if key.get("kid") == kid]


async def _fetched(address: str) -> bytes:
    async with (
        asyncio.timeout(_TIMEOUT),
        httpx2.AsyncClient(follow_redirects=False, trust_env=False, timeout=_TIMEOUT) as client,
        client.stream("GET", address) as response,
    ):
        if response.status_code != 200:
            raise OSError
        content = await read_at_most(_LARGEST, response.aiter_bytes())
        if content is None:
            raise OSError
        return content
