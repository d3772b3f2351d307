"""What of an answer stands and what stepped back, in the words of the examples of precedence and of notes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

from oncocds.advice.grounds import highest
from oncocds.advice.result import AdviceItem, Notice
from oncocds.knowledge.models import Urgency

Standing = Literal["active", "demoted"]


def standings(items: Iterable[AdviceItem]) -> Mapping[str, Standing]:
    """Return how the ground of each rule stands: of ``BCBM-38`` where it stands the same everywhere, of
    ``BCBM-38[L1]`` at one lesion, of an evidence note beside what it supports.
    """
    found: dict[str, set[Standing]] = {}
    for name, standing in _standings(items):
        found.setdefault(name, set()).add(standing)
    return {name: next(iter(all_)) for name, all_ in found.items() if len(all_) == 1}


def _standings(items: Iterable[AdviceItem]) -> Iterator[tuple[str, Standing]]:
    for item in items:
        for ground in item.grounds:
            yield ground.rule, ground.status
            if item.lesion is not None:
                yield f"{ground.rule}[{item.lesion}]", ground.status
            for evidence in ground.supported_by:
                yield evidence, "active"
            for withheld in ground.withheld:
                yield withheld.rule, "demoted"


def notes_shown(items: Iterable[AdviceItem], notices: Sequence[Notice]) -> Mapping[str, Urgency]:
    """Return the notes that an answer shows, each with the highest urgency of its grounds or that of its notice."""
    found: dict[str, Urgency] = {}
    for ground in (ground for item in items for ground in item.grounds):
        for note in ground.notes:
            found[note.id] = highest([ground.urgency, found.get(note.id, ground.urgency)])
    for notice in notices:
        found[notice.id] = highest([notice.urgency, found.get(notice.id, notice.urgency)])
    return found
