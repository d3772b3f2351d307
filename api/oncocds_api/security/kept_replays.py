"""Token ids that were used, kept in the database: a restart, or a second server, lets no token in again.

Only digests are kept, each as long as its token could be used. A call waits for the database half a second at most:
without it this process's memory alone decides, and what it remembers is kept as soon as the database is back.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import threading
import time
from functools import partial

from sqlalchemy import Column, Float, MetaData, String, Table, delete
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from oncocds_api.security.replay import Replays
from oncocds_api.storage.database import Bounded, Database
from oncocds_api.storage.database_words import why_it_fails

_LOG = logging.getLogger("oncocds_api")
_TABLES = MetaData()
_USED = Table(
    "used_token",
    _TABLES,
    Column("digest", String(64), primary_key=True),
    Column("until", Float, nullable=False, index=True),
)
_SWEEP = 500
_SECONDS = 0.5  # that a call waits
_LATE_SECONDS = 10.0  # that one attempt takes, where nobody waits
_LONGEST_PAUSE = 10.0


class KeptReplays:
    """Remembers in memory and in a database. Raises ``SettingsError`` for an address that is no database's."""

    def __init__(self, address: str) -> None:
        self._database = Database(address, _TABLES)
        self._calls = Bounded()
        self._memory = Replays()
        self._since_sweep = _SWEEP
        self._late: dict[str, float] = {}  # what the database lacks yet
        self._lock = threading.Lock()
        self._closed = threading.Event()

    def start(self) -> None:
        """Open the database, so that it is known which one it is. Nobody waits for it; the first use tries again."""

        def opened() -> None:
            with contextlib.suppress(SQLAlchemyError):
                self._database.ready()

        threading.Thread(target=opened, daemon=True, name="tokens").start()

    async def first_use(self, name: str, until: float, now: float) -> bool:
        """Tell whether a name is new, and remember it until a time (seconds since 1970).

        Without the database memory alone decides, and the log says so.
        """
        if not self._memory.first_use(name, until, now):
            return False
        digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
        if self._late:  # the database did not answer just now: nobody else waits for it
            self._keep_later(digest, until)
            return True
        try:
            return await self._calls.wait(lambda: self._insert(digest, until, now), _SECONDS)
        except SQLAlchemyError as error:
            why = why_it_fails(error, self._database.file)
            _LOG.error("the ids of used tokens could not be kept (%s): a restart forgets them", why)
            self._keep_later(digest, until)
            return True

    def close(self) -> None:
        """Close the database."""
        self._closed.set()
        self._database.close()

    def _keep_later(self, digest: str, until: float) -> None:
        with self._lock:
            first = not self._late
            self._late[digest] = until
        if first:
            threading.Thread(target=self._catch_up, daemon=True, name="tokens").start()

    def _catch_up(self) -> None:
        """Keep what is late, until nothing is; what could not be used any more is forgotten."""
        pause = _SECONDS
        while not self._closed.wait(pause):
            now = time.time()
            with self._lock:
                self._late = {digest: until for digest, until in self._late.items() if until > now}
                late = list(self._late.items())
                if not late:
                    return
            try:
                for digest, until in late:
                    self._calls.call(partial(self._insert, digest, until, now), _LATE_SECONDS)
                    with self._lock:
                        del self._late[digest]
                        if not self._late:
                            _LOG.warning("the ids of used tokens are kept again")
                            return
            except SQLAlchemyError:
                self._database.doubt()
                pause = min(2 * pause, _LONGEST_PAUSE)

    def _insert(self, digest: str, until: float, now: float) -> bool:
        engine = self._database.ready()
        try:
            with engine.begin() as connection:
                self._since_sweep += 1
                if self._since_sweep >= _SWEEP:
                    self._since_sweep = 0
                    connection.execute(delete(_USED).where(_USED.c.until <= now))
                connection.execute(_USED.insert(), {"digest": digest, "until": until})
        except IntegrityError:
            return False
        return True
