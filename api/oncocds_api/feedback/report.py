"""``oncocds feedback``: what became of the cards, a line for each rule; and deleting what is kept long enough."""

from __future__ import annotations

import datetime
import sys
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError

from oncocds.errors import Problem
from oncocds_api.feedback.entries import spool_folder
from oncocds_api.feedback.store import FeedbackStore
from oncocds_api.settings.settings import Settings, SettingsError
from oncocds_api.storage.database_words import why_it_fails
from oncocds_api.storage.spool import left_in

_FAILED = 3
Found = TypeVar("Found")


def feedback_report(settings: Settings, rule: str | None) -> int:
    """Print the counts of every rule that was shown, or of one, and return the exit code."""
    counts = _asked(settings, lambda store: store.count(rule), "the feedback database cannot be read")
    if counts is None:
        return _FAILED
    if waiting := left_in(spool_folder(settings)):
        print(f"oncocds: {waiting} entries wait to be written and are not counted yet", file=sys.stderr)
    if rule is not None and not counts:
        told = "no card of it was shown, or no rule or notice has this id"
        print(f"oncocds: nothing is kept about '{rule}': {told} (ids: oncocds rules)", file=sys.stderr)
    print("rule\tshown\taccepted\toverridden\treasons")
    for one in counts:
        reasons = ", ".join(f"{name} {number}" for name, number in one.reasons.items())
        print(f"{one.rule}\t{one.shown}\t{one.accepted}\t{one.overridden}\t{reasons}")
    return 0


def feedback_prune(settings: Settings, keep_days: int | None) -> int:
    """Delete what was shown longer ago than is to be kept, say how many cards that were, and return the exit code."""
    days = keep_days or settings.feedback_keep_days
    if days is None:
        expected = "'feedback_keep_days' in the settings, or --keep-days"
        raise SettingsError([Problem("/feedback_keep_days", "how long feedback is kept is not set", expected)])
    before = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=days)
    pruned = _asked(settings, lambda store: store.prune(before), "not everything was deleted")
    if pruned is None:
        return _FAILED
    print(f"{pruned} cards that were shown before {before:%Y-%m-%d} were deleted, with what became of them")
    return 0


def _asked(settings: Settings, work: Callable[[FeedbackStore], Found], failure: str) -> Found | None:
    """Return what the store answers; None once it is said that it failed, and why."""
    store = FeedbackStore(settings.feedback_database)
    try:
        return work(store)
    except SQLAlchemyError as error:
        print(f"oncocds: {failure}: {why_it_fails(error, store.file)}", file=sys.stderr)
        return None
    finally:
        store.close()
