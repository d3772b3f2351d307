"""Feedback behind the routes: off the event loop, one write after the other."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from oncocds.errors import InputError, Problem
from oncocds_api.cds.feedback_request import read_feedback
from oncocds_api.cds.feedback_store import FeedbackStore, RuleCount

_LOG = logging.getLogger("oncocds_api")
Found = TypeVar("Found")


class FeedbackUnavailable(Exception):  # noqa: N818 - named as the problem is
    """The database cannot be used."""


class Feedback:
    """The store, for a server."""

    def __init__(self, store: FeedbackStore) -> None:
        self._store = store
        self._thread = ThreadPoolExecutor(1, "feedback")

    async def shown(self, service: str, hook: str, cards: Sequence[Mapping[str, Any]]) -> None:
        """Note cards as shown. A failure is logged and hinders no advice: feedback on these cards is lost."""
        try:
            await self._done(lambda: self._store.shown(service, hook, cards))
        except FeedbackUnavailable:
            _LOG.error("cards could not be noted as shown; feedback on them will be refused")

    async def received(self, service: str, body: bytes) -> None:
        """Append the feedback of a request. Raises ``InputError`` or ``FeedbackUnavailable``."""
        found = read_feedback(body)
        known = await self._done(lambda: self._store.known(service, [one.card for one in found]))
        problems = []
        for place, one in enumerate(found):
            if one.card not in known:
                problems.append(Problem(f"/feedback/{place}/card", "no such card", "a card that this service showed"))
            elif not set(one.suggestions) <= known[one.card]:
                pointer = f"/feedback/{place}/acceptedSuggestions"
                problems.append(Problem(pointer, "not suggestions of this card", "suggestions of the card"))
        if problems:
            raise InputError(problems)
        await self._done(lambda: self._store.append(found))

    async def count(self, rule: str | None = None) -> list[RuleCount]:
        """Count per rule. Raises ``FeedbackUnavailable``."""
        return await self._done(lambda: self._store.count(rule))

    def close(self) -> None:
        """Close the database, in the thread that opened it."""
        self._thread.submit(self._store.close).result()
        self._store.close()

    async def _done(self, work: Callable[[], Found]) -> Found:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except SQLAlchemyError as error:
            _LOG.error("the feedback database failed: %s", type(error).__name__)
            raise FeedbackUnavailable from None
