"""The thread beside the server that moves what was taken from the spool into the feedback database."""

from __future__ import annotations

import logging
import threading

from sqlalchemy.exc import DataError, IntegrityError

from oncocds_api.feedback.entries import write_entry
from oncocds_api.feedback.store import FeedbackStore
from oncocds_api.storage.database import Bounded
from oncocds_api.storage.database_words import why_it_fails
from oncocds_api.storage.spool import Spool

_LOG = logging.getLogger("oncocds_api")
_SECONDS = 15.0  # for one entry
_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 10.0


class FeedbackWriter:
    """Writes entries one after the other for as long as the spool is open; while the database fails, it tries again."""

    def __init__(self, spool: Spool, store: FeedbackStore) -> None:
        self._spool = spool
        self._store = store
        self._database = Bounded()
        self._closed = threading.Event()
        self.failing: str | None = None
        """Why the entry that is written now could not be; None where nothing fails."""

    def start(self) -> None:
        """Begin."""
        threading.Thread(target=self._run, daemon=True, name="feedback").start()

    def stop(self) -> None:
        """Try nothing again."""
        self._closed.set()

    def _run(self) -> None:
        pause = _FIRST_PAUSE
        while (entry := self._spool.first()) is not None:
            try:
                self._write(entry)
                self.failing = None
                if pause > _FIRST_PAUSE:
                    _LOG.warning("the feedback database works again; %d entries wait for it", self._spool.waiting())
                pause = _FIRST_PAUSE
            except Exception as error:  # whatever it is, what was taken stays on the disk and is tried again
                why = why_it_fails(error, self._store.file)
                if why != self.failing:
                    number = self._spool.waiting()
                    _LOG.error("the feedback database failed (%s): %d entries wait for it on the disk", why, number)
                self.failing = why
                self._store.doubt()
                if self._closed.wait(pause):
                    return
                pause = min(2 * pause, _LONGEST_PAUSE)

    def _write(self, entry: bytes) -> None:
        try:
            self._database.call(lambda: write_entry(self._store, entry), _SECONDS)
        except (IntegrityError, DataError, ValueError, KeyError, TypeError):
            # Either it was written by a call that was left behind, or it never can be.
            try:
                self._database.call(lambda: write_entry(self._store, entry), _SECONDS)
            except (IntegrityError, DataError, ValueError, KeyError, TypeError):
                self._spool.set_aside()
                return
        self._spool.done()
