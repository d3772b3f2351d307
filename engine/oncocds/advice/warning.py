"""Which remarks warn, and which of them are read before the advice that they stand with."""

from __future__ import annotations

from oncocds.advice.result import NoteView, Notice
from oncocds.knowledge.models import URGENCIES, Urgency


def is_warning(note: NoteView | Notice) -> bool:
    """Tell whether a note warns of something that the documents do not; those of the engine explain its own grading."""
    return note.urgency is not None and note.urgency != "info" and note.origin != "engine"


def leads(note: NoteView | Notice, urgency: Urgency) -> bool:
    """Tell whether a note is said before advice of an urgency: it warns, and is no less urgent itself."""
    return is_warning(note) and URGENCIES.index(note.urgency or "info") <= URGENCIES.index(urgency)
