"""What is in service: one edition of the knowledge, its routes and the workers that answer from it; and the next one.

A new edition takes the place of the one in service as a whole: its workers are started beside the old ones, each
concludes what it must before it may answer, all answer from one digest, and this process has read the same. What
hinders that leaves everything as it was. A request belongs to the edition it met first, to its end; the old workers
end after the last of theirs.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from fastapi.dependencies import models as dependencies
from starlette.routing import BaseRoute, Match, Router
from starlette.types import Receive, Scope, Send

from oncocds.errors import InputError, KnowledgeError
from oncocds_api.editions.loading import Loaded
from oncocds_api.workers.failures import NotStarted
from oncocds_api.workers.workers import Workers

_LOG = logging.getLogger("oncocds_api")
_LOAD_SECONDS = 180.0  # that a new edition may take
_LEAVE_SECONDS = 120.0  # that the requests of an old one may take: longer than any is allowed to


@dataclass(eq=False, slots=True)
class Edition:
    """One knowledge in service, or about to be."""

    loaded: Loaded
    pool: Workers
    router: Router
    describe: Callable[[], dict[str, Any]]
    warm_up: Callable[[], Awaitable[None]]
    calls: int = 0
    left: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True, slots=True)
class Reload:
    """One attempt to bring a new edition into service. ``why`` has a line for each thing that hindered it."""

    number: int
    state: Literal["running", "done", "refused"]
    at: datetime.datetime
    why: tuple[str, ...] = ()


class Editions:
    """The edition in service. ``first`` is made before the start; ``again`` reads the files and makes the next.

    ``pool`` makes its workers. ``again`` is called in a thread of its own. ``served`` is told what is in service,
    ``on_record`` before that what will be.
    """

    def __init__(
        self,
        first: Edition,
        pool: Callable[[], Workers],
        again: Callable[[Workers], Edition],
        served: Callable[[Loaded], None],
        on_record: Callable[[Loaded], Awaitable[None]],
    ) -> None:
        self.current = first
        self.last_reload: Reload | None = None
        self._pool = pool
        self._again = again
        self._served = served
        self._on_record = on_record
        served(first.loaded)
        self._asked = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Start the workers, and listen for reloads."""
        self._asked = asyncio.Event()  # of this event loop
        self.current.pool.start()
        self._begin(_suppressed(self.current.warm_up()))
        self._begin(self._listen())

    async def stop(self) -> None:
        """End everything."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.current.pool.stop()

    def ask(self) -> None:
        """Ask for a reload; those asked for while one runs are one more after it."""
        self._asked.set()

    async def _listen(self) -> None:
        while True:
            await self._asked.wait()
            self._asked.clear()
            await self._reload()

    async def _reload(self) -> None:
        number = self.last_reload.number + 1 if self.last_reload else 1
        self.last_reload = Reload(number, "running", _now())
        _LOG.warning("reload %d: new workers are started; %s stays in service", number, _named(self.current.loaded))
        pool = self._pool()
        pool.start()
        edition, why = None, ""
        try:
            async with asyncio.timeout(_LOAD_SECONDS):
                edition = await self._next(pool)
        except (NotStarted, KnowledgeError, InputError) as error:
            why = str(error)
        except TimeoutError:
            why = f"it took longer than {_LOAD_SECONDS:g} s"
        except Exception as error:  # whatever it is, what is in service stays
            why = f"unforeseen: {type(error).__name__}"
        finally:
            if edition is None:
                await pool.stop()
        if edition is None:
            lines = tuple(why.splitlines())
            self.last_reload = Reload(number, "refused", _now(), lines)
            told = "\n".join(lines)
            _LOG.error("reload %d refused, %s stays in service: %s", number, _named(self.current.loaded), told)
            return
        old, self.current = self.current, edition
        self._served(edition.loaded)
        self.last_reload = Reload(number, "done", _now())
        _LOG.warning("reload %d done: %s is in service", number, _named(edition.loaded))
        self._begin(_retire(old))

    async def _next(self, pool: Workers) -> Edition:
        identity = await pool.all_able()
        edition = await asyncio.to_thread(self._again, pool)
        if edition.loaded.identity != identity:
            raise NotStarted(
                f"the workers answer from {identity}, this process from {edition.loaded.identity}: either the files"
                " changed while they were read (reload again), or the installed version did (restart the server)"
            )
        await edition.warm_up()
        await self._on_record(edition.loaded)
        return edition

    def _begin(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class InService(BaseRoute):
    """The route of everything that an edition answers: the one in service when the request comes."""

    def __init__(self, editions: Editions) -> None:
        self._editions = editions

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match every request but one that ends in a slash too many for another route, which redirects it."""
        if scope["type"] != "http":
            return Match.NONE, {}
        path = scope["path"]
        if path.endswith("/") and not (self._known(scope) or self._known({**scope, "path": path.rstrip("/")})):
            return Match.NONE, {}
        return Match.FULL, {}

    def _known(self, scope: Scope) -> bool:
        return any(route.matches(scope)[0] is not Match.NONE for route in self._editions.current.router.routes)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Have the edition answer, which is needed until it has."""
        edition = self._editions.current
        edition.calls += 1
        try:
            await edition.router(scope, receive, send)
        finally:
            edition.calls -= 1
            if not edition.calls:
                edition.left.set()


async def _retire(old: Edition) -> None:
    """End the workers of an edition once nobody needs them."""
    try:
        async with asyncio.timeout(_LEAVE_SECONDS):
            while old.calls:
                old.left.clear()
                await old.left.wait()
    except TimeoutError:
        _LOG.error("%d requests did not end; the workers of %s are ended", old.calls, _named(old.loaded))
    finally:
        await old.pool.stop()
        _forget_endpoints()


def _forget_endpoints() -> None:
    """Empty FastAPI's caches about functions: they keep thousands of them, and with each the knowledge it reads."""
    for one in vars(dependencies).values():
        if hasattr(one, "cache_clear"):
            one.cache_clear()


async def _suppressed(warm_up: Awaitable[None]) -> None:
    with contextlib.suppress(NotStarted):  # the log says it of the first request, and readiness of the workers
        await warm_up


def _named(loaded: Loaded) -> str:
    return f"knowledge {loaded.knowledge.version} ({loaded.knowledge.digest[:19]}…)"


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
