"""One patient's case while the answer is assembled: the facts, what was concluded, and why — explained on demand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter

from oncocds.advice import conditions
from oncocds.advice.names import Names
from oncocds.advice.reasons import reason
from oncocds.advice.result import Because
from oncocds.inference.explanation import Why
from oncocds.inference.inference import Conclusion
from oncocds.knowledge.knowledge import Knowledge
from oncocds.language.tree import Quantified
from oncocds.profile.finding import Facts
from oncocds.profile.monitoring import Due

_PathAndVia = tuple[str, str | None]
_LESION = re.compile(r"lesions\[(.+)\]")


class Case:
    """The facts of one patient with the verdicts reached on them."""

    def __init__(self, knowledge: Knowledge, facts: Facts, conclusion: Conclusion) -> None:
        self.knowledge = knowledge
        self.facts = facts
        self.names = Names(facts)
        self.verdicts: Mapping[str, bool | None] = conclusion.rules
        self.others: Mapping[str, bool | None] = conclusion.others
        self._explanation = conclusion.explanation
        self._missing: Mapping[str, tuple[str, ...]] | None = None
        self._explained: dict[str, Why] = {}
        self._reasons: dict[_PathAndVia, Because] = {}
        # Made once for all the grounds of a rule, of which there may be one for each lesion.
        self._because: dict[str, _PerLesion] = {}
        self._missing_asked: dict[str, _PerLesion] = {}
        self._absent: dict[str, Sequence[tuple[Quantified, Sequence[str]]]] = {}
        self._lesions: dict[str, frozenset[str]] = {}
        self._lesions_of: dict[str, frozenset[str]] = {}
        self._known: dict[tuple[str, ...], list[Because]] = {}
        self.told: set[str] = set()  # the figures that stand behind a text of the answer
        self.due: dict[str, Due | None] = {}  # by what is monitored: view, questions and grounds all speak of it

    def extrapolated(self, rule_id: str) -> bool:
        """Tell whether a fired rule fired through its declared extension only."""
        return rule_id in self.knowledge.extended_arms and self.others[conditions.source_arm(rule_id)] is not True

    def explained(self, rule_id: str) -> Why:
        """Explain why a rule fired, by the arm through which it fired."""
        known = self._explained.get(rule_id)
        if known is None:
            known = self._explained[rule_id] = self._explanation.why(self._arm(rule_id))
        return known

    def _arm(self, rule_id: str) -> str:
        if rule_id not in self.knowledge.extended_arms:
            return rule_id
        return conditions.extended_arm(rule_id) if self.extrapolated(rule_id) else conditions.source_arm(rule_id)

    def missing(self) -> Mapping[str, tuple[str, ...]]:
        """Return of every undetermined rule the facts of which at least one must be learnt before it is decided."""
        if self._missing is None:
            self._missing = self._explanation.missing()
        return self._missing

    def lesions(self, rule_id: str) -> frozenset[str]:
        """Return the ids of the lesions a fired rule is about."""
        if rule_id not in self._lesions:
            self._lesions[rule_id] = _lesions(self._explanation.witnesses(self._arm(rule_id)))
        return self._lesions[rule_id]

    def lesions_of(self, condition: str) -> frozenset[str]:
        """Return the ids of the lesions that make a condition true, by the name it is explained under."""
        if condition not in self._lesions_of:
            self._lesions_of[condition] = _lesions(self._explanation.witnesses(condition))
        return self._lesions_of[condition]

    def because(self, rule_id: str, lesion: str | None) -> list[Because]:
        """Return the recorded facts a fired rule rests on; for one lesion, without those of the other lesions."""
        if rule_id not in self._because:
            self._because[rule_id] = _PerLesion(self.explained(rule_id).because)
        return [self.reason(path, via) for path, via in self._because[rule_id].about(lesion)]

    def because_of(self, condition: str) -> list[Because]:
        """Return the recorded facts that a true condition rests on, by the name it is explained under."""
        return [self.reason(path, via) for path, via in self._explanation.why(condition).because]

    def absent(self, rule_id: str) -> Sequence[tuple[Quantified, Sequence[str]]]:
        """Return the quantifiers a fired rule rests on because no item is such, each with facts it alone rests on."""
        if rule_id not in self._absent:
            absent = self.explained(rule_id).absent
            self._absent[rule_id] = [(one, [path for path, _ in reasons]) for one, reasons in absent]
        return self._absent[rule_id]

    def not_recorded(self, rule_id: str, lesion: str | None) -> list[str]:
        """Return the facts a fired rule asks for and finds missing; for one lesion, without those of the others."""
        if rule_id not in self._missing_asked:
            self._missing_asked[rule_id] = _PerLesion((one, None) for one in self.explained(rule_id).missing_asked)
        return [path for path, _ in self._missing_asked[rule_id].about(lesion)]

    def reason(self, path: str, via: str | None = None) -> Because:
        """Return a recorded fact as a reason. Grounds share most of theirs: each is made once per case."""
        made = self._reasons.get((path, via))
        if made is None:
            made = self._reasons[path, via] = reason(self.facts, path, via)
        return made

    def known(self, facts: tuple[str, ...]) -> list[Because]:
        """Return those of some facts that are recorded, as reasons; the same facts are looked through once.

        What counts as no because nobody recorded it is not known.
        """
        found = self._known.get(facts)
        if found is None:
            found = [self.reason(fact) for fact in facts if self.facts.recorded(fact) is not None and self._told(fact)]
            self._known[facts] = found
        return found

    def _told(self, fact: str) -> bool:
        return "]" in fact or bool(self.facts.finding(fact).used)

    def shown(self, rule_id: str) -> bool:
        """Tell whether an evidence note may stand beside what it supports: its own condition, if any, is true."""
        rule = self.knowledge.rules[rule_id]
        return rule.attach_when is None or self.others[conditions.attachment(rule_id)] is True


class _PerLesion:
    """Paths of facts in order, told for one lesion without those of the others."""

    def __init__(self, entries: Iterable[_PathAndVia]) -> None:
        self._all = list(entries)
        self._common: list[tuple[int, _PathAndVia]] = []
        self._of: dict[str, list[tuple[int, _PathAndVia]]] | None = None  # until a lesion is asked about

    def _apart(self) -> dict[str, list[tuple[int, _PathAndVia]]]:
        of: dict[str, list[tuple[int, _PathAndVia]]] = {}
        for place, entry in enumerate(self._all):
            item, of_item, _ = entry[0].partition("]")
            mine = of.setdefault(item, []) if of_item and item.startswith("lesions[") else self._common
            mine.append((place, entry))
        return of

    def about(self, lesion: str | None) -> list[_PathAndVia]:
        if lesion is None:
            return self._all
        if self._of is None:
            self._of = self._apart()
        mine = [*self._common, *self._of.get(f"lesions[{lesion}", ())]
        return [entry for _, entry in sorted(mine, key=itemgetter(0))]


def _lesions(witnesses: Iterable[str]) -> frozenset[str]:
    found = (_LESION.fullmatch(path) for path in witnesses)
    return frozenset(match[1] for match in found if match)
