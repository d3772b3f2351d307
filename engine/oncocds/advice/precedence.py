"""Who steps back for whom: declared precedence (data in ``rules/precedence.yaml``) applied to what fired."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from oncocds.advice import conditions
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
    entries: tuple[Precedence, ...],
    verdicts: Mapping[str, bool | None],
    others: Mapping[str, bool | None],
    lesions_of: Callable[[str], frozenset[str]],
    lesions_of_condition: Callable[[str], frozenset[str]],
) -> dict[str, list[Applied]]:
    """Return, for each demoted rule, the entries that demote it.

    Precedence reads raw firing: a winner that is itself demoted still wins. ``lesions_of`` gives the lesions a fired
    rule is about, ``lesions_of_condition`` those that make a condition (of a notice, of an entry) true; entries for
    the same lesion demote grounds of those lesions only, and grounds about the patient where there is such a lesion.
    """
    demoted: dict[str, list[Applied]] = {}
    for entry in entries:
        winners = [rule for rule in entry.winners if verdicts.get(rule) is True]
        notices = [note for note in entry.notices if others.get(conditions.note(note), True) is True]
        named = conditions.precedence(entry.id)
        if not (winners or notices or entry.when_alone) or (entry.when is not None and others[named] is not True):
            continue
        lesions = None
        if entry.same_lesion:
            of_notices = (lesions_of_condition(conditions.note(notice)) for notice in notices)
            lesions = frozenset().union(*map(lesions_of, winners), *of_notices)
            if entry.when is not None and (meant := lesions_of_condition(named)):
                lesions &= meant
            if not lesions:
                continue
        applied = Applied(entry, Demotion.of(by=[*winners, *notices], zh=entry.why.zh, en=entry.why.en), lesions)
        for rule in entry.demoted:
            demoted.setdefault(rule, []).append(applied)
    return demoted
