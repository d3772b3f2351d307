"""``oncocds feedback``: what became of the cards, a line for each rule."""

from __future__ import annotations

import sys

from sqlalchemy.exc import SQLAlchemyError

from oncocds_api.cds.feedback_entries import spool_folder
from oncocds_api.cds.feedback_store import FeedbackStore
from oncocds_api.settings import Settings
from oncocds_api.spool import left_in

_FAILED = 3


def feedback_report(settings: Settings, rule: str | None) -> int:
    """Print the counts of every rule that was shown, or of one, and return the exit code."""
    store = FeedbackStore(settings.feedback_database)
    try:
        counts = store.count(rule)
    except SQLAlchemyError as error:
        print(f"oncocds: the feedback database cannot be read ({type(error).__name__})", file=sys.stderr)
        return _FAILED
    finally:
        store.close()
    if waiting := left_in(spool_folder(settings)):
        print(f"oncocds: {waiting} entries wait to be written and are not counted yet", file=sys.stderr)
    print("rule\tshown\taccepted\toverridden\treasons")
    for one in counts:
        reasons = ", ".join(f"{name} {number}" for name, number in one.reasons.items())
        print(f"{one.rule}\t{one.shown}\t{one.accepted}\t{one.overridden}\t{reasons}")
    return 0
