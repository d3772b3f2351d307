"""Token ids that were used, kept in the database: a restart, or a second server, lets no token in again.

Only digests are kept, each as long as its token could be used.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Column, Float, MetaData, String, Table, delete
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from oncocds_api.database import Database
from oncocds_api.security.replay import Replays

_LOG = logging.getLogger("oncocds_api")
_TABLES = MetaData()
_USED = Table(
    "used_token",
    _TABLES,
    Column("digest", String(64), primary_key=True),
    Column("until", Float, nullable=False, index=True),
)
_SWEEP = 500


class KeptReplays:
    """Remembers in memory and in a database. Raises ``SettingsError`` for an address that is no database's."""

    def __init__(self, address: str) -> None:
        self._database = Database(address, _TABLES)
        self._memory = Replays()
        self._thread = ThreadPoolExecutor(1, "tokens")
        self._since_sweep = _SWEEP

    async def first_use(self, name: str, until: float, now: float) -> bool:
        """Tell whether a name is new, and remember it until a time (seconds since 1970).

        Without the database memory alone decides, and the log says so.
        """
        if not self._memory.first_use(name, until, now):
            return False
        digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, self._insert, digest, until, now)
        except SQLAlchemyError as error:
            _LOG.error("the ids of used tokens could not be kept (%s): a restart forgets them", type(error).__name__)
            return True

    def close(self) -> None:
        """Close the database."""
        self._thread.submit(self._database.close).result()

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
