"""Feedback behind the routes: taken at once into a spool on the disk, written to the database beside the server.

Advice never waits for the database, and what was acknowledged is not lost: neither by a database that is locked, gone
or silent, nor by the end of the process.
"""

from __future__ import annotations

import logging
import uuid
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from oncocds.errors import InputError, Problem
from oncocds_api.feedback.entries import outcome_entry, shown_cards, shown_entry
from oncocds_api.feedback.request import read_feedback
from oncocds_api.feedback.store import FeedbackStore, Outcome, RuleCount
from oncocds_api.feedback.watch import FeedbackFault, FeedbackWatch
from oncocds_api.feedback.writer import FeedbackWriter
from oncocds_api.storage.database import Bounded
from oncocds_api.storage.database_words import why_it_fails
from oncocds_api.storage.spool import Spool, SpoolFull

_LOG = logging.getLogger("oncocds_api")
_DISK_SECONDS = 1.0  # that advice waits for the disk at most
_DATABASE_SECONDS = 5.0  # that a feedback call waits for the database at most
_DRAIN_SECONDS = 3.0
_REMEMBERED = 20_000
Found = TypeVar("Found")


class FeedbackUnavailable(Exception):  # noqa: N818 - named as the problem is
    """Feedback cannot be kept or read now."""


class Feedback:
    """The store, for a server."""

    def __init__(self, store: FeedbackStore, spool: Spool, keep_days: int | None) -> None:
        self._store = store
        self._spool = spool
        self._writer = FeedbackWriter(spool, store)
        self._watch = FeedbackWatch(spool, store, keep_days)
        self._disk = Bounded(64)
        self._database = Bounded()
        self._cards: OrderedDict[tuple[str, uuid.UUID], set[uuid.UUID]] = OrderedDict()

    def start(self) -> None:
        """Take over what an earlier process left, and begin to write."""
        try:
            left = self._spool.take_over()
        except OSError as error:
            _LOG.error("what waits for the feedback database cannot be read: %s", why_it_fails(error))
            left = []
        if left:
            _LOG.warning("%d entries of feedback were left by an earlier process and are written now", len(left))
        self._remember(left)
        self._writer.start()
        self._watch.start()

    def hindrances(self) -> Iterator[tuple[FeedbackFault, str]]:
        """Yield what cannot be written, database or spool, each with the reason."""
        if why := self._watch.found("feedback-spool"):
            yield "feedback-spool", f"The spool of feedback cannot be written: {why}."
        if why := self._writer.failing or self._watch.found("feedback-database"):
            yield "feedback-database", f"The feedback database cannot be written: {why}."

    async def shown(self, service: str, hook: str, cards: Sequence[Mapping[str, Any]]) -> None:
        """Note cards as shown. A failure is logged and hinders no advice: feedback on these cards is lost."""
        if not cards:
            return
        entry = shown_entry(service, hook, cards)
        try:
            await self._taken(entry)
        except FeedbackUnavailable:
            _LOG.error("cards could not be noted as shown; feedback on them will be refused")
        else:
            self._remember([entry])

    async def received(self, service: str, body: bytes) -> list[Outcome]:
        """Take the feedback of a request and return it. Raises ``InputError`` or ``FeedbackUnavailable``."""
        found = read_feedback(body)
        known = await self._known(service, {one.card for one in found})
        problems = []
        for place, one in enumerate(found):
            if one.card not in known:
                problems.append(Problem(f"/feedback/{place}/card", "no such card", "a card that this service showed"))
            elif not set(one.suggestions) <= known[one.card]:
                pointer = f"/feedback/{place}/acceptedSuggestions"
                problems.append(Problem(pointer, "not suggestions of this card", "suggestions of the card"))
        if problems:
            raise InputError(problems)
        await self._taken(outcome_entry(found))
        return found

    async def judged(
        self, service: str, hook: str, cards: Sequence[Mapping[str, Any]], outcomes: Sequence[Outcome]
    ) -> None:
        """Take what became of cards that were not noted when they were shown. Raises ``FeedbackUnavailable``."""
        await self._taken(shown_entry(service, hook, cards))
        await self._taken(outcome_entry(outcomes))

    def waiting(self) -> int:
        """Return how many entries wait for the database."""
        return self._spool.waiting()

    async def count(self, rule: str | None = None) -> list[RuleCount]:
        """Count per rule, all that was taken. Raises ``FeedbackUnavailable``."""
        await self._drained()
        return await self._asked(lambda: self._store.count(rule))

    def close(self) -> None:
        """Write what can be written shortly; the rest waits on the disk for the next start."""
        if not self._spool.drained(_DRAIN_SECONDS):
            _LOG.warning("%d entries of feedback wait on the disk for the next start", self._spool.waiting())
        self._watch.stop()
        self._writer.stop()
        self._spool.close()
        self._store.close()

    async def _known(self, service: str, cards: set[uuid.UUID]) -> dict[uuid.UUID, set[uuid.UUID]]:
        """Return those of some cards that a service has shown, each with its suggestions.

        Nothing is called unknown while it may still be on its way into the database.
        """
        known = {card: self._cards[service, card] for card in cards if (service, card) in self._cards}
        others = sorted(cards - known.keys())
        if others:
            await self._drained()
            known |= await self._asked(lambda: self._store.known(service, others))
        return known

    def _remember(self, entries: Iterable[bytes]) -> None:
        for entry in entries:
            for service, card, suggestions in shown_cards(entry):
                self._cards[service, card] = suggestions
        while len(self._cards) > _REMEMBERED:
            self._cards.popitem(last=False)

    async def _taken(self, entry: bytes) -> None:
        try:
            await self._disk.wait(lambda: self._spool.append(entry), _DISK_SECONDS)
        except (SpoolFull, OSError, SQLAlchemyError) as error:
            _LOG.error("the spool of feedback takes nothing: %s", why_it_fails(error))
            raise FeedbackUnavailable from None

    async def _drained(self) -> None:
        if self._spool.waiting() and not await self._asked(lambda: self._spool.drained(_DRAIN_SECONDS)):
            raise FeedbackUnavailable

    async def _asked(self, work: Callable[[], Found]) -> Found:
        try:
            return await self._database.wait(work, _DATABASE_SECONDS)
        except SQLAlchemyError as error:
            _LOG.error("the feedback database failed: %s", why_it_fails(error, self._store.file))
            raise FeedbackUnavailable from None
