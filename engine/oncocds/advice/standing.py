"""What of an answer stands and what stepped back, in the words of the examples that stand in the knowledge."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Literal

from oncocds.advice.grounds import highest
from oncocds.advice.result import AdviceItem, Ground, Notice
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


def answer_lines(items: Iterable[AdviceItem], notices: Sequence[Notice], known: Collection[str]) -> tuple[str, ...]:
    """Return an answer in one line per item and notice, in reading order; what is not ``known`` is left out.

    A line names the item's place, urgency, action and lesion, its title, and of each ground the rule, its urgency and
    its strength, and in brackets the evidence and the notes beside it. What stepped back is marked with ``-``.
    """
    lines = [_item_line(item, known) for item in items if any(ground.rule in known for ground in item.grounds)]
    return (*lines, *(f"notice {notice.urgency} {notice.id}" for notice in notices if notice.id in known))


def _item_line(item: AdviceItem, known: Collection[str]) -> str:
    of_lesion = "" if item.lesion is None else f"[{item.lesion}]"
    grounds = "; ".join(_ground_words(ground, known) for ground in item.grounds if ground.rule in known)
    place = f"{_stepped_back(item.status)}{item.tier} {item.urgency}"
    return f"{place} {item.action}{of_lesion} “{item.title.zh}”: {grounds}"


def _ground_words(ground: Ground, known: Collection[str]) -> str:
    beside = [
        *(evidence for evidence in ground.supported_by if evidence in known),
        *(f"-{withheld.rule}" for withheld in ground.withheld if withheld.rule in known),
        *(note.id for note in ground.notes if note.id in known),
    ]
    words = f"{_stepped_back(ground.status)}{ground.rule} {ground.urgency} {ground.strength.reading}"
    return f"{words} ({', '.join(beside)})" if beside else words


def _stepped_back(standing: Standing) -> str:
    return "-" if standing == "demoted" else ""
