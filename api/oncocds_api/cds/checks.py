"""Which advice is a check of what is being ordered: the order itself meets its condition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from oncocds.advice.remarks import drugs_named
from oncocds.advice.result import AdviceItem, Notice
from oncocds.knowledge.knowledge import Knowledge
from oncocds.language.explain import Explainer
from oncocds.profile.facts import PatientFacts

_DRUG_OR_COURSE = ("drug", "site", "status")


class Checks:
    """The conditions of one patient's advice, and the recorded items that make a ``some`` or a count in them true.

    That no drug of a class is there is no item: an order of something else is not a reason for what rests on that.
    """

    def __init__(
        self, knowledge: Knowledge, facts: PatientFacts, sources: Mapping[str, Sequence[str]], selected: Set[str]
    ) -> None:
        self._knowledge, self._facts = knowledge, facts
        self._explainer = Explainer(facts, knowledge)
        self._sources = sources
        self._selected = selected

    def of(self, item: AdviceItem) -> bool:
        """Tell whether an active ground of an item is met by something that the orders in question alone bring."""
        return any(
            self._ordered(path)
            for ground in item.grounds
            if ground.status == "active"
            for path in self._explainer.explain(self._knowledge.conditions[ground.rule]).witnesses
        )

    def warns(self, notice: Notice) -> bool:
        """Tell whether an order in question is behind what meets a remark's condition: a drug that it names, if any.

        A drug that is taken already and ordered again is warned of anew.
        """
        when = self._knowledge.notes[notice.id].when
        if when is None:
            return False
        named = set(drugs_named(when, self._knowledge))
        return any(
            not self._labels(path).isdisjoint(self._selected)
            and (not named or self._facts.recorded(f"{path}.drug") in named)
            for path in self._explainer.explain(when).witnesses
        )

    def _ordered(self, path: str) -> bool:
        labels = self._labels(path)
        return bool(labels) and labels <= self._selected

    def _labels(self, path: str) -> set[str]:
        return {label for field in _DRUG_OR_COURSE for label in self._sources.get(f"{path}.{field}", ())}
