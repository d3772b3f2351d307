"""Reading from an EHR's FHIR server: allow-listed servers only, in bounded time and size, never redirected.

Addresses hold patients' ids and tokens open their records: neither is logged, and a token is kept no longer than its
call takes.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import httpx2

from oncocds_api.cds.envelope import Fetched
from oncocds_api.settings.addresses import FhirLimits
from oncocds_api.settings.settings import Settings
from oncocds_api.tracing.tracing import spanned
from oncocds_api.web.streams import read_at_most
from oncocds_fhir.bundle import next_page

_LARGEST = 4_194_304
_DEFAULT_PORTS = {"http": 80, "https": 443}
MOST_BYTES = 25_165_824
"""What one call may fetch: a worker reads it in a second or two."""
_LARGEST_FOLLOWED = 1_048_576  # what is larger is read by workers alone
Origin = tuple[str | None, int | None]


@dataclass(slots=True)
class _Call:
    token: str | None
    begun: float
    room: int


class Fetcher:
    """Fetches FHIR resources for hook calls, over connections that stay open."""

    def __init__(self, settings: Settings) -> None:
        self._servers = settings.fhir_servers
        self._client: httpx2.AsyncClient | None = None
        self._limits = {_origin(address): one for address, one in settings.fhir_limits.items()}
        self._usual = FhirLimits(seconds=settings.fetch_seconds)
        self._at_once: dict[Origin, asyncio.Semaphore] = {}  # each server has its own: one that hangs holds up no other
        for name in ("httpx2", "httpcore2"):  # what they log holds addresses
            logging.getLogger(name).setLevel(logging.WARNING)

    async def fetch(
        self,
        wanted: Sequence[tuple[str, str]],
        token: str | None,
        begun: float,
        room: int = MOST_BYTES,
        pages: int = 1,
    ) -> list[Fetched]:
        """Fetch ``(key, address)`` pairs at once, each with the ``pages`` that follow; a failure is an answer too.

        Each server has its own time, counted from ``begun``, a time of the event loop. ``room`` is how many bytes the
        call may still hold.
        """
        call = _Call(token, begun, room)
        chains = await asyncio.gather(*(self._pages(key, url, call, pages) for key, url in wanted))
        return [one for chain in chains for one in chain]

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _pages(self, key: str, url: str, call: _Call, most: int) -> list[Fetched]:
        """Fetch an address and what follows it, so that a worker need not be asked after each page."""
        found = [await self._one(key, url, call)]
        seen = {url}
        while len(found) < most and (following := _next(found[-1])) and self.allowed(following):
            if following in seen:
                break
            seen.add(following)
            found.append(await self._one(key, following, call))
        return found

    async def _one(self, key: str, url: str, call: _Call) -> Fetched:
        if not self.allowed(url):
            return Fetched(key, url, failure="not-allowed")
        server = _origin(url)
        limits = self._limits.get(server, self._usual)
        at_once = self._at_once.setdefault(server, asyncio.Semaphore(limits.at_once))
        with spanned("fhir.read", **{"server.address": server[0] or "", "oncocds.key": key}) as told:
            told["oncocds.outcome"] = "cancelled"
            try:
                async with asyncio.timeout_at(call.begun + limits.seconds), at_once:
                    found = await self._read(key, url, call)
            except TimeoutError:
                found = Fetched(key, url, failure="timeout")
            except (httpx2.HTTPError, httpx2.InvalidURL, OSError):
                found = Fetched(key, url, failure="unreachable")
            told["oncocds.outcome"] = found.failure or "done"
            return found

    async def _read(self, key: str, url: str, call: _Call) -> Fetched:
        headers = {"Accept": "application/fhir+json"}
        if call.token is not None:
            headers["Authorization"] = f"Bearer {call.token}"
        async with self._opened().stream("GET", url, headers=headers) as response:
            if response.is_redirect:
                return Fetched(key, url, failure="redirect")
            if response.status_code != 200:
                return Fetched(key, url, failure="refused")
            content = await read_at_most(min(_LARGEST, call.room), response.aiter_bytes())
        if content is None or len(content) > call.room:  # others may have taken the room meanwhile
            return Fetched(key, url, failure="too-large")
        call.room -= len(content)
        return Fetched(key, url, content)

    def _opened(self) -> httpx2.AsyncClient:
        if self._client is None:
            # No proxy, netrc or cookie of the machine may change where a token goes.
            # Nor is there a limit over all servers: one that hangs would use it up.
            self._client = httpx2.AsyncClient(
                follow_redirects=False,
                trust_env=False,
                timeout=None,
                limits=httpx2.Limits(max_keepalive_connections=20),
            )
        return self._client

    def allowed(self, url: str) -> bool:
        """Tell whether an address lies on an allow-listed server, below its base.

        What servers and proxies read differently is not asked for: parameters of steps (``;``), backslashes, and what
        is encoded twice.
        """
        try:
            asked = urlsplit(url)
            port = _DEFAULT_PORTS.get(asked.scheme) if asked.port is None else asked.port
        except ValueError:
            return False
        path = unquote(asked.path)
        if "@" in asked.netloc or not url.isprintable() or any(sign in url or sign in path for sign in "\\ "):
            return False
        if ";" in path or unquote(path) != path or any(step in (".", "..") for step in path.split("/")):
            return False
        for server in map(urlsplit, self._servers):
            base = (server.scheme, server.hostname, server.port or _DEFAULT_PORTS.get(server.scheme))
            below = asked.path == server.path or asked.path.startswith(f"{server.path}/")
            if (asked.scheme, asked.hostname, port) == base and below:
                return True
        return False


def _origin(url: str) -> Origin:
    """Return host and port of an address that is one."""
    parts = urlsplit(url)
    return parts.hostname, parts.port or _DEFAULT_PORTS.get(parts.scheme)


def _next(page: Fetched) -> str | None:
    """Return the address of the page after a page of a search, if it names one in full."""
    if page.failure is not None or len(page.content) > _LARGEST_FOLLOWED:
        return None
    try:
        bundle = json.loads(page.content)
    except (ValueError, RecursionError):
        return None
    following = next_page(bundle) if isinstance(bundle, dict) else None
    return following if following and following.startswith(("http://", "https://")) else None
