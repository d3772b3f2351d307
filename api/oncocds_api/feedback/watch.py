"""The thread that looks, every few seconds, whether feedback could be kept; and deletes what is kept long enough."""

from __future__ import annotations

import datetime
import logging
import threading
import time
from collections.abc import Callable
from typing import Literal

from sqlalchemy.exc import SQLAlchemyError

from oncocds_api.feedback.store import FeedbackStore
from oncocds_api.storage.database import Bounded
from oncocds_api.storage.database_words import why_it_fails
from oncocds_api.storage.spool import Spool, SpoolFull

FeedbackFault = Literal["feedback-spool", "feedback-database"]
_LOG = logging.getLogger("oncocds_api")
SECONDS = 5.0  # between two looks
_ANSWER_SECONDS = 15.0  # that one may take
_PRUNE_SECONDS = 86_400.0  # between two times of deleting
_PRUNE_MOST = 600.0


class FeedbackWatch:
    """Looks at the database, by writing a row and taking it back, and at the spool's folder, by writing a file."""

    def __init__(self, spool: Spool, store: FeedbackStore, keep_days: int | None) -> None:
        self._store = store
        self._keep_days = keep_days
        self._looks: dict[FeedbackFault, tuple[Callable[[], None], Bounded]] = {
            "feedback-spool": (spool.probe, Bounded(2)),
            "feedback-database": (store.probe, Bounded(2)),
        }
        self._found: dict[FeedbackFault, str | None] = dict.fromkeys(self._looks, "it was not looked at yet")
        self._closed = threading.Event()

    def start(self) -> None:
        """Begin."""
        threading.Thread(target=self._run, daemon=True, name="feedback-watch").start()

    def stop(self) -> None:
        """Look at nothing again."""
        self._closed.set()

    def found(self, code: FeedbackFault) -> str | None:
        """Return why one of the two cannot be written, as it was a few seconds ago; None where it can."""
        return self._found[code]

    def _run(self) -> None:
        next_prune = time.monotonic()
        while not self._closed.is_set():
            for code, (look, calls) in self._looks.items():
                self._found[code] = self._looked(code, look, calls)
            if self._keep_days is not None and time.monotonic() >= next_prune:
                next_prune += _PRUNE_SECONDS
                self._prune(self._keep_days)
            self._closed.wait(SECONDS)

    def _looked(self, code: FeedbackFault, look: Callable[[], None], calls: Bounded) -> str | None:
        try:
            calls.call(look, _ANSWER_SECONDS)
        except (OSError, SpoolFull, SQLAlchemyError) as error:
            why = why_it_fails(error, self._store.file if code == "feedback-database" else None)
            if why != self._found[code] and not self._closed.is_set():
                _LOG.error("%s: it cannot be written: %s", code, why)
            if code == "feedback-database":
                self._store.doubt()
            return why
        return None

    def _prune(self, days: int) -> None:
        before = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=days)
        try:
            pruned = Bounded(1).call(lambda: self._store.prune(before), _PRUNE_MOST)
        except SQLAlchemyError as error:
            _LOG.error("feedback older than %d days was not deleted: %s", days, why_it_fails(error, self._store.file))
        else:
            _LOG.info("feedback: %d cards older than %d days were deleted", pruned, days)
