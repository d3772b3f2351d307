"""From conclusions to the answer: items, conflicts, questions, data conflicts and notices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from oncocds.advice import conditions
from oncocds.advice.case import Case
from oncocds.advice.first import Monitored
from oncocds.advice.grounds import Grounds
from oncocds.advice.items import advice_items
from oncocds.advice.opening import Opening
from oncocds.advice.precedence import apply_precedence
from oncocds.advice.questions import Questionnaire
from oncocds.advice.result import (
    AdviceItem,
    ConflictView,
    DataConflict,
    LabelledFact,
    Notice,
    Question,
    Side,
)
from oncocds.advice.views import bilingual
from oncocds.inference.inference import Conclusion, Inference
from oncocds.knowledge.knowledge import Knowledge
from oncocds.profile.contradictions import Contradiction
from oncocds.profile.facts import PatientFacts


class Assembly:
    """Assembles answers; what does not depend on the patient is prepared once and shared by threads.

    ``derived`` are the facts that each derived fact is concluded from.
    """

    def __init__(self, knowledge: Knowledge, inference: Inference, derived: Mapping[str, frozenset[str]]) -> None:
        self._knowledge = knowledge
        self._grounds = Grounds(knowledge)
        self._questionnaire = Questionnaire(knowledge, self._grounds.monitorings)
        self.opening = Opening(knowledge, inference, self._grounds, self._questionnaire.labels, derived)
        self._disputes = {conditions.conflict(dispute.id): dispute for dispute in knowledge.conflicts}
        self._view = cache(self._viewed)

    def _viewed(self, name: str) -> ConflictView:
        dispute, label = self._disputes[name], self._questionnaire.labels.of
        return ConflictView(
            id=dispute.id,
            title=bilingual(dispute.title),
            text=bilingual(dispute.text),
            sides=[self._side(rules) for rules in dispute.sides],
            decided_by=[LabelledFact(fact=fact, label=label(fact)) for fact in dispute.decided_by],
        )

    def _side(self, rules: Sequence[str]) -> Side:
        views = [self._grounds.view(rule) for rule in rules]
        return Side(
            rules=list(rules),
            texts=[view.text for view in views],
            passages=[passage for view in views for passage in view.passages if passage.role == "states"],
        )

    def case(self, facts: PatientFacts, conclusion: Conclusion) -> Case:
        """Open the case of one patient."""
        return Case(self._knowledge, facts, conclusion)

    def advice(self, case: Case) -> list[AdviceItem]:
        """Return one item per action (and lesion), precedence applied, in reading order."""
        return advice_items(case, self._grounds, apply_precedence(self._knowledge.precedence, case))

    def monitoring(self, case: Case) -> list[Monitored]:
        """Return what is due again by intervals that the site has set."""
        return self._grounds.monitorings.of(case)

    def conflicts(self, case: Case) -> list[ConflictView]:
        """Return the conflicts the documents leave open for this patient."""
        return [self._view(name) for name in self._disputes if case.others[name] is True]

    def notices(self, case: Case, advice: Sequence[AdviceItem]) -> list[Notice]:
        """Return the remarks on the whole case, the most urgent first; ``advice`` carries those beside its items."""
        return self._grounds.remarks.notices(case, advice)

    def data_conflicts(self, case: Case, found: Sequence[Contradiction]) -> list[DataConflict]:
        """Return what was recorded but cannot (or can hardly) be right together."""
        return [
            DataConflict.of(
                id=contradiction.id,
                severity=contradiction.severity,
                text=bilingual(contradiction.text),
                facts=[case.reason(path) for path in contradiction.facts],
                asks=list(contradiction.asks),
            )
            for contradiction in found
        ]

    def questions(self, case: Case, found: Sequence[Contradiction]) -> tuple[list[Question], list[Question]]:
        """Return what is missing, ranked: the questions to the clinician and to the site."""
        return self._questionnaire.questions(case, found)
