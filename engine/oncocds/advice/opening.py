"""What an answer begins with, put together: the briefing, the decisions, the figures, the questions by topic."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from oncocds.advice.briefing import Briefing
from oncocds.advice.case import Case
from oncocds.advice.decisions import Decisions
from oncocds.advice.first import Decision, Line, Monitored, Topic, ValueView
from oncocds.advice.grounds import Grounds
from oncocds.advice.lines import Lines
from oncocds.advice.monitoring import due_of, overdue_by
from oncocds.advice.questions import Labels
from oncocds.advice.result import AdviceItem, DataConflict, Notice, Question
from oncocds.advice.suspicion import Suspicions
from oncocds.advice.topics import Topics
from oncocds.advice.values import FormulasOnce, Values
from oncocds.inference.inference import Conclusion, Inference
from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.models import Urgency
from oncocds.language import references
from oncocds.profile.contradiction import Contradiction
from oncocds.profile.facts import PatientFacts


@dataclass(frozen=True, slots=True)
class Opened:
    """The beginning of one answer."""

    briefing: list[Line]
    decisions: list[Decision]
    values: list[ValueView]
    topics: list[Topic]


UNOPENED = Opened([], [], [], [])


class Opening:
    """Makes beginnings; what does not depend on the patient is prepared once and shared by threads."""

    def __init__(
        self,
        knowledge: Knowledge,
        inference: Inference,
        grounds: Grounds,
        labels: Labels,
        derived: Mapping[str, frozenset[str]],
    ) -> None:
        self._topics = Topics(knowledge.vocabulary, labels)
        self._remarks = grounds.remarks
        self._values = Values(knowledge.vocabulary, labels)
        self._decisions = Decisions(knowledge, grounds, labels, self._topics, self._values, inference, derived)
        self._lines = Lines(knowledge.vocabulary, knowledge.actions, knowledge.rules, labels)
        self._actions = knowledge.actions
        self._suspicions = Suspicions(knowledge.vocabulary)
        self._read_by_notes = {
            note.id: tuple(fact for fact in references.facts(note.when) if fact in knowledge.vocabulary.fields)
            for note in knowledge.notes.values()
            if note.when is not None
        }

    def opened(
        self,
        case: Case,
        facts: PatientFacts,
        conclusion: Conclusion,
        found: Sequence[Contradiction],
        advice: Sequence[AdviceItem],
        notices: Sequence[Notice],
        conflicts: Sequence[DataConflict],
        questions: Sequence[Question],
        switched: Line | None,
        monitoring: Sequence[Monitored],
    ) -> Opened:
        """Return the beginning of the answer that the other parts make up.

        ``switched`` tells of changed settings, ``monitoring`` of what is due again.
        """
        decisions = self._decisions.decisions(case, facts, conclusion)
        urgent = frozenset(self._urgent(case, advice, notices))
        ranked: list[tuple[DataConflict, Urgency, bool]] = [
            (conflict, contradiction.urgency, self._bears(contradiction, urgent))
            for conflict, contradiction in zip(conflicts, found, strict=True)
        ]
        pressing = {one.id for one in decisions if self._suspicions.speaks_for(one.id, facts)}
        decided = {
            reason.fact
            for item in advice
            for ground in item.grounds
            if ground.status == "active"
            for reason in ground.because
        }
        lines = Briefing(self._lines.about(case.names), self._actions).briefing(
            advice,
            notices,
            ranked,
            decisions,
            pressing,
            switched,
            due_of(monitoring),
            partial(self._remarks.line, case),
            overdue_by(monitoring),
        )
        values = self._values.of(case, decided | case.told)
        once = FormulasOnce(values)
        return Opened(
            briefing=[line.model_copy(update={"line": once.said(line.line)}) for line in lines],
            decisions=decisions,
            values=values,
            topics=self._topics.grouped(
                case, questions, {one.topic for one in decisions}, {self._topics.of(fact) for fact in urgent}
            ),
        )

    def _urgent(self, case: Case, advice: Sequence[AdviceItem], notices: Sequence[Notice]) -> Iterator[str]:
        """Yield the recorded facts that critical advice and notices rest on."""
        for item in advice:
            if item.urgency == "critical" and item.status == "active":
                for ground in item.grounds:
                    if ground.urgency == "critical" and ground.status == "active":
                        yield from (reason.fact for reason in ground.because)
        for notice in notices:
            if notice.urgency == "critical":
                for fact in self._read_by_notes.get(notice.id, ()):
                    if "." not in fact or fact.partition(".")[0] not in ("lesions", "medications", "radiotherapy"):
                        yield from case.facts.finding(fact).used

    def _bears(self, contradiction: Contradiction, urgent: frozenset[str]) -> bool:
        return not urgent.isdisjoint((*contradiction.facts, *contradiction.asks))
