"""Which advice is a check of what is being ordered: the order itself meets its condition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from oncocds.advice.remarks import drugs_named
from oncocds.advice.result import AdviceItem, Notice
from oncocds.knowledge.knowledge import Knowledge
from oncocds.language import references
from oncocds.language.explain import Explainer
from oncocds.profile.derived.medications import of_class
from oncocds.profile.facts import PatientFacts

_DRUG_OR_COURSE = ("drug", "site", "status")
_ON_EVERY_TREATMENT = frozenset({"pregnant"})  # facts of the patient that bear on whatever treats cancer
_TREATMENTS = ("systemic", "bone_modifying_agent")
_OVER = ("stopped", "completed")


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

        A drug that is taken already and ordered again is warned of anew. What the engine attaches to rules says why
        these are shown so early, and warns of nothing.
        """
        remark = self._knowledge.notes[notice.id]
        when = remark.when
        if when is None or (remark.origin == "engine" and remark.attached_to):
            return False
        if not _ON_EVERY_TREATMENT.isdisjoint(references.facts(when)):
            return self.treats()
        named = set(drugs_named(when, self._knowledge))
        return any(
            self._in_question(path) and (not named or self._facts.recorded(f"{path}.drug") in named)
            for path in self._explainer.explain(when).witnesses
        )

    def treats(self) -> bool:
        """Tell whether an order in question begins or goes on with a radiotherapy, or a drug that may treat cancer."""
        drugs = [
            one
            for one in self._facts.items("medications") or ()
            if any(of_class(one, name).value is not False for name in _TREATMENTS)
        ]
        return any(
            self._in_question(one.path) and one.finding("status").value not in _OVER
            for one in (*drugs, *(self._facts.items("radiotherapy") or ()))
        )

    def _in_question(self, path: str) -> bool:
        return not self._labels(path).isdisjoint(self._selected)

    def _ordered(self, path: str) -> bool:
        labels = self._labels(path)
        return bool(labels) and labels <= self._selected

    def _labels(self, path: str) -> set[str]:
        return {label for field in _DRUG_OR_COURSE for label in self._sources.get(f"{path}.{field}", ())}
