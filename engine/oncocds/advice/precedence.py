"""Who steps back for whom: declared precedence (data in ``rules/precedence.yaml``) applied to what fired."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from oncocds.advice import conditions
from oncocds.advice.case import Case
from oncocds.advice.result import Demotion
from oncocds.knowledge.models import Precedence


@dataclass(frozen=True, slots=True)
class Applied:
    """One precedence entry in force: the demotion to show, and the lesions it is limited to (None: not limited)."""

    entry: Precedence
    demotion: Demotion
    lesions: frozenset[str] | None

    def covers(self, lesion: str | None) -> bool:
        """Tell whether a ground about ``lesion`` (None: about the patient) steps back."""
        return self.lesions is None or lesion is None or lesion in self.lesions


def apply_precedence(
    entries: Iterable[Precedence], case: Case, others: Mapping[str, bool | None] | None = None
) -> dict[str, list[Applied]]:
    """Return, for each demoted rule, the entries that demote it; ``others`` are conditions read otherwise than there.

    Precedence reads raw firing: a winner that is itself demoted still wins. Entries for the same lesion demote grounds
    of the lesions that winners are about (or that make a notice's or the entry's condition true), and grounds about the
    patient where there is such a lesion.
    """
    others = case.others if others is None else others
    demoted: dict[str, list[Applied]] = {}
    for entry in entries:
        winners = [rule for rule in entry.winners if case.verdicts.get(rule) is True]
        notices = [note for note in entry.notices if others.get(conditions.note(note), True) is True]
        named = conditions.precedence(entry.id)
        if not (winners or notices or entry.when_alone) or (entry.when is not None and others[named] is not True):
            continue
        lesions = None
        if entry.same_lesion:
            of_notices = (case.lesions_of(conditions.note(notice)) for notice in notices)
            lesions = frozenset().union(*map(case.lesions, winners), *of_notices)
            if entry.when is not None and (meant := case.lesions_of(named)):
                lesions &= meant
            if not lesions:
                continue
        applied = Applied(entry, Demotion.of(by=[*winners, *notices], zh=entry.why.zh, en=entry.why.en), lesions)
        for rule in entry.demoted:
            demoted.setdefault(rule, []).append(applied)
    return demoted
